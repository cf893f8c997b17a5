//! Whether the key sees future and former employees. A key that does not cannot show that a
//! person is absent from Lucca.

use super::{
    Check, Finding,
    Status::{Pass, Unverified, Warn},
    answers::Answers,
    finding::{Grant, Right, Unseen, UnseenPeople},
};
use crate::{directory::Snapshot, domain::tenant::Tenant};

const ID: &str = "sees_future_and_former";

/// Whether somebody is a future employee, and somebody a former one, as of today.
fn sees(people: &Snapshot, of: &Snapshot) -> [bool; 2] {
    [
        people.people.values().any(|it| it.is_future(of.today)),
        people.people.values().any(|it| it.is_former(of.today)),
    ]
}

/// Whether the key sees both; `proven` if it has shown so before.
pub(super) fn check(tenant: &Tenant, answers: &Answers, proven: bool) -> Check {
    let Some(people) = answers.people.known() else {
        return Check::unknown(ID, answers.gap_in(&answers.people));
    };
    let seen = sees(people, people);
    let remembered = answers.remembered.as_deref();
    let remembered = remembered.map_or([false; 2], |remembered| sees(remembered, people));
    let lost = (0..2).any(|index| remembered[index] && !seen[index]);
    let unseen = Unseen {
        unseen: match seen {
            [true, _] => UnseenPeople::Former,
            [false, true] => UnseenPeople::Future,
            [false, false] => UnseenPeople::Both,
        },
        grant: Grant::new(tenant, Right::FutureAndFormer),
    };
    let (status, finding) = if lost {
        (Warn, Finding::UnseenButThere(unseen))
    } else if proven || seen == [true; 2] {
        (Pass, Finding::SeesFutureAndFormer)
    } else {
        (Unverified, Finding::Unseen(unseen))
    };
    Check::new(ID, status, finding)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{
        super::{
            Status::{Pass, Unverified, Warn},
            answers::Answer,
            fixtures::{self, english},
        },
        *,
    };

    #[test]
    fn visibility_passes_if_people_of_both_kinds_are_seen_or_it_was_proven_before() {
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
            let answers = Answers {
                people: Answer::Known(people),
                remembered,
                ..fixtures::answers()
            };
            let check = check(&fixtures::tenant(), &answers, proven);
            assert_eq!(check.status, expected, "{words}");
            assert!(english(&check).0.contains(words), "{}", english(&check).0);
        }
        let blind = Answers::default();
        assert_eq!(check(&fixtures::tenant(), &blind, true).status, Unverified);
    }
}
