//! Whether the key may create: only creations show it.

use super::{
    Check,
    access::grant,
    learned::{Lessons, Standing, again, first_hire},
    text::{day, text},
};
use crate::domain::{onboarding::lesson::Subject, tenant::Tenant};

/// Whether the present key has proven that it may create.
pub(super) fn check(tenant: &Tenant, lessons: &Lessons<'_>) -> Check {
    const ID: &str = "writes";
    let right = text(
        "create employees (“Modify Lucca users properties”, “Create/delete an employee”)",
        "créer des collaborateurs",
    );
    let fix = grant(tenant, &right);
    match lessons.standing(Subject::Key(tenant.api_key.version)) {
        Standing::Refuted(refused) | Standing::Doubtful(_, refused) => {
            let on = day(refused, &tenant.time_zone);
            Check::fail(
                ID,
                text(
                    format!(
                        "On {} Lucca refused a creation because the API key lacks the right to create employees.",
                        on.en
                    ),
                    format!(
                        "Le {}, Lucca a refusé une création, car la clé API n’a pas le droit de créer des collaborateurs.",
                        on.fr
                    ),
                ),
                fix.then(&again()),
            )
        }
        Standing::Verified(accepted) => {
            let on = day(accepted, &tenant.time_zone);
            Check::pass(
                ID,
                text(
                    format!(
                        "The API key may create employees: it has done so (verified on {}).",
                        on.en
                    ),
                    format!(
                        "La clé API peut créer des collaborateurs : elle l’a déjà fait (vérifié le {}).",
                        on.fr
                    ),
                ),
            )
        }
        Standing::Unknown => Check::unverified(
            ID,
            text(
                "Nobody has been created with the present API key yet: only that shows whether it may.",
                "Aucun collaborateur n’a encore été créé avec la clé API actuelle : seule une création montre si elle en a le droit.",
            ),
            fix.then(&first_hire()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified},
            fixtures,
        },
        *,
    };
    use crate::domain::onboarding::{fixtures::at, lesson::Taught};

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
            let taught = [
                Taught {
                    subject: Subject::Key(1),
                    accepted: accepted.map(at),
                    refused: refused.map(at),
                },
                Taught {
                    subject: Subject::Key(7),
                    accepted: Some(at(0)),
                    refused: Some(at(0)),
                },
            ];
            let check = check(&fixtures::tenant(), &Lessons(&taught));
            assert_eq!(check.status, expected, "{accepted:?} {refused:?}");
            assert!(check.message.en.contains(words), "{:?}", check.message);
        }
    }
}
