//! Reads answers within limits: their size, and how many large ones are in memory at once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use parking_lot::Mutex;
use reqwest::{Response, StatusCode, header};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ReadError, http::cause, json};
use crate::domain::{cause::Cause, ids::Account};

/// The largest answer that is read; a page of 1,000 people is well below 1 MiB.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// How much is read of an answer that is no success: only a sentence of it is kept.
const LARGEST_REFUSAL: usize = 64 * 1024;

/// From this size on an answer is a large one, which is parsed off the threads of the runtime.
const LARGE_ANSWER: usize = 64 * 1024;

/// The most large answers in memory at once, and those of one account: it must not keep others
/// from reading.
const MOST_LARGE_ANSWERS: (usize, usize) = (8, 2);

/// The longest pause that is made when Lucca asks for one.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// The pause after a 429 without `Retry-After`.
const DEFAULT_PAUSE: Duration = Duration::from_secs(10);

/// The places of large answers.
pub(super) struct LargeAnswers {
    all: Arc<Semaphore>,
    of_accounts: Mutex<HashMap<Account, Arc<Semaphore>>>,
}

/// The places that a large answer takes until it is parsed.
type Places = [Option<OwnedSemaphorePermit>; 2];

impl LargeAnswers {
    pub fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(MOST_LARGE_ANSWERS.0)),
            of_accounts: Mutex::default(),
        }
    }

    /// Waits for the places of one answer.
    async fn places(&self, account: &Account) -> Places {
        let of_account = {
            let mut accounts = self.of_accounts.lock();
            let new = || Arc::new(Semaphore::new(MOST_LARGE_ANSWERS.1));
            Arc::clone(accounts.entry(account.clone()).or_insert_with(new))
        };
        // The semaphores are never closed.
        let of_account = of_account.acquire_owned().await.ok();
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok();
        [of_account, of_all]
    }
}

/// A whole answer.
pub(super) struct Answer {
    pub status: StatusCode,
    retry_after: Option<String>,
    body: Vec<u8>,
    places: Places,
}

impl Answer {
    /// Reads an answer, up to the largest size.
    pub async fn read(
        mut response: Response,
        account: &Account,
        large: &LargeAnswers,
    ) -> Result<Self, Cause> {
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        let (mut body, mut places) = (Vec::new(), Places::default());
        while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
            let size = body.len() + chunk.len();
            if !status.is_success() && size > LARGEST_REFUSAL {
                body.extend_from_slice(&chunk[..LARGEST_REFUSAL - body.len()]);
                break;
            }
            if size > LARGEST_ANSWER {
                return Err(Cause::AnswerTooLarge);
            }
            if size > LARGE_ANSWER && places[0].is_none() {
                places = large.places(account).await;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            retry_after,
            body,
            places,
        })
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Those members of the body that are read.
    ///
    /// # Errors
    /// It is no JSON, or has too many entries.
    pub async fn json(self) -> Result<Value, ReadError> {
        let is_large = self.body.len() > LARGE_ANSWER;
        let parse = move || {
            // A byte-order mark is no JSON.
            let text = self.body.strip_prefix("\u{feff}".as_bytes());
            let parsed = json::parse(text.unwrap_or(&self.body));
            drop(self.places);
            parsed.map_err(|_| ReadError::Unreadable("not JSON"))
        };
        if !is_large {
            return parse();
        }
        let parsed = tokio::task::spawn_blocking(parse).await;
        parsed.unwrap_or(Err(ReadError::Unavailable(Cause::Stopped)))
    }

    /// How long Lucca asks not to be called.
    pub fn pause(&self, now: Timestamp) -> Duration {
        pause(self.retry_after.as_deref(), now)
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds or an HTTP date. Which form
/// Lucca uses is not documented. Long pauses are cut, and without one there is a default.
fn pause(retry_after: Option<&str>, now: Timestamp) -> Duration {
    let Some(text) = retry_after.map(str::trim) else {
        return DEFAULT_PAUSE;
    };
    if let Ok(seconds) = text.parse::<u64>() {
        return Duration::from_secs(seconds).min(LONGEST_PAUSE);
    }
    match jiff::fmt::rfc2822::parse(text) {
        Ok(date) => Duration::try_from(date.timestamp().duration_since(now))
            .unwrap_or_default()
            .min(LONGEST_PAUSE),
        Err(_) => DEFAULT_PAUSE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_read_in_either_form_and_bounded() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let table = [
            (None, 10),
            (Some("7"), 7),
            (Some(" 7 "), 7),
            (Some("999999999999"), 600),
            (Some("-1"), 10),
            (Some("soon"), 10),
            (Some("Mon, 23 Nov 2026 09:00:30 GMT"), 30),
            (Some("Mon, 23 Nov 2026 08:00:00 GMT"), 0),
            (Some("Sun, 23 Nov 2036 09:00:30 GMT"), 600),
        ];
        for (text, seconds) in table {
            assert_eq!(pause(text, now), Duration::from_secs(seconds), "{text:?}");
        }
    }
}
