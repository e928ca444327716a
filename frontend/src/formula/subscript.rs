//! Indexing: `x[...]` of arrays, tuples and lists.

use super::ast::Span;
use super::error::Fault;
use super::python::Number;
use super::value::{Sequence, SequenceKind, Value};
use crate::{Index, Slice};

/// `object[index]`; `span` is that of the whole expression.
pub(super) fn subscript(
    object: &Value,
    index: &Value,
    index_span: Span,
    span: Span,
) -> Result<Value, Fault> {
    match object {
        Value::Array(array) => Ok(Value::Array(array.slice(indices(index, index_span)?))),
        Value::Sequence(sequence) => item_of(sequence, index, index_span),
        _ => Err(Fault::new(span, format!("'{}' cannot be indexed", object.type_name()))),
    }
}

/// The slice of the values of `start:stop:step`, each of which may be absent or `None`.
pub(super) fn slice_of(parts: [Option<(Value, Span)>; 3]) -> Result<Slice, Fault> {
    let bound = |part: Option<(Value, Span)>| match part {
        None | Some((Value::None, _)) => Ok(None),
        // Bounds beyond the array are cut, and so are those beyond any array.
        Some((value, span)) => value.to_int(span).map(|int| {
            let (low, high) = (isize::MIN as i128, isize::MAX as i128);
            Some(int.clamp(low, high) as isize)
        }),
    };
    let [start, stop, step] = parts.map(bound);
    Ok(Slice { start: start?, stop: stop?, step: step? })
}

/// What an index of an array picks.
pub(super) fn indices(index: &Value, span: Span) -> Result<Vec<Index>, Fault> {
    match index {
        Value::Sequence(items) if items.kind == SequenceKind::Tuple => {
            items.items.iter().map(|item| one_index(item, span)).collect()
        }
        _ => Ok(vec![one_index(index, span)?]),
    }
}

fn one_index(index: &Value, span: Span) -> Result<Index, Fault> {
    let later = |what: &str, help: &str| {
        Err(Fault::new(span, format!("indexing by {what} comes with a later version")).help(help))
    };
    let mask_help = "write `where(mask, x, 0)`, or reduce what `where` leaves";
    match index {
        Value::Slice(slice) => Ok(Index::Slice(*slice)),
        Value::None => Ok(Index::NewAxis),
        Value::Ellipsis => Ok(Index::Ellipsis),
        Value::Array(array) if array.dtype() == crate::DType::Bool => later("masks", mask_help),
        Value::Array(array) if array.ndim() == 0 && array.dtype().is_int() => {
            index.to_isize(span).map(Index::At)
        }
        Value::Array(array) if array.dtype().is_int() => {
            later("arrays of integers", "write slices, and join them with `concatenate`")
        }
        Value::Sequence(_) => later("lists", "write slices, and join them with `concatenate`"),
        Value::Number(Number::Bool(_)) => later("masks", mask_help),
        Value::Number(Number::Int(_) | Number::Huge(_)) => index.to_isize(span).map(Index::At),
        _ => Err(Fault::new(
            span,
            "only integers, slices (`:`), ellipsis (`...`) and newaxis (`None`) are valid indices",
        )),
    }
}

/// An item of a tuple or list, or a part of it.
fn item_of(sequence: &Sequence, index: &Value, span: Span) -> Result<Value, Fault> {
    let name = sequence.kind.name();
    let n = sequence.items.len();
    if let Value::Slice(slice) = index {
        let picked = walk(slice, n, span)?.map(|place| sequence.items[place].clone());
        let part = Sequence::value(sequence.kind, picked.collect(), usize::MAX);
        return part.map_err(|message| Fault::new(span, message));
    }
    let number = if let Value::Number(number) = index { Some(*number) } else { None };
    let Some(place) = number.and_then(Number::saturated) else {
        let message = format!("{name} indices must be integers or slices");
        return Err(Fault::new(span, message));
    };
    let from_front = if place < 0 { place.saturating_add(n as i128) } else { place };
    let item = usize::try_from(from_front).ok().and_then(|place| sequence.items.get(place));
    item.cloned().ok_or_else(|| {
        Fault::new(span, format!("{name} index {place} is out of range for {n} items"))
    })
}

/// The places that a slice picks from `n` items.
fn walk(slice: &Slice, n: usize, span: Span) -> Result<impl Iterator<Item = usize>, Fault> {
    let step = slice.step.unwrap_or(1);
    if step == 0 {
        return Err(Fault::new(span, "slice step cannot be zero"));
    }
    let n = n as isize;
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let cut = |bound: isize| {
        let from_front = if bound < 0 { bound.saturating_add(n) } else { bound };
        from_front.clamp(low, high)
    };
    let start = slice.start.map_or(if step > 0 { low } else { high }, cut);
    let stop = slice.stop.map_or(if step > 0 { high } else { low }, cut);
    let within = move |place: &isize| if step > 0 { *place < stop } else { *place > stop };
    Ok(std::iter::successors(Some(start), move |place| place.checked_add(step))
        .take_while(within)
        .map(|place| place as usize))
}
