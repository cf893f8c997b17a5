//! Missing answers, and what no answer can show.

use std::time::Duration;

use super::{
    Gap, Report, Status,
    answers::{Answer, Answers},
    defaults,
    fixtures::{self, english, french, learned},
    of_lucca, rights,
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

fn report(answers: &Answers) -> Report {
    let mut report = Report {
        gap: answers.gap(),
        ..Report::default()
    };
    report.add(of_lucca(&tenant(), answers, &learned(&[]), false));
    report
}

fn silent() -> ReadError {
    ReadError::Unavailable(crate::domain::cause::Cause::NoConnection)
}

#[test]
fn a_missing_answer_prevents_readiness_and_a_refusal_does_not() {
    let whole = fixtures::answers;
    let missing = || ReadError::Refused {
        status: 404,
        words: None,
    };
    let table: [(&str, Answers, Option<Gap>, bool); 7] = [
        ("all", whole(), None, true),
        (
            "calls used up before anything was read",
            Answers {
                broken_off: Some(Gap::Calls),
                ..Answers::default()
            },
            Some(Gap::Calls),
            false,
        ),
        (
            "calls used up before people were read",
            Answers {
                people: Answer::NotAsked,
                directory: None,
                broken_off: Some(Gap::Calls),
                ..whole()
            },
            Some(Gap::Calls),
            false,
        ),
        (
            "a limit of Lucca",
            Answers {
                roles: Answer::Failed(ReadError::TooMany(Duration::from_secs(1))),
                ..whole()
            },
            Some(Gap::Limit),
            false,
        ),
        (
            "changes of people for the sample",
            Answers {
                changes: Answer::Failed(silent()),
                directory: None,
                ..whole()
            },
            Some(Gap::Silence),
            false,
        ),
        (
            "roles are not listed",
            Answers {
                roles: Answer::Failed(missing()),
                ..whole()
            },
            None,
            true,
        ),
        (
            "definitions are forbidden",
            Answers {
                definitions: Answer::Failed(ReadError::KeyRefused(403)),
                ..whole()
            },
            None,
            true,
        ),
    ];
    for (name, answers, gap, ready) in table {
        let report = report(&answers);
        assert_eq!((report.gap, report.ready()), (gap, ready), "{name}");
        let failed = report.checks.iter().any(|it| it.status == Status::Fail);
        assert!(!failed, "{name}");
    }
}

#[test]
fn every_check_without_an_answer_says_that_the_calls_were_used_up() {
    let starved = Answers {
        broken_off: Some(Gap::Calls),
        ..Answers::default()
    };
    let tenant = tenant();
    let checks = rights::reads(&tenant, &starved).into_iter();
    for check in checks.chain(defaults::checks(&tenant, &starved, &learned(&[]))) {
        assert_eq!(check.status, Status::Unverified, "{}", check.id);
        let (en, fr) = (&english(&check).0, &french(&check).0);
        assert!(en.contains("calls to Lucca were used up"), "{en}");
        assert!(
            fr.contains("appels à Lucca de ce compte étaient épuisés"),
            "{fr}"
        );
    }
    // A unit that Lucca does not list says something else: the id has to be compared by hand.
    let unlisted = Answers {
        roles: Answer::Failed(ReadError::Unreadable("no list")),
        ..fixtures::answers()
    };
    let [.., role] = defaults::checks(&tenant, &unlisted, &learned(&[]));
    assert!(
        english(&role).0.contains("Lucca does not tell"),
        "{}",
        english(&role).0
    );
}
