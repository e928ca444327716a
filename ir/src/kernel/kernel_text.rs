//! Printing and parsing of kernels.
//!
//! ```text
//! kernel rows kept=1 reduced=1 {
//!   a0 = load f64 contiguous
//!   a1 = store f64 broadcast
//!   r0 = sum f64
//!   r1 = kept f64
//!   element (a0) -> (r0) lanes(f64) { … }
//!   row (r0) -> (r1) lanes(f64) { … }
//!   element (a0, r1) -> (a1) lanes(f64, f64) { … }
//! }
//! ```
//!
//! The further lanes of a state have their number: `r1 = argmax.1 i64` goes with `r0 = argmax f64`.
//!
//! In a kernel without reduced axes, `a1 = load f64 contiguous shift a0 by 1` reads the elements
//! that follow those of `a0`.

use super::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, RowValue, RowValueId, Schedule, Scope,
    Shift, Sink, Source,
};
use crate::dtype::DType;
use crate::lanes::Program;
use crate::ops::Reduction;
use crate::text::{Cursor, ParseError};
use std::fmt;

const SCHEDULES: [(&str, Schedule); 2] = [("rows", Schedule::Rows), ("columns", Schedule::Columns)];
const KINDS: [(&str, AccessKind); 3] =
    [("load", AccessKind::Load), ("store", AccessKind::Store), ("index", AccessKind::Index)];
const LAYOUTS: [(&str, Layout); 4] = [
    ("broadcast", Layout::Broadcast),
    ("contiguous", Layout::Contiguous),
    ("strided", Layout::Strided),
    ("next", Layout::Next),
];
/// Stands where a reduction would, for row values that a row phase computes.
const KEPT: &str = "kept";
const SCOPES: [(&str, Scope); 2] = [("element", Scope::Element), ("row", Scope::Row)];

fn name_of<T: PartialEq + Copy>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, v)| *v == value).map_or("", |(name, _)| name)
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schedule = name_of(&SCHEDULES, self.schedule);
        writeln!(f, "kernel {schedule} kept={} reduced={} {{", self.n_kept, self.n_reduced)?;
        for (i, access) in self.accesses.iter().enumerate() {
            let (kind, layout) = (name_of(&KINDS, access.kind), name_of(&LAYOUTS, access.layout));
            write!(f, "  a{i} = {kind} {} {layout}", access.dtype.short())?;
            match access.shift {
                Some(Shift { of, by }) => writeln!(f, " shift a{} by {by}", of.0)?,
                None => writeln!(f)?,
            }
        }
        for (i, row) in self.row_values.iter().enumerate() {
            let by = row.reduction.map_or(KEPT, Reduction::name);
            match row.lane {
                0 => write!(f, "  r{i} = {by}")?,
                lane => write!(f, "  r{i} = {by}.{lane}")?,
            }
            writeln!(f, " {}", row.dtype.short())?;
        }
        for phase in &self.phases {
            write_phase(f, phase)?;
        }
        writeln!(f, "}}")
    }
}

fn write_phase(f: &mut fmt::Formatter<'_>, phase: &Phase) -> fmt::Result {
    let sources: Vec<String> = phase
        .sources
        .iter()
        .map(|source| match source {
            Source::Access(id) => format!("a{}", id.0),
            Source::Row(id) => format!("r{}", id.0),
        })
        .collect();
    let sinks: Vec<String> = phase
        .sinks
        .iter()
        .map(|sink| match sink {
            Sink::Store(id) => format!("a{}", id.0),
            Sink::Row(id) => format!("r{}", id.0),
        })
        .collect();
    let scope = name_of(&SCOPES, phase.scope);
    write!(f, "  {scope} ({}) -> ({}) ", sources.join(", "), sinks.join(", "))?;
    f.write_str(&phase.program.to_string().trim_end().replace('\n', "\n  "))?;
    writeln!(f)
}

