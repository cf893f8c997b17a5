//! Culture and login of a hire that gives none.

use super::{
    Check, Finding,
    Status::{Pass, Unverified, Warn},
    finding::Culture,
    learned::{Belief, Learned, left_out},
};
use crate::domain::{field::Field, onboarding::acceptance::AcceptanceSubject, tenant::Tenant};

/// The cultures that Lucca's documentation shows (`api-reference/legacy/directory/user`).
const DOCUMENTED: [(i32, &str); 5] = [
    (1036, "fr-FR"),
    (1033, "en-US"),
    (1031, "de-DE"),
    (1034, "es-ES"),
    (1040, "it-IT"),
];

/// Which culture an employee gets.
pub(super) fn culture(tenant: &Tenant, learned: &Learned<'_>) -> Check {
    const ID: &str = "default_culture";
    match tenant.defaults.culture {
        Some(culture) => {
            let (status, finding) = set(culture, learned);
            Check::new(ID, status, finding)
        }
        None => left_out(ID, tenant, Field::Culture, learned)
            .unwrap_or_else(|| Check::new(ID, Pass, Finding::NoCulture)),
    }
}

fn set(culture: i32, learned: &Learned<'_>) -> (super::Status, Finding) {
    let documented = DOCUMENTED.iter().find(|(id, _)| *id == culture);
    let (belief, (accepted, refused)) =
        learned.belief(AcceptanceSubject::Culture(i64::from(culture)));
    let set = Culture {
        culture,
        name: documented.map(|(_, name)| (*name).to_owned()),
        accepted,
        refused,
    };
    match belief {
        Belief::Verified => (Pass, Finding::CultureVerified(set)),
        _ if documented.is_some() => (Pass, Finding::CultureKnown(set)),
        Belief::Refuted => (Warn, Finding::CultureRefused(set)),
        _ => (Unverified, Finding::CultureNotKnown(set)),
    }
}

/// Where the login comes from.
pub(super) fn login(tenant: &Tenant, learned: &Learned<'_>) -> Check {
    const ID: &str = "default_login";
    left_out(ID, tenant, Field::Login, learned)
        .unwrap_or_else(|| Check::new(ID, Pass, Finding::LoginIsEmail))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Pass, Unverified, Warn},
            fixtures::{self, learned},
        },
        *,
    };
    use crate::domain::onboarding::{acceptance::Acceptance, fixtures::at};

    #[test]
    fn a_culture_passes_if_it_is_documented_or_was_accepted() {
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
            let acceptances = [Acceptance {
                subject: AcceptanceSubject::Culture(2060),
                accepted: accepted.map(at),
                refused: refused.map(at),
            }];
            let check = culture(&tenant, &learned(&acceptances));
            assert_eq!(
                check.status, expected,
                "{culture_id:?} {accepted:?} {refused:?}"
            );
        }
    }

    #[test]
    fn a_login_comes_from_the_e_mail_unless_lucca_makes_it() {
        let mut tenant = fixtures::tenant();
        assert_eq!(login(&tenant, &learned(&[])).status, Pass);
        tenant.lucca_defaults.insert(Field::Login);
        assert_eq!(login(&tenant, &learned(&[])).status, Unverified);
    }
}
