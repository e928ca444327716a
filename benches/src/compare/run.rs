//! Measures a case: checks every contender against NumPy, then times all by turns.

use super::case::{Case, Outputs, Program};
use super::worker::{Missing, Worker};
use jitney as jn;
use jn::{Array, Error, Settings};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// What one timed section takes, so that the clock does not show.
const TARGET_SECONDS: f64 = 5e-3;

/// Seconds of timed sections after which a contender has been measured well enough.
const PATIENCE: f64 = 2.0;

/// Rounds that also the slowest contender runs.
const MIN_ROUNDS: usize = 3;

/// Between turns, so that threads that wait actively for more work have gone to sleep.
const PAUSE: Duration = Duration::from_millis(4);

/// How many cold runs the compile time is the median of.
const COLD_RUNS: usize = 5;

/// What all cases share.
pub struct Bench {
    /// The peers that are there.
    pub workers: Vec<Worker>,
    /// Threads of every contender.
    pub threads: usize,
    /// Timed sections of each contender.
    pub rounds: usize,
    /// Where inputs and results are exchanged.
    pub folder: PathBuf,
}

/// A measured case.
pub struct Row {
    /// The case.
    pub case: Case,
    /// Every contender, Jitney first.
    pub entries: Vec<Entry>,
    /// Median seconds of Jitney's compilation.
    pub compile: f64,
    /// Kernels that Jitney compiled in a hundred runs, where that is asked for.
    pub compilations: Option<u64>,
    /// Bytes of the inputs.
    pub input_bytes: usize,
    /// Bytes of the outputs.
    pub output_bytes: usize,
}

/// A contender in a case.
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Median seconds of a run, or why there is none.
    pub seconds: Result<f64, Missing>,
    /// Seconds of the first run, compilation included.
    pub first: Option<f64>,
    /// The most bytes beside the inputs.
    pub peak: Option<usize>,
}

/// Somebody who can be timed.
struct Contender<'a> {
    entry: Entry,
    who: Who<'a>,
    repetitions: usize,
    times: Vec<f64>,
}

enum Who<'a> {
    Jitney { run: &'a Program, threads: usize },
    Peer { worker: usize },
}

/// The names of Jitney's own contenders.
pub const JITNEY: &str = "Jitney";
/// On one thread.
pub const ONE_THREAD: &str = "Jitney, one thread";
/// With temporaries.
pub const TEMPORARIES: &str = "Jitney, temporaries";

impl Bench {
    /// Measures a case.
    ///
    /// # Errors
    /// If Jitney cannot run it, or its result is not NumPy's.
    pub fn measure(&mut self, case: Case) -> Result<Row, String> {
        let inputs = (case.inputs)();
        let text = |error: Error| format!("{}: {error}", case.title());
        for input in &inputs {
            input.eval().map_err(text)?;
        }
        let threads = if case.one_thread { 1 } else { self.threads };
        let (outputs, first, peak) = first_run(&case, &inputs, threads).map_err(text)?;
        let expected = self.peers(&case, &inputs, &outputs)?;
        let output_bytes = outputs.iter().map(Array::nbytes).sum();
        drop(outputs);
        let compile = compile_seconds(&case, &inputs, threads).map_err(text)?;
        let compilations = compilations(&case, &inputs).map_err(text)?;

        let own =
            |name: &str| Entry { name: name.into(), seconds: Ok(0.0), first: None, peak: None };
        let run = &case.run;
        let jitney = |name, run, threads| Contender {
            entry: own(name),
            who: Who::Jitney { run, threads },
            repetitions: 1,
            times: Vec::new(),
        };
        let mut contenders = vec![jitney(JITNEY, run, threads)];
        contenders[0].entry.first = Some(first);
        contenders[0].entry.peak = Some(peak);
        if case.also_one_thread && threads > 1 {
            contenders.push(jitney(ONE_THREAD, run, 1));
        }
        if let Some(run) = &case.with_temporaries {
            contenders.push(jitney(TEMPORARIES, run, threads));
        }
        for contender in &mut contenders {
            contender.calibrate(&case, &inputs).map_err(text)?;
        }
        let mut entries = Vec::new();
        for (entry, worker, repetitions) in expected {
            match entry.seconds {
                Ok(_) => contenders.push(Contender {
                    entry,
                    who: Who::Peer { worker },
                    repetitions,
                    times: Vec::new(),
                }),
                Err(_) => entries.push(entry),
            }
        }
        self.rounds(&case, &inputs, &mut contenders)?;
        let mut timed: Vec<Entry> = contenders.into_iter().map(Contender::finish).collect();
        timed.append(&mut entries);
        for worker in &mut self.workers {
            // A worker that has ended is noticed when the next case asks it.
            let _ = worker.ask(json!({ "do": "forget" }));
        }
        let input_bytes = inputs.iter().map(Array::nbytes).sum();
        drop(inputs);
        jn::release_pool();
        Ok(Row { case, entries: timed, compile, compilations, input_bytes, output_bytes })
    }

