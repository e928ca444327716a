//! Jitney beside its peers: what `--bin compare` measures, checks and prints.
//!
//! [`cases()`] lists what is compared, as data. [`Bench`] runs a case: the peers are Python
//! processes ([`Worker`]) whose results must be NumPy's before anybody is timed; then all run
//! by turns. [`verdicts`] holds the rows against the bars, [`table`] and [`picture`] show them.

pub mod case;
mod cases;
mod judge;
mod machine;
pub mod picture;
mod random;
mod run;
mod stream;
pub mod table;
mod timing;
mod worker;

pub use cases::cases;
pub use judge::{Verdict, verdicts};
pub use machine::Machine;
pub use run::{Bench, Entry, Row};
pub use stream::Bandwidth;
pub use worker::{LIBRARIES, Missing, Worker};
