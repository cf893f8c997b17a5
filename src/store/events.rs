//! What the history says happened, as values.
//!
//! The database keeps the word and the detail of an event. They are shown as they are stored and
//! never read back, so an entry of another version stays readable.

use std::borrow::Cow;

use strum::{IntoStaticStr, VariantNames};

use crate::domain::{
    field::Field,
    follow_up::{Answer, Code, FollowUp},
    ids::{ExternalId, SystemName},
    onboarding::{
        Onboarding, State,
        submission::{Ignored, Kind, Verdict},
    },
};

/// What happened, and what it was about. No detail holds personal data.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum HistoryEvent {
    /// An onboarding moved. The word is the new state.
    Moved {
        /// The new state.
        to: State,
        /// Why, in codes.
        reason: Cow<'static, str>,
    },
    /// The content of a hire changed.
    Amended {
        /// An operator changed it, not the source.
        by_operator: bool,
    },
    /// An operator wants a new employee despite a question.
    CreateAnyway,
    /// The hire is to be cancelled once the outcome of the open attempt is known.
    CancelRequested,
    /// The person is to be erased once the onboarding has ended.
    EraseRequested,
    /// Something more is left to do.
    FollowUpAdded(FollowUpName),
    /// A follow-up is void.
    FollowUpRemoved(FollowUpName),
    /// A follow-up was seen to be done.
    FollowUpDone(FollowUpName),
    /// A follow-up was seen to be open again.
    FollowUpReopened(FollowUpName),
    /// The person was erased.
    Erased,
    /// A statement came before the confirmation of its hire, and waits for it.
    StatementKept {
        /// Which kind of statement.
        kind: Kind,
    },
    /// The time that the source gave for a statement is not believed: its arrival counts.
    EventTimeIgnored {
        /// Which kind of statement.
        kind: Kind,
    },
    /// A statement about the hire has no effect.
    StatementIgnored {
        /// Which kind of statement.
        kind: Kind,
        /// Why.
        why: Ignored,
    },
    /// The onboarding cannot be read and is in quarantine.
    Quarantined {
        /// Which part of it.
        part: String,
    },
    /// It can be read again and has left the quarantine.
    Released,
    /// It was removed from the quarantine.
    Removed,
    /// The adapter reported an event of an ATS. The word is that of its kind.
    Reported(EventKind, EventReport),
    /// A hire that is not known was withdrawn.
    WithdrawnUnknown,
    /// An operator or administrator made a call.
    Called,
    /// An operator answered a question.
    #[strum(serialize = "CALLED")]
    Resolved {
        /// Which answer.
        decision: &'static str,
    },
    /// An operator retried hires.
    #[strum(serialize = "CALLED")]
    Retried {
        /// How many go on.
        resumed: i32,
    },
    /// A call was refused.
    Refused {
        /// Refused calls of the same caller since the last entry, which have none.
        left_out: u64,
    },
    /// Secrets of a tenant were read.
    SecretsRead {
        /// Further reads since the last entry, which have none.
        left_out: u64,
    },
    /// A tenant was created.
    TenantCreated,
    /// Fields of a tenant changed.
    TenantChanged(Vec<&'static str>),
    /// A tenant was deleted.
    TenantDeleted {
        /// Hires that were cancelled.
        cancelled: i32,
        /// Hires whose person was erased.
        erased: i32,
    },
    /// Records were sealed with the newest key.
    KeysRotated {
        /// Records sealed.
        sealed: i64,
        /// The key they are sealed with.
        key_id: String,
        /// Records that could not be opened.
        unreadable: i64,
        /// Older keys that are still needed.
        needed: usize,
    },
}

/// What an adapter can report of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", prefix = "EVENT_")]
pub enum EventKind {
    /// The ATS anonymised the person.
    Anonymized,
    /// The event could not be read.
    Unreadable,
    /// The event was read and rejected.
    Rejected,
    /// The id of the event was used before for another content.
    IdReused,
    /// Nothing follows from the event.
    Acknowledged,
}

/// What an adapter says of an event: codes and names only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventReport {
    /// The id of the event.
    pub event_id: String,
    /// The hire it is about.
    pub hire: Option<(SystemName, ExternalId)>,
    /// A code that says why it is reported; may be empty.
    pub reason: String,
    /// The fields in question.
    pub fields: Vec<String>,
    /// Events like it before that have no entry.
    pub left_out: u64,
}

/// A follow-up: its code, and the field if it is about the change of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowUpName {
    /// The kind of follow-up.
    pub code: Code,
    /// The changed field.
    pub field: Option<Field>,
}

