//! One process per database file.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::open::{OpenError, create_directory};

/// The right to be the only process that uses a database file, until this is dropped or the process
/// ends.
///
/// It is a lock (`flock`) on an empty file beside the database. The file stays there: if it were
/// removed, two processes could get a lock each. The lock ends with the process, however that ends.
#[derive(Debug)]
pub(super) struct Owner {
    _lock: File,
}

impl Owner {
    /// Takes the file, whether it exists or not.
    ///
    /// # Errors
    /// It has another owner, or its directory cannot be used.
    pub(super) fn of(path: &Path) -> Result<Self, OpenError> {
        create_directory(path)?;
        let beside = beside(path);
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&beside);
        let lock = opened.map_err(|source| match source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OpenError::ReadOnly {
                path: path.to_owned(),
            },
            _ => OpenError::Path {
                path: beside.clone(),
                source,
            },
        })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(OpenError::Path {
                path: beside,
                source,
            }),
        }
    }
}

/// The file to lock. It is the same whatever symbolic link leads to the database.
fn beside(path: &Path) -> PathBuf {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = path.into_os_string();
    name.push("-lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_has_one_owner_at_a_time_whatever_path_leads_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data").join("a.db");
        let owner = Owner::of(&path).unwrap();
        fs::write(&path, "").unwrap();
        let link = dir.path().join("b.db");
        symlink(&path, &link).unwrap();
        for path in [&path, &link] {
            let error = Owner::of(path).unwrap_err();
            assert!(matches!(error, OpenError::InUse { .. }), "{error}");
            assert!(error.to_string().contains("stop it first"), "{error}");
        }
        Owner::of(&dir.path().join("data").join("c.db")).unwrap();
        drop(owner);
        Owner::of(&link).unwrap();
    }
}
