//! The HTTP client: sends requests with a permit, reads answers up to a limit.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use reqwest::{RequestBuilder, StatusCode, header};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{
    Access, Gate, answer,
    gate::{CallPermit, Heard},
    names::NotPublic,
    organization::MOST_LONG_READS,
    origin::{ClientError, HttpRules, Origins, Pair},
    response::{Answer, LargeAnswers},
};
use crate::{
    domain::{
        cause::{CallKind, Cause, Failure},
        ids::Account,
        lucca_url::{HostRefusal, LuccaUrl},
        tenant::Tenant,
    },
    store::StoreError,
    telemetry::Metrics,
};

/// Why something could not be read from Lucca.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Lucca refuses the key (401) or the key lacks the right (403).
    #[error("Lucca refuses the API key or a right of it (status {0})")]
    KeyRefused(u16),
    /// The settings do not allow this address (any more): no call was made.
    #[error("the settings do not allow the address of Lucca, it {0}")]
    NotAllowed(#[from] HostRefusal),
    /// Too many calls (429); a pause has begun.
    #[error("Lucca asks for fewer calls (status 429)")]
    TooMany(Duration),
    /// The budget allows no call for this long: no call was made.
    #[error("no call to Lucca is allowed at present")]
    NoBudget(Duration),
    /// Lucca refuses the request.
    #[error("Lucca refuses the request (status {status})")]
    Refused {
        /// The status.
        status: u16,
        /// Lucca's own sentence.
        words: Option<String>,
    },
    /// No answer, or an answer that may pass by itself.
    #[error("Lucca does not answer: {}", .0.word().unwrap_or_default())]
    Unavailable(Cause),
    /// An answer that cannot be understood.
    #[error("Lucca's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// The store of permits cannot answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReadError {
    /// The failure that is stored with the onboarding that needed the read.
    pub fn failure(&self) -> Failure {
        match self {
            Self::KeyRefused(status) => Failure::status(*status, None),
            Self::NotAllowed(_) => Cause::NotAllowed.into(),
            Self::TooMany(_) | Self::NoBudget(_) => Failure::status(429, None),
            Self::Refused { status, words } => Failure::status(*status, words.clone()),
            Self::Unavailable(cause) => (*cause).into(),
            Self::Unreadable(_) => Cause::Unreadable.into(),
            Self::Store(_) => Cause::Unspecified.into(),
        }
    }
}

