//! Chains of costly functions, fused against eager: a chain must cost what its functions cost one
//! by one in the cache, however long it is.
//!
//! `cargo bench -p jitney-benches --bench chains` times the chains that people write and 200
//! random ones of 2 to 12 functions, with every emitter of the machine, on one thread and on two,
//! and prints how the ratios are spread and which chain is the worst. `-- --all` prints each
//! chain.
//!
//! Both modes run by turns, and a ratio is the median of the ratios of neighbouring runs. One
//! above [`MISSED`] is measured again before it counts.

use jitney as jn;
use jn::{Array, Formula, Mode, Settings};
use std::error::Error;
use std::process::Command;
use std::time::Instant;

/// Elements of the input: 400 KB, which the second cache holds.
const N: usize = 50_000;

const N_RANDOM: usize = 200;

const THREADS: [usize; 2] = [1, 2];

/// Pairs of runs of a measurement.
const ROUNDS: usize = 11;

/// A ratio above this is measured [`REPEATS`] times more, and the median of all counts.
const MISSED: f64 = 1.05;

const REPEATS: usize = 5;

/// The environment variable that chooses the emitter, and its values.
const VARIABLE: &str = "JITNEY_EMITTER";
const EMITTERS: [&str; 3] = ["avx512", "avx2", "cranelift"];

/// Chains as people write them.
const WRITTEN: [&str; 9] = [
    "0.5*x*(1 + tanh((x + 0.044715*x*x*x)*0.79788))",
    "arctan(tan(arcsin(u)))",
    "log1p(tanh(cos(exp(sin(x))))+ 1.0)",
    "x*tanh(log1p(exp(x)))",
    "log(1 + exp(x))",
    "exp(sin(x))",
    "log(1 + exp(x)).sum()",
    "log(exp(-(x - 0.3)**2 / 1.7) / 2.5).sum()",
    "1/(1 + exp(-x)) * tanh(log1p(exp(x))) + sqrt(x*x + 1)",
];

/// The links of random chains: each maps the numbers that the others give to such again, so that
/// no chain ends in infinities, whose rare paths would be all that is measured.
const LINKS: [&str; 20] = [
    "exp(-abs({}))",
    "log(2 + abs({}))",
    "log1p(abs({}))",
    "sin({})",
    "cos({})",
    "tanh({})",
    "arctan({})",
    "sqrt(1 + {}*{})",
    "cbrt({})",
    "expm1(-abs({}))",
    "arcsinh({})",
    "erf({})",
    "1/(1 + exp(-{}))",
    "{}*tanh({})",
    "arctan2({}, x)",
    "hypot({}, x)",
    "log2(3 + {}*{})",
    "exp2(-abs({}))",
    "0.5*{} + 0.25*x",
    "cosh(sin({}))",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if std::env::var_os(VARIABLE).is_some() {
        return measure_emitter(has("--all"));
    }
    // The emitter is chosen when a process first compiles.
    for emitter in EMITTERS {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(&arguments).env(VARIABLE, emitter);
        if !command.status()?.success() {
            println!("{emitter}: not on this machine, or failed");
        }
    }
    Ok(())
}

fn measure_emitter(prints_all: bool) -> Result<(), Box<dyn Error>> {
    let emitter = std::env::var(VARIABLE)?;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let chains: Vec<String> = (0..N_RANDOM).map(|_| random.chain()).collect();
    for threads in THREADS {
        let settings = Settings { threads: Some(threads), ..Settings::default() };
        let written = measure_all(&WRITTEN, &settings)?;
        let random = measure_all(&chains, &settings)?;
        println!("{emitter}, {threads} threads: fused / eager");
        println!("  {} random chains: {}", random.len(), Spread(&random));
        println!("  worst: {}", random[random.len() - 1]);
        let shown = if prints_all { &random[..random.len() - 1] } else { &[] };
        written.iter().chain(shown).for_each(|measured| println!("  {measured}"));
    }
    Ok(())
}

/// The ratios of chains, from the best to the worst.
fn measure_all(
    chains: &[impl AsRef<str>],
    settings: &Settings,
) -> Result<Vec<Measured>, Box<dyn Error>> {
    let mut all = Vec::new();
    for chain in chains {
        all.push(Measured::new(chain.as_ref(), settings)?);
    }
    all.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    Ok(all)
}

/// What a chain took.
struct Measured {
    chain: String,
    /// Fused time in eager time.
    ratio: f64,
    /// Nanoseconds an element.
    eager: f64,
    fused: f64,
}

impl Measured {
    fn new(chain: &str, settings: &Settings) -> Result<Measured, Box<dyn Error>> {
        let mut formula = Formula::parse(chain)?;
        formula.bind("x", jn::linspace(-4.0, 3.0, N).eval()?);
        // For functions of numbers within 1.
        formula.bind("u", jn::linspace(-0.99, 0.99, N).eval()?);
        let run = |mode: Mode| -> Result<(Array, f64), Box<dyn Error>> {
            let settings = Settings { mode: Some(mode), ..settings.clone() };
            jn::with_settings(settings, || {
                let start = Instant::now();
                let result = formula.eval()?;
                Ok((result, start.elapsed().as_secs_f64() * 1e9 / N as f64))
            })
        };
        // Compiles both, and takes the occasion to compare what they compute.
        let bits = |array: Array| {
            array.to_vec::<f64>().map(|all| all.iter().map(|x| x.to_bits()).collect())
        };
        let [eager, fused]: [Vec<u64>; 2] =
            [bits(run(Mode::Eager)?.0)?, bits(run(Mode::Fused)?.0)?];
        if eager != fused {
            return Err(format!("{chain}: eager and fused differ").into());
        }
        let measure = || -> Result<[f64; 3], Box<dyn Error>> {
            let mut times: [Vec<f64>; 3] = Default::default();
            for _ in 0..ROUNDS {
                let (eager, fused) = (run(Mode::Eager)?.1, run(Mode::Fused)?.1);
                let all = [fused / eager, eager, fused];
                times.iter_mut().zip(all).for_each(|(times, time)| times.push(time));
            }
            Ok(times.map(median))
        };
        let [mut ratio, eager, fused] = measure()?;
        if ratio > MISSED {
            let mut ratios = vec![ratio];
            for _ in 0..REPEATS {
                ratios.push(measure()?[0]);
            }
            ratio = median(ratios);
        }
        Ok(Measured { chain: chain.to_owned(), ratio, eager, fused })
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Measured { chain, ratio, eager, fused } = self;
        write!(f, "{ratio:.2}  ({fused:.2} / {eager:.2} ns an element)  {chain}")
    }
}

/// How sorted ratios are spread.
struct Spread<'a>(&'a [Measured]);

impl std::fmt::Display for Spread<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = |part: f64| self.0[((self.0.len() - 1) as f64 * part) as usize].ratio;
        let n_missed = self.0.iter().filter(|measured| measured.ratio > MISSED).count();
        let (least, half, most) = (at(0.0), at(0.5), at(1.0));
        write!(f, "least {least:.2}, median {half:.2}, worst {most:.2}, {n_missed} above {MISSED}")
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The same numbers in every run (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    /// A formula of several statements, each a function of what the one before computes.
    fn chain(&mut self) -> String {
        let n_links = 2 + self.below(11);
        let mut link = |before: &str| LINKS[self.below(LINKS.len())].replace("{}", before);
        let first = link("x");
        let rest: Vec<String> = (1..n_links).map(|_| format!("y = {}", link("y"))).collect();
        format!("y = {first}; {}; y", rest.join("; "))
    }
}
