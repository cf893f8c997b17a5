//! Whether the key may read each thing; one that it may not read hides no other.

use super::{
    Check,
    access::{grant, spoke, unknown},
    reading::{Part, Reading},
    text::{Text, text},
};
use crate::{domain::tenant::Tenant, lucca::ReadError};

/// A thing that is read: the check's id, what it is, and the right that it needs.
struct Thing {
    id: &'static str,
    what: Text,
    right: Text,
}

/// One check for each thing that placing a hire needs, and for each that helps.
pub(super) fn checks(tenant: &Tenant, reading: &Reading) -> [Check; 5] {
    let people = Thing {
        id: "reads_people",
        what: text("the people", "les collaborateurs"),
        right: text(
            "see all employees (“Read users Lucca properties”)",
            "consulter tous les collaborateurs",
        ),
    };
    let departments = Thing {
        id: "reads_departments",
        what: text("the departments", "les départements"),
        right: text(
            "manage or read departments (“Department management”)",
            "consulter ou gérer les départements",
        ),
    };
    let establishments = Thing {
        id: "reads_establishments",
        what: text("the establishments", "les établissements"),
        right: text(
            "read establishments and legal units (“Create, archive, unarchive establishments and legal units”)",
            "consulter ou gérer les établissements et les entités légales",
        ),
    };
    let roles = Thing {
        id: "reads_roles",
        what: text("the roles", "les rôles"),
        right: text("read roles", "consulter les rôles"),
    };
    let definitions = Thing {
        id: "reads_definitions",
        what: text(
            "the definitions of custom data",
            "les définitions des données personnalisées du dossier RH",
        ),
        right: text(
            "read the set-up of the HR file",
            "consulter le paramétrage du dossier RH",
        ),
    };
    if !spoke(reading) {
        return [people, departments, establishments, roles, definitions]
            .map(|thing| unknown(thing.id, reading.gap()));
    }
    [
        needed(tenant, people, reading, &reading.people),
        needed(tenant, departments, reading, &reading.departments),
        needed(tenant, establishments, reading, &reading.establishments),
        helpful(
            tenant,
            roles,
            reading,
            &reading.roles,
            &text(
                "ids of roles are sent without having been compared.",
                "les identifiants de rôles sont envoyés sans avoir été vérifiés.",
            ),
        ),
        helpful(
            tenant,
            definitions,
            reading,
            &reading.definitions,
            &text(
                "a custom data that Lucca does not know is noticed only when Lucca refuses the hire.",
                "une donnée personnalisée inconnue de Lucca ne se remarque que lorsque Lucca refuse l’embauche.",
            ),
        ),
    ]
}

fn read(thing: &Thing) -> Check {
    let what = &thing.what;
    Check::pass(
        thing.id,
        text(
            format!("The API key reads {}.", what.en),
            format!("La clé API lit {}.", what.fr),
        ),
    )
}

fn needed<T>(tenant: &Tenant, thing: Thing, reading: &Reading, part: &Part<T>) -> Check {
    let (id, what) = (thing.id, &thing.what);
    let Some(error) = part.error() else {
        return match part {
            Part::Known(_) => read(&thing),
            _ => unknown(id, reading.gap()),
        };
    };
    match error {
        ReadError::KeyRefused(403) => Check::fail(
            id,
            text(
                format!("The API key is not allowed to read {} of Lucca.", what.en),
                format!("La clé API n’a pas le droit de lire {} de Lucca.", what.fr),
            ),
            grant(tenant, &thing.right),
        ),
        ReadError::KeyRefused(_) => unknown(id, None),
        ReadError::TooMany(_) => unknown(id, reading.gap_in(part)),
        ReadError::NotAllowed(_) | ReadError::Unavailable(_) | ReadError::Store(_) => {
            silent(&thing)
        }
        ReadError::Refused { .. } | ReadError::Unreadable(_) => Check::fail(
            id,
            text(
                format!("Lucca’s answer about {} cannot be understood.", what.en),
                format!("La réponse de Lucca sur {} est incompréhensible.", what.fr),
            ),
            text(
                "Report this to whoever runs the service: Lucca may have changed its API.",
                "Signalez-le à la personne qui exploite le service : l’API de Lucca a peut-être changé.",
            ),
        ),
    }
}