    /// Prepares the peers: each has compiled its program and agrees with NumPy.
    fn peers(
        &mut self,
        case: &Case,
        inputs: &[Array],
        outputs: &Outputs,
    ) -> Result<Vec<(Entry, usize, usize)>, String> {
        if self.workers.is_empty() {
            return Ok(Vec::new());
        }
        let input_paths = save(inputs, &self.folder, "input")?;
        let ours = save(outputs, &self.folder, "jitney")?;
        let expected: Vec<PathBuf> = (0..outputs.len())
            .map(|index| self.folder.join(format!("expected{index}.npy")))
            .collect();
        let mut found = Vec::new();
        for (index, worker) in self.workers.iter_mut().enumerate() {
            for name in worker.contenders.clone() {
                let is_judge = index == 0;
                let request = json!({
                    "do": "prepare", "contender": name, "program": case.program,
                    "parameters": case.parameters, "inputs": input_paths,
                    "expected": if is_judge { Value::Null } else { json!(expected) },
                    "save": is_judge.then(|| self.folder.join("expected")),
                    "tolerance": [case.tolerance.0, case.tolerance.1],
                });
                found.push(prepared(name, index, worker.ask(request)));
                if is_judge && found[0].0.seconds.is_ok() {
                    let request = json!({
                        "do": "check", "got": ours, "expected": expected,
                        "tolerance": [case.tolerance.0, case.tolerance.1],
                    });
                    let wrong = |missing| format!("{}: Jitney is {missing:?}", case.title());
                    worker.ask(request).map_err(wrong)?;
                }
            }
        }
        Ok(found)
    }

    /// Runs all by turns, so that what disturbs the machine disturbs all alike.
    fn rounds(
        &mut self,
        case: &Case,
        inputs: &[Array],
        contenders: &mut [Contender<'_>],
    ) -> Result<(), String> {
        for round in 0..self.rounds {
            for contender in contenders.iter_mut() {
                let spent: f64 = contender.times.iter().sum::<f64>() * contender.repetitions as f64;
                if round >= MIN_ROUNDS && spent > PATIENCE {
                    continue;
                }
                thread::sleep(PAUSE);
                let seconds = match contender.who {
                    Who::Jitney { run, threads } => {
                        time(case, run, inputs, threads, contender.repetitions)
                            .map_err(|error| error.to_string())
                    }
                    Who::Peer { worker } => {
                        let request = json!({
                            "do": "time", "contender": contender.entry.name,
                            "repetitions": contender.repetitions,
                        });
                        let answer = self.workers[worker].ask(request);
                        answer
                            .map(|answer| answer["seconds"].as_f64().unwrap_or(f64::NAN))
                            .map_err(|missing| format!("{missing:?}"))
                    }
                };
                contender
                    .times
                    .push(seconds.map_err(|error| format!("{}: {error}", case.title()))?);
            }
        }
        Ok(())
    }
}

impl Contender<'_> {
    /// Finds how many runs fill a timed section.
    fn calibrate(&mut self, case: &Case, inputs: &[Array]) -> Result<(), Error> {
        let Who::Jitney { run, threads } = self.who else { return Ok(()) };
        if case.cold {
            return Ok(());
        }
        loop {
            let seconds = time(case, run, inputs, threads, self.repetitions)?;
            let total = seconds * self.repetitions as f64;
            if total > TARGET_SECONDS / 4.0 {
                self.repetitions = (TARGET_SECONDS / seconds).ceil().max(1.0) as usize;
                return Ok(());
            }
            self.repetitions *= 4;
        }
    }

