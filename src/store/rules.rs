//! Rules of storing that are the same for every store.

use std::{borrow::Cow, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    field::Field,
    follow_up::{Answer, FollowUp},
    onboarding::{Onboarding, State, lesson::Subject},
    tenant::Tenant,
};

/// For how long a person just created keeps the claim on the login: longer than any
/// directory may be old and than Lucca was ever assumed to hide a new person.
pub const CLAIM_KEPT: Duration = Duration::from_secs(600);

/// What has to be as old as this for the retention time to be over.
pub fn before(now: Timestamp, kept: Duration) -> Timestamp {
    SignedDuration::try_from(kept)
        .ok()
        .and_then(|kept| now.checked_sub(kept).ok())
        .unwrap_or(Timestamp::MIN)
}

/// What was taught of fields that the tenant no longer leaves to Lucca's HR file: it may be
/// set up differently when they are declared again.
pub fn no_longer_declared(tenant: &Tenant) -> impl Iterator<Item = Subject> {
    [
        Field::Establishment,
        Field::Department,
        Field::Role,
        Field::Login,
        Field::Culture,
    ]
    .into_iter()
    .filter(|field| !tenant.lucca_has_default(*field))
    .map(Subject::LeftOut)
}

/// What the history is told of a change, in order: events and their details.
pub fn told(before: &Onboarding, after: &Onboarding) -> Vec<(&'static str, Cow<'static, str>)> {
    let mut told = Vec::new();
    if after.amendment != before.amendment && !after.erased {
        told.push(("AMENDED", "BY_OPERATOR".into()));
    } else if after.content.revision != before.content.revision {
        told.push(("AMENDED", "".into()));
    }
    let newly = [
        (after.create_anyway, before.create_anyway, "CREATE_ANYWAY"),
        (
            after.cancel_requested,
            before.cancel_requested,
            "CANCEL_REQUESTED",
        ),
        (
            after.erase_requested,
            before.erase_requested,
            "ERASE_REQUESTED",
        ),
    ];
    told.extend(
        newly
            .into_iter()
            .filter(|(now, then, _)| *now && !then)
            .map(|(_, _, event)| (event, "".into())),
    );
    if after.state() != before.state() {
        told.push((after.state().as_str(), after.reason(Some(before.state()))));
    }
    if (before.state(), after.state()) == (State::Created, State::Created) && !after.erased {
        let has = |of: &Onboarding, item: &FollowUp| {
            let list = &of.findings.follow_ups;
            list.iter()
                .any(|it| (it.code(), it.field()) == (item.code(), item.field()))
        };
        let new = after.findings.follow_ups.iter();
        let new = new.filter(|item| !has(before, item));
        told.extend(new.map(|item| ("FOLLOW_UP_ADDED", named(item))));
        let idle = before.findings.follow_ups.iter();
        let idle = idle.filter(|item| !has(after, item));
        told.extend(idle.map(|item| ("FOLLOW_UP_REMOVED", named(item))));
    }
    told.extend(ticked(before, after));
    if after.erased && !before.erased {
        told.push(("ERASED", "".into()));
    }
    told
}

/// Which follow-ups were seen to be done, or not to be done after all.
fn ticked(before: &Onboarding, after: &Onboarding) -> Vec<(&'static str, Cow<'static, str>)> {
    let is_done = |item: &FollowUp| item.seen.is_some_and(|seen| seen.answer == Answer::Done);
    let was_done = |item: &FollowUp| {
        let list = &before.findings.follow_ups;
        list.iter()
            .any(|it| (it.code(), it.field()) == (item.code(), item.field()) && is_done(it))
    };
    let list = after.findings.follow_ups.iter();
    list.filter_map(|item| match (was_done(item), is_done(item)) {
        (false, true) => Some(("FOLLOW_UP_DONE", named(item))),
        (true, false) => Some(("FOLLOW_UP_REOPENED", named(item))),
        _ => None,
    })
    .collect()
}

/// A follow-up by its code, and the field whose change it is about.
fn named(item: &FollowUp) -> Cow<'static, str> {
    match item.field().filter(|_| item.is_change()) {
        Some(field) => format!("{}: {}", item.code().as_str(), field.name()).into(),
        None => item.code().as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cause::Cause;
    use crate::domain::onboarding::fixtures::{hire, standing};

    fn told(before: &Onboarding, after: &Onboarding) -> Vec<(&'static str, String)> {
        let told = super::told(before, after).into_iter();
        told.map(|(event, detail)| (event, detail.into_owned()))
            .collect()
    }

    fn entry(event: &'static str, detail: &str) -> (&'static str, String) {
        (event, detail.to_owned())
    }

    #[test]
    fn the_history_is_told_of_decisions_as_well_as_of_moves() {
        let before = standing(&hire("a-1"), State::Accepted);
        let mut after = before.clone();
        after.cancel_requested = true;
        after.content.revision += 1;
        assert_eq!(
            told(&before, &after),
            [entry("AMENDED", ""), entry("CANCEL_REQUESTED", "")]
        );
        after = before.clone();
        after.put_into(State::Created);
        assert_eq!(told(&before, &after), [entry("CREATED", "LINKED")]);
        assert!(told(&before, &before).is_empty());
    }

    #[test]
    fn the_history_is_told_what_was_seen_to_be_done_or_not_after_all() {
        let mut open = standing(&hire("a-1"), State::Created);
        open.findings.follow_ups = crate::domain::follow_up::plan(
            open.draft().contract_start_date.unwrap(),
            &[],
            &[],
            false,
        );
        let mut done = open.clone();
        done.findings.follow_ups[0].seen = Some(crate::domain::follow_up::Seen {
            answer: Answer::Done,
            since: jiff::Timestamp::UNIX_EPOCH,
        });
        let mut none = open.clone();
        none.findings.follow_ups.remove(0);
        assert_eq!(
            told(&none, &open),
            [entry("FOLLOW_UP_ADDED", "SET_MANAGER")]
        );
        assert_eq!(
            told(&open, &none),
            [entry("FOLLOW_UP_REMOVED", "SET_MANAGER")]
        );
        assert_eq!(told(&open, &done), [entry("FOLLOW_UP_DONE", "SET_MANAGER")]);
        assert_eq!(
            told(&done, &open),
            [entry("FOLLOW_UP_REOPENED", "SET_MANAGER")]
        );
    }

    #[test]
    fn the_history_is_told_why_a_call_led_back_and_which_field_changed() {
        use crate::domain::attempt::{Evidence, tests::attempt};
        let mut before = standing(&hire("a-1"), State::Creating);
        before.attempts = vec![attempt(&[])];
        let mut after = before.clone();
        after.put_into(State::Accepted);
        after.attempts = vec![attempt(&[Evidence::NotExecuted(
            Cause::NoConnection.into(),
        )])];
        assert_eq!(
            told(&before, &after),
            [entry("ACCEPTED", "NOT_EXECUTED: NO_CONNECTION")]
        );
        let before = standing(&hire("a-1"), State::Created);
        let mut after = before.clone();
        let changed = FollowUp::changed(Field::JobTitle, None, jiff::Timestamp::UNIX_EPOCH);
        after.findings.follow_ups.push(changed);
        assert_eq!(
            told(&before, &after),
            [entry(
                "FOLLOW_UP_ADDED",
                "CHANGED_AFTER_CREATION: job_title"
            )]
        );
    }
}
