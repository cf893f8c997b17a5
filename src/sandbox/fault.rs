//! What can be made to go wrong.

use serde::{Deserialize, Serialize};

use super::request::Request;

/// Something that goes wrong with the calls it matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls are affected; every call if left out.
    #[serde(default)]
    pub matches: Matcher,
    /// How many calls are affected; every one until the faults are cleared if left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens.
    pub kind: Kind,
}

impl Fault {
    /// A fault of the next `times` creations of users.
    #[must_use]
    pub fn on_creation(kind: Kind, times: u32) -> Self {
        Self::on("POST", "/api/v3/users", Some(times), kind)
    }

    /// A fault of every GET under `path_prefix`, until the faults are cleared.
    #[must_use]
    pub fn on_reads(kind: Kind, path_prefix: &str) -> Self {
        Self::on("GET", path_prefix, None, kind)
    }

    fn on(method: &str, path_prefix: &str, times: Option<u32>, kind: Kind) -> Self {
        let matches = Matcher {
            method: Some(method.to_owned()),
            path_prefix: Some(path_prefix.to_owned()),
        };
        Self {
            matches,
            times,
            kind,
        }
    }
}

/// Which calls a fault affects. What is left out matches anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// The method, in any case.
    pub method: Option<String>,
    /// How the path starts.
    pub path_prefix: Option<String>,
}

impl Matcher {
    fn matches(&self, request: &Request) -> bool {
        let method = self.method.as_ref();
        let path = self.path_prefix.as_ref();
        method.is_none_or(|method| request.method.as_str().eq_ignore_ascii_case(method))
            && path.is_none_or(|prefix| request.path.starts_with(prefix))
    }
}

/// What happens to an affected call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Waits, then carries the call out. If the wait reaches the server's time-out: 408 at that
    /// moment, and nothing is carried out.
    Delay {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Answers without carrying the call out.
    Status {
        /// The status.
        code: u16,
        /// The body; a v3 error if left out.
        #[serde(default)]
        body: Option<String>,
    },
    /// Carries the call out, then answers an error.
    ExecuteThenStatus {
        /// The status.
        code: u16,
    },
    /// Carries the call out, then closes the connection without an answer.
    ExecuteThenCut,
    /// Closes the connection; nothing is carried out.
    CutBefore,
    /// Carries the call out, answers 200 with half of the body, then closes the connection.
    ExecuteThenTruncate,
    /// Carries the call out, is silent until the server's time-out, then answers 408.
    ExecuteThenHang,
    /// Is silent until the server's time-out, then answers 408; nothing is carried out.
    Hang408,
    /// Answers 408 at once, or cuts the connection, and carries the call out later.
    LateExecute {
        /// How much later, in milliseconds.
        ms: u64,
        /// Whether the connection is cut instead of a 408.
        #[serde(default)]
        cut: bool,
    },
    /// Answers 200 with something that is not JSON; nothing is carried out.
    Garbage,
    /// Carries the call out, then answers 200 with something that is not JSON.
    ExecuteThenGarbage,
    /// Answers a page of HTML; nothing is carried out.
    Html {
        /// The status.
        code: u16,
    },
    /// Answers 307 to another address; nothing is carried out.
    Redirect {
        /// The address.
        location: String,
    },
    /// Carries the call out, then answers 307 to another address.
    ExecuteThenRedirect {
        /// The address.
        location: String,
    },
    /// Carries the call out; a user it creates stays hidden from every read for a while.
    LookupLag {
        /// How long, in milliseconds.
        ms: u64,
        /// Whether the connection is cut instead of an answer.
        #[serde(default)]
        cut: bool,
    },
    /// Answers 429 although the limit is not reached, as when other integrations have spent it.
    TooManyRequests {
        /// The form of `Retry-After`; seconds if left out.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
        /// The seconds it names. Default 1.
        #[serde(default)]
        seconds: Option<u64>,
    },
}

impl Kind {
    /// Whether the call is carried out and its own answer is dropped.
    pub(super) fn executes_first(&self) -> bool {
        matches!(
            self,
            Self::ExecuteThenStatus { .. }
                | Self::ExecuteThenCut
                | Self::ExecuteThenHang
                | Self::ExecuteThenGarbage
                | Self::ExecuteThenRedirect { .. }
        )
    }
}

/// The form of the `Retry-After` header of a 429, which is not documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A number of seconds.
    #[default]
    Seconds,
    /// An HTTP date.
    HttpDate,
    /// No header.
    Absent,
}

/// The kind of the oldest fault that matches this call, which uses the fault once.
pub(super) fn take(faults: &mut Vec<Fault>, request: &Request) -> Option<Kind> {
    faults.retain(|fault| fault.times != Some(0));
    let fault = faults.iter_mut().find(|it| it.matches.matches(request))?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.kind.clone())
}