    fn finish(mut self) -> Entry {
        self.entry.seconds = Ok(median(&mut self.times));
        self.entry
    }
}

/// A peer's entry from its answer, the number of its worker and of its repetitions.
fn prepared(name: String, worker: usize, answer: Result<Value, Missing>) -> (Entry, usize, usize) {
    let number = |answer: &Value, key: &str| answer[key].as_u64().map(|number| number as usize);
    match answer {
        Ok(answer) => {
            let first = answer["first"].as_f64();
            let peak = number(&answer, "peak");
            let repetitions = number(&answer, "repetitions").unwrap_or(1);
            (Entry { name, seconds: Ok(0.0), first, peak }, worker, repetitions)
        }
        Err(missing) => (Entry { name, seconds: Err(missing), first: None, peak: None }, worker, 0),
    }
}

/// The middle one.
pub fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn with_threads<R>(threads: usize, body: impl FnOnce() -> R) -> R {
    jn::with_settings(
        Settings { threads: Some(threads), compile_at_once: true, ..Settings::default() },
        body,
    )
}

/// Mean seconds of a run. As the peers', one run that is not timed fills the caches again.
fn time(
    case: &Case,
    run: &Program,
    inputs: &[Array],
    threads: usize,
    repetitions: usize,
) -> Result<f64, Error> {
    with_threads(threads, || {
        if case.cold {
            jn::clear_caches();
        } else if repetitions > 1 {
            run(inputs)?;
        }
        let start = Instant::now();
        for _ in 0..repetitions {
            std::hint::black_box(run(inputs)?);
        }
        Ok(start.elapsed().as_secs_f64() / repetitions as f64)
    })
}

/// The outputs, the seconds of a run with nothing compiled, and the most bytes it took.
fn first_run(
    case: &Case,
    inputs: &[Array],
    threads: usize,
) -> Result<(Outputs, f64, usize), Error> {
    with_threads(threads, || {
        jn::clear_caches();
        jn::reset_peak();
        let before = jn::bytes_in_use();
        let start = Instant::now();
        let outputs = (case.run)(inputs)?;
        let first = start.elapsed().as_secs_f64();
        Ok((outputs, first, jn::peak_bytes().saturating_sub(before)))
    })
}

fn compile_seconds(case: &Case, inputs: &[Array], threads: usize) -> Result<f64, Error> {
    let mut times = Vec::new();
    for _ in 0..COLD_RUNS {
        jn::clear_caches();
        let before = jn::compilations().1;
        let start = Instant::now();
        with_threads(threads, || (case.run)(inputs))?;
        times.push(jn::compilations().1.saturating_sub(before).as_secs_f64());
        if start.elapsed().as_secs_f64() > 0.3 {
            break;
        }
    }
    Ok(median(&mut times))
}

/// Kernels that a hundred runs compile, if a bar asks for their number.
fn compilations(case: &Case, inputs: &[Array]) -> Result<Option<u64>, Error> {
    let asked =
        case.bars.iter().any(|bar| matches!(bar.must, super::case::Must::CompileKernels(_)));
    if !asked {
        return Ok(None);
    }
    jn::clear_caches();
    let before = jn::compilations().0;
    for _ in 0..100 {
        (case.run)(inputs)?;
    }
    Ok(Some(jn::compilations().0 - before))
}

fn save(arrays: &[Array], folder: &Path, name: &str) -> Result<Vec<PathBuf>, String> {
    let mut paths = Vec::new();
    for (index, array) in arrays.iter().enumerate() {
        let path = folder.join(format!("{name}{index}.npy"));
        jn::save(&path, array).map_err(|error| error.to_string())?;
        paths.push(path);
    }
    Ok(paths)
}
