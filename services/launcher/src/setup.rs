//! What a folder and a machine must offer before anything is started there.

use anyhow::{Context, Result, bail};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Free space below which nothing is started, in bytes.
const MIN_FREE: u64 = 500 * 1024 * 1024;

/// Whether this process may change to another user.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The folder that holds the state of the default stack: `.accord` in the repository (`ACCORD_HOME`) or in the working
/// folder.
pub fn default_dir() -> PathBuf {
    home().join(".accord")
}

/// The repository's folder: `ACCORD_HOME`, which the script `./accord` sets, or the working folder.
pub fn home() -> PathBuf {
    std::env::var_os("ACCORD_HOME").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// Makes the folder for this user only and gives its absolute path; checks that the disk has room.
///
/// # Errors
/// When the folder cannot be made or its disk has less than 500 MB left.
pub fn prepare(dir: &Path) -> Result<PathBuf> {
    private_dir(dir)?;
    let dir = dir
        .canonicalize()
        .with_context(|| format!("the folder {} cannot be read", dir.display()))?;
    require_space(&dir)?;
    Ok(dir)
}

/// Makes a folder and those above it; a new folder is readable by this user only.
///
/// # Errors
/// When it cannot be made.
pub fn private_dir(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).with_context(|| {
        format!("the folder {} cannot be made: choose another with --dir or change who may write there", dir.display())
    })
}

/// Checks that the disk of this folder has at least 500 MB left.
///
/// # Errors
/// When it has not.
pub fn require_space(dir: &Path) -> Result<()> {
    let disk = rustix::fs::statvfs(dir)
        .with_context(|| format!("the disk of {} cannot be read", dir.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < MIN_FREE {
        bail!(
            "the disk of {} has {} MB left and 500 MB are needed: make room or choose another folder with --dir.",
            dir.display(),
            free / 1024 / 1024
        );
    }
    Ok(())
}

/// Writes a file that only this user may read (0600), whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content, 0o600)
}

/// Writes a file that everybody may read (0644), whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write_public(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content, 0o644)
}

fn write(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(name);
    let save = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&temporary)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    save().with_context(|| format!("the file {} cannot be written", path.display()))
}

/// Opens a log file for appending, readable by this user only.
///
/// # Errors
/// When it cannot be opened.
pub fn open_log(path: &Path) -> Result<fs::File> {
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("the log {} cannot be opened", path.display()))
}

/// The full path of a program in `PATH` or in the folders of system tools.
pub fn find_tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// A secret of 24 random bytes, in hexadecimal.
///
/// # Errors
/// When the system gives no randomness.
pub fn random_secret() -> Result<String> {
    Ok(data_encoding::HEXLOWER.encode(&random_bytes::<24>()?))
}

/// Random bytes from the cryptographic library's generator.
///
/// # Errors
/// When the system gives no randomness.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0u8; N];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gave no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_files_are_readable_by_the_owner_only() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("secret");
        write_public(&file, b"one").expect("write");
        write_private(&file, b"two").expect("write");
        assert_eq!(fs::read(&file).expect("read"), b"two");
        assert_eq!(
            fs::metadata(&file).expect("metadata").permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(dir.path()).expect("list").count(),
            1,
            "no temporary file stays"
        );
    }

    #[test]
    fn tools_are_found_by_name() {
        assert!(find_tool("sh").is_some());
        assert!(find_tool("no-such-tool-anywhere").is_none());
    }

    #[test]
    fn secrets_differ() {
        let one = random_secret().expect("random");
        assert_eq!(one.len(), 48);
        assert_ne!(one, random_secret().expect("random"));
    }
}
