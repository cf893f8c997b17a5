//! Learned acceptances: whether earlier creations show that Lucca accepts a culture or a hire
//! without a certain field, and that the key may create.

use super::{
    Check, Finding,
    Status::{Fail, Pass, Unverified, Warn},
    finding::LeftOut,
};
use crate::domain::{
    dates::{CivilDate, today},
    field::Field,
    onboarding::acceptance::{Acceptance, AcceptanceSubject},
    tenant::Tenant,
};

/// The learned acceptances of a tenant, with days in its zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learned<'a> {
    pub all: &'a [Acceptance],
    pub time_zone: &'a str,
}

/// What earlier creations say about a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// No creation says anything.
    Unknown,
    /// Lucca accepted it, and has not refused a creation with it since.
    Verified,
    /// Lucca accepted it, and has refused a creation with it since, for whatever reason.
    Doubtful,
    /// Lucca refused a creation with it, and has never accepted one.
    Refuted,
}

/// The days on which Lucca last accepted and refused a creation.
pub(super) type Days = (Option<CivilDate>, Option<CivilDate>);

impl Learned<'_> {
    /// What earlier creations say about a subject, and on which days.
    pub fn belief(&self, subject: AcceptanceSubject) -> (Belief, Days) {
        let known = self.all.iter().find(|it| it.subject == subject);
        let accepted = known.and_then(|it| it.accepted);
        let refused = known.and_then(|it| it.refused);
        let belief = match (accepted, refused) {
            (None, None) => Belief::Unknown,
            (None, Some(_)) => Belief::Refuted,
            (Some(accepted), Some(refused)) if accepted < refused => Belief::Doubtful,
            (Some(_), _) => Belief::Verified,
        };
        let day = |time| today(time, self.time_zone);
        (belief, (accepted.map(day), refused.map(day)))
    }
}

/// The check of a field that the tenant leaves to Lucca; `None` if it does not. Lucca's HR file
/// has default values (help centre of Lucca, article 9657139729436), and only creations show
/// whether they are set.
pub(super) fn left_out(
    id: &str,
    tenant: &Tenant,
    field: Field,
    learned: &Learned<'_>,
) -> Option<Check> {
    if !tenant.lucca_has_default(field) {
        return None;
    }
    let (belief, (accepted, refused)) = learned.belief(AcceptanceSubject::LeftOut(field));
    let left_out = LeftOut {
        field,
        accepted,
        refused,
    };
    let (status, finding) = match belief {
        Belief::Unknown => (Unverified, Finding::LuccaDefaultUntried(left_out)),
        Belief::Verified => (Pass, Finding::LuccaDefaultVerified(left_out)),
        Belief::Doubtful => (Warn, Finding::LuccaDefaultDoubted(left_out)),
        Belief::Refuted => (Fail, Finding::LuccaDefaultRefuted(left_out)),
    };
    Some(Check::new(id, status, finding))
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
                "no creation has confirmed",
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
            let acceptances = [Acceptance {
                subject: AcceptanceSubject::LeftOut(Field::Department),
                accepted: accepted.map(at),
                refused: refused.map(at),
            }];
            let mut tenant = fixtures::tenant();
            tenant.lucca_defaults.insert(Field::Department);
            let learned = learned(&acceptances);
            let check = left_out("default_department", &tenant, Field::Department, &learned);
            let check = check.unwrap();
            assert_eq!(check.status, status, "{accepted:?} {refused:?}");
            assert!(english(&check).0.contains(en), "{check:?}");
            assert!(french(&check).0.contains(fr), "{check:?}");
        }
    }
}
