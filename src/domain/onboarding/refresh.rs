//! What a look at the employee after the creation changes.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Onboarding, State, later};
use crate::domain::{
    dates::CivilDate, employee::Employee, follow_up::Look, lucca_id::LuccaId, tenant::Label,
};

/// For how long a person who was never seen may just not show yet.
pub const NOT_SHOWN_YET: Duration = Duration::from_secs(600);

/// A look at the employee in Lucca.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Who was looked for.
    pub user: LuccaId,
    /// What Lucca shows; `None`: nobody with this id.
    pub employee: Option<Employee>,
    /// Whether the key has proven that it sees future and former people.
    pub visibility_proven: bool,
    /// Whether Lucca has shown the employee before, whatever this onboarding knows of it.
    pub shown_before: bool,
    /// When the look began.
    pub at: Timestamp,
    /// The day then, in the tenant's zone.
    pub today: CivilDate,
    /// The tenant's label table.
    pub labels: Vec<Label>,
}

/// The last look at the employee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// When it began.
    pub time: Timestamp,
    /// Whether the employee was there.
    pub found: bool,
    /// Whether the employee had been there before, or should have been.
    #[serde(default)]
    pub gone: bool,
}

impl Onboarding {
    /// Whether Lucca has ceased to show the employee.
    pub fn is_gone(&self) -> bool {
        let gone = self.refreshed.is_some_and(|last| last.gone);
        self.state() == State::Created && !self.erased && gone
    }

