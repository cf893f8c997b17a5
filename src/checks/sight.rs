//! Whether the key sees those who have not started yet and those who have left: without them
//! nobody can tell that a person is not in Lucca already.

use super::{
    Check,
    access::{grant, unknown},
    reading::Reading,
    text::{Text, text},
};
use crate::{
    directory::Snapshot,
    domain::{dates::CivilDate, tenant::Tenant},
};

const ID: &str = "sees_future_and_former";

/// Whether there is somebody who has not started yet, and somebody who has left.
fn sees(people: &Snapshot, today: CivilDate) -> [bool; 2] {
    [
        people.people.values().any(|it| it.is_future(today)),
        people.people.values().any(|it| it.is_former(today)),
    ]
}

/// Whether both are seen; `proven` if this key has shown it before.
pub(super) fn check(tenant: &Tenant, reading: &Reading, proven: bool) -> Check {
    let Some(people) = reading.people.known() else {
        return unknown(ID, reading.gap_in(&reading.people));
    };
    let seen = sees(people, people.today);
    let known = reading.remembered.as_deref();
    let known = known.map_or([false; 2], |known| sees(known, people.today));
    let lost = (0..2).any(|index| known[index] && !seen[index]);
    let fix = grant(
        tenant,
        &text(
            "see future and former employees (“See future employees”, “See former employees”)",
            "voir les futurs collaborateurs et les anciens collaborateurs",
        ),
    );
    let missing = missing(seen);
    if lost {
        return Check::warn(
            ID,
            text(
                format!(
                    "The API key does not see {}, although there are such people: a person who is in Lucca already could be taken for a new one.",
                    missing.en
                ),
                format!(
                    "La clé API ne voit pas {}, alors qu’il y en a : une personne déjà présente dans Lucca pourrait passer pour nouvelle.",
                    missing.fr
                ),
            ),
            fix,
        );
    }
    if proven || seen == [true; 2] {
        return Check::pass(
            ID,
            text(
                "The API key sees people who start in the future and people who have left.",
                "La clé API voit les futurs collaborateurs et les anciens collaborateurs.",
            ),
        );
    }
    Check::unverified(
        ID,
        text(
            format!(
                "The API key does not see {}: either there are none, or it is not allowed to, and then a person who is in Lucca already could be taken for a new one.",
                missing.en
            ),
            format!(
                "La clé API ne voit pas {} : soit il n’y en a pas, soit elle n’en a pas le droit, et une personne déjà présente dans Lucca pourrait passer pour nouvelle.",
                missing.fr
            ),
        ),
        fix.then(&text(
            "If there are none, the first creation shows it.",
            "S’il n’y en a pas, la première création le montrera.",
        )),
    )
}

fn missing([future, former]: [bool; 2]) -> Text {
    match (future, former) {
        (true, _) => text("anybody who has left", "d’anciens collaborateurs"),
        (false, true) => text(
            "anybody who starts in the future",
            "de futurs collaborateurs",
        ),
        (false, false) => text(
            "anybody who starts in the future or has left",
            "de futurs ni d’anciens collaborateurs",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{
        super::{
            Status::{Pass, Unverified, Warn},
            fixtures,
            reading::Part,
        },
        *,
    };

    #[test]
    fn sight_is_shown_by_people_of_both_kinds_or_has_been_proven() {
        let both = || {
            Arc::new(fixtures::people(
                &["2026-11-23", "2027-01-04"],
                &["2020-01-31"],
            ))
        };
        let future = || Arc::new(fixtures::people(&["2027-01-04"], &[]));
        let active = || Arc::new(fixtures::people(&["2026-11-23"], &[]));
        let table = [
            (both(), None, false, Pass, ""),
            (
                future(),
                None,
                false,
                Unverified,
                "see anybody who has left:",
            ),
            (
                active(),
                None,
                false,
                Unverified,
                "in the future or has left:",
            ),
            (active(), None, true, Pass, ""),
            (
                future(),
                Some(both()),
                true,
                Warn,
                "left, although there are such people",
            ),
            (future(), Some(future()), true, Pass, ""),
        ];
        for (people, remembered, proven, expected, words) in table {
            let reading = Reading {
                people: Part::Known(people),
                remembered,
                ..fixtures::reading()
            };
            let check = check(&fixtures::tenant(), &reading, proven);
            assert_eq!(check.status, expected, "{words}");
            assert!(check.message.en.contains(words), "{}", check.message.en);
        }
        let blind = Reading::default();
        assert_eq!(check(&fixtures::tenant(), &blind, true).status, Unverified);
    }
}
