//! The arguments of the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, ValueEnum};
use jitney::{Mode, Stage};
use std::path::PathBuf;
use std::time::Duration;

/// What scripts need to know.
const STATUS: &str = "\
Exit status: 0 if all is well, 1 if --compare finds a difference, 2 for a mistake in arguments,
formula or files and for a limit that is reached, 3 for a bug in jitney";

/// NumPy formulas, fused and compiled to native code.
#[derive(Debug, Parser)]
#[command(name = "jitney", version, after_help = STATUS)]
pub(crate) enum Command {
    /// Evaluate a formula and print the result as NumPy prints it
    #[command(after_help = STATUS)]
    Eval(Options),
}

/// Options of `jitney eval`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The formula; not given with --file
    #[arg(value_name = "FORMULA", allow_hyphen_values = true)]
    formula: Option<String>,

    /// Values for its names: @file.npy, @file.npz:member, or a formula over the names before
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,

    /// Read the formula from a file
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Write the result to a file: .npy, or .npz for a tuple
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// How to evaluate
    #[arg(long, value_name = "MODE", default_value = "fused")]
    pub mode: ModeName,

    /// Run fused and eager, and reference below 1e6 elements, and compare figures and bits
    #[arg(long)]
    pub compare: bool,

    /// Print a stage of the compilation; may be repeated
    #[arg(long, value_name = "STAGE", value_parser = stages())]
    pub dump: Vec<Stage>,

    /// Print the kernels, what was fused into each, what was not and why, and how near each came
    /// to what memory or processors can do
    #[arg(long)]
    pub explain: bool,

    /// Load the inputs, run once, then N times more, and print the times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub time: Option<u32>,

    /// Print the figures of --time, --compare and --explain as one JSON object
    #[arg(long)]
    pub json: bool,

    /// Threads to use, at most as many as there are processors, or 16; all processors if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Bytes that results and temporaries may take, such as 512M or 2GiB; what the system has
    /// available if not given
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<usize>,

    /// Seconds after which evaluation stops, such as 0.5; it may go on for ever if not given
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_time: Option<Duration>,
}

/// [`Mode`] as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// Optimized and fused into few kernels
    Fused,
    /// Each operation its own kernel
    Eager,
    /// The interpreter
    Reference,
}

impl ModeName {
    /// The mode.
    pub fn mode(self) -> Mode {
        match self {
            ModeName::Fused => Mode::Fused,
            ModeName::Eager => Mode::Eager,
            ModeName::Reference => Mode::Reference,
        }
    }
}

/// The name of a mode on the command line.
pub(crate) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Fused => "fused",
        Mode::Eager => "eager",
        Mode::Reference => "reference",
    }
}

impl Options {
    /// The formula and the values, as far as they are given. With a file for the formula, the
    /// first word is a value already.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.formula.iter().chain(&self.values)
    }

    /// Whether figures are asked for, not the result alone.
    pub fn measures(&self) -> bool {
        self.time.is_some() || self.compare || self.json
    }
}

fn stages() -> impl TypedValueParser<Value = Stage> {
    PossibleValuesParser::new(Stage::ALL.map(Stage::name))
        .try_map(|name| Stage::from_name(&name).ok_or("not a stage"))
}

/// Bytes as people write them: `M` and `MiB` are 1024², `MB` is 1000².
fn size(text: &str) -> Result<usize, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let power = match unit.chars().next() {
        None | Some('b') => 0,
        Some(letter) => match "kmgt".find(letter) {
            Some(place) => place as i32 + 1,
            None => return Err(format!("unknown unit `{unit}`: write K, M, G or T")),
        },
    };
    let base: f64 = match unit.get(1..).unwrap_or("") {
        "" | "ib" => 1024.0,
        "b" => 1000.0,
        _ => return Err(format!("unknown unit `{unit}`: write {0}, {0}B or {0}iB", &unit[..1])),
    };
    let number: f64 = number.parse().map_err(|_| "expected a number, such as 512M".to_owned())?;
    Ok((number * base.powi(power)) as usize)
}

/// Seconds, and parts of them.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{seconds, size};
    use std::time::Duration;

    #[test]
    fn seconds_are_numbers() {
        for (text, milliseconds) in [("2", 2000), ("0.5", 500), ("0", 0), ("1e3", 1_000_000)] {
            assert_eq!(seconds(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "-1", "nan", "inf", "1e40", "2s"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("12b", 12),
            ("512M", 512 << 20),
            ("2GiB", 2 << 30),
            ("2 gib", 2 << 30),
            ("1.5k", 1536),
            ("3MB", 3_000_000),
            ("1T", 1 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1X", "1MX", "1.2.3G", "ä", "1ä"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
