//! Settings, one file per concern.
//!
//! `config.default.toml` at the root of the repository documents every key and is the default.

mod adapter;
mod auth;
mod duration;
mod engine;
mod error;
mod keys;
mod layers;
mod listener;
mod log;
mod lucca;
mod network;
mod sandbox;
mod server;
mod store;

use std::path::Path;

pub use adapter::{Adapter, WebhookLimits};
pub use auth::{Auth, Scope, Token};
pub use engine::{Engine, SEND_WINDOW};
pub use error::{ConfigError, Problem};
pub use layers::environment;
pub use listener::{ExposedListener, check_listener};
pub use log::{Log, LogFormat};
pub use lucca::Lucca;
pub use network::{Network, NotANetwork};
pub use sandbox::Sandbox;
pub use server::Server;
pub use store::{Store, StoreUrl};

use keys::Keys;

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Section `server`.
    pub server: Server,
    /// Section `store`.
    pub store: Store,
    /// Section `lucca`.
    pub lucca: Lucca,
    /// Section `engine`.
    pub engine: Engine,
    /// Section `adapter`.
    pub adapter: Adapter,
    /// Section `auth`.
    pub auth: Auth,
    /// Section `log`.
    pub log: Log,
    /// Section `sandbox`.
    pub sandbox: Sandbox,
}

/// Reads the settings: defaults, overridden by `file`, overridden by `env`.
///
/// Of `env` only names that begin with `ONBOARDING_` count; see [`environment`].
///
/// # Errors
/// Everything that is wrong, at once.
pub fn load(
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<Settings, ConfigError> {
    let mut problems = Vec::new();
    let values = layers::merge(file, env, &mut problems);
    let mut keys = Keys::new(values, problems);
    let settings = Settings::read(&mut keys);
    settings.cross_check(&mut keys);
    ConfigError::unless_empty(keys.into_problems())?;
    Ok(settings)
}

impl Settings {
    fn read(keys: &mut Keys) -> Self {
        Self {
            server: Server::read(keys),
            store: Store::read(keys),
            lucca: Lucca::read(keys),
            engine: Engine::read(keys),
            adapter: Adapter::read(keys),
            auth: Auth::read(keys),
            log: Log::read(keys),
            sandbox: Sandbox::read(keys),
        }
    }

    fn cross_check(&self, keys: &mut Keys) {
        // With a value that could not be read the sum would be wrong too.
        if !keys.is_sound() {
            return;
        }
        let Lucca {
            request_timeout,
            settle_delay,
            ..
        } = self.lucca;
        let busy = SEND_WINDOW + request_timeout + settle_delay;
        if self.engine.lease <= busy {
            let expected = format!(
                "more than 5s + lucca.request_timeout + lucca.settle_delay, here {}ms",
                busy.as_millis()
            );
            keys.problem("engine.lease", &expected);
        }
    }

    /// What `onboarding serve` needs beyond what [`load`] checks.
    ///
    /// # Errors
    /// No encryption key, or an address others can reach without `insecure_grpc`.
    pub fn check_serve(&self, insecure_grpc: bool) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        let address = self.server.grpc_listen;
        if let Err(error) = check_listener(address, insecure_grpc) {
            problems.push(Problem::new(
                "server.grpc_listen",
                error.advice("--insecure-grpc"),
            ));
        }
        if self.store.encryption_keys.is_empty() {
            problems.push(Problem::new("store.encryption_keys", keys::ONE_KEY));
        }
        ConfigError::unless_empty(problems)
    }

    /// What `onboarding adapter` needs beyond what [`load`] checks.
    ///
    /// # Errors
    /// No encryption key, or an address others can reach without `insecure_webhooks`.
    pub fn check_adapter(&self, insecure_webhooks: bool) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        let address = self.adapter.listen;
        if let Err(error) = check_listener(address, insecure_webhooks) {
            problems.push(Problem::new(
                "adapter.listen",
                error.advice("--insecure-webhooks"),
            ));
        }
        if self.adapter.encryption_keys.is_empty() {
            problems.push(Problem::new("adapter.encryption_keys", keys::ONE_KEY));
        }
        ConfigError::unless_empty(problems)
    }

    /// What is allowed but most likely a mistake outside tests, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        self.lucca.warnings()
    }
}

#[cfg(test)]
mod tests;
