//! What can be made to go wrong.

use serde::{Deserialize, Serialize};

use super::{fold::fold, request::Request, switches::RetryAfter};

/// Something that goes wrong with the calls it matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls it strikes; every call if left out.
    #[serde(default)]
    pub matches: Matcher,
    /// How many calls it strikes; until cleared if left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens.
    pub kind: Kind,
}

impl Fault {
    /// Strikes the next `times` creations of users.
    #[must_use]
    pub fn on_creation(kind: Kind, times: u32) -> Self {
        Self {
            matches: Matcher {
                method: Some("POST".to_owned()),
                path_prefix: Some("/api/v3/users".to_owned()),
                login: None,
            },
            times: Some(times),
            kind,
        }
    }

    /// Strikes every GET under `path_prefix` until cleared.
    #[must_use]
    pub fn on_reads(kind: Kind, path_prefix: &str) -> Self {
        Self {
            matches: Matcher {
                method: Some("GET".to_owned()),
                path_prefix: Some(path_prefix.to_owned()),
                login: None,
            },
            times: None,
            kind,
        }
    }
}

/// Which calls a fault strikes. What is left out matches anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// The method, in any case.
    pub method: Option<String>,
    /// How the path starts.
    pub path_prefix: Option<String>,
    /// The login in the body or, for reads, in the filter; compared without case and accents.
    pub login: Option<String>,
}

impl Matcher {
    /// Whether the call is one this is about.
    pub(super) fn matches(&self, request: &Request) -> bool {
        let method = self
            .method
            .as_ref()
            .is_none_or(|method| request.method.as_str().eq_ignore_ascii_case(method));
        let path = self
            .path_prefix
            .as_ref()
            .is_none_or(|prefix| request.path.starts_with(prefix.as_str()));
        method
            && path
            && self
                .login
                .as_ref()
                .is_none_or(|login| request.folded_login() == Some(fold(login)))
    }
}

/// What happens to a call a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// Waits, then carries the call out. From the server's time-out on: 408 at that moment, and
    /// nothing is carried out.
    Delay {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Answers without carrying the call out.
    Status {
        /// The status.
        code: u16,
        /// The body; an error in the style of the switches if left out.
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
    /// Answers 200 with a JSON body of 256 MiB; nothing is carried out.
    Huge,
    /// Carries the call out; a user it creates stays hidden from every read for a while.
    LookupLag {
        /// How long, in milliseconds.
        ms: u64,
        /// Whether the connection is cut instead of an answer.
        #[serde(default)]
        cut: bool,
    },
    /// Answers 429 although the budget is free, as when other integrations have spent it.
    TooManyRequests {
        /// The form of `Retry-After`; that of the switches if left out.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
        /// The seconds it names. Default 1.
        #[serde(default)]
        seconds: Option<u64>,
    },
}

impl Kind {
    /// Its name as the control interface spells it.
    pub(super) fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
            Ok(serde_json::Value::String(name)) => name,
            _ => String::new(),
        }
    }
}

/// The faults waiting to strike, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The oldest fault that strikes this call; it has struck once more.
    pub(super) fn strike(&mut self, request: &Request) -> Option<Kind> {
        self.waiting.retain(|fault| fault.times != Some(0));
        let fault = self
            .waiting
            .iter_mut()
            .find(|fault| fault.matches.matches(request))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.kind.clone())
    }
}
