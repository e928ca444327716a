//! Measures a case: checks every contender against NumPy, then times all by turns.

use super::case::{Bar, Case, Must, Outputs, Program};
use super::stream::Bandwidth;
use super::timing::{TARGET_SECONDS, compilations, compile_seconds, first_run, median, time};
use super::worker::{Missing, Worker};
use jitney as jn;
use jn::{Array, Error};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Seconds of timed sections after which a contender has been measured well enough.
const PATIENCE: f64 = 2.0;

/// Rounds that also the slowest contender runs.
const MIN_ROUNDS: usize = 3;

/// After numba's turn: the threads of its OpenMP wait actively for more work, for 7 ms as
/// measured here, and would take a processor from the next one. No other peer's do.
const PAUSE: Duration = Duration::from_millis(12);

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
    /// What memory gave at the time, where a bar asks for a share of it.
    pub memory: Option<Bandwidth>,
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
        let run = &(case.make)();
        let (outputs, first, peak) = first_run(run, &inputs, threads).map_err(text)?;
        let expected = self.peers(&case, &inputs, &outputs)?;
        let output_bytes = outputs.iter().map(Array::nbytes).sum();
        drop(outputs);
        let compile = compile_seconds(&case, &inputs, threads).map_err(text)?;
        let compilations = compilations(&case, &inputs).map_err(text)?;
        let asks = |bar: &Bar| matches!(bar.must, Must::ReachTriad(_) | Must::ReachRead(_));
        let memory = case.bars.iter().any(asks).then(|| Bandwidth::measure(threads));

        let own =
            |name: &str| Entry { name: name.into(), seconds: Ok(0.0), first: None, peak: None };
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
        Ok(Row { case, entries: timed, compile, compilations, memory, input_bytes, output_bytes })
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
                        if self.workers[worker].library == "numba" {
                            thread::sleep(PAUSE);
                        }
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

fn save(arrays: &[Array], folder: &Path, name: &str) -> Result<Vec<PathBuf>, String> {
    let mut paths = Vec::new();
    for (index, array) in arrays.iter().enumerate() {
        let path = folder.join(format!("{name}{index}.npy"));
        jn::save(&path, array).map_err(|error| error.to_string())?;
        paths.push(path);
    }
    Ok(paths)
}
