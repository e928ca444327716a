//! Views and joins.

use super::{Called, array_value, cast, refs};
use crate::Array;
use crate::formula::args::{Arguments, check_axes};
use crate::formula::error::Fault;
use crate::formula::value::{Value, failed};
use crate::join::{concatenate_as, hstack_as, stack_as, vstack_as};
use crate::reduce::Axes;

pub(in crate::formula) fn reshape(args: &mut Arguments) -> Called {
    let (a, shape) = (args.array()?, args.required_axes()?);
    args.word(&["C"])?;
    array_value(a.reshape(shape))
}

pub(in crate::formula) fn reshape_method(args: &mut Arguments) -> Called {
    let (a, span) = (args.array()?, args.span);
    let shape = args.rest()?.to_isizes(span)?;
    args.word(&["C"])?;
    array_value(a.reshape(shape))
}

pub(in crate::formula) fn ravel(args: &mut Arguments) -> Called {
    let a = args.array()?;
    args.word(&["C"])?;
    array_value(a.ravel())
}

pub(in crate::formula) fn transpose(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(match args.axes()? {
        Axes::All => a.t(),
        Axes::One(axis) => a.transpose([axis]),
        // To the API, no axes are all of them.
        Axes::Each(axes) if axes.is_empty() && a.ndim() > 0 => {
            failed("transpose", "axes don't match array")
        }
        Axes::Each(axes) => a.transpose(axes),
    })
}

pub(in crate::formula) fn transpose_method(args: &mut Arguments) -> Called {
    let (a, span) = (args.array()?, args.span);
    array_value(a.transpose(args.rest()?.to_isizes(span)?))
}

pub(in crate::formula) fn matrix_transpose(args: &mut Arguments) -> Called {
    array_value(args.array()?.swapaxes(-1, -2))
}

pub(in crate::formula) fn swapaxes(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(a.swapaxes(args.int()?, args.int()?))
}

pub(in crate::formula) fn moveaxis(args: &mut Arguments) -> Called {
    let a = args.array()?;
    let (sources, destinations) = (args.required_axes()?, args.required_axes()?);
    if sources.len() != destinations.len() {
        return Err(Fault::new(args.span, "needs as many destinations as sources"));
    }
    if let ([source], [destination]) = (&sources[..], &destinations[..]) {
        return array_value(a.moveaxis(*source, *destination));
    }
    let rank = a.ndim() as isize;
    let outside = sources.iter().chain(&destinations).find(|axis| **axis < -rank || **axis >= rank);
    if let Some(axis) = outside {
        return array_value(a.moveaxis(*axis, *axis));
    }
    let from_front = |axis: &isize| if *axis < 0 { axis + rank } else { *axis };
    let mut moves: Vec<(isize, isize)> =
        destinations.iter().map(from_front).zip(sources.iter().map(from_front)).collect();
    moves.sort_unstable();
    let twice = |axes: &[isize]| {
        let mut places: Vec<isize> = axes.iter().map(from_front).collect();
        places.sort_unstable();
        places.windows(2).any(|pair| pair[0] == pair[1])
    };
    if twice(&sources) || twice(&destinations) {
        return Err(Fault::new(args.span, "repeated axis"));
    }
    let moved = |axis: &isize| moves.iter().any(|(_, source)| source == axis);
    let mut order: Vec<isize> = (0..rank).filter(|axis| !moved(axis)).collect();
    for (destination, source) in moves {
        order.insert((destination as usize).min(order.len()), source);
    }
    array_value(a.transpose(order))
}

pub(in crate::formula) fn expand_dims(args: &mut Arguments) -> Called {
    let (mut a, axes) = (args.array()?, args.required_axes()?);
    check_axes(a.ndim() + axes.len(), args.span)?;
    // The places are those in the result, so axes in front must be there first.
    let rank = (a.ndim() + axes.len()) as isize;
    if let Some(outside) = axes.iter().find(|axis| !(-rank..rank).contains(*axis)) {
        return array_value(a.expand_dims(*outside));
    }
    let from_front = |axis: &isize| if *axis < 0 { axis + rank } else { *axis };
    let mut places: Vec<isize> = axes.iter().map(from_front).collect();
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Fault::new(args.span, "repeated axis"));
    }
    for place in places {
        a = a.expand_dims(place);
    }
    array_value(a)
}

pub(in crate::formula) fn squeeze(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(match args.axes()? {
        Axes::All => a.squeeze([]),
        Axes::One(0 | -1) if a.ndim() == 0 => a,
        Axes::One(axis) => a.squeeze([axis]),
        Axes::Each(axes) if axes.is_empty() => a,
        Axes::Each(axes) => a.squeeze(axes),
    })
}

pub(in crate::formula) fn broadcast_to(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(a.broadcast_to(args.shape()?))
}

pub(in crate::formula) fn broadcast_arrays(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    let same = crate::broadcast_arrays(&refs(&arrays));
    Ok(Value::tuple(same.into_iter().map(Value::Array).collect()))
}

pub(in crate::formula) fn atleast_1d(args: &mut Arguments) -> Called {
    array_value(args.array()?.atleast_1d())
}

pub(in crate::formula) fn atleast_2d(args: &mut Arguments) -> Called {
    array_value(args.array()?.atleast_2d())
}

pub(in crate::formula) fn flip(args: &mut Arguments) -> Called {
    let m = args.array()?;
    array_value(match args.axes()? {
        Axes::All => m.flip([]),
        Axes::One(axis) => m.flip([axis]),
        Axes::Each(axes) if axes.is_empty() => m,
        Axes::Each(axes) => m.flip(axes),
    })
}

pub(in crate::formula) fn concatenate(args: &mut Arguments) -> Called {
    let (arrays, axis, dtype) = (args.arrays()?, args.axis_or(0)?, args.dtype()?);
    array_value(match axis {
        Some(axis) => concatenate_as(&refs(&arrays), axis, dtype),
        None => {
            let flat: Vec<Array> = arrays.iter().map(Array::ravel).collect();
            concatenate_as(&refs(&flat), 0, dtype)
        }
    })
}

pub(in crate::formula) fn stack(args: &mut Arguments) -> Called {
    let (arrays, axis) = (args.arrays()?, args.int_or(0)?);
    array_value(stack_as(&refs(&arrays), axis, args.dtype()?))
}

pub(in crate::formula) fn hstack(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    array_value(hstack_as(&refs(&arrays), args.dtype()?))
}

pub(in crate::formula) fn vstack(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    array_value(vstack_as(&refs(&arrays), args.dtype()?))
}

pub(in crate::formula) fn dstack(args: &mut Arguments) -> Called {
    array_value(crate::dstack(&refs(&args.arrays()?)))
}

pub(in crate::formula) fn column_stack(args: &mut Arguments) -> Called {
    array_value(crate::column_stack(&refs(&args.arrays()?)))
}

pub(in crate::formula) fn astype(args: &mut Arguments) -> Called {
    let a = args.array()?;
    cast(a, args.dtype()?)
}

/// Arrays are values, so that a copy is the array itself.
pub(in crate::formula) fn copy(args: &mut Arguments) -> Called {
    array_value(args.array()?)
}
