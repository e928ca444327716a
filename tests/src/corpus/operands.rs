//! Arrays made of the values of pools, in every layout that a view can give.

use super::Pools;
use super::text::Operand;
use jitney::{Array, DType, Index, ellipsis, s};

/// How the elements of an operand lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// C order.
    C,
    /// The first axis is the fastest.
    Fortran,
    /// The last two axes are exchanged.
    Transposed,
    /// Every second element along the last axis.
    Strided,
    /// Every second element along the first axis.
    Outer,
    /// All axes backwards.
    Reversed,
    /// The first axis repeats one element.
    Rows,
    /// The last axis repeats one element.
    Columns,
}

impl Layout {
    /// The layout of a letter.
    pub(super) fn parse(letter: &str) -> Result<Layout, String> {
        Ok(match letter {
            "" => Layout::C,
            "F" => Layout::Fortran,
            "T" => Layout::Transposed,
            "S" => Layout::Strided,
            "O" => Layout::Outer,
            "R" => Layout::Reversed,
            "B" => Layout::Rows,
            "W" => Layout::Columns,
            _ => return Err(format!("no layout {letter}")),
        })
    }
}

macro_rules! of_bits {
    ($($dtype:ident: $element:expr;)*) => {
        /// The array of the elements with the given bits, in C order.
        pub fn of_bits(dtype: DType, shape: &[usize], bits: &[u64]) -> Array {
            match dtype {
                $(DType::$dtype => Array::from_vec(bits.iter().map($element).collect(), shape),)*
            }
        }
    };
}

of_bits! {
    Bool: |bits| *bits != 0;
    I8: |bits| *bits as i8;
    I16: |bits| *bits as i16;
    I32: |bits| *bits as i32;
    I64: |bits| *bits as i64;
    U8: |bits| *bits as u8;
    U16: |bits| *bits as u16;
    U32: |bits| *bits as u32;
    U64: |bits| *bits;
    F32: |bits| f32::from_bits(*bits as u32);
    F64: |bits| f64::from_bits(*bits);
}

/// The array that an operand describes.
///
/// # Errors
/// If it names no pool.
pub(super) fn array(operand: &Operand, pools: &Pools) -> Result<Array, String> {
    let Operand { dtype, shape, pool, offset, layout } = operand;
    let values =
        pools.get(&(pool.clone(), *dtype)).ok_or_else(|| format!("no pool {pool} of {dtype}"))?;
    let of = |shape: &[usize]| -> Vec<u64> {
        let n = shape.iter().product();
        values.iter().copied().cycle().skip(*offset).take(n).collect()
    };
    let make = |shape: &[usize], bits: &[u64]| of_bits(*dtype, shape, bits);
    let rank = shape.len();
    Ok(match layout {
        _ if rank == 0 => make(shape, &of(shape)),
        Layout::C => make(shape, &of(shape)),
        Layout::Fortran => {
            let axes: Vec<usize> = (0..rank).rev().collect();
            permuted(&of(shape), shape, &axes, make)
        }
        Layout::Transposed => {
            let mut axes: Vec<usize> = (0..rank).collect();
            axes.swap(rank.saturating_sub(2), rank - 1);
            permuted(&of(shape), shape, &axes, make)
        }
        Layout::Strided => {
            let bits = of(shape);
            let spaced: Vec<u64> = bits.iter().flat_map(|element| [*element, bits[0]]).collect();
            let mut wide = shape.clone();
            wide[rank - 1] *= 2;
            make(&wide, &spaced).slice(s![ellipsis, ..;2])
        }
        Layout::Outer => {
            let bits = of(shape);
            let row = shape[1..].iter().product::<usize>().max(1);
            let rows = bits.chunks(row).flat_map(|row| [row, &bits[..row.len()]]);
            let mut wide = shape.clone();
            wide[0] *= 2;
            make(&wide, &rows.flatten().copied().collect::<Vec<_>>()).slice(s![..;2])
        }
        Layout::Reversed => {
            let backwards: Vec<u64> = of(shape).into_iter().rev().collect();
            make(shape, &backwards).slice(vec![Index::stepped(.., -1); rank])
        }
        Layout::Rows => make(&shape[1..], &of(&shape[1..])).broadcast_to(shape),
        Layout::Columns => {
            let mut one = shape.clone();
            one[rank - 1] = 1;
            make(&one, &of(&one)).broadcast_to(shape)
        }
    })
}

/// Elements in C order as an array whose axes lie in memory in the given order, which is its
/// own inverse.
fn permuted(
    bits: &[u64],
    shape: &[usize],
    axes: &[usize],
    make: impl Fn(&[usize], &[u64]) -> Array,
) -> Array {
    let inner: Vec<usize> = axes.iter().map(|axis| shape[*axis]).collect();
    let mut stored = Vec::with_capacity(bits.len());
    for place in 0..bits.len() {
        let (mut rest, mut index) = (place, vec![0; shape.len()]);
        for (axis, extent) in inner.iter().enumerate().rev() {
            index[axes[axis]] = rest % extent;
            rest /= extent;
        }
        let flat = index.iter().zip(shape).fold(0, |flat, (i, extent)| flat * extent + i);
        stored.push(bits[flat]);
    }
    let order: Vec<isize> = axes.iter().map(|axis| *axis as isize).collect();
    make(&inner, &stored).transpose(order)
}
