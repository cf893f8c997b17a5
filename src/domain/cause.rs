//! Why a call to Lucca failed, and why an onboarding does not go on by itself right now.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};

use super::{ids::OnboardingId, stored::FromSentence};

/// What a call to Lucca does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum CallKind {
    /// It reads.
    Read,
    /// It creates an employee.
    Create,
}

/// Why a call to Lucca failed or left its outcome open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(CauseCode),
    derive(EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE"),
    doc = "The kind of a [`Cause`]."
)]
pub enum Cause {
    /// Lucca answered with this HTTP status.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// No connection could be made.
    NoConnection,
    /// The host name leads to an address that is not public; no connection was tried.
    NotPublic,
    /// The settings do not allow the address; no connection was tried.
    NotAllowed,
    /// No answer came in time.
    Timeout,
    /// The connection was cut before the answer was complete.
    ConnectionCut,
    /// The answer exceeds the size limit.
    AnswerTooLarge,
    /// The answer is not what the documentation promises.
    Unreadable,
    /// The answer reports a success but no user id.
    NoUserId,
    /// The call was not sent, because its last moment to be sent had passed.
    TooLate,
    /// The service stopped while the call was under way.
    Stopped,
    /// Stored by version 0.1, which kept a sentence instead.
    Unspecified,
}

impl Cause {
    /// The cause as one word for logs and the history, such as `TIMEOUT` or `STATUS_503`.
    pub fn word(self) -> Option<Cow<'static, str>> {
        match self {
            Self::Unspecified => None,
            Self::Status { status } => Some(format!("STATUS_{status}").into()),
            other => Some(<&str>::from(CauseCode::from(other)).into()),
        }
    }
}

/// A failed call to Lucca: its cause, and Lucca's own sentence if it gave one.
///
/// Version 0.1 stored a sentence only; it is read as one without a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredFailure")]
pub struct Failure {
    /// Why the call failed.
    #[serde(flatten)]
    pub cause: Cause,
    /// Lucca's own sentence. It may name a person: never logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

impl Failure {
    /// A failure on which Lucca said nothing.
    pub fn new(cause: Cause) -> Self {
        Self { cause, said: None }
    }

    /// A failure with this HTTP status.
    pub fn status(status: u16, said: Option<String>) -> Self {
        let cause = Cause::Status { status };
        Self { cause, said }
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::new(cause)
    }
}

/// Something that does not matter to a test.
#[cfg(test)]
impl From<&str> for Trouble {
    fn from(sentence: &str) -> Self {
        Self::from_sentence(sentence.to_owned())
    }
}

/// A failure whose cause does not matter to a test.
#[cfg(test)]
impl From<&str> for Failure {
    fn from(said: &str) -> Self {
        let (cause, said) = (Cause::Unspecified, Some(said.to_owned()));
        Self { cause, said }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredFailure {
    Typed {
        #[serde(flatten)]
        cause: Cause,
        #[serde(default)]
        said: Option<String>,
    },
    Sentence(String),
}

impl From<StoredFailure> for Failure {
    fn from(stored: StoredFailure) -> Self {
        match stored {
            StoredFailure::Typed { cause, said } => Self { cause, said },
            StoredFailure::Sentence(said) => Self {
                cause: Cause::Unspecified,
                said: Some(said).filter(|said| !said.is_empty()),
            },
        }
    }
}

/// What an onboarding waits for, or what went wrong last and has not been overcome.
///
/// Version 0.1 stored a sentence; it is read as [`Trouble::Earlier`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "what", rename_all = "SCREAMING_SNAKE_CASE")]
#[strum_discriminants(
    name(TroubleCode),
    derive(EnumIter, IntoStaticStr),
    strum(serialize_all = "SCREAMING_SNAKE_CASE"),
    doc = "The kind of a [`Trouble`]."
)]
pub enum Trouble {
    /// A creation call failed.
    Call(Failure),
    /// Lucca could not be read.
    Read(Failure),
    /// Reading Lucca takes longer than a worker waits.
    SlowRead,
    /// The account's budget of calls is used up.
    NoBudget,
    /// Another hire creates a person with the same login.
    LoginReserved {
        /// That hire, if it belongs to the same tenant.
        by: Option<OnboardingId>,
    },
    /// The service stopped before the work began.
    ServiceStopped,
    /// The tenant is disabled.
    TenantDisabled,
    /// The tenant does not exist any more.
    TenantGone,
    /// The tenant is in quarantine: its settings cannot be read.
    TenantUnreadable,
    /// A sentence stored by version 0.1.
    Earlier {
        /// The sentence, in English.
        sentence: String,
    },
}

impl FromSentence for Trouble {
    fn from_sentence(sentence: String) -> Self {
        Self::Earlier { sentence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_one_word_for_logs() {
        let table = [
            (Cause::Status { status: 429 }, Some("STATUS_429")),
            (Cause::NoConnection, Some("NO_CONNECTION")),
            (Cause::NoUserId, Some("NO_USER_ID")),
            (Cause::Stopped, Some("STOPPED")),
            (Cause::Unspecified, None),
        ];
        for (cause, word) in table {
            assert_eq!(cause.word().as_deref(), word);
        }
    }

    #[test]
    fn a_failure_is_read_back_and_a_sentence_of_version_0_1_is_one_without_a_cause() {
        let failures = [
            Failure::from(Cause::Timeout),
            Failure::status(400, Some("no".into())),
        ];
        for failure in failures {
            let stored = serde_json::to_value(&failure).unwrap();
            assert_eq!(serde_json::from_value::<Failure>(stored).unwrap(), failure);
        }
        let earlier: Failure = serde_json::from_str(r#""400 no""#).unwrap();
        assert_eq!(earlier.cause, Cause::Unspecified);
        assert_eq!(earlier.said.as_deref(), Some("400 no"));
    }
}
