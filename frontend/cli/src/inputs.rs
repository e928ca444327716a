//! The formula and the values of its names.

use crate::Failure;
use crate::args::Options;
use crate::mapped::MappedFiles;
use jitney::print::escaped;
use jitney::{Array, Formula, FormulaError, FormulaValue};
use std::fs::File;
use std::io::{IsTerminal, Read, stderr};
use std::path::Path;

/// A formula with values for its names.
pub(crate) struct Inputs {
    /// The formula, bound.
    pub formula: Formula,
    /// The values, in order.
    values: Vec<FormulaValue>,
}

/// Bytes of a formula file, as many as the parser takes.
const MAX_FORMULA: usize = 1 << 16;

impl Inputs {
    /// Parses the formula and the values.
    pub fn new(options: &Options) -> Result<Inputs, Failure> {
        let mut words = options.words();
        let text = match &options.file {
            Some(path) => read_formula(path)?,
            None => words.next().ok_or_else(no_formula)?.clone(),
        };
        let mut formula = Formula::parse(&text).map_err(|error| shown(&error))?;
        let mut names: Vec<(&str, FormulaValue)> = Vec::new();
        let mut mapped = MappedFiles::default();
        for word in words {
            let (name, text) = split(word)?;
            if names.iter().any(|(known, _)| *known == name) {
                return Err(Failure::Mistake(format!("error: `{name}` is given twice")));
            }
            let value = value(text, &names, &mut mapped)
                .map_err(|failure| failure.at(&format!("in the value of `{name}`")))?;
            formula.bind(name, value.clone());
            names.push((name, value));
        }
        let values = names.into_iter().map(|(_, value)| value).collect();
        Ok(Inputs { formula, values })
    }

    /// What the formula gives, not yet computed.
    pub fn build(&self) -> Result<FormulaValue, Failure> {
        self.formula.build().map_err(|error| shown(&error))
    }

    /// Computes the inputs and reads the files, so that what is measured afterwards is the
    /// formula alone.
    pub fn load(&self) -> Result<(), Failure> {
        for array in self.values.iter().flat_map(FormulaValue::arrays) {
            array.eval()?;
            // To count is to read every page of a mapped file.
            array.count_nonzero(..).eval()?;
        }
        Ok(())
    }

    /// The arrays that names are bound to.
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.values.iter().flat_map(FormulaValue::arrays)
    }
}

fn no_formula() -> Failure {
    Failure::Mistake("error: no formula: write one, or name a file with -f".to_owned())
}

fn read_formula(path: &Path) -> Result<String, Failure> {
    let failed = |what: &dyn std::fmt::Display| {
        let path = path.to_string_lossy();
        Failure::Mistake(format!("error: cannot read the formula from {}: {what}", escaped(&path)))
    };
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut text = Vec::new();
    file.take(MAX_FORMULA as u64 + 1).read_to_end(&mut text).map_err(|error| failed(&error))?;
    if text.len() > MAX_FORMULA {
        return Err(failed(&format!("it is longer than the limit of {MAX_FORMULA} bytes")));
    }
    String::from_utf8(text).map_err(|_| failed(&"it is not UTF-8 text"))
}

/// A word `NAME=VALUE` in its parts.
fn split(word: &str) -> Result<(&str, &str), Failure> {
    let Some((name, text)) = word.split_once('=') else {
        let word = escaped(word);
        return Err(Failure::Mistake(format!("error: expected NAME=VALUE, found `{word}`")));
    };
    let name = name.trim();
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let word_of_python = matches!(name, "True" | "False" | "None") || Formula::parse(name).is_err();
    if !starts || !name.chars().all(|c| c.is_alphanumeric() || c == '_') || word_of_python {
        return Err(Failure::Mistake(format!(
            "error: `{}` is not a name, in `{}`: values are written NAME=VALUE",
            escaped(name),
            escaped(word)
        )));
    }
    Ok((name, text))
}

/// The value that a text means, given the names before it.
fn value(
    text: &str,
    names: &[(&str, FormulaValue)],
    mapped: &mut MappedFiles,
) -> Result<FormulaValue, Failure> {
    if let Some(path) = text.strip_prefix('@') {
        let array = load(path, mapped);
        return match array.error() {
            Some(error) => Err(Failure::told(error.kind(), format!("error: {}", error.message()))),
            None => Ok(array.into()),
        };
    }
    let mut formula = Formula::parse(text).map_err(|error| shown(&error))?;
    for (name, value) in names {
        formula.bind(name, value.clone());
    }
    formula.build().map_err(|error| shown(&error))
}

/// The array of `file.npy` or `file.npz:member`.
fn load(path: &str, mapped: &mut MappedFiles) -> Array {
    match archive_and_member(path) {
        Some((archive, member)) => jitney::load_npz(archive, member),
        // Without a member, the error asks for one and says which there are.
        None if path.ends_with(".npz") => jitney::load_npz(path, ""),
        None if fits_in_memory(path) => jitney::load_copy(path),
        None => {
            mapped.add(path);
            jitney::load(path)
        }
    }
}

/// Whether a file is read, so that nobody can make it shorter while it is used, or else mapped: if
/// it takes more than half of the memory that there may be.
fn fits_in_memory(path: &str) -> bool {
    let allowed = jitney::settings().max_memory.unwrap_or(usize::MAX) as u64;
    std::fs::metadata(path).is_ok_and(|file| file.len() <= allowed / 2)
}

/// A path in its parts around a colon, if one follows an archive's name. Both names may have
/// colons of their own, so that the first archive that exists counts. If none does, and the whole
/// path is no file either, the first name is that of a missing one.
fn archive_and_member(path: &str) -> Option<(&str, &str)> {
    let mut parts = path
        .match_indices(':')
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .filter(|(archive, _)| archive.ends_with(".npz"))
        .peekable();
    let first = parts.peek().copied().filter(|_| !Path::new(path).is_file());
    parts.find(|(archive, _)| Path::new(archive).is_file()).or(first)
}

fn shown(error: &FormulaError) -> Failure {
    Failure::Mistake(error.render(stderr().is_terminal()))
}
