//! What is not known for want of an answer, and what is not known by its nature.

use std::time::Duration;

use super::{
    Checks, Gap, Report, Status, defaults, fixtures,
    learned::Lessons,
    reading::{Part, Reading},
    reads,
};
use crate::{
    domain::{lucca_id::LuccaId, tenant::Tenant},
    lucca::ReadError,
};

fn tenant() -> Tenant {
    let mut tenant = fixtures::tenant();
    tenant.defaults.establishment = LuccaId::try_from(1).ok();
    tenant.defaults.department = LuccaId::try_from(11).ok();
    tenant.defaults.role = LuccaId::try_from(51).ok();
    tenant
}

fn report(reading: &Reading) -> Report {
    let mut report = Report::default();
    Checks::add_all(&mut report, &tenant(), reading, &Lessons(&[]), false);
    report
}

fn silent() -> ReadError {
    ReadError::Unavailable(crate::domain::cause::Cause::NoConnection)
}

#[test]
fn nobody_is_ready_while_lucca_has_not_answered_and_refusals_leave_nothing_open() {
    let whole = fixtures::reading;
    let missing = || ReadError::Refused {
        status: 404,
        words: None,
    };
    let table: [(&str, Reading, Option<Gap>, bool); 7] = [
        ("all", whole(), None, true),
        (
            "calls used up before anything was read",
            Reading {
                broken_off: Some(Gap::Calls),
                ..Reading::default()
            },
            Some(Gap::Calls),
            false,
        ),
        (
            "calls used up before people were read",
            Reading {
                people: Part::NotAsked,
                directory: None,
                broken_off: Some(Gap::Calls),
                ..whole()
            },
            Some(Gap::Calls),
            false,
        ),
        (
            "a limit of Lucca",
            Reading {
                roles: Part::Failed(ReadError::TooMany(Duration::from_secs(1))),
                ..whole()
            },
            Some(Gap::Limit),
            false,
        ),
        (
            "changes of people for the sample",
            Reading {
                changes: Part::Failed(silent()),
                directory: None,
                ..whole()
            },
            Some(Gap::Silence),
            false,
        ),
        (
            "roles are not listed",
            Reading {
                roles: Part::Failed(missing()),
                ..whole()
            },
            None,
            true,
        ),
        (
            "definitions are forbidden",
            Reading {
                definitions: Part::Failed(ReadError::KeyRefused(403)),
                ..whole()
            },
            None,
            true,
        ),
    ];
    for (name, reading, gap, ready) in table {
        let report = report(&reading);
        assert_eq!((report.gap, report.ready()), (gap, ready), "{name}");
        let failed = report.checks.iter().any(|it| it.status == Status::Fail);
        assert!(!failed, "{name}");
    }
}

#[test]
fn what_was_not_asked_for_want_of_calls_says_so_in_every_check() {
    let starved = Reading {
        broken_off: Some(Gap::Calls),
        ..Reading::default()
    };
    let tenant = tenant();
    let checks = reads::checks(&tenant, &starved).into_iter();
    for check in checks.chain(defaults::checks(&tenant, &starved, &Lessons(&[]))) {
        assert_eq!(check.status, Status::Unverified, "{}", check.id);
        let (en, fr) = (&check.message.en, &check.message.fr);
        assert!(en.contains("calls to Lucca were used up"), "{en}");
        assert!(
            fr.contains("appels à Lucca de ce compte étaient épuisés"),
            "{fr}"
        );
    }
    // One that Lucca does not list is another matter: the id is compared by hand.
    let unlisted = Reading {
        roles: Part::Failed(ReadError::Unreadable("no list")),
        ..fixtures::reading()
    };
    let [.., role] = defaults::checks(&tenant, &unlisted, &Lessons(&[]));
    assert!(
        role.message.en.contains("Lucca does not tell"),
        "{}",
        role.message.en
    );
}
