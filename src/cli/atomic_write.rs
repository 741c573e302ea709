//! Writing one file so that, whatever happens, the old one is there or the new one, never half of it.

use super::Failure;
use super::failure::exit;
use std::io::{self, Write};
use std::path::Path;

/// Puts these bytes in the place of a file, or makes it; folders on the way to it are made.
///
/// # Errors
/// What the system refused; what was there is as it was.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    try_write(path, bytes).map_err(|cause| Failure::Other {
        code: exit::INTERNAL,
        problem: format!("{} cannot be written: {cause}", path.display()),
        remedy: "make its folder writable, or name another file; what was there is as it was".to_owned(),
    })
}

fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".onsale-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: what the user's mask leaves of this.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
