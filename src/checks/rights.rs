//! Whether the key may read each thing, and create. One refused read hides no other result.

use super::{
    Check, Finding,
    Status::{Fail, Pass, Unverified, Warn},
    answers::{Answer, Answers},
    finding::{Grant, Refusal, Right},
    learned::{Belief, Learned},
};
use crate::{
    domain::{onboarding::acceptance::AcceptanceSubject, tenant::Tenant},
    lucca::ReadError,
};

/// One check for each thing that placing a hire needs, and for each that helps.
pub(super) fn reads(tenant: &Tenant, answers: &Answers) -> [Check; 5] {
    let of = Reads { tenant, answers };
    [
        of.check("reads_people", Right::People, &answers.people),
        of.check(
            "reads_departments",
            Right::Departments,
            &answers.departments,
        ),
        of.check(
            "reads_establishments",
            Right::Establishments,
            &answers.establishments,
        ),
        of.check("reads_roles", Right::Roles, &answers.roles),
        of.check(
            "reads_definitions",
            Right::Definitions,
            &answers.definitions,
        ),
    ]
}

struct Reads<'a> {
    tenant: &'a Tenant,
    answers: &'a Answers,
}

impl Reads<'_> {
    fn check<T>(&self, id: &str, right: Right, answer: &Answer<T>) -> Check {
        let unknown = |gap| Check::unknown(id, gap);
        if !self.answers.key_accepted() {
            return unknown(self.answers.gap());
        }
        let error = match answer {
            Answer::Known(_) => return Check::new(id, Pass, Finding::MayRead { right }),
            Answer::NotAsked => return unknown(self.answers.gap()),
            Answer::Failed(error) => error,
        };
        // Hires are created without these.
        let helpful = matches!(right, Right::Roles | Right::Definitions);
        let grant = Grant::new(self.tenant, right);
        let (status, finding) = match error {
            ReadError::KeyRefused(403) if helpful => {
                (Warn, Finding::MayNotReadButCanDoWithout(grant))
            }
            ReadError::KeyRefused(403) => (Fail, Finding::MayNotRead(grant)),
            ReadError::KeyRefused(_) => return unknown(None),
            ReadError::TooMany(_) | ReadError::NoBudget(_) => {
                return unknown(self.answers.gap_in(answer));
            }
            ReadError::NotAllowed(_) | ReadError::Unavailable(_) | ReadError::Store(_) => {
                (Unverified, Finding::NotAnswered { right })
            }
            ReadError::Refused { .. } | ReadError::Unreadable(_) if helpful => {
                (Unverified, Finding::NotListed { right })
            }
            ReadError::Refused { .. } | ReadError::Unreadable(_) => {
                (Fail, Finding::NotUnderstood { right })
            }
        };
        Check::new(id, status, finding)
    }
}

