//! A record of every call, and whether a person was asked for twice.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{clock::Moment, fold::fold, request::Request, user::User};

/// One call. The record is for tests, so it keeps personal data.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// 1, 2, …
    pub sequence: u64,
    /// When it arrived, by the wall clock.
    pub time: Timestamp,
    /// When it arrived, by the steady clock.
    #[serde(skip)]
    pub arrived: Instant,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// What follows the `?`, undecoded.
    pub query: String,
    /// The id of the key presented; absent if the key is unknown.
    pub key: Option<String>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The kind of the fault that affected it, as the control interface spells it.
    pub fault: Option<&'static str>,
    /// The status of the answer; absent before there is one, and if the connection was cut.
    pub status: Option<u16>,
    /// Whether it was carried out, whatever the answer was.
    pub executed: bool,
    /// When it was carried out, by the steady clock.
    #[serde(skip)]
    pub executed_at: Option<Instant>,
    /// The user it created.
    pub created_user: Option<u64>,
}

impl Call {
    pub(super) fn is_creation(&self) -> bool {
        self.method == "POST" && self.path.trim_end_matches('/') == "/api/v3/users"
    }

    /// The person the creation asks for, as text to compare.
    fn person(&self, by: MatchedBy) -> Option<String> {
        let members = self.body.as_ref()?.as_object()?;
        let text = |name: &str| {
            let mut members = members.iter();
            let (_, value) = members.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            value.as_str().map(fold).filter(|text| !text.is_empty())
        };
        match by {
            MatchedBy::Login => text("login").or_else(|| text("mail")),
            MatchedBy::Identity => {
                let address = text("personalEmail").or_else(|| text("mail"))?;
                let start = text("dtContractStart")?;
                let day = start.get(..10).unwrap_or(&start);
                let (first, last) = (text("firstName")?, text("lastName")?);
                Some(format!("{address}\n{last}\n{first}\n{day}"))
            }
        }
    }
}

/// How two creations are found to ask for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The login or, absent, the e-mail; folded.
    Login,
    /// Personal e-mail (absent: e-mail), both names and the first day; folded.
    Identity,
}

/// A creation of a person whom another creation had already made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecondPost {
    /// What the two have in common.
    pub by: MatchedBy,
    /// The call that created the person.
    pub first: u64,
    /// The call that came too late, whatever the answer was.
    pub second: u64,
}

/// What has happened since the start. Counters only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Calls that arrived.
    pub calls: u64,
    /// Calls that were answered or cut.
    pub finished: u64,
    /// Users created by calls.
    pub users_created: u64,
}

/// Everything so far but calls to `/_sandbox`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ledger {
    /// Every call, in order of arrival.
    pub calls: Vec<Call>,
    /// Every user a call created, as created, in order.
    pub users_created: Vec<User>,
}

impl Ledger {
    /// Calls of `POST /api/v3/users`, whatever the answer was.
    #[must_use]
    pub fn creations(&self) -> Vec<&Call> {
        let calls = self.calls.iter();
        calls.filter(|call| call.is_creation()).collect()
    }

    /// Creations of a person whom another creation had already made, whatever the answer was.
    ///
    /// A creation counts from the moment it was carried out, even if its answer was lost. Of two
    /// that were carried out, the later one is the second, whichever arrived first.
    #[must_use]
    pub fn second_posts(&self) -> Vec<SecondPost> {
        let posts = self.creations();
        let second_post = |by, second: &Call| {
            let person = second.person(by)?;
            let first = posts.iter().find(|first| {
                first.sequence != second.sequence
                    && precedes(first, second)
                    && first.person(by).as_ref() == Some(&person)
            });
            Some(SecondPost {
                by,
                first: first?.sequence,
                second: second.sequence,
            })
        };
        let mut found = Vec::new();
        for by in [MatchedBy::Login, MatchedBy::Identity] {
            found.extend(posts.iter().filter_map(|second| second_post(by, second)));
        }
        found
    }

    /// The most calls that fell into any window of this length.
    #[must_use]
    pub fn max_calls_in_any_window(&self, window: Duration) -> usize {
        self.in_window_before_each(window).max().unwrap_or(0)
    }

    /// How many calls arrived with more than `budget` calls, itself included, in the window
    /// that ends with it.
    #[must_use]
    pub fn windows_over_budget(&self, budget: usize, window: Duration) -> usize {
        let calls = self.in_window_before_each(window);
        calls.filter(|calls| *calls > budget).count()
    }

    /// For each call how many arrived, itself included, in the window that ends with it.
    fn in_window_before_each(&self, window: Duration) -> impl Iterator<Item = usize> {
        let mut first = 0;
        self.calls.iter().enumerate().map(move |(last, call)| {
            while call
                .arrived
                .saturating_duration_since(self.calls[first].arrived)
                >= window
            {
                first += 1;
            }
            last + 1 - first
        })
    }

    /// Records an arrival; returns its sequence number.
    pub(super) fn arrive(&mut self, request: &Request, now: Moment, key: Option<String>) -> u64 {
        let sequence = self.calls.last().map_or(1, |call| call.sequence + 1);
        self.calls.push(Call {
            sequence,
            time: now.wall,
            arrived: now.steady,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            key,
            body: serde_json::from_slice(&request.body).ok(),
            fault: None,
            status: None,
            executed: false,
            executed_at: None,
            created_user: None,
        });
        sequence
    }

    /// The call of this sequence number.
    pub(super) fn call_mut(&mut self, sequence: u64) -> Option<&mut Call> {
        let index = usize::try_from(sequence.checked_sub(1)?).ok()?;
        self.calls.get_mut(index)
    }
}

/// Whether `first` had created its user before `second` arrived, or created its own before
/// `second` did.
fn precedes(first: &Call, second: &Call) -> bool {
    let (Some(_), Some(done)) = (first.created_user, first.executed_at) else {
        return false;
    };
    match (second.created_user, second.executed_at) {
        (Some(_), Some(later)) => (done, first.sequence) < (later, second.sequence),
        _ => done <= second.arrived,
    }
}

#[cfg(test)]
mod tests;
