//! Holds measurements against the bars.

use super::case::{Bar, Must};
use super::run::{Entry, JITNEY, ONE_THREAD, Row, TEMPORARIES};
use super::stream::Bandwidth;

/// Two measurements of the same code differ by this much: Jitney against itself is slower
/// only beyond it.
pub const NOISE: f64 = 1.05;

/// What became of a bar.
pub struct Verdict {
    /// The number of the goal.
    pub goal: u8,
    /// What was measured: case and size.
    pub case: String,
    /// What must hold.
    pub must: String,
    /// What was found.
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Row {
    /// The contender's seconds, if it ran.
    pub fn seconds(&self, name: &str) -> Option<f64> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        entry.seconds.as_ref().ok().copied()
    }

    /// The fastest peer and its seconds. Who may reorder arithmetic does not count, nor, where
    /// compilation is measured, who does not compile.
    pub fn best_peer(&self) -> Option<(&str, f64)> {
        let other = if self.case.cold { "NumPy" } else { "numba fastmath" };
        let fair = |entry: &&Entry| is_peer(&entry.name) && entry.name != other;
        let timed = self.entries.iter().filter(fair);
        let timed = timed.filter_map(|entry| Some((&*entry.name, *entry.seconds.as_ref().ok()?)));
        timed.min_by(|x, y| x.1.total_cmp(&y.1))
    }

    /// Jitney's time as a multiple of the best peer's.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.seconds(JITNEY)? / self.best_peer()?.1)
    }

    /// Bytes of inputs and outputs a second.
    pub fn bandwidth(&self) -> Option<f64> {
        Some((self.input_bytes + self.output_bytes) as f64 / self.seconds(JITNEY)?)
    }
}

/// Whether a contender is not Jitney.
pub fn is_peer(name: &str) -> bool {
    !name.starts_with(JITNEY)
}

/// All verdicts, in the order of the goals. A bar that compares with an absent peer has none.
pub fn verdicts(rows: &[Row], bandwidth: Bandwidth) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    for row in rows {
        verdicts.extend(row.case.bars.iter().filter_map(|bar| verdict(row, *bar, bandwidth)));
    }
    verdicts.extend(geometric_mean(rows));
    verdicts.sort_by_key(|verdict| verdict.goal);
    verdicts
}

fn verdict(row: &Row, bar: Bar, bandwidth: Bandwidth) -> Option<Verdict> {
    let seconds = row.seconds(JITNEY)?;
    let bandwidth = row.memory.unwrap_or(bandwidth);
    let (must, found, holds) = match bar.must {
        Must::TakeOfBestPeer(share) => {
            let (peer, best) = row.best_peer()?;
            of_peer(share, peer, seconds / best)
        }
        Must::TakeOfPeer(peer, share) => of_peer(share, peer, seconds / row.seconds(peer)?),
        Must::TakeSeconds(limit) => {
            (format!("≤ {}", duration(limit)), duration(seconds), seconds <= limit)
        }
        Must::ReachTriad(share) => reach(share, "triad", row.bandwidth()? / bandwidth.triad),
        Must::ReachRead(share) => reach(share, "reading", row.bandwidth()? / bandwidth.read),
        Must::CompileInSeconds(limit) => {
            let must = format!("compiled in ≤ {}", duration(limit));
            (must, duration(row.compile), row.compile <= limit)
        }
        Must::CompileKernels(limit) => {
            let found = row.compilations?;
            let must = format!("≤ {limit} compilation in 100 runs");
            (must, found.to_string(), found <= limit)
        }
        Must::TakeBytes(limit) => {
            let peak = row.entries.first()?.peak?;
            let beside = peak.saturating_sub(row.output_bytes);
            let must = format!("≤ {} beside inputs and outputs", bytes(limit));
            (must, bytes(beside), beside <= limit)
        }
        Must::GainFromThreads(factor) => {
            let gain = row.seconds(ONE_THREAD)? / seconds;
            // A factor of one asks for no loss, which noise may look like.
            let limit = if factor <= 1.0 { 1.0 / NOISE } else { factor };
            (format!("≥ {limit:.2} × one thread"), format!("{gain:.2}"), gain >= limit)
        }
        Must::BeatTemporaries => {
            let ratio = seconds / row.seconds(TEMPORARIES)?;
            (format!("≤ {NOISE} of temporaries"), format!("{ratio:.2}"), ratio <= NOISE)
        }
    };
    Some(Verdict { goal: bar.goal, case: row.case.title(), must, found, holds })
}

fn of_peer(share: f64, peer: &str, ratio: f64) -> (String, String, bool) {
    (format!("≤ {share} of {peer}"), format!("{ratio:.2}"), ratio <= share)
}

fn reach(share: f64, what: &str, found: f64) -> (String, String, bool) {
    (format!("≥ {share} of {what} bandwidth"), format!("{found:.2}"), found >= share)
}

/// How much faster than NumPy the functions alone are, taken together.
fn geometric_mean(rows: &[Row]) -> Option<Verdict> {
    let alone = rows.iter().filter(|row| row.case.program == "function");
    let gains = alone.filter_map(|row| Some(row.seconds("NumPy")? / row.seconds(JITNEY)?));
    let logarithms: Vec<f64> = gains.map(f64::ln).collect();
    if logarithms.is_empty() {
        return None;
    }
    let mean = (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp();
    Some(Verdict {
        goal: 1,
        case: format!("geometric mean of {} functions", logarithms.len()),
        must: "≥ 1.5 × NumPy".to_owned(),
        found: format!("{mean:.2}"),
        holds: mean >= 1.5,
    })
}

/// Seconds with three digits and a unit.
pub fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// Bytes with a unit.
pub fn bytes(bytes: usize) -> String {
    match bytes {
        n if n < 1 << 10 => format!("{n} B"),
        n if n < 1 << 20 => format!("{:.0} KiB", n as f64 / 1024.0),
        n => format!("{:.1} MiB", n as f64 / (1 << 20) as f64),
    }
}
