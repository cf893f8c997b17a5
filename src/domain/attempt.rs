//! One creation call that may have reached Lucca, and what is known of its effect.
//!
//! An attempt is evidence: its intent is written before the call and never changed, what
//! is learned later is added, nothing is thrown away. The outcome follows from it all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{cause::Failure, lucca_id::LuccaId};

/// Lucca aborts a request after 5 s (`documentation/limits`): what has not taken effect
/// by then will not any more.
pub const LUCCA_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// What was decided before the call left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The exact body.
    pub body: serde_json::Value,
    /// The exact address.
    pub url: String,
    /// Which version of the tenant's key was used.
    pub key_version: u32,
    /// The folded login, or what stands in for it, that the attempt reserves. Stored as
    /// `claim`.
    #[serde(rename = "claim")]
    pub reserved_login: String,
    /// When it was decided.
    pub sent_time: Timestamp,
    /// The body is not released after this.
    pub send_by: Timestamp,
}

/// What was seen of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// Lucca answered with the id of the new user.
    Created(LuccaId),
    /// The call certainly had no effect.
    NotExecuted(Failure),
    /// Lucca refused the key or a right of it, whatever the body.
    KeyRefused(Failure),
    /// Lucca refused it, and no earlier call can be the reason.
    Refused(Failure),
    /// The same, and a look right after it showed somebody like the person, who was not known
    /// when the call was made.
    #[strum(serialize = "REFUSED")]
    RefusedBeside(Failure),
    /// No usable answer came.
    NoAnswer(Failure),
    /// Lucca refused it while an earlier call may have created the person.
    #[serde(rename = "refused_after_doubt")]
    #[strum(serialize = "REFUSED_AFTER_DOUBT")]
    RefusedAfterUnknown(Failure),
    /// The person was found in Lucca.
    Found(LuccaId),
    /// Two looks have proven that the person is not in Lucca.
    #[strum(serialize = "NOT_IN_LUCCA")]
    Absent,
    /// An operator decided that it does not count.
    Overridden,
    /// An operator said that the employee who was found is not the person: what was seen before
    /// proves nothing any more.
    Unlinked,
}

impl Evidence {
    /// Why the call failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::NotExecuted(failure)
            | Self::KeyRefused(failure)
            | Self::Refused(failure)
            | Self::RefusedBeside(failure)
            | Self::NoAnswer(failure)
            | Self::RefusedAfterUnknown(failure) => Some(failure),
            Self::Created(_)
            | Self::Found(_)
            | Self::Absent
            | Self::Overridden
            | Self::Unlinked => None,
        }
    }

    /// Forgets what Lucca said, which may name a person. What it proves stays.
    fn forget(&mut self) {
        match self {
            Self::NotExecuted(failure)
            | Self::KeyRefused(failure)
            | Self::Refused(failure)
            | Self::RefusedBeside(failure)
            | Self::NoAnswer(failure)
            | Self::RefusedAfterUnknown(failure) => failure.said = None,
            Self::Created(_)
            | Self::Found(_)
            | Self::Absent
            | Self::Overridden
            | Self::Unlinked => {}
        }
    }
}

/// One piece of evidence and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceEntry {
    /// When it was seen.
    pub time: Timestamp,
    /// What was seen.
    pub evidence: Evidence,
}

/// One creation call that may have reached Lucca.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1, 2, … within the onboarding.
    pub number: u32,
    /// What was decided before it left.
    pub intent: Intent,
    /// What was seen since, in order.
    pub seen: Vec<EvidenceEntry>,
}

/// What is known of an attempt's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not known: nothing else may be sent.
    Unknown,
    /// It created the user.
    Executed(LuccaId),
    /// It had no effect.
    NotExecuted,
    /// Lucca refused it; it had no effect.
    Refused,
    /// Lucca refused the key; it had no effect.
    KeyRefused,
}

impl Attempt {
    /// What follows from the evidence. A person seen in Lucca outweighs everything, and what an
    /// operator took back counts no more.
    pub fn outcome(&self) -> Outcome {
        let unlinked = |it: &EvidenceEntry| it.evidence == Evidence::Unlinked;
        let from = self.seen.iter().rposition(unlinked).unwrap_or(0);
        let counts = &self.seen[from..];
        let user = counts.iter().find_map(|seen| match seen.evidence {
            Evidence::Created(user) | Evidence::Found(user) => Some(user),
            _ => None,
        });
        if let Some(user) = user {
            return Outcome::Executed(user);
        }
        let certain = counts.iter().find_map(|seen| match seen.evidence {
            Evidence::NotExecuted(_) => Some(Outcome::NotExecuted),
            Evidence::KeyRefused(_) => Some(Outcome::KeyRefused),
            Evidence::Refused(_) | Evidence::RefusedBeside(_) => Some(Outcome::Refused),
            Evidence::Absent if self.was_refused() => Some(Outcome::Refused),
            Evidence::Absent | Evidence::Overridden => Some(Outcome::NotExecuted),
            _ => None,
        });
        certain.unwrap_or(Outcome::Unknown)
    }

