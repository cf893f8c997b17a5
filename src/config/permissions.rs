//! Files that other users of the machine must not reach.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

/// A kind of file, with the permissions that make it loose and those that it should have.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    loose: u32,
    wanted: &'static str,
}

/// A key, or a file with a secret. Its group may read it, because containers mount secrets like that.
pub(super) const SECRET: Kind = Kind {
    loose: 0o026,
    wanted: "600",
};

/// A database, which its group may share.
const DATABASE: Kind = Kind {
    loose: 0o007,
    wanted: "600",
};

/// The directory of a database: who may write there can replace it.
const DIRECTORY: Kind = Kind {
    loose: 0o007,
    wanted: "700",
};

/// Tells what is wrong with the permissions of a file, and what to do; `None` if they are tight, or
/// the file does not exist.
pub(super) fn loose(path: &Path, kind: Kind) -> Option<String> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & kind.loose != 0).then(|| {
        let (path, wanted) = (path.display(), kind.wanted);
        format!(
            "{path}: its permissions {mode:o} let other users of this machine in; \
             run `chmod {wanted} {path}`"
        )
    })
}

/// The same of a database and of its directory.
pub(super) fn loose_database(file: &Path) -> impl Iterator<Item = String> {
    let parent = file.parent().filter(|it| !it.as_os_str().is_empty());
    let directory = loose(parent.unwrap_or(Path::new(".")), DIRECTORY);
    directory.into_iter().chain(loose(file, DATABASE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_permissions_that_keep_other_users_out_are_tight() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        fs::write(&file, "").unwrap();
        for (mode, secret, database) in [
            (0o600, true, true),
            (0o400, true, true),
            (0o640, true, true),
            (0o660, false, true),
            (0o644, false, false),
            (0o604, false, false),
            (0o602, false, false),
        ] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(loose(&file, SECRET).is_none(), secret, "{mode:o}");
            assert_eq!(loose(&file, DATABASE).is_none(), database, "{mode:o}");
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(loose_database(&file).count(), 0);
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let told = loose_database(&file).next().unwrap();
        assert!(told.contains("chmod 700") && told.contains("755"), "{told}");
        assert!(loose(Path::new("/nowhere/at-all"), SECRET).is_none());
    }
}
