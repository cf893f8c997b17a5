//! Everything that was asked of the sandbox, and whether it was asked twice.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    fold::fold,
    request::{Request, text_member},
    user::User,
};

/// One call. It is a test tool's record: personal data stays in it.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// 1, 2, …
    pub sequence: u64,
    /// When it arrived, on the wall.
    pub time: Timestamp,
    /// When it arrived, on the steady clock.
    #[serde(skip)]
    pub arrived: Instant,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// What followed the `?`, undecoded.
    pub query: String,
    /// The id of the key presented; absent if it was none of ours.
    pub key: Option<String>,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// What `notify` said, if anything: whether Lucca may send e-mail about the call.
    pub notify: Option<bool>,
    /// The fault that struck it.
    pub fault: Option<String>,
    /// The status answered; absent while there is none, or if the connection was cut.
    pub status: Option<u16>,
    /// Whether it was carried out, whatever was answered.
    pub executed: bool,
    /// When it was carried out, on the steady clock.
    #[serde(skip)]
    pub executed_at: Option<Instant>,
    /// The user it created.
    pub created_user: Option<u64>,
}

impl Call {
    pub(super) fn is_creation(&self) -> bool {
        self.method == "POST" && self.path.trim_end_matches('/') == "/api/v3/users"
    }

    /// Who the creation is about, by the given way of telling people apart.
    fn person(&self, by: By) -> Option<String> {
        let body = self.body.as_ref()?;
        let text = |name| {
            text_member(body, name)
                .map(fold)
                .filter(|text| !text.is_empty())
        };
        match by {
            By::Login => text("login").or_else(|| text("mail")),
            By::Identity => {
                let address = text("personalEmail").or_else(|| text("mail"))?;
                let start = text("dtContractStart")?;
                let day = start.get(..10).unwrap_or(&start);
                let (first, last) = (text("firstName")?, text("lastName")?);
                Some(format!("{address}\n{last}\n{first}\n{day}"))
            }
        }
    }
}

/// A way of telling people apart in the bodies of creations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The login or, absent, the e-mail; folded.
    Login,
    /// Personal e-mail (absent: e-mail), both names and the first day; folded.
    Identity,
}

/// A creation asked for although the person had been created by an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecondPost {
    /// How the two were found to be about one person.
    pub by: By,
    /// The call that created the person.
    pub first: u64,
    /// The call that came too late, whatever it was answered.
    pub second: u64,
}

/// How far things have come; only ever grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Calls that arrived.
    pub calls: u64,
    /// Calls that were answered or cut.
    pub finished: u64,
    /// Users created by calls.
    pub users_created: u64,
}

/// Everything that was asked of the sandbox so far, without calls to `/_sandbox`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ledger {
    /// Every call, in order of arrival.
    pub calls: Vec<Call>,
    /// Every user a call created, as created, in order.
    pub users_created: Vec<User>,
}

impl Ledger {
    /// The creations asked for: calls of `POST /api/v3/users`.
    #[must_use]
    pub fn creations(&self) -> Vec<&Call> {
        self.calls
            .iter()
            .filter(|call| call.is_creation())
            .collect()
    }

    /// Creations of a person whom an earlier creation had already made, whatever was answered.
    ///
    /// Counted from the moment the first was carried out, even if its answer was lost; of two
    /// that were carried out the later is the second, whichever arrived first.
    #[must_use]
    pub fn second_posts(&self) -> Vec<SecondPost> {
        let posts = self.creations();
        let mut found = Vec::new();
        for by in [By::Login, By::Identity] {
            for second in &posts {
                let Some(person) = second.person(by) else {
                    continue;
                };
                let first = posts.iter().find(|first| {
                    first.sequence != second.sequence
                        && precedes(first, second)
                        && first.person(by).as_ref() == Some(&person)
                });
                if let Some(first) = first {
                    found.push(SecondPost {
                        by,
                        first: first.sequence,
                        second: second.sequence,
                    });
                }
            }
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

    /// Notes an arrival; returns its sequence number.
    pub(super) fn arrive(
        &mut self,
        request: &Request,
        now: super::clock::Moment,
        key: Option<String>,
    ) -> u64 {
        let sequence = self.calls.last().map_or(1, |call| call.sequence + 1);
        self.calls.push(Call {
            sequence,
            time: now.wall,
            arrived: now.steady,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            key,
            body: request.json(),
            notify: request
                .query
                .get("notify")
                .map(|value| !value.eq_ignore_ascii_case("false")),
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
#[path = "ledger_tests.rs"]
mod tests;
