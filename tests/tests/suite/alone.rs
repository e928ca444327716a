//! Processes that a test has for itself.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Set in the process that a test has for itself.
const ALONE: &str = "JITNEY_TEST_ALONE";

/// Time after which such a process is taken to hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body` in a process with one test, the one of the given name, that calls this.
pub fn in_own_process(test: &str, environment: &[(&str, &str)], body: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let suite = std::env::current_exe().expect("the suite is a file");
    let child = Command::new(suite)
        .args(["--exact", test, "--test-threads=1"])
        .env(ALONE, "1")
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("the suite runs");
    let ended = has_ended(&mut child);
    let _ = child.kill();
    let output = child.wait_with_output().expect("its output is there");
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(ended, "{test} hangs: {text:?}");
    assert!(output.status.success() && text[0].contains("1 passed"), "{test}: {text:?}");
}

fn has_ended(child: &mut Child) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if child.try_wait().expect("it is a child").is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}
