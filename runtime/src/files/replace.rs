//! Writing a file as a whole or not at all.

use super::FileErrorKind;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

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
    let temporary = new_file(folder)?;
    if let Some(metadata) = before {
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    let mut writer = BufWriter::new(temporary.as_file());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    temporary.persist(&target).map_err(|failed| failed.error)?;
    Ok(())
}

/// A new file that disappears unless it is renamed.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".tmp");
    // Temporary files are private by default; this one is to become an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
