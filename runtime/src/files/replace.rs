//! Writing a file as a whole or not at all.

use super::FileErrorKind;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, PersistError};

/// Writes a new file beside `path` and renames it to `path` if all went well.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<(), FileErrorKind>,
) -> Result<(), FileErrorKind> {
    // A link is followed: the file it names is replaced, as writing through it would do.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = match fs::metadata(&target) {
        Ok(metadata) if metadata.is_dir() => return Err(FileErrorKind::Directory),
        Ok(metadata) if !metadata.is_file() => return Err(FileErrorKind::NotRegular),
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Said of the folder, before the name of a temporary file gets into the message.
    fs::metadata(folder)?;
    let unfinished = Unfinished::new(folder)?;
    if let Some(metadata) = before {
        unfinished.file().set_permissions(metadata.permissions())?;
    }
    let mut writer = BufWriter::new(unfinished.file());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    Ok(unfinished.finish(&target)?)
}

/// A new file that is none yet.
enum Unfinished {
    /// It has no name, and goes with the process, however that ends.
    Nameless { file: File, folder: PathBuf },
    /// It disappears when dropped, but not if a signal ends the process.
    Named(NamedTempFile),
}

impl Unfinished {
    fn new(folder: &Path) -> io::Result<Unfinished> {
        match nameless(folder) {
            Some(file) => Ok(Unfinished::Nameless { file, folder: folder.to_owned() }),
            None => new_file(folder).map(Unfinished::Named),
        }
    }

    fn file(&self) -> &File {
        match self {
            Unfinished::Nameless { file, .. } => file,
            Unfinished::Named(named) => named.as_file(),
        }
    }

    /// Lets it be the file of the given name.
    fn finish(self, target: &Path) -> io::Result<()> {
        match self {
            Unfinished::Nameless { file, folder } => {
                // A file that is there cannot be replaced by one without a name.
                let named = builder().make_in(folder, |path| name(&file, path))?;
                named.persist(target).map(drop).map_err(PersistError::into)
            }
            Unfinished::Named(named) => named.persist(target).map(drop).map_err(PersistError::into),
        }
    }
}

/// Links to open files, by which those without a name can get one.
#[cfg(target_os = "linux")]
const LINKS: &str = "/proc/self/fd";

/// A file without a name, where there are such files.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    if !Path::new(LINKS).is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    open(folder, flags, Mode::from_raw_mode(0o666)).ok().map(File::from)
}

#[cfg(target_os = "linux")]
fn name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    let link = format!("{LINKS}/{}", std::os::fd::AsRawFd::as_raw_fd(file));
    Ok(linkat(CWD, link, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn name(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Names of files that are not complete.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".tmp");
    builder
}

/// A new file that disappears unless it is renamed.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = builder();
    // Temporary files are private by default; this one is to become an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::{FileErrorKind, Unfinished, new_file, replace};
    use std::fs;
    use std::io::Write;

    #[test]
    fn what_is_not_complete_has_no_name_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let names = || -> Vec<_> {
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
        };
        for round in 0..2 {
            let written = replace(&path, |file| {
                file.write_all(b"new")?;
                file.flush()?;
                let is_linux = cfg!(target_os = "linux");
                assert!(!is_linux || names().len() == round, "{:?}", names());
                Ok(())
            });
            assert_eq!(written, Ok(()));
            assert_eq!(names(), ["x"]);
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
        let failed = replace(&path, |file| {
            file.write_all(b"other")?;
            Err(FileErrorKind::Empty)
        });
        assert_eq!(failed, Err(FileErrorKind::Empty));
        assert_eq!((names().len(), fs::read(&path).unwrap()), (1, b"new".to_vec()));
    }

    /// Where there are no files without a name.
    #[test]
    fn named_files_serve_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let named = new_file(folder.path()).unwrap();
        named.as_file().write_all(b"new").unwrap();
        Unfinished::Named(named).finish(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