    /// Adds what was seen at this time.
    pub fn add(&mut self, evidence: Evidence, time: Timestamp) {
        self.seen.push(EvidenceEntry { time, evidence });
    }

    /// Whether any entry has evidence of this kind.
    fn has(&self, kind: impl Fn(&Evidence) -> bool) -> bool {
        self.seen.iter().any(|entry| kind(&entry.evidence))
    }

    /// Whether nothing else may be sent because of this attempt.
    pub fn is_open(&self) -> bool {
        self.outcome() == Outcome::Unknown
    }

    /// Whether Lucca answered the call with this user.
    pub fn created(&self, user: LuccaId) -> bool {
        self.has(|it| *it == Evidence::Created(user))
    }

    /// Whether Lucca refused the call while the outcome of an earlier one was unknown.
    pub fn was_refused(&self) -> bool {
        self.has(|it| matches!(it, Evidence::RefusedAfterUnknown(_)))
    }

    /// Whether the outcome was ever unknown, even if it no longer is.
    pub fn was_ever_unknown(&self) -> bool {
        use Evidence::{KeyRefused, NotExecuted, Refused, RefusedBeside};
        !self.has(|it| {
            matches!(
                it,
                NotExecuted(_) | Refused(_) | RefusedBeside(_) | KeyRefused(_)
            )
        })
    }

    /// The latest moment at which the call may still have been under way, as far as
    /// known: the end that was seen, or the last moment to send plus the time-out.
    pub fn ended_by(&self, request_timeout: std::time::Duration) -> Timestamp {
        let timeout = jiff::SignedDuration::try_from(request_timeout).unwrap_or_default();
        let last_end = self.intent.send_by + timeout;
        self.seen.first().map_or(last_end, |entry| entry.time)
    }

    /// Forgets the person: the body and all words. Ids, times and the outcome stay.
    pub fn forget(&mut self) {
        self.intent.body = serde_json::Value::Null;
        self.intent.reserved_login.clear();
        for seen in &mut self.seen {
            seen.evidence.forget();
        }
    }

    /// The last failure that was seen of it.
    pub fn last_failure(&self) -> Option<&Failure> {
        let mut latest_first = self.seen.iter().rev();
        latest_first.find_map(|entry| entry.evidence.failure())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn attempt(evidence: &[Evidence]) -> Attempt {
        Attempt {
            number: 1,
            intent: Intent {
                body: serde_json::json!({}),
                url: "https://example.ilucca.net/api/v3/users?contract=true".into(),
                key_version: 1,
                reserved_login: "login".into(),
                sent_time: Timestamp::UNIX_EPOCH,
                send_by: Timestamp::UNIX_EPOCH,
            },
            seen: evidence
                .iter()
                .map(|evidence| EvidenceEntry {
                    time: Timestamp::UNIX_EPOCH,
                    evidence: evidence.clone(),
                })
                .collect(),
        }
    }

    #[test]
    fn the_outcome_follows_from_all_evidence() {
        use Evidence::{
            Absent, Created, Found, NoAnswer, NotExecuted, Refused, RefusedAfterUnknown,
        };
        let seven = LuccaId::try_from(7).unwrap();
        let words = || Failure::from("words");
        let table = [
            (vec![], Outcome::Unknown),
            (vec![Created(seven)], Outcome::Executed(seven)),
            (vec![NotExecuted(words())], Outcome::NotExecuted),
            (vec![Refused(words())], Outcome::Refused),
            (vec![Evidence::KeyRefused(words())], Outcome::KeyRefused),
            (vec![NoAnswer(words())], Outcome::Unknown),
            (vec![RefusedAfterUnknown(words())], Outcome::Unknown),
            (
                vec![NoAnswer(words()), Found(seven)],
                Outcome::Executed(seven),
            ),
            (vec![NoAnswer(words()), Absent], Outcome::NotExecuted),
            (vec![RefusedAfterUnknown(words()), Absent], Outcome::Refused),
            (
                vec![NoAnswer(words()), Absent, Created(seven)],
                Outcome::Executed(seven),
            ),
        ];
        for (evidence, outcome) in table {
            assert_eq!(attempt(&evidence).outcome(), outcome, "{evidence:?}");
        }
    }

    #[test]
    fn an_attempt_that_was_answered_clearly_was_never_in_doubt() {
        assert!(!attempt(&[Evidence::Refused("no".into())]).was_ever_unknown());
        assert!(attempt(&[Evidence::NoAnswer("cut".into()), Evidence::Absent]).was_ever_unknown());
        assert!(attempt(&[]).was_ever_unknown());
    }
}
