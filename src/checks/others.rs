//! Culture and login of a hire that names none.

use super::{
    Check,
    learned::{Lessons, Standing, first_hire, left_out},
    text::{Noun, day, text},
};
use crate::domain::{field::Field, onboarding::lesson::Subject, tenant::Tenant};

/// The cultures that Lucca's documentation shows (`api-reference/legacy/directory/user`).
const DOCUMENTED: [(i32, &str); 5] = [
    (1036, "fr-FR"),
    (1033, "en-US"),
    (1031, "de-DE"),
    (1034, "es-ES"),
    (1040, "it-IT"),
];

const CULTURE: &str = "default_culture";

/// Which culture an employee gets.
pub(super) fn culture(tenant: &Tenant, lessons: &Lessons<'_>) -> Check {
    let noun = Noun {
        bare: ("culture", "culture"),
        a: ("a culture", "une culture"),
        the: ("the culture", "la culture"),
    };
    match tenant.defaults.culture {
        Some(culture) => set(tenant, culture, lessons),
        None if tenant.lucca_has_default(Field::Culture) => {
            left_out(CULTURE, tenant, Field::Culture, &noun, lessons)
        }
        None => Check::pass(
            CULTURE,
            text(
                "No culture is sent: Lucca chooses the language of the employee.",
                "Aucune culture n’est envoyée : Lucca choisit la langue du collaborateur.",
            ),
        ),
    }
}

fn set(tenant: &Tenant, culture: i32, lessons: &Lessons<'_>) -> Check {
    let name = DOCUMENTED.iter().find(|(id, _)| *id == culture);
    let named = match name {
        Some((_, name)) => format!("{culture} ({name})"),
        None => culture.to_string(),
    };
    let is = text(
        format!("The default culture is {named}"),
        format!("La culture par défaut est {named}"),
    );
    let compare = text(
        "Compare the number (defaults.culture_id) with that of an employee in Lucca: 1036 stands for French (France).",
        "Comparez le numéro (réglage defaults.culture_id) avec celui d’un collaborateur dans Lucca : 1036 désigne le français (France).",
    );
    match lessons.standing(Subject::Culture(i64::from(culture))) {
        Standing::Verified(accepted) => {
            let on = day(accepted, &tenant.time_zone);
            Check::pass(
                CULTURE,
                text(
                    format!("{} (verified on {}).", is.en, on.en),
                    format!("{} (vérifié le {}).", is.fr, on.fr),
                ),
            )
        }
        Standing::Refuted(refused) if name.is_none() => {
            let on = day(refused, &tenant.time_zone);
            Check::warn(
                CULTURE,
                text(
                    format!(
                        "{}, but on {} Lucca refused a creation with it, for this or another reason.",
                        is.en, on.en
                    ),
                    format!(
                        "{}, mais le {} Lucca a refusé une création qui la précisait, pour cette raison ou pour une autre.",
                        is.fr, on.fr
                    ),
                ),
                compare,
            )
        }
        _ if name.is_some() => {
            Check::pass(CULTURE, text(format!("{}.", is.en), format!("{}.", is.fr)))
        }
        _ => Check::unverified(
            CULTURE,
            text(
                format!("{}; whether Lucca knows it cannot be read.", is.en),
                format!("{} ; on ne peut pas lire si Lucca la connaît.", is.fr),
            ),
            compare.then(&first_hire()),
        ),
    }
}

/// Where the login comes from.
pub(super) fn login(tenant: &Tenant, lessons: &Lessons<'_>) -> Check {
    const ID: &str = "default_login";
    if tenant.lucca_has_default(Field::Login) {
        let noun = Noun {
            bare: ("login", "login"),
            a: ("a login", "un login"),
            the: ("the login", "le login"),
        };
        return left_out(ID, tenant, Field::Login, &noun, lessons);
    }
    Check::pass(
        ID,
        text(
            "A hire without a login gets the personal e-mail as login, to be replaced in Lucca later.",
            "Une embauche sans login reçoit l’e-mail personnel comme login, à remplacer ensuite dans Lucca.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Pass, Unverified, Warn},
            fixtures,
        },
        *,
    };
    use crate::domain::onboarding::{fixtures::at, lesson::Taught};

    #[test]
    fn a_culture_is_in_order_if_it_is_documented_or_was_accepted() {
        let table = [
            (None, false, None, None, Pass),
            (None, true, None, None, Unverified),
            (Some(1036), false, None, None, Pass),
            (Some(1036), false, None, Some(1), Pass),
            (Some(2060), false, None, None, Unverified),
            (Some(2060), false, Some(1), None, Pass),
            (Some(2060), false, Some(2), Some(1), Pass),
            (Some(2060), false, None, Some(1), Warn),
            (Some(2060), true, Some(1), None, Pass),
        ];
        for (culture_id, declared, accepted, refused, expected) in table {
            let mut tenant = fixtures::tenant();
            tenant.defaults.culture = culture_id;
            if declared {
                tenant.lucca_defaults.insert(Field::Culture);
            }
            let taught = [Taught {
                subject: Subject::Culture(2060),
                accepted: accepted.map(at),
                refused: refused.map(at),
            }];
            let check = culture(&tenant, &Lessons(&taught));
            assert_eq!(
                check.status, expected,
                "{culture_id:?} {accepted:?} {refused:?}"
            );
        }
    }

    #[test]
    fn a_login_comes_from_the_e_mail_unless_lucca_makes_it() {
        let mut tenant = fixtures::tenant();
        assert_eq!(login(&tenant, &Lessons(&[])).status, Pass);
        tenant.lucca_defaults.insert(Field::Login);
        assert_eq!(login(&tenant, &Lessons(&[])).status, Unverified);
    }
}
