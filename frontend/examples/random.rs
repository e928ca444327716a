//! Random numbers as in NumPy: `cargo run --example random -p jitney`.

use jitney as jn;
use jn::random::{Choice, SeedSequence, default_rng};

fn main() -> Result<(), jn::Error> {
    // rng = np.random.default_rng(42)
    let mut rng = default_rng(42);
    println!("random:\n{}", rng.random([3, 3]).array_str()?);
    println!("standard normal: {}", rng.standard_normal(3).array_str()?);
    println!("integers:\n{}", rng.integers(0, 100, [3, 3]).array_str()?);
    println!("fair coins: {}", rng.binomial(1, 0.5, 10).array_str()?);

    // Without replacement, and with chances.
    let once = Choice { replace: false, ..Choice::default() };
    println!("three of ten: {}", rng.choice_with(10, 3, &once).array_str()?);
    let chances = Choice { p: Some(jn::array(vec![0.7, 0.2, 0.1])), ..Choice::default() };
    println!("mostly 5: {}", rng.choice_with(jn::array(vec![5, 6, 7]), 8, &chances).array_str()?);

    // Shuffled in place, as a copy, and one permutation for the rows of several arrays.
    let mut deck = jn::arange(10);
    rng.shuffle(&mut deck);
    println!("shuffled: {}", deck.array_str()?);
    println!("permuted: {}", rng.permutation(10).array_str()?);

    // Streams for four workers that share nothing.
    for seed in SeedSequence::new(42).spawn(4) {
        println!("worker: {}", default_rng(seed).random(2).array_str()?);
    }

    // np.random.seed(0), for this thread.
    jn::random::seed(0);
    println!("legacy normal: {}", jn::random::randn(3).array_str()?);
    println!("legacy integers: {}", jn::random::randint(0, 10, 5).array_str()?);
    println!("legacy uniform: {}", jn::random::rand(2).array_str()?);
    Ok(())
}
