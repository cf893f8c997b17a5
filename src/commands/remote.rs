//! Calls to a running service.

use std::path::PathBuf;

use clap::Args;
use tonic::{
    Code, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

use super::Failure;
use crate::{
    config::Settings,
    domain::language::Language,
    net::{
        dial::{self, DialError},
        tls::ClientFiles,
    },
    text::phrase,
};

/// Which service to call, and with which credentials.
#[derive(Debug, Args)]
pub struct Remote {
    /// The gRPC service, http:// or https://; by default the one of `server.grpc_listen`.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Over https: the CA certificates to trust (PEM); by default `adapter.ca_file`, or those
    /// of the system.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Over https: the certificate to show (PEM).
    #[arg(long, value_name = "FILE", requires = "key_file")]
    cert_file: Option<PathBuf>,
    /// The private key of that certificate.
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    key_file: Option<PathBuf>,
    /// A file with the token for it, if it wants one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// A connection to the service.
pub struct Connection {
    /// Where calls go.
    pub channel: Channel,
    token: Option<MetadataValue<Ascii>>,
    in_clear: bool,
    language: Language,
}

impl Remote {
    /// Connects.
    pub async fn connect(
        &self,
        settings: &Settings,
        language: Language,
    ) -> Result<Connection, Failure> {
        let endpoint = match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None if settings.tls.files.is_some() => {
                let needed = phrase(language, "command-tls-needed", &[]);
                return Err(Failure::unusable(needed));
            }
            None => format!("http://{}", settings.server.grpc_listen),
        };
        let token = match &self.token_file {
            None => None,
            Some(path) => {
                let token = std::fs::read_to_string(path)
                    .map_err(|error| Failure::unusable(format!("{}: {error}", path.display())))?;
                let value = MetadataValue::try_from(format!("Bearer {}", token.trim()));
                let unusable = |_| Failure::unusable(phrase(language, "command-bad-token", &[]));
                Some(value.map_err(unusable)?)
            }
        };
        let default_ca = settings.adapter.onboarding_tls.ca.as_ref();
        let tls = ClientFiles {
            ca: self.ca_file.as_ref().or(default_ca).cloned(),
            identity: self.cert_file.clone().zip(self.key_file.clone()),
        };
        let is_web = |it: &Endpoint| matches!(it.uri().scheme_str(), Some("http" | "https"));
        let known = Endpoint::from_shared(endpoint.clone()).ok().filter(is_web);
        let known = known.ok_or_else(|| {
            let endpoint = [("endpoint", endpoint.as_str())];
            Failure::unusable(phrase(language, "command-bad-endpoint", &endpoint))
        })?;
        let channel = dial::now(&known, tls).await.map_err(|error| {
            let message = match error {
                DialError::Tls(_) => return Failure::unusable(error),
                DialError::Untrusted => "command-untrusted",
                DialError::OtherName => "command-other-name",
                DialError::NoTls => "command-no-tls",
                DialError::Connection(_) => "command-no-service",
            };
            let error = error.to_string();
            let arguments = [("endpoint", endpoint.as_str()), ("error", &error)];
            Failure::new(phrase(language, message, &arguments))
        })?;
        let in_clear = known.uri().scheme_str() == Some("http");
        Ok(Connection {
            channel,
            token,
            in_clear,
            language,
        })
    }
}

impl Connection {
    /// A request with the token and the language of the answer.
    pub fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        let language = MetadataValue::from_static(self.language.tag());
        request.metadata_mut().insert("accept-language", language);
        if let Some(token) = &self.token {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        request
    }

    /// The error of a call for the person at the terminal, with a hint at its cause.
    pub fn refused(&self, status: &Status) -> Failure {
        // Only a broken connection has a source; a status that the service sent has none.
        let broken = std::error::Error::source(status).is_some();
        let hint = match status.code() {
            Code::Unauthenticated => Some("command-hint-token"),
            Code::Internal | Code::Cancelled | Code::Unavailable | Code::Unknown
                if broken && self.in_clear =>
            {
                Some("command-hint-tls")
            }
            _ => None,
        };
        let hint = hint.map(|id| format!(" ({})", phrase(self.language, id, &[])));
        let hint = hint.unwrap_or_default();
        // In the language asked for, if the service says it in that.
        let localized = status.get_details_localized_message();
        let message = localized.map_or_else(|| status.message().to_owned(), |it| it.message);
        Failure::new(format!("{:?}: {message}{hint}", status.code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(in_clear: bool) -> Connection {
        Connection {
            channel: Channel::from_static("http://127.0.0.1:9").connect_lazy(),
            token: None,
            in_clear,
            language: Language::English,
        }
    }

    #[tokio::test]
    async fn who_is_not_known_is_told_how_to_show_a_token() {
        let unknown = connection(true).refused(&Status::unauthenticated("send a valid token"));
        assert_eq!(
            unknown.to_string(),
            "Unauthenticated: send a valid token (here: --token-file FILE, or --cert-file FILE and --key-file FILE)"
        );
        let denied = connection(true).refused(&Status::permission_denied("not for this tenant"));
        assert_eq!(denied.to_string(), "PermissionDenied: not for this tenant");
    }

    #[tokio::test]
    async fn a_connection_in_the_clear_that_does_not_hold_may_want_tls() {
        let broken = || {
            let cause = std::io::Error::other("not HTTP/2");
            let mut status = Status::internal("h2 protocol error");
            status.set_source(std::sync::Arc::new(cause));
            status
        };
        let told = |in_clear, status: &Status| connection(in_clear).refused(status).to_string();
        assert!(told(true, &broken()).contains("--endpoint https://NAME:PORT"));
        assert!(told(true, &broken()).contains("--ca-file"));
        assert_eq!(told(false, &broken()), "Internal: h2 protocol error");
        let answered = Status::internal("a fault of the service");
        assert_eq!(told(true, &answered), "Internal: a fault of the service");
    }
}
