//! Settings, one file per concern.
//!
//! `config.default.toml` at the root of the repository documents every key and is the default.

mod adapter;
mod auth;
mod duration;
mod engine;
mod error;
mod key_command;
mod keys;
mod layers;
mod listener;
mod log;
mod lucca;
mod network;
mod permissions;
mod sandbox;
mod server;
mod store;
mod tls;

use std::{net::SocketAddr, path::Path};

pub use adapter::{Adapter, WebhookLimits};
pub use auth::{Auth, Certificate, Rights, Scope, Token, hash};
pub use engine::{Engine, SEND_WINDOW};
pub use error::ConfigError;
pub use layers::environment;
pub use listener::{ExposedListener, check_listener};
pub use log::{Log, LogFormat};
pub use lucca::Lucca;
pub use network::Network;
pub use sandbox::Sandbox;
pub use server::Server;
pub use store::{Store, StoreUrl};
pub use tls::Tls;

use keys::{Keys, section};
use permissions::{SECRET, loose, loose_database};

const NO_TLS: &str = "nothing is encrypted: set tls.cert and tls.key";
const NO_CALLERS: &str = "everybody may call: set auth.tokens or auth.certificates";
const ONE_KEY: &str = "expected at least one key (make one with `openssl rand -base64 32`)";

section! {
    /// All settings, checked.
    Settings {
        /// Section `server`.
        pub server: Server = Server::read,
        /// Section `store`.
        pub store: Store = Store::read,
        /// Section `lucca`.
        pub lucca: Lucca = Lucca::read,
        /// Section `engine`.
        pub engine: Engine = Engine::read,
        /// Section `adapter`.
        pub adapter: Adapter = Adapter::read,
        /// Section `auth`.
        pub auth: Auth = Auth::read,
        /// Section `tls`.
        pub tls: Tls = Tls::read,
        /// Section `log`.
        pub log: Log = Log::read,
        /// Section `sandbox`.
        pub sandbox: Sandbox = Sandbox::read,
    }
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
    let (values, problems) = layers::merge(file, env);
    let mut keys = Keys::new(values, problems);
    let settings = Settings::read(&mut keys, "");
    if let Some(settings) = &settings {
        settings.cross_check(&mut keys);
    }
    let problems = keys.into_problems();
    settings
        .filter(|_| problems.is_empty())
        .ok_or(ConfigError(problems))
}

impl Settings {
    /// Checks what several keys have to agree on.
    fn cross_check(&self, keys: &mut Keys) {
        if !self.auth.certificates.is_empty() && !self.tls.verifies_clients() {
            let expected = "tls.client_ca, against which certificates are verified";
            keys.problem("auth.certificates", expected);
        }
        let busy = SEND_WINDOW + self.lucca.request_timeout + self.lucca.settle_delay;
        if self.engine.lease <= busy {
            let expected = format!(
                "more than 5s + lucca.request_timeout + lucca.settle_delay, here {}ms",
                busy.as_millis()
            );
            keys.problem("engine.lease", &expected);
        }
        let (store, adapter) = (&self.store, &self.adapter);
        for (name, list, command) in [
            (
                "store.encryption_keys",
                &store.encryption_keys,
                &store.encryption_keys_command,
            ),
            (
                "adapter.encryption_keys",
                &adapter.encryption_keys,
                &adapter.encryption_keys_command,
            ),
        ] {
            if !list.is_empty() && !command.is_empty() {
                keys.problem(name, &format!("this or {name}_command, not both"));
            }
        }
    }

    /// Replaces the keys of the store by what `store.encryption_keys_command` prints, if it is set.
    ///
    /// # Errors
    /// The command fails or prints no keys.
    pub async fn fetch_store_keys(&mut self) -> Result<(), ConfigError> {
        let store = &mut self.store;
        if !store.encryption_keys_command.is_empty() {
            let setting = "store.encryption_keys_command";
            store.encryption_keys =
                key_command::run(setting, &store.encryption_keys_command).await?;
        }
        Ok(())
    }

    /// The same of the adapter's spool.
    ///
    /// # Errors
    /// The same.
    pub async fn fetch_spool_keys(&mut self) -> Result<(), ConfigError> {
        let adapter = &mut self.adapter;
        if !adapter.encryption_keys_command.is_empty() {
            let setting = "adapter.encryption_keys_command";
            adapter.encryption_keys =
                key_command::run(setting, &adapter.encryption_keys_command).await?;
        }
        Ok(())
    }

    /// Who may call the service.
    ///
    /// # Errors
    /// Tokens that can be guessed, and an address that other machines can reach.
    pub fn callers(self) -> Result<Auth, ConfigError> {
        ConfigError::unless_empty(self.weak_tokens())?;
        Ok(self.auth)
    }

