//! Random numbers with NumPy's bits: bit generators, their seeding, distributions.
//!
//! Everything here draws at the call, into values: nothing is lazy. A [`BitGenerator`] is a value
//! with one of five algorithms; [`distributions`] says what a distribution's samples are made of,
//! `fill` how arrays of them are, on several threads where the algorithm can begin anywhere in
//! its stream. [`legacy`] is what `RandomState` does otherwise. There is no state but the
//! generators', which their owners hold.
//!
//! Streams equal those of NumPy 2.4.6, which is the oracle of the tests. Distributions that call
//! functions of the system's mathematics library (`exp`, `log`, `pow` and their kin) do so as NumPy
//! does, and equal it where both use the same library; see [`Row::system`](distributions::Row).

mod bits;
mod choice;
pub mod distributions;
mod fill;
mod integers;
pub mod legacy;
mod mt19937;
mod pcg64;
mod pcg64dxsm;
mod philox;
mod seed;
mod sequences;
mod sfc64;
mod tables;

pub use bits::{BitGenerator, Bits, Engine, Stream};
pub use choice::{Choice, choice, chosen};
pub use fill::{Source, bytes, random, standard_exponential, standard_normal};
pub use integers::{Bounds, Range, integers};
pub use mt19937::{LegacySeed, MT19937, Mt19937State};
pub use pcg64::{PCG64, Pcg64State};
pub use pcg64dxsm::{PCG64DXSM, Pcg64DxsmState};
pub use philox::{Philox, PhiloxState};
pub use seed::{Entropy, SeedSequence};
pub use sequences::{permutation, permuted, shuffled};
pub use sfc64::{SFC64, Sfc64State};
