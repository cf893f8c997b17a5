use super::*;
use crate::domain::onboarding::fixtures::{hire, standing};

fn events(before: &Onboarding, after: &Onboarding) -> Vec<(&'static str, String)> {
    let events = HistoryEvent::of_change(before, after);
    let pairs = events
        .iter()
        .map(|event| (event.word(), event.detail().into_owned()));
    pairs.collect()
}

fn entry(event: &'static str, detail: &str) -> (&'static str, String) {
    (event, detail.to_owned())
}

#[test]
fn the_history_has_decisions_as_well_as_moves() {
    let before = standing(&hire("a-1"), State::Accepted);
    let mut after = before.clone();
    after.cancel_requested = true;
    after.content.revision += 1;
    assert_eq!(
        events(&before, &after),
        [entry("AMENDED", ""), entry("CANCEL_REQUESTED", "")]
    );
    after = before.clone();
    after.put_into(State::Created);
    assert_eq!(events(&before, &after), [entry("CREATED", "LINKED")]);
    assert!(events(&before, &before).is_empty());
}

#[test]
fn the_history_says_which_follow_ups_were_seen_done_or_open_again() {
    let mut open = standing(&hire("a-1"), State::Created);
    open.findings.follow_ups =
        crate::domain::follow_up::plan(open.draft().contract_start_date.unwrap(), &[], &[], false);
    let mut done = open.clone();
    done.findings.follow_ups[0].seen = Some(crate::domain::follow_up::Observed {
        answer: Answer::Done,
        since: jiff::Timestamp::UNIX_EPOCH,
    });
    let mut none = open.clone();
    none.findings.follow_ups.remove(0);
    assert_eq!(
        events(&none, &open),
        [entry("FOLLOW_UP_ADDED", "SET_MANAGER")]
    );
    assert_eq!(
        events(&open, &none),
        [entry("FOLLOW_UP_REMOVED", "SET_MANAGER")]
    );
    assert_eq!(
        events(&open, &done),
        [entry("FOLLOW_UP_DONE", "SET_MANAGER")]
    );
    assert_eq!(
        events(&done, &open),
        [entry("FOLLOW_UP_REOPENED", "SET_MANAGER")]
    );
}

#[test]
fn the_history_says_why_a_call_led_back_and_which_field_changed() {
    use crate::domain::{
        attempt::{Evidence, tests::attempt},
        cause::Cause,
    };
    let mut before = standing(&hire("a-1"), State::Creating);
    before.attempts = vec![attempt(&[])];
    let mut after = before.clone();
    after.put_into(State::Accepted);
    after.attempts = vec![attempt(&[Evidence::NotExecuted(
        Cause::NoConnection.into(),
    )])];
    assert_eq!(
        events(&before, &after),
        [entry("ACCEPTED", "NOT_EXECUTED: NO_CONNECTION")]
    );
    let before = standing(&hire("a-1"), State::Created);
    let mut after = before.clone();
    let changed = FollowUp::changed(Field::JobTitle, None, jiff::Timestamp::UNIX_EPOCH);
    after.findings.follow_ups.push(changed);
    assert_eq!(
        events(&before, &after),
        [entry(
            "FOLLOW_UP_ADDED",
            "CHANGED_AFTER_CREATION: job_title"
        )]
    );
}

#[test]
fn calls_and_reports_keep_their_words() {
    let report = EventReport {
        event_id: "e-1".to_owned(),
        hire: Some((
            SystemName::parse("werecruit").unwrap(),
            ExternalId::parse("a-1").unwrap(),
        )),
        reason: "NO_START".to_owned(),
        fields: vec!["start".to_owned(), "name".to_owned()],
        left_out: 3,
    };
    let table = [
        (HistoryEvent::Called, "CALLED", ""),
        (
            HistoryEvent::WithdrawnUnknown,
            "WITHDRAWN_UNKNOWN",
            "kept, for the hire may come later",
        ),
        (
            HistoryEvent::Resolved { decision: "amend" },
            "CALLED",
            "amend",
        ),
        (
            HistoryEvent::Retried { resumed: 2 },
            "CALLED",
            "2 hires go on",
        ),
        (
            HistoryEvent::Refused { left_out: 2 },
            "REFUSED",
            "2 refused calls before it have no entry",
        ),
        (
            HistoryEvent::SecretsRead { left_out: 0 },
            "SECRETS_READ",
            "",
        ),
        (HistoryEvent::TenantCreated, "TENANT_CREATED", ""),
        (
            HistoryEvent::TenantChanged(vec!["webhook", "disabled"]),
            "TENANT_CHANGED",
            "webhook, disabled",
        ),
        (
            HistoryEvent::TenantDeleted {
                cancelled: 1,
                erased: 2,
            },
            "TENANT_DELETED",
            "1 hires cancelled, 2 erased",
        ),
        (
            HistoryEvent::KeysRotated {
                sealed: 5,
                key_id: "00".to_owned(),
                unreadable: 1,
                needed: 0,
            },
            "KEYS_ROTATED",
            "5 records sealed anew with key 00, 1 unreadable, older keys needed: 0",
        ),
        (
            HistoryEvent::Reported(EventKind::IdReused, report),
            "EVENT_ID_REUSED",
            "event e-1; hire werecruit/a-1; NO_START; fields start, name; 3 like it before have no entry",
        ),
    ];
    for (event, word, detail) in table {
        assert_eq!((event.word(), &*event.detail()), (word, detail));
    }
}
