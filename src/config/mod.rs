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
mod tls;

use std::path::Path;

pub use adapter::{Adapter, WebhookLimits};
pub use auth::{Auth, Certificate, Rights, Scope, Token, hash};
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
pub use tls::Tls;

use keys::Keys;

const NO_TLS: &str = "nothing is encrypted: set tls.cert and tls.key";

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
    /// Section `tls`.
    pub tls: Tls,
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
            tls: Tls::read(keys),
            log: Log::read(keys),
            sandbox: Sandbox::read(keys),
        }
    }

    fn cross_check(&self, keys: &mut Keys) {
        // With a value that could not be read the sum would be wrong too.
        if !keys.is_sound() {
            return;
        }
        if !self.auth.certificates.is_empty() && !self.tls.verifies_clients() {
            let expected = "tls.client_ca, against which certificates are verified";
            keys.problem("auth.certificates", expected);
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
    /// No encryption key; or an address others can reach without TLS or without anybody
    /// having to prove who they are, unless `insecure_grpc`.
    pub fn check_serve(&self, insecure_grpc: bool) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        if let Err(error) = check_listener(self.server.grpc_listen, insecure_grpc) {
            let mut missing = |what| {
                let advice = error.advice(what, "--insecure-grpc");
                problems.push(Problem::new("server.grpc_listen", advice));
            };
            if self.tls.files.is_none() {
                missing(NO_TLS);
            }
            if self.auth.is_open() {
                missing("everybody may call: set auth.tokens or auth.certificates");
            }
        }
        if self.store.encryption_keys.is_empty() {
            problems.push(Problem::new("store.encryption_keys", keys::ONE_KEY));
        }
        ConfigError::unless_empty(problems)
    }

    /// What `onboarding adapter` needs beyond what [`load`] checks.
    ///
    /// # Errors
    /// No encryption key; or an address others can reach without TLS, unless
    /// `insecure_webhooks`.
    pub fn check_adapter(&self, insecure_webhooks: bool) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        // Who sends a webhook is proven by what its tenant demands; without that it is refused.
        if let Err(error) = check_listener(self.adapter.listen, insecure_webhooks)
            && self.tls.files.is_none()
        {
            let advice = error.advice(NO_TLS, "--insecure-webhooks");
            problems.push(Problem::new("adapter.listen", advice));
        }
        if self.adapter.encryption_keys.is_empty() {
            problems.push(Problem::new("adapter.encryption_keys", keys::ONE_KEY));
        }
        ConfigError::unless_empty(problems)
    }

    /// What `onboarding serve` allows but is most likely a mistake outside tests, one
    /// sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.lucca.warnings();
        if self.store.url.is_clear() {
            warnings.push("store.url is on another machine without sslmode=require: what is said to the database can be read and changed on the way".into());
        }
        let is_exposed = check_listener(self.server.grpc_listen, false).is_err();
        if is_exposed && self.tls.files.is_none() {
            warnings.push("server.grpc_listen is open to other machines without TLS: tokens and personal data can be read on the way".into());
        }
        if is_exposed && self.auth.is_open() {
            warnings.push("server.grpc_listen is open to other machines and everybody may do everything: auth.tokens and auth.certificates are empty".into());
        }
        warnings
    }

    /// The same of `onboarding adapter`.
    pub fn adapter_warnings(&self) -> Vec<String> {
        let mut warnings = self.adapter.warnings();
        if check_listener(self.adapter.listen, false).is_err() && self.tls.files.is_none() {
            warnings.push("adapter.listen is open to other machines without TLS: secrets and personal data can be read on the way".into());
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