/// What hires go through without.
fn helpful<T>(
    tenant: &Tenant,
    thing: Thing,
    reading: &Reading,
    part: &Part<T>,
    without: &Text,
) -> Check {
    let (id, what) = (thing.id, &thing.what);
    match part.error() {
        Some(ReadError::KeyRefused(403)) => Check::warn(
            id,
            text(
                format!(
                    "The API key is not allowed to read {}: {}",
                    what.en, without.en
                ),
                format!(
                    "La clé API n’a pas le droit de lire {} : {}",
                    what.fr, without.fr
                ),
            ),
            grant(tenant, &thing.right),
        ),
        Some(ReadError::Refused { .. } | ReadError::Unreadable(_)) => Check::unverified(
            id,
            text(
                format!(
                    "This Lucca does not list {}, which it need not: {}",
                    what.en, without.en
                ),
                format!(
                    "Ce Lucca ne donne pas {}, ce qu’il n’est pas tenu de faire : {}",
                    what.fr, without.fr
                ),
            ),
            text(
                "Nothing; compare the ids that you have set with those in Lucca.",
                "Rien ; comparez les identifiants que vous avez réglés avec ceux de Lucca.",
            ),
        ),
        _ => needed(tenant, thing, reading, part),
    }
}

fn silent(thing: &Thing) -> Check {
    Check::unverified(
        thing.id,
        text(
            format!(
                "Lucca did not answer when it was asked for {}.",
                thing.what.en
            ),
            format!(
                "Lucca n’a pas répondu lorsqu’on lui a demandé {}.",
                thing.what.fr
            ),
        ),
        text("Check again later.", "Relancez la vérification plus tard."),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified, Warn},
            access::reached,
            fixtures,
        },
        *,
    };

    fn failed<T>(status: u16) -> Part<T> {
        Part::Failed(ReadError::KeyRefused(status))
    }

    fn statuses(reading: &Reading) -> Vec<Status> {
        let tenant = fixtures::tenant();
        let all = reached(&tenant, reading);
        let all = all.into_iter().chain(checks(&tenant, reading));
        all.inspect(|check| {
            let silent = (check.fix.en.is_empty(), check.fix.fr.is_empty());
            let pass = check.status == Pass;
            assert_eq!(silent, (pass, pass), "{check:?}");
            assert!(!check.message.en.is_empty() && !check.message.fr.is_empty());
        })
        .map(|check| check.status)
        .collect()
    }

    #[test]
    fn what_cannot_be_read_hides_nothing_else_and_is_never_in_order() {
        let whole = fixtures::reading;
        let none = Reading::default;
        let table: [(&str, Reading, [Status; 7]); 10] = [
            ("all", whole(), [Pass; 7]),
            (
                "no departments",
                Reading {
                    departments: failed(403),
                    ..whole()
                },
                [Pass, Pass, Pass, Fail, Pass, Pass, Pass],
            ),
            (
                "no roles, no definitions",
                Reading {
                    roles: failed(403),
                    definitions: failed(403),
                    ..whole()
                },
                [Pass, Pass, Pass, Pass, Pass, Warn, Warn],
            ),
            (
                "roles are not listed",
                Reading {
                    roles: Part::Failed(ReadError::Refused {
                        status: 404,
                        words: None,
                    }),
                    ..whole()
                },
                [Pass, Pass, Pass, Pass, Pass, Unverified, Pass],
            ),
            (
                "establishments are garbled, people forbidden",
                Reading {
                    establishments: Part::Failed(ReadError::Unreadable("no list")),
                    people: failed(403),
                    ..whole()
                },
                [Pass, Pass, Fail, Pass, Fail, Pass, Pass],
            ),
            (
                "nothing but a forbidden thing",
                Reading {
                    departments: failed(403),
                    ..none()
                },
                [
                    Pass, Pass, Unverified, Fail, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "the key is refused",
                Reading {
                    departments: failed(401),
                    ..none()
                },
                [
                    Pass, Fail, Unverified, Unverified, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "nobody answers",
                Reading {
                    departments: Part::Failed(ReadError::Unavailable(
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
                Reading {
                    departments: Part::Failed(ReadError::Unreadable("not JSON")),
                    ..none()
                },
                [
                    Fail, Unverified, Unverified, Unverified, Unverified, Unverified, Unverified,
                ],
            ),
            (
                "too many calls",
                Reading {
                    departments: Part::Failed(ReadError::TooMany(Duration::from_secs(1))),
                    ..none()
                },
                [Unverified; 7],
            ),
        ];
        for (name, reading, expected) in table {
            assert_eq!(statuses(&reading), expected, "{name}");
        }
        assert_eq!(statuses(&none()), [Unverified; 7]);
    }

    #[test]
    fn a_right_is_given_on_the_page_of_roles_of_this_lucca() {
        let reading = Reading {
            departments: failed(403),
            ..fixtures::reading()
        };
        let [_, departments, ..] = checks(&fixtures::tenant(), &reading);
        for fix in [&departments.fix.en, &departments.fix.fr] {
            assert!(fix.contains("https://acme.ilucca.example/organization/structure/roles"));
        }
    }
}