/// `None` for a listing that is not documented, and that this version of Lucca does not have or
/// this key may not read.
///
/// # Errors
/// Lucca did not answer the question.
pub fn if_listed<T>(read: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match read {
        Ok(list) => Ok(Some(list)),
        Err(ReadError::Refused { .. } | ReadError::KeyRefused(403) | ReadError::Unreadable(_)) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The client of Lucca.
pub struct LuccaClient {
    origins: Origins,
    gate: Arc<Gate>,
    metrics: Metrics,
    large_answers: LargeAnswers,
    /// The lists that are being read and have become long.
    pub(super) long_reads: Semaphore,
    /// The index of the columns of people that an account's Lucca knows.
    pub(super) user_columns: Mutex<HashMap<Account, usize>>,
}

impl LuccaClient {
    /// A client that goes through this gate.
    ///
    /// It sends keys only where `rules` allow it.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(gate: Arc<Gate>, rules: &HttpRules, metrics: Metrics) -> Result<Self, ClientError> {
        Ok(Self {
            origins: Origins::new(rules)?,
            gate,
            metrics,
            large_answers: LargeAnswers::new(),
            long_reads: Semaphore::new(MOST_LONG_READS),
            user_columns: Mutex::default(),
        })
    }

    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Reads JSON from a path with a query, and notes whether the account answers. Returns the size
    /// of the answer, too.
    pub(super) async fn read(
        &self,
        access: Access<'_>,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<(Value, usize), ReadError> {
        let read = self.read_once(access, path, query).await;
        let Tenant { id, account, .. } = access.tenant;
        let heard = Heard::of_read(&read);
        if let Err(error) = &read
            && heard.is_trouble()
        {
            tracing::warn!(%account, tenant = %id, path, %error, "a read of Lucca failed");
        }
        self.gate.hear(account, CallKind::Read, path, heard);
        read
    }

    async fn read_once(
        &self,
        access: Access<'_>,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<(Value, usize), ReadError> {
        let url = &access.tenant.lucca_url;
        let clients = self.origins.clients(url)?;
        let asked = tokio::time::Instant::now();
        let (permit, left) = loop {
            let permit = self.gate.permit(access).await?;
            match permit.left() {
                Some(left) => break (permit, left),
                None => permit.give_back().await,
            }
        };
        self.metrics.budget_wait(asked.elapsed());
        let request = clients.reads.get(format!("{url}{path}"));
        let request = request.query(query).timeout(left);
        let answer = self.send(access, request, permit, "read").await;
        let answer = answer.map_err(ReadError::Unavailable)?;
        match answer.status {
            status if status.is_success() => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(ReadError::KeyRefused(answer.status.as_u16()));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                return Err(ReadError::TooMany(answer.pause(self.gate.now())));
            }
            status if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => {
                return Err(ReadError::Refused {
                    status: status.as_u16(),
                    words: answer::sentence(&answer.text()),
                });
            }
            status => {
                return Err(ReadError::Unavailable(Cause::Status {
                    status: status.as_u16(),
                }));
            }
        }
        let size = answer.size();
        Ok((answer.json().await?, size))
    }

    /// Sends a creation. The answer, or why there is none.
    pub(super) async fn post(
        &self,
        tenant: &Tenant,
        url: &str,
        body: reqwest::Body,
        permit: CallPermit,
    ) -> Result<Answer, Cause> {
        let clients = match self.clients_for(url) {
            Ok(clients) => clients,
            Err(cause) => {
                permit.end().await;
                return Err(cause);
            }
        };
        if permit.left().is_none() {
            permit.give_back().await;
            return Err(Cause::TooLate);
        }
        let request = clients.writes.post(url).body(body);
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close");
        let access = Access::background(tenant);
        self.send(access, request, permit, "create").await
    }

    /// The clients for the address of an attempt, which may be older than the settings.
    fn clients_for(&self, url: &str) -> Result<&Pair, Cause> {
        let origin = url::Url::parse(url)
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default();
        let origin = LuccaUrl::parse(&origin).map_err(|_| Cause::NotAllowed)?;
        self.origins.clients(&origin).map_err(|_| Cause::NotAllowed)
    }

    /// Sends a request, reads the answer, counts the call, notes whether the key was accepted,
    /// makes the pause that a 429 asks for and ends the permit.
    async fn send(
        &self,
        access: Access<'_>,
        request: RequestBuilder,
        permit: CallPermit,
        kind: &'static str,
    ) -> Result<Answer, Cause> {
        let tenant = access.tenant;
        let request = request
            .header(header::AUTHORIZATION, authorization(tenant))
            .header(header::ACCEPT, "application/json");
        let answer = match request.send().await {
            Ok(response) => Answer::read(response, &tenant.account, &self.large_answers).await,
            Err(error) => Err(cause(&error)),
        };
        self.metrics.lucca_call(kind, outcome(answer.as_ref().ok()));
        if let Ok(answer) = &answer {
            self.gate.answered(access, answer.status.as_u16()).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                let pause = answer.pause(self.gate.now());
                self.gate.pause(&tenant.account, pause).await;
            }
        }
        permit.end().await;
        self.gate.wake(&tenant.account);
        answer
    }
}

/// `Authorization: lucca application=<key>` (`api-reference/legacy/authentication`).
fn authorization(tenant: &Tenant) -> header::HeaderValue {
    let text = format!("lucca application={}", tenant.api_key.value.expose());
    let mut value = header::HeaderValue::from_str(&text)
        .unwrap_or_else(|_| header::HeaderValue::from_static("lucca application="));
    value.set_sensitive(true);
    value
}

/// The label of an answer in the metrics.
fn outcome(answer: Option<&Answer>) -> &'static str {
    match answer.map(|answer| answer.status.as_u16()) {
        None => "no_answer",
        Some(200..=299) => "ok",
        Some(401 | 403) => "key_refused",
        Some(408) => "timeout",
        Some(429) => "too_many",
        Some(400..=499) => "refused",
        Some(_) => "failed",
    }
}

/// Why there is no complete answer.
pub(super) fn cause(error: &reqwest::Error) -> Cause {
    if is_not_public(error) {
        Cause::NotPublic
    } else if error.is_connect() {
        Cause::NoConnection
    } else if error.is_timeout() {
        Cause::Timeout
    } else {
        Cause::ConnectionCut
    }
}

/// Whether no connection was tried because the name leads to an address that is not public.
fn is_not_public(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<NotPublic>() {
            return true;
        }
        source = error.source();
    }
    false
}