/// Whether the present key has proven that it may create: only creations show it.
pub(super) fn create(tenant: &Tenant, learned: &Learned<'_>) -> Check {
    let grant = Grant::new(tenant, Right::Create);
    let (belief, (accepted, refused)) =
        learned.belief(AcceptanceSubject::Key(tenant.api_key.version));
    let (status, finding) = match belief {
        Belief::Refuted | Belief::Doubtful => {
            (Fail, Finding::MayNotCreate(Refusal { refused, grant }))
        }
        Belief::Verified => (Pass, Finding::MayCreate { accepted }),
        Belief::Unknown => (Unverified, Finding::NeverCreated(grant)),
    };
    Check::new("writes", status, finding)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified, Warn},
            access::reached,
            fixtures::{self, english, french, learned},
        },
        *,
    };
    use crate::domain::onboarding::{acceptance::Acceptance, fixtures::at};

    fn failed<T>(status: u16) -> Answer<T> {
        Answer::Failed(ReadError::KeyRefused(status))
    }

    fn statuses(answers: &Answers) -> Vec<Status> {
        let tenant = fixtures::tenant();
        let all = reached(&tenant, answers);
        let all = all.into_iter().chain(reads(&tenant, answers));
        all.inspect(|check| {
            let silent = (english(check).1.is_empty(), french(check).1.is_empty());
            let pass = check.status == Pass;
            assert_eq!(silent, (pass, pass), "{check:?}");
            assert!(!english(check).0.is_empty() && !french(check).0.is_empty());
        })
        .map(|check| check.status)
        .collect()
    }

    #[test]
    fn what_cannot_be_read_hides_nothing_else_and_never_passes() {
        let whole = fixtures::answers;
        let none = Answers::default;
        let table: [(&str, Answers, [Status; 7]); 10] = [
            ("all", whole(), [Pass; 7]),
            (
                "no departments",
                Answers {
                    departments: failed(403),
                    ..whole()
                },
                [Pass, Pass, Pass, Fail, Pass, Pass, Pass],
            ),
            (
                "no roles, no definitions",
                Answers {
                    roles: failed(403),
                    definitions: failed(403),
                    ..whole()
                },
                [Pass, Pass, Pass, Pass, Pass, Warn, Warn],
            ),
            (
                "roles are not listed",
                Answers {
                    roles: Answer::Failed(ReadError::Refused {
                        status: 404,
                        words: None,
                    }),
                    ..whole()
                },
                [Pass, Pass, Pass, Pass, Pass, Unverified, Pass],
            ),
            (
                "establishments are garbled, people forbidden",
                Answers {
                    establishments: Answer::Failed(ReadError::Unreadable("no list")),
                    people: failed(403),
                    ..whole()
                },
                [Pass, Pass, Fail, Pass, Fail, Pass, Pass],
            ),
            (
                "nothing but a forbidden thing",
                Answers {
                    departments: failed(403),
                    ..none()
                },
                [
                    Pass, Pass, Unverified, Fail, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "the key is refused",
                Answers {
                    departments: failed(401),
                    ..none()
                },
                [
                    Pass, Fail, Unverified, Unverified, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "nobody answers",
                Answers {
                    departments: Answer::Failed(ReadError::Unavailable(
                        crate::domain::cause::Cause::NoConnection,
                    )),
                    ..none()
                },
                [
                    Fail, Unverified, Unverified, Unverified, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "somebody else answers",
                Answers {
                    departments: Answer::Failed(ReadError::Unreadable("not JSON")),
                    ..none()
                },
                [
                    Fail, Unverified, Unverified, Unverified, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "too many calls",
                Answers {
                    departments: Answer::Failed(ReadError::TooMany(Duration::from_secs(1))),
                    ..none()
                },
                [Unverified; 7],
            ),
        ];
        for (name, answers, expected) in table {
            assert_eq!(statuses(&answers), expected, "{name}");
        }
        assert_eq!(statuses(&none()), [Unverified; 7]);
    }

    #[test]
    fn a_right_is_given_on_the_page_of_roles_of_this_lucca() {
        let answers = Answers {
            departments: failed(403),
            ..fixtures::answers()
        };
        let [_, departments, ..] = reads(&fixtures::tenant(), &answers);
        for fix in [&english(&departments).1, &french(&departments).1] {
            assert!(fix.contains("https://acme.ilucca.example/organization/structure/roles"));
        }
    }

    #[test]
    fn the_key_may_create_if_its_latest_creation_says_so() {
        let table: [(Option<i64>, Option<i64>, Status, &str); 5] = [
            (None, None, Unverified, "Nobody has been created"),
            (Some(0), None, Pass, "verified on 2027-01-01"),
            (None, Some(0), Fail, "On 2027-01-01"),
            (Some(0), Some(86_400), Fail, "On 2027-01-02"),
            (Some(86_400), Some(0), Pass, "verified on 2027-01-02"),
        ];
        for (accepted, refused, expected, words) in table {
            let acceptances = [
                Acceptance {
                    subject: AcceptanceSubject::Key(1),
                    accepted: accepted.map(at),
                    refused: refused.map(at),
                },
                Acceptance {
                    subject: AcceptanceSubject::Key(7),
                    accepted: Some(at(0)),
                    refused: Some(at(0)),
                },
            ];
            let check = create(&fixtures::tenant(), &learned(&acceptances));
            assert_eq!(check.status, expected, "{accepted:?} {refused:?}");
            assert!(english(&check).0.contains(words), "{check:?}");
        }
    }
}
