//! Mapped files, which other processes may make shorter.
//!
//! Whoever reads what a file has lost gets the signal `SIGBUS`, which cannot be ignored: the read
//! is tried again when the handler returns. So the handler wakes a thread, and the thread ends the
//! process with a message. Until it has, the reader gets the same signal again and again.

use jitney::print::escaped;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Files that are mapped for as long as the process runs.
#[derive(Default)]
pub(crate) struct MappedFiles {
    files: Arc<Mutex<Vec<MappedFile>>>,
    is_watched: bool,
}

struct MappedFile {
    path: PathBuf,
    /// Its length before it was mapped.
    len: u64,
}

impl MappedFiles {
    /// Notes a file that is about to be mapped. Where there is no thread to be had to watch over
    /// it, its loss ends the process as the system does it.
    pub fn add(&mut self, path: &str) {
        let path = PathBuf::from(path);
        let len = len(&path);
        let file = MappedFile { path, len };
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        if !self.is_watched {
            self.is_watched = true;
            let _ = watch(Arc::clone(&self.files));
        }
    }
}

fn len(path: &PathBuf) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

#[cfg(unix)]
fn watch(files: Arc<Mutex<Vec<MappedFile>>>) -> io::Result<()> {
    use std::io::Read;
    /// That of a mistake in files.
    const STATUS: i32 = 2;
    let (mut ours, of_the_signal) = std::os::unix::net::UnixStream::pair()?;
    let wait = move || {
        // No byte comes where the signal is not handled.
        if ours.read_exact(&mut [0]).is_ok() {
            let files = files.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(io::stderr(), "{}", message(&files));
            // At once: threads that compute do not end.
            signal_hook::low_level::exit(STATUS);
        }
    };
    std::thread::Builder::new().name("mapped files".to_owned()).spawn(wait)?;
    jitney_runtime::files::forget_loss_handler();
    signal_hook::low_level::pipe::register(signal_hook::consts::SIGBUS, of_the_signal)?;
    Ok(())
}

#[cfg(not(unix))]
fn watch(_: Arc<Mutex<Vec<MappedFile>>>) -> io::Result<()> {
    Ok(())
}

/// Names the files that are shorter than they were, or all if none is.
#[cfg(unix)]
fn message(files: &[MappedFile]) -> String {
    let list = |files: &mut dyn Iterator<Item = &MappedFile>| {
        let name = |file: &MappedFile| escaped(&file.path.to_string_lossy()).to_string();
        files.map(name).collect::<Vec<_>>().join(", ")
    };
    let shorter = list(&mut files.iter().filter(|file| len(&file.path) < file.len));
    if shorter.is_empty() {
        let all = list(&mut files.iter());
        return format!("error: cannot read {all}: the system has lost a part of what is mapped");
    }
    format!("error: cannot read {shorter}: another process has made it shorter meanwhile")
}
