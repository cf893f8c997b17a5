//! Whether what Lucca's HR file is said to fill in is filled in: only creations show it.

use jiff::Timestamp;

use super::{
    Check,
    text::{Noun, Text, day, text},
};
use crate::domain::{
    field::Field,
    onboarding::lesson::{Subject, Taught},
    tenant::Tenant,
};

/// What creations have taught.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lessons<'a>(pub &'a [Taught]);

/// What follows from what was taught about a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No creation has shown anything.
    Unknown,
    /// Lucca accepted it, and has not refused a creation with it since.
    Verified(Timestamp),
    /// Lucca accepted it, and has refused a creation with it since, for whatever reason.
    Doubtful(Timestamp, Timestamp),
    /// Lucca refused a creation with it, and has never accepted one.
    Refuted(Timestamp),
}

impl Lessons<'_> {
    /// What follows about a subject.
    pub fn standing(&self, subject: Subject) -> Standing {
        let known = self.0.iter().find(|taught| taught.subject == subject);
        match known.map(|taught| (taught.accepted, taught.refused)) {
            None | Some((None, None)) => Standing::Unknown,
            Some((None, Some(refused))) => Standing::Refuted(refused),
            Some((Some(accepted), Some(refused))) if accepted < refused => {
                Standing::Doubtful(accepted, refused)
            }
            Some((Some(accepted), _)) => Standing::Verified(accepted),
        }
    }
}

/// The check of a field that the tenant leaves to Lucca.
pub(super) fn left_out(
    id: &str,
    tenant: &Tenant,
    field: Field,
    noun: &Noun,
    lessons: &Lessons<'_>,
) -> Check {
    let on = |time| day(time, &tenant.time_zone);
    let left = text(
        format!(
            "A hire without {} gets the default value of Lucca’s HR file",
            noun.a.0
        ),
        format!(
            "Une embauche sans {} reçoit la valeur par défaut du dossier RH de Lucca",
            noun.bare.1
        ),
    );
    let fix = set_in_lucca(noun);
    match lessons.standing(Subject::LeftOut(field)) {
        Standing::Verified(accepted) => {
            let on = on(accepted);
            Check::pass(
                id,
                text(
                    format!("{} (verified on {}).", left.en, on.en),
                    format!("{} (vérifié le {}).", left.fr, on.fr),
                ),
            )
        }
        Standing::Doubtful(accepted, refused) => {
            let (on, last) = (on(accepted), on(refused));
            let read = text(
                "Read Lucca’s own sentence in the hire that waits.",
                "Lisez la réponse de Lucca dans l’embauche en attente.",
            );
            Check::warn(
                id,
                text(
                    format!(
                        "{} (verified on {}), but on {} Lucca refused a creation that left it out, for this or another reason.",
                        left.en, on.en, last.en
                    ),
                    format!(
                        "{} (vérifié le {}), mais le {} Lucca a refusé une création qui ne la précisait pas, pour cette raison ou pour une autre.",
                        left.fr, on.fr, last.fr
                    ),
                ),
                read.then(&fix).then(&again()),
            )
        }
        Standing::Refuted(refused) => {
            let on = on(refused);
            Check::fail(
                id,
                text(
                    format!(
                        "On {} Lucca refused a creation that left out {}: its HR file probably has no default value for it (refuted).",
                        on.en, noun.the.0
                    ),
                    format!(
                        "Le {}, Lucca a refusé une création qui ne précisait pas {} : le dossier RH n’a sans doute pas de valeur par défaut pour cette donnée (infirmé).",
                        on.fr, noun.the.1
                    ),
                ),
                fix.then(&again()),
            )
        }
        Standing::Unknown => Check::unverified(
            id,
            text(
                format!("{}, which no creation has shown yet.", left.en),
                format!("{}, ce qu’aucune création n’a encore montré.", left.fr),
            ),
            fix.then(&first_hire()),
        ),
    }
}

/// Where default values are set (help centre of Lucca, article 9657139729436).
fn set_in_lucca(noun: &Noun) -> Text {
    text(
        format!(
            "In Lucca, open Employees > Settings > Default values and make sure that there is one for {}.",
            noun.the.0
        ),
        format!(
            "Dans Lucca, ouvrez le paramétrage du dossier RH, rubrique « Valeurs par défaut », et vérifiez qu’il y en a une pour {}.",
            noun.the.1
        ),
    )
}

/// What will be known by itself.
pub(super) fn first_hire() -> Text {
    text(
        "The first hire then shows it.",
        "La première embauche le montrera.",
    )
}

/// What frees the hires that were refused.
pub(super) fn again() -> Text {
    text(
        "Then have the hires that wait tried again (RetryOnboardings).",
        "Puis faites réessayer les embauches en attente (RetryOnboardings).",
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Fail, Pass, Unverified, Warn},
            fixtures,
            text::noun,
        },
        *,
    };
    use crate::domain::{onboarding::fixtures::at, tenant::Unit};

    #[test]
    fn what_is_left_out_is_verified_refuted_or_not_known() {
        const DAY: i64 = 86_400;
        let table = [
            (
                None,
                None,
                Unverified,
                "no creation has shown",
                "aucune création",
            ),
            (
                Some(0),
                None,
                Pass,
                "(verified on 2027-01-01)",
                "(vérifié le 01/01/2027)",
            ),
            (
                Some(DAY),
                Some(0),
                Pass,
                "verified on 2027-01-02",
                "vérifié le 02/01/2027",
            ),
            (
                Some(0),
                Some(0),
                Pass,
                "verified on 2027-01-01",
                "vérifié le 01/01/2027",
            ),
            (
                Some(0),
                Some(DAY),
                Warn,
                "but on 2027-01-02",
                "mais le 02/01/2027",
            ),
            (None, Some(0), Fail, "(refuted)", "(infirmé)"),
        ];
        for (accepted, refused, status, en, fr) in table {
            let taught = [Taught {
                subject: Subject::LeftOut(Field::Department),
                accepted: accepted.map(at),
                refused: refused.map(at),
            }];
            let check = left_out(
                "default_department",
                &fixtures::tenant(),
                Field::Department,
                &noun(Unit::Department),
                &Lessons(&taught),
            );
            assert_eq!(check.status, status, "{accepted:?} {refused:?}");
            assert!(check.message.en.contains(en), "{:?}", check.message);
            assert!(check.message.fr.contains(fr), "{:?}", check.message);
        }
    }
}