    /// Notes what a look at the employee showed. A look that is older than the last one, or
    /// at somebody else, says nothing; nor does one at a person who is to be forgotten.
    pub fn observe(&mut self, seen: &Observation) {
        let ours = self.lucca_user().is_some_and(|it| it.id == seen.user);
        let outdated = self.refreshed.is_some_and(|last| last.time > seen.at);
        if self.state() != State::Created || self.erased || !ours || outdated {
            return;
        }
        // Whoever has not been seen yet may be created without showing, and is not gone.
        let known = seen.shown_before || self.refreshed.is_some_and(|last| last.found || last.gone);
        let could_be_gone = known
            || self
                .end_time()
                .is_none_or(|end| seen.at > later(end, NOT_SHOWN_YET));
        let wanted = self.wanted();
        let found = seen.employee.is_some();
        let mut changed = self.refreshed.is_none_or(|last| last.found) != found;
        self.refreshed = Some(Refreshed {
            time: seen.at,
            found,
            gone: !found && (known || seen.visibility_proven && could_be_gone),
        });
        let look = Look {
            user: seen.user,
            employee: seen.employee.as_ref(),
            visibility_proven: seen.visibility_proven && could_be_gone,
            today: seen.today,
            start: wanted.contract_start_date,
            resolution: &self.findings.resolution,
            wanted: &wanted,
            labels: &seen.labels,
        };
        for item in &mut self.findings.follow_ups {
            changed |= item.look(&look, seen.at);
        }
        if changed {
            self.update_time = seen.at.max(self.update_time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        employee::Shown,
        field::{Field, FieldValue},
        follow_up::{Answer, Code},
        onboarding::{
            fixtures::{at, hire, id, lucca_id, standing},
            submission::{self, withdraw},
        },
    };

    fn seen(employee: Option<Employee>, seconds: i64) -> Observation {
        Observation {
            user: lucca_id(7),
            employee,
            visibility_proven: true,
            shown_before: false,
            at: at(seconds),
            today: CivilDate::parse_iso("2027-01-01").unwrap(),
            labels: Vec::new(),
        }
    }

    fn titled(title: &str) -> Option<Employee> {
        Some(Employee {
            values: [
                (
                    Field::JobTitle,
                    Shown::There(FieldValue::Text(title.into())),
                ),
                (Field::ContractEndDate, Shown::Nothing),
            ]
            .into(),
            ..Employee::default()
        })
    }

    fn answers(onboarding: &Onboarding) -> Vec<(Code, Option<Answer>)> {
        let list = onboarding.findings.follow_ups.iter();
        list.map(|it| (it.code(), it.seen.map(|seen| seen.answer)))
            .collect()
    }

    /// Created, with a change of the title noted after that.
    fn changed_title() -> Onboarding {
        let mut onboarding = standing(&hire("a-1").said(0), State::Created);
        let newer = hire("a-1").titled("Cheffe").said(1);
        submission::submit(Some(&mut onboarding), None, &newer, id(2), at(1));
        onboarding
    }

    #[test]
    fn a_change_is_ticked_once_lucca_shows_it_and_opens_again_with_the_next_change() {
        use Answer::{Done, Open};
        let mut onboarding = changed_title();
        let code = Code::ChangedAfterCreation;
        onboarding.observe(&seen(titled("Comptable"), 10));
        assert_eq!(answers(&onboarding), [(code, Some(Open))]);
        assert_eq!(onboarding.update_time, at(10));
        onboarding.observe(&seen(titled("Cheffe"), 20));
        assert_eq!(answers(&onboarding), [(code, Some(Done))]);
        onboarding.observe(&seen(titled("Cheffe"), 30));
        let times = (onboarding.update_time, onboarding.refreshed.unwrap().time);
        assert_eq!(times, (at(20), at(30)), "nothing new was seen");

        let newest = hire("a-1").titled("Directrice").said(40);
        submission::submit(Some(&mut onboarding), None, &newest, id(2), at(40));
        assert_eq!(answers(&onboarding), [(code, None)]);
        onboarding.observe(&seen(titled("Directrice"), 50));
        assert_eq!(answers(&onboarding), [(code, Some(Done))]);
    }

    #[test]
    fn what_the_source_took_back_after_it_was_done_is_wanted_as_it_was() {
        let mut onboarding = changed_title();
        onboarding.observe(&seen(titled("Cheffe"), 2));
        let back = hire("a-1").said(5);
        let verdict = submission::submit(Some(&mut onboarding), None, &back, id(2), at(5));
        assert_eq!(verdict, submission::Verdict::Changed);
        let nothing = Employee {
            values: [(Field::JobTitle, Shown::Nothing)].into(),
            ..Employee::default()
        };
        onboarding.observe(&seen(Some(nothing), 10));
        assert_eq!(
            answers(&onboarding),
            [(Code::ChangedAfterCreation, Some(Answer::Done))]
        );
    }

    #[test]
    fn somebody_who_is_gone_settles_a_withdrawal_and_is_noted() {
        let mut onboarding = standing(&hire("a-1").said(0), State::Created);
        withdraw(&mut onboarding, None, at(1));
        onboarding.observe(&seen(titled("Cheffe"), 10));
        let code = Code::WithdrawnAfterCreation;
        assert_eq!(answers(&onboarding), [(code, Some(Answer::Open))]);
        assert!(onboarding.is_waited_for());
        onboarding.observe(&seen(None, 20));
        assert_eq!(answers(&onboarding), [(code, Some(Answer::Done))]);
        assert!(!onboarding.is_waited_for());
        assert!(!onboarding.refreshed.unwrap().found);
    }

    #[test]
    fn an_older_look_one_at_somebody_else_and_one_before_the_creation_say_nothing() {
        let mut onboarding = changed_title();
        onboarding.observe(&seen(titled("Cheffe"), 20));
        let settled = onboarding.clone();
        onboarding.observe(&seen(titled("Comptable"), 19));
        onboarding.observe(&Observation {
            user: lucca_id(8),
            ..seen(None, 30)
        });
        assert_eq!(onboarding, settled);
        for state in [State::Accepted, State::Verifying, State::NeedsAttention] {
            let mut standing = standing(&hire("a-1"), state);
            let before = standing.clone();
            standing.observe(&seen(None, 30));
            assert_eq!(standing, before);
        }
    }
}
