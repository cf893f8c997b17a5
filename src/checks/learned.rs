//! What earlier creations have shown: whether Lucca takes a culture or a hire without some
//! field, and whether the key may create.

use super::{
    Check, Finding,
    Status::{Fail, Pass, Unverified, Warn},
    finding::LeftOut,
};
use crate::domain::{
    dates::{CivilDate, today},
    field::Field,
    onboarding::lesson::{Subject, Taught},
    tenant::Tenant,
};

/// What creations have shown, with days in the tenant's zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learned<'a> {
    pub all: &'a [Taught],
    pub time_zone: &'a str,
}

/// What is believed about a subject, with the days of the last creations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// No creation has shown anything.
    Unknown,
    /// Lucca accepted it, and has not refused a creation with it since.
    Verified(CivilDate),
    /// Lucca accepted it, and has refused a creation with it since, for whatever reason.
    Doubtful(CivilDate, CivilDate),
    /// Lucca refused a creation with it, and has never accepted one.
    Refuted(CivilDate),
}

impl Learned<'_> {
    /// What is believed about a subject.
    pub fn belief(&self, subject: Subject) -> Belief {
        let known = self.all.iter().find(|taught| taught.subject == subject);
        let day = |time| today(time, self.time_zone);
        match known.map(|taught| (taught.accepted, taught.refused)) {
            None | Some((None, None)) => Belief::Unknown,
            Some((None, Some(refused))) => Belief::Refuted(day(refused)),
            Some((Some(accepted), Some(refused))) if accepted < refused => {
                Belief::Doubtful(day(accepted), day(refused))
            }
            Some((Some(accepted), _)) => Belief::Verified(day(accepted)),
        }
    }
}

/// The check of a field that the tenant leaves to Lucca, if it does: default values are set
/// in Lucca's HR file (help centre of Lucca, article 9657139729436), and only creations
/// show whether they are.
pub(super) fn left_out(
    id: &str,
    tenant: &Tenant,
    field: Field,
    learned: &Learned<'_>,
) -> Option<Check> {
    if !tenant.lucca_has_default(field) {
        return None;
    }
    let (status, finding, accepted, refused): (_, fn(LeftOut) -> Finding, _, _) = match learned
        .belief(Subject::LeftOut(field))
    {
        Belief::Unknown => (Unverified, Finding::LuccaDefaultUntried, None, None),
        Belief::Verified(accepted) => (Pass, Finding::LuccaDefaultVerified, Some(accepted), None),
        Belief::Doubtful(accepted, refused) => (
            Warn,
            Finding::LuccaDefaultDoubted,
            Some(accepted),
            Some(refused),
        ),
        Belief::Refuted(refused) => (Fail, Finding::LuccaDefaultRefuted, None, Some(refused)),
    };
    let left_out = LeftOut {
        field,
        accepted,
        refused,
    };
    Some(Check::new(id, status, finding(left_out)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Fail, Pass, Unverified, Warn},
            fixtures::{self, english, french, learned},
        },
        *,
    };
    use crate::domain::onboarding::fixtures::at;

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
            let mut tenant = fixtures::tenant();
            tenant.lucca_defaults.insert(Field::Department);
            let learned = learned(&taught);
            let check = left_out("default_department", &tenant, Field::Department, &learned);
            let check = check.unwrap();
            assert_eq!(check.status, status, "{accepted:?} {refused:?}");
            assert!(english(&check).0.contains(en), "{check:?}");
            assert!(french(&check).0.contains(fr), "{check:?}");
        }
    }
}
