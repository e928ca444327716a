//! Formulas and NumPy's answers to them, as `data/corpus/generate.py` writes them, and whether
//! Jitney agrees.
//!
//! The text comes line by line (`text`), each case is built from named lists of values
//! (`operands`), evaluated fused and by the interpreter, and judged (`judge`).

mod judge;
mod operands;
mod text;

pub use operands::{Layout, of_bits};
pub use text::{Arrays, Case, Expected, Operand, Tolerance};

use jitney::{Array, DType, Formula, Mode, Settings};
use jitney_ir::Scalar;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Lists of elements' bits, by name and dtype.
pub type Pools = HashMap<(String, DType), Vec<u64>>;

/// An evaluated array.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The dtype.
    pub dtype: DType,
    /// The extents.
    pub shape: Vec<usize>,
    /// The elements in C order, every NaN with the same bits.
    pub bits: Vec<u64>,
}

/// Reads a corpus and checks its cases.
#[derive(Default)]
pub struct Checker {
    pools: Pools,
    formula: String,
    tolerance: Tolerance,
    /// The number of cases that were checked.
    pub n_cases: usize,
    /// How many cases differ from NumPy on purpose, by the name of the difference.
    pub differences: BTreeMap<String, usize>,
    /// What is wrong: the case, what was found, what was expected.
    pub failures: Vec<String>,
}

impl Checker {
    /// A checker that knows the pools of a text.
    ///
    /// # Errors
    /// As [`Checker::line`].
    pub fn new(pools: &str) -> Result<Checker, String> {
        let mut checker = Checker::default();
        pools.lines().try_for_each(|line| checker.line(line))?;
        Ok(checker)
    }

    /// Takes one line: a pool, a formula, or a case, which is checked.
    ///
    /// # Errors
    /// If the line is not one of a corpus.
    pub fn line(&mut self, line: &str) -> Result<(), String> {
        let wrong = |what: String| format!("{what}: {line}");
        if let Some(pool) = line.strip_prefix("pool ") {
            let (key, values) = text::pool(pool).map_err(wrong)?;
            self.pools.insert(key, values);
        } else if let Some(head) = line.strip_prefix("of ") {
            let (formula, tolerance) = text::head(head).map_err(wrong)?;
            (self.formula, self.tolerance) = (formula.to_owned(), tolerance);
        } else {
            let case = text::case(line).map_err(wrong)?;
            self.check(&case, line)?;
        }
        Ok(())
    }

    fn check(&mut self, case: &Case, line: &str) -> Result<(), String> {
        let operands = case.operands.iter().map(|operand| operands::array(operand, &self.pools));
        let operands = operands.collect::<Result<Vec<Array>, String>>()?;
        self.n_cases += 1;
        if let Some(difference) = &case.difference {
            *self.differences.entry(difference.clone()).or_default() += 1;
        }
        // A panic is an answer too, and a wrong one.
        let judged = catch_unwind(AssertUnwindSafe(|| self.judged(case, &operands)));
        let judged = judged.unwrap_or_else(|_| Err("panics".into()));
        if let Err(why) = judged {
            self.failures.push(format!("{}\t{line}\t{why}", self.formula));
        }
        Ok(())
    }

    /// Why the answer is not the expected one, or not the same in all modes.
    fn judged(&self, case: &Case, operands: &[Array]) -> Result<(), String> {
        let of = |mode| evaluate(&self.formula, operands, mode);
        let (fused, reference) = (of(Mode::Fused), of(Mode::Reference));
        // The law is the reference, but for libraries, which need only be as near to NumPy.
        let (law, name) = match self.tolerance {
            Tolerance::Library => (of(Mode::Eager), "eager"),
            Tolerance::Exact | Tolerance::Ulp(..) | Tolerance::Near => {
                (reference.clone(), "reference")
            }
        };
        if fused.is_ok() != law.is_ok() || fused.is_ok() && fused != law {
            return Err(format!("fused {}, {name} {}", text_of(&fused), text_of(&law)));
        }
        [fused, reference].iter().try_for_each(|answer| self.near(case, answer))
    }

    /// Why an answer is not near enough to the expected one.
    fn near(&self, case: &Case, answer: &Answer) -> Result<(), String> {
        match (answer, &case.expected) {
            (Err(_), Expected::Error) => Ok(()),
            (Ok(found), Expected::Arrays(wanted)) => judge::arrays(found, wanted, self.tolerance)
                .map_err(|why| format!("{why}; found {}", text_of(answer))),
            (Ok(_), Expected::Error) | (Err(_), Expected::Arrays(_)) => {
                Err(format!("found {}", text_of(answer)))
            }
        }
    }
}

fn text_of(answer: &Answer) -> String {
    match answer {
        Ok(arrays) => judge::text(arrays),
        Err(error) => format!("error: {error}"),
    }
}

type Answer = Result<Vec<Found>, String>;

/// The arrays that a formula gives in a mode.
fn evaluate(text: &str, operands: &[Array], mode: Mode) -> Answer {
    let settings = Settings {
        mode: Some(mode),
        threads: Some(1),
        compile_at_once: true,
        ..Settings::default()
    };
    jitney::with_settings(settings, || {
        let mut formula = Formula::parse(text).map_err(|error| error.message().to_owned())?;
        for (name, operand) in ["x", "y", "z", "w"].iter().zip(operands) {
            formula.bind(name, operand);
        }
        let value = formula.build().map_err(|error| error.message().to_owned())?;
        value.arrays().iter().map(found).collect()
    })
}

fn found(array: &Array) -> Result<Found, String> {
    let array = array.eval().map_err(|error| error.message().to_owned())?;
    let value = array.expr().known_value().ok_or("an evaluated array has no value")?;
    let bits = value.scalars().map(plain_bits).collect();
    Ok(Found { dtype: array.dtype(), shape: array.shape().to_vec(), bits })
}

/// The bits of an element; of a NaN those of the one that NumPy's `nan` is.
fn plain_bits(scalar: Scalar) -> u64 {
    if scalar.is_nan() { Scalar::from_f64(scalar.dtype, f64::NAN).bits } else { scalar.bits }
}
