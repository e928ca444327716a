//! Calls of distributions, with the signatures that their rows say.

use super::super::args::{self, Given};
use super::{At, Call, Called};
use crate::Operand;
use crate::formula::error::Fault;
use crate::formula::value::Value;
use crate::random::{Distribution, LegacyDistribution, Row, Size};
use crate::{Array, DType};
use jitney_ir::Shape;
use std::sync::LazyLock;

/// Signatures by name.
static GENERATOR: LazyLock<Vec<(&'static str, String)>> =
    LazyLock::new(|| Distribution::ALL.iter().map(|known| signature(known.row())).collect());

static LEGACY: LazyLock<Vec<(&'static str, String)>> =
    LazyLock::new(|| LegacyDistribution::ALL.iter().map(|known| signature(known.row())).collect());

/// The name and the signature of a row, as Python prints it.
fn signature(row: &Row) -> (&'static str, String) {
    let parameter = |parameter: &crate::random::Parameter| match parameter.default {
        Some(default) => format!("{}={default:?}, ", parameter.name),
        None => format!("{}, ", parameter.name),
    };
    let parameters: String = row.parameters.iter().map(parameter).collect();
    (row.name, parameters + "size=None")
}

/// What is known of a distribution of the new functions or the legacy ones.
trait Known: Copy {
    fn find(name: &str) -> Option<(Self, &'static Row, &'static str)>;
}

macro_rules! known {
    ($($ty:ty, $signatures:ident;)*) => {$(
        impl Known for $ty {
            fn find(name: &str) -> Option<(Self, &'static Row, &'static str)> {
                let place = <$ty>::ALL.iter().position(|known| known.row().name == name)?;
                let known = <$ty>::ALL[place];
                Some((known, known.row(), &$signatures[place].1))
            }
        }
    )*};
}

known! {
    Distribution, GENERATOR;
    LegacyDistribution, LEGACY;
}

pub(super) fn generator_names() -> impl Iterator<Item = &'static str> {
    Distribution::ALL.iter().map(|known| known.row().name)
}

pub(super) fn legacy_names() -> impl Iterator<Item = &'static str> {
    LegacyDistribution::ALL.iter().map(|known| known.row().name)
}

/// Calls a distribution of the new functions, if it is one.
pub(super) fn generator(
    name: &str,
    given: Vec<Given<'_>>,
    at: At,
    draw: impl FnOnce(Distribution, Vec<Operand>, Size) -> Array,
) -> Option<Called> {
    called(name, given, at, draw)
}

/// Calls a distribution of the legacy functions, if it is one.
pub(super) fn legacy(
    name: &str,
    given: Vec<Given<'_>>,
    at: At,
    draw: impl FnOnce(LegacyDistribution, Vec<Operand>, Size) -> Array,
) -> Option<Called> {
    called(name, given, at, draw)
}

fn called<K: Known>(
    name: &str,
    given: Vec<Given<'_>>,
    at: At,
    draw: impl FnOnce(K, Vec<Operand>, Size) -> Array,
) -> Option<Called> {
    let (known, row, signature) = K::find(name)?;
    let bound = args::bind(row.name, signature, given, at.span);
    Some(bound.and_then(|args| {
        let mut call = Call { args, max_elements: at.max_elements };
        let parameters = call.parameters(row)?;
        let size = call.size()?;
        Ok(Value::Array(draw(known, parameters, size)))
    }))
}

impl Call<'_> {
    /// The values of a distribution's parameters.
    fn parameters(&mut self, row: &Row) -> Result<Vec<Operand>, Fault> {
        let mut common = Shape::scalar();
        let mut parameters = Vec::new();
        for parameter in row.parameters {
            let operand = match parameter.default {
                Some(default) => self.args.optional_operand()?.unwrap_or(Operand::Float(default)),
                None => self.args.operand()?,
            };
            if let Operand::Array(array) = &operand {
                // Where shapes do not fit, the draw says so.
                common = common.broadcast(array.full_shape()).unwrap_or(common);
            }
            parameters.push(operand);
        }
        self.check(common.len())?;
        Ok(parameters)
    }

    /// The dtype of floats.
    pub(super) fn float_dtype(&mut self) -> Result<DType, Fault> {
        Ok(self.args.dtype()?.unwrap_or(DType::F64))
    }
}