impl HistoryEvent {
    /// The word of the event, in capitals.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Moved { to, .. } => to.as_str(),
            Self::Reported(kind, _) => kind.into(),
            other => other.into(),
        }
    }

    /// More about it; may be empty.
    pub fn detail(&self) -> Cow<'_, str> {
        match self {
            Self::Moved { reason, .. } => Cow::Borrowed(reason),
            Self::Amended { by_operator: true } => "BY_OPERATOR".into(),
            Self::FollowUpAdded(name)
            | Self::FollowUpRemoved(name)
            | Self::FollowUpDone(name)
            | Self::FollowUpReopened(name) => name.text(),
            Self::StatementKept { kind } | Self::EventTimeIgnored { kind } => {
                <&str>::from(kind).into()
            }
            Self::StatementIgnored { kind, why } => {
                format!("{}: {}", <&str>::from(kind), <&str>::from(why)).into()
            }
            Self::Quarantined { part } => part.into(),
            Self::Reported(_, report) => report.text().into(),
            Self::WithdrawnUnknown => "kept, for the hire may come later".into(),
            Self::Resolved { decision } => (*decision).into(),
            Self::Retried { resumed } => format!("{resumed} hires go on").into(),
            Self::Refused { left_out } => more(*left_out, "refused calls before it have no entry"),
            Self::SecretsRead { left_out } => more(*left_out, "more times since the entry before"),
            Self::TenantChanged(fields) => fields.join(", ").into(),
            Self::TenantDeleted { cancelled, erased } => {
                format!("{cancelled} hires cancelled, {erased} erased").into()
            }
            Self::KeysRotated {
                sealed,
                key_id,
                unreadable,
                needed,
            } => format!(
                "{sealed} records sealed anew with key {key_id}, {unreadable} unreadable, older keys needed: {needed}"
            )
            .into(),
            _ => "".into(),
        }
    }

    /// What a statement adds to the history of its hire beside what it changes.
    pub(super) fn of_statement(kind: Kind, verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Ignored(why) => Some(Self::StatementIgnored { kind, why: *why }),
            _ => None,
        }
    }

    /// What a change of an onboarding adds to its history, in order.
    pub(super) fn of_change(before: &Onboarding, after: &Onboarding) -> Vec<Self> {
        let mut events = Vec::new();
        if after.amendment != before.amendment && !after.erased {
            events.push(Self::Amended { by_operator: true });
        } else if after.content.revision != before.content.revision {
            events.push(Self::Amended { by_operator: false });
        }
        if after.create_anyway && !before.create_anyway {
            events.push(Self::CreateAnyway);
        }
        if after.cancel_requested && !before.cancel_requested {
            events.push(Self::CancelRequested);
        }
        if after.erase_requested && !before.erase_requested {
            events.push(Self::EraseRequested);
        }
        if after.state() != before.state() {
            events.push(Self::Moved {
                to: after.state(),
                reason: after.reason(Some(before.state())),
            });
        }
        if (before.state(), after.state()) == (State::Created, State::Created) && !after.erased {
            events.extend(missing(before, after).map(Self::FollowUpAdded));
            events.extend(missing(after, before).map(Self::FollowUpRemoved));
        }
        events.extend(ticked(before, after));
        if after.erased && !before.erased {
            events.push(Self::Erased);
        }
        events
    }
}

impl FollowUpName {
    fn of(item: &FollowUp) -> Self {
        Self {
            code: item.code(),
            field: item.field().filter(|_| item.is_change()),
        }
    }

    fn text(self) -> Cow<'static, str> {
        match self.field {
            Some(field) => format!("{}: {}", self.code.as_str(), field.name()).into(),
            None => self.code.as_str().into(),
        }
    }
}

impl EventReport {
    fn text(&self) -> String {
        let mut parts = vec![format!("event {}", self.event_id)];
        if let Some((system, id)) = &self.hire {
            parts.push(format!("hire {system}/{}", id.as_str()));
        }
        if !self.reason.is_empty() {
            parts.push(self.reason.clone());
        }
        if !self.fields.is_empty() {
            parts.push(format!("fields {}", self.fields.join(", ")));
        }
        if self.left_out > 0 {
            parts.push(format!("{} like it before have no entry", self.left_out));
        }
        parts.join("; ")
    }
}

fn more(count: u64, what: &str) -> Cow<'static, str> {
    match count {
        0 => "".into(),
        count => format!("{count} {what}").into(),
    }
}

/// The same follow-up in another version of the onboarding.
fn same<'a>(of: &'a Onboarding, item: &FollowUp) -> Option<&'a FollowUp> {
    let mut list = of.findings.follow_ups.iter();
    list.find(|it| (it.code(), it.field()) == (item.code(), item.field()))
}

/// The follow-ups of `whole` that `part` lacks.
fn missing<'a>(
    part: &'a Onboarding,
    whole: &'a Onboarding,
) -> impl Iterator<Item = FollowUpName> + 'a {
    let list = whole.findings.follow_ups.iter();
    list.filter(|item| same(part, item).is_none())
        .map(FollowUpName::of)
}

/// The follow-ups that were seen to be done, or to be open again.
fn ticked(before: &Onboarding, after: &Onboarding) -> impl Iterator<Item = HistoryEvent> {
    let is_done = |item: &FollowUp| item.seen.is_some_and(|seen| seen.answer == Answer::Done);
    let list = after.findings.follow_ups.iter();
    list.filter_map(move |item| {
        let was_done = same(before, item).is_some_and(is_done);
        match (was_done, is_done(item)) {
            (false, true) => Some(HistoryEvent::FollowUpDone(FollowUpName::of(item))),
            (true, false) => Some(HistoryEvent::FollowUpReopened(FollowUpName::of(item))),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests;
