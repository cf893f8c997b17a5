//! The directory in which `dev` keeps its databases and secrets.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::Failure;

/// The files that `dev` creates. `--once` removes them before it starts.
const FILES: [&str; 7] = [
    "onboarding.db",
    "onboarding.db-wal",
    "onboarding.db-shm",
    "spool.db",
    "spool.db-wal",
    "spool.db-shm",
    "secrets.toml",
];

/// Secrets, generated at the first start.
#[derive(Deserialize, Serialize)]
pub(super) struct Secrets {
    /// Seals the databases.
    pub encryption_key: String,
    /// Signs webhooks. `whsec_` and base64.
    pub webhook_secret: String,
    /// The key that the sandbox accepts.
    pub lucca_api_key: String,
}

/// The directory and its secrets.
pub(super) struct Data {
    pub directory: PathBuf,
    pub secrets: Secrets,
}

impl Data {
    /// Opens the directory. Creates it and its secrets at the first start.
    pub fn open(directory: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::unusable(format!(
                "{} cannot be used: {error}; name another with --data",
                directory.display()
            ))
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| failed(&error))?;
        let path = directory.join("secrets.toml");
        let secrets = match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| failed(&error.message()))?,
            Err(_) => {
                let secrets = Secrets {
                    encryption_key: random()?,
                    webhook_secret: format!("whsec_{}", random()?),
                    lucca_api_key: uuid::Uuid::new_v4().to_string(),
                };
                let text = toml::to_string(&secrets).map_err(|error| failed(&error))?;
                fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .and_then(|mut file| file.write_all(text.as_bytes()))
                    .map_err(|error| failed(&error))?;
                secrets
            }
        };
        Ok(Self {
            directory: directory.to_owned(),
            secrets,
        })
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The bytes of the webhook secret.
    pub fn webhook_key(&self) -> Result<Vec<u8>, Failure> {
        let encoded = self.secrets.webhook_secret.trim_start_matches("whsec_");
        STANDARD.decode(encoded).map_err(Failure::new)
    }
}

/// 32 random bytes in base64.
fn random() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| Failure::new("the system gives no random numbers"))?;
    Ok(STANDARD.encode(bytes))
}

/// Removes the files of an earlier run, unless it still goes on.
pub(super) fn clear(directory: &Path) -> Result<(), Failure> {
    let lock = File::open(directory.join("onboarding.db-lock"));
    if lock.is_ok_and(|lock| lock.try_lock().is_err()) {
        return Err(Failure::unusable(format!(
            "{} is in use by another process: stop it first",
            directory.display()
        )));
    }
    for name in FILES {
        let path = directory.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("{}: {error}", path.display())));
            }
            _ => {}
        }
    }
    Ok(())
}