    fn weak_tokens(&self) -> Vec<String> {
        match is_exposed(self.server.grpc_listen) {
            true => self.auth.weak_tokens().collect(),
            false => Vec::new(),
        }
    }

    /// Checks what `onboarding serve` needs beyond what [`load`] checks.
    ///
    /// # Errors
    /// No encryption key; a private key that other users of the machine can reach; a token
    /// that can be guessed at an address that other machines can reach; or, unless `insecure_grpc`,
    /// such an address without TLS or without proof of who calls.
    pub fn check_serve(&self, insecure_grpc: bool) -> Result<(), ConfigError> {
        let missing = [
            (self.tls.files.is_none(), NO_TLS),
            (self.auth.is_open(), NO_CALLERS),
        ];
        let (address, flag) = (self.server.grpc_listen, "--insecure-grpc");
        let mut problems = self.weak_tokens();
        problems.extend(self.loose_keys(None));
        if let Err(error) = check_listener(address, insecure_grpc) {
            for what in applying(missing) {
                problems.push(format!("server.grpc_listen: {}", error.advice(&what, flag)));
            }
        }
        if self.store.encryption_keys.is_empty() {
            problems.push(format!("store.encryption_keys: {ONE_KEY}"));
        }
        ConfigError::unless_empty(problems)
    }

    /// Checks what `onboarding adapter` needs beyond what [`load`] checks.
    ///
    /// # Errors
    /// No encryption key; a private key that other users of the machine can reach; or, unless
    /// `insecure_webhooks`, an address that other machines can reach without TLS.
    pub fn check_adapter(&self, insecure_webhooks: bool) -> Result<(), ConfigError> {
        let identity = self.adapter.onboarding_tls.identity.as_ref();
        let key = identity.map(|(_, key)| key.as_path());
        let mut problems = self.loose_keys(key);
        // Each tenant says how its senders prove who they are; without proof they are refused.
        if let Err(error) = check_listener(self.adapter.listen, insecure_webhooks)
            && self.tls.files.is_none()
        {
            let advice = error.advice(NO_TLS, "--insecure-webhooks");
            problems.push(format!("adapter.listen: {advice}"));
        }
        if self.adapter.encryption_keys.is_empty() {
            problems.push(format!("adapter.encryption_keys: {ONE_KEY}"));
        }
        ConfigError::unless_empty(problems)
    }

    /// The private keys that other users of the machine can reach.
    fn loose_keys(&self, client: Option<&Path>) -> Vec<String> {
        let listener = self.tls.files.as_ref().map(|files| files.key.as_path());
        let keys = [listener, client].into_iter().flatten();
        keys.filter_map(|key| loose(key, SECRET)).collect()
    }

    /// What `onboarding serve` allows but is most likely a mistake outside tests, one sentence each.
    #[rustfmt::skip]
    pub fn warnings(&self) -> Vec<String> {
        let is_exposed = is_exposed(self.server.grpc_listen);
        let table = [
            (self.store.url.is_clear(), "store.url is on another machine without sslmode=require: what is said to the database can be read and changed on the way"),
            (is_exposed && self.tls.files.is_none(), "server.grpc_listen is open to other machines without TLS: tokens and personal data can be read on the way"),
            (is_exposed && self.auth.is_open(), "server.grpc_listen is open to other machines and everybody may do everything: auth.tokens and auth.certificates are empty"),
        ];
        let mut warnings = applying(self.lucca.warnings().into_iter().chain(table));
        warnings.extend(self.store.url.file().into_iter().flat_map(loose_database));
        warnings.extend(self.auth.weak_tokens());
        warnings
    }

    /// The same of `onboarding adapter`.
    #[rustfmt::skip]
    pub fn adapter_warnings(&self) -> Vec<String> {
        let is_clear = is_exposed(self.adapter.listen) && self.tls.files.is_none();
        let mut warnings = applying([
            (self.adapter.sends_in_the_clear(), "adapter.onboarding_endpoint is http:// on another machine: the token and personal data can be read on the way"),
            (is_clear, "adapter.listen is open to other machines without TLS: secrets and personal data can be read on the way"),
        ]);
        warnings.extend(loose_database(&self.adapter.spool));
        warnings
    }
}

/// The sentences whose condition applies.
fn applying(table: impl IntoIterator<Item = (bool, &'static str)>) -> Vec<String> {
    let applying = table.into_iter().filter(|(applies, _)| *applies);
    applying.map(|(_, sentence)| sentence.to_owned()).collect()
}

fn is_exposed(address: SocketAddr) -> bool {
    check_listener(address, false).is_err()
}

#[cfg(test)]
mod tests;
