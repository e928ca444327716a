//! Everything that is tested across crates, in one binary so that it links once.

mod formula;
mod math;
