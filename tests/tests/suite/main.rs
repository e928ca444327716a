//! Everything that is tested across crates, in one binary so that it links once.

mod alone;
mod codegen;
#[cfg(unix)]
mod columns;
mod complexity;
mod corpus;
mod files;
mod filetests;
mod formula;
mod helpers;
mod house;
mod inplace;
mod inspect;
mod jit;
mod limits;
mod literal_powers;
mod load;
mod math;
mod math_crossings;
mod math_special;
mod math_special_trig;
mod passes;
mod printing;
mod products;
mod random;
mod random_numbers;
#[cfg(unix)]
mod row_ends;
mod sorting;
mod sound;
mod stopping;
mod threads;
mod tidy;
mod update;
mod weak;
mod wide;