impl Kernel {
    /// Reads the text form and verifies the kernel.
    ///
    /// # Errors
    /// What is malformed or which invariant is broken, with the line.
    pub fn parse(text: &str) -> Result<Kernel, ParseError> {
        let mut cursor = Cursor::new(text);
        cursor.expect("kernel")?;
        let schedule = keyword(&mut cursor, &SCHEDULES)?;
        let n_kept = attribute(&mut cursor, "kept")?;
        let n_reduced = attribute(&mut cursor, "reduced")?;
        cursor.expect("{")?;
        let (accesses, row_values, phases) = (Vec::new(), Vec::new(), Vec::new());
        let mut kernel = Kernel { schedule, n_kept, n_reduced, accesses, row_values, phases };
        while !cursor.accept("}") {
            kernel.parse_item(&mut cursor)?;
        }
        match kernel.verify() {
            Ok(()) if cursor.at_end() => Ok(kernel),
            Ok(()) => cursor.error("text after the kernel"),
            Err(error) => cursor.error(error.to_string()),
        }
    }

    fn parse_item(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let token = cursor.peek();
        if let Some((_, scope)) = SCOPES.into_iter().find(|(name, _)| *name == token) {
            cursor.take();
            let sources = cursor.list("(", ")", |cursor| {
                numbered(cursor).map(|(is_access, number)| match is_access {
                    true => Source::Access(AccessId(number)),
                    false => Source::Row(RowValueId(number)),
                })
            })?;
            cursor.expect("->")?;
            let sinks = cursor.list("(", ")", |cursor| {
                numbered(cursor).map(|(is_access, number)| match is_access {
                    true => Sink::Store(AccessId(number)),
                    false => Sink::Row(RowValueId(number)),
                })
            })?;
            let program = Program::parse_from(cursor)?;
            self.phases.push(Phase { scope, program, sources, sinks });
            return Ok(());
        }
        let (is_access, number) = numbered(cursor)?;
        let expected = if is_access { self.accesses.len() } else { self.row_values.len() };
        if number as usize != expected {
            return cursor.error(format!("expected number {expected}, found {number}"));
        }
        cursor.expect("=")?;
        if is_access {
            let kind = keyword(cursor, &KINDS)?;
            let dtype = dtype(cursor)?;
            let layout = keyword(cursor, &LAYOUTS)?;
            let shift = if cursor.accept("shift") { Some(shift(cursor)?) } else { None };
            self.accesses.push(Access { kind, dtype, layout, shift });
        } else {
            let by = cursor.take();
            let (name, lane) = by.split_once('.').unwrap_or((by, "0"));
            let reduction = Reduction::from_name(name);
            let Ok(lane) = lane.parse() else {
                return cursor.error(format!("`{lane}` is no number of a lane"));
            };
            if reduction.is_none() && name != KEPT {
                return cursor.error(format!("unknown reduction `{name}`"));
            }
            self.row_values.push(RowValue { reduction, lane, dtype: dtype(cursor)? });
        }
        Ok(())
    }
}

/// Reads `aN` (true) or `rN` (false).
fn numbered(cursor: &mut Cursor<'_>) -> Result<(bool, u32), ParseError> {
    if cursor.peek().starts_with('a') {
        Ok((true, cursor.numbered("a")?))
    } else {
        Ok((false, cursor.numbered("r")?))
    }
}

/// Reads `aN by K`.
fn shift(cursor: &mut Cursor<'_>) -> Result<Shift, ParseError> {
    let of = AccessId(cursor.numbered("a")?);
    cursor.expect("by")?;
    Ok(Shift { of, by: cursor.numbered("")? })
}

fn keyword<T: Copy>(cursor: &mut Cursor<'_>, names: &[(&str, T)]) -> Result<T, ParseError> {
    let token = cursor.take();
    match names.iter().find(|(name, _)| *name == token) {
        Some((_, value)) => Ok(*value),
        None => {
            let known: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            cursor.error(format!("expected {}, found `{token}`", known.join(" or ")))
        }
    }
}

fn attribute(cursor: &mut Cursor<'_>, name: &str) -> Result<usize, ParseError> {
    cursor.expect(name)?;
    cursor.expect("=")?;
    cursor.number()
}

fn dtype(cursor: &mut Cursor<'_>) -> Result<DType, ParseError> {
    let name = cursor.take();
    match DType::from_short(name) {
        Some(dtype) => Ok(dtype),
        None => cursor.error(format!("unknown dtype `{name}`")),
    }
}
