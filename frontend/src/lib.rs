//! placeholder
#![allow(dead_code)]
pub mod formula;
