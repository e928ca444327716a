//! What the tests share with this package's examples.

pub mod corpus;
