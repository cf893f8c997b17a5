//! How an onboarding came to its employee, and how an operator takes a wrong link back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LuccaUser, Onboarding, Stage, State, decision::Refusal, machine::Event};
use crate::domain::{
    attempt::{Attempt, Evidence, Outcome},
    field::Field,
    finding::{Candidate, Problem, Question, Reason, WarningKind},
    follow_up::{FileAdvice, FollowUp, plan_for_adopted},
    lucca_id::LuccaId,
};

/// How an onboarding came to its employee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmployeeOrigin {
    /// A call of this onboarding created the employee.
    Created,
    /// The employee was found in Lucca and is certainly the person hired.
    Adopted,
    /// An operator said that this employee is the person hired.
    Linked,
}

/// A link to an employee, as an operator wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The employee.
    pub user: LuccaUser,
    /// The fields in which the employee differs from the hire: name, e-mail addresses, start.
    pub differs: Vec<Field>,
    /// Another hire has this employee.
    pub held: bool,
    /// The operator has confirmed both.
    pub confirmed: bool,
}

impl Onboarding {
    /// How the employee was found, once there is one.
    pub fn employee_origin(&self) -> Option<EmployeeOrigin> {
        let user = self.lucca_user()?;
        let answered = |it: &Attempt| it.created(user.id);
        if self.attempts.iter().any(answered) {
            return Some(EmployeeOrigin::Created);
        }
        Some(if self.is_linked().unwrap_or_else(|| self.seems_linked()) {
            EmployeeOrigin::Linked
        } else {
            EmployeeOrigin::Adopted
        })
    }

    /// What may be done with the file if the hire is withdrawn. `shared`: another hire wants the
    /// same employee.
    pub fn file_advice(&self, shared: bool) -> FileAdvice {
        match self.employee_origin() {
            Some(EmployeeOrigin::Created) if shared => FileAdvice::Keep,
            Some(EmployeeOrigin::Created) => FileAdvice::Delete,
            _ => FileAdvice::Look,
        }
    }

    /// Whether the hire has an employee and was not withdrawn since.
    pub fn wants_employee(&self) -> bool {
        let follow_ups = &self.findings.follow_ups;
        self.state() == State::Created && !follow_ups.iter().any(FollowUp::is_withdrawal)
    }

    /// What version 0.1 did not store: without a call that had effect and without the warning of
    /// an adoption, only an operator can have named the employee.
    fn seems_linked(&self) -> bool {
        let adopted = |it: &crate::domain::finding::Warning| it.kind == WarningKind::Adopted;
        !self.was_sent() && !self.findings.warnings.iter().any(adopted)
    }

    /// Whether a call of this onboarding had effect.
    fn was_sent(&self) -> bool {
        let executed = |it: &Attempt| matches!(it.outcome(), Outcome::Executed(_));
        self.attempts.iter().any(executed)
    }

    /// Whether an operator has taken a link back and not decided since what is to happen.
    pub(super) fn is_unlinked(&self) -> bool {
        let unlinked = |it: &Question| matches!(it, Question::Unlinked { .. });
        let problem = self.problem();
        !self.create_anyway && problem.is_some_and(|it| it.questions.iter().any(unlinked))
    }

    /// The employee is the one whom an operator names.
    pub(super) fn link(&mut self, link: Link, now: Timestamp) -> Result<(), Refusal> {
        let problem = self
            .problem()
            .filter(|_| self.state() == State::NeedsAttention);
        if !problem.ok_or(Refusal::NotWaiting)?.is_about_a_person() {
            return Err(Refusal::NothingToLink);
        }
        if !link.confirmed && (link.held || !link.differs.is_empty()) {
            return Err(Refusal::Unconfirmed {
                fields: link.differs,
                held: link.held,
            });
        }
        self.answer_open(&Evidence::Found(link.user.id), now);
        if !self.was_sent() {
            self.nothing_was_sent();
        }
        self.unlinked.remove(&link.user.id);
        if self.end_created(link.user, true, now).is_ok() {
            self.adopt_pending();
            self.update_time = now;
        }
        if self.earlier.is_some() && self.replaces.is_none() {
            self.note_differences([Field::ContractStartDate], now);
        }
        Ok(())
    }

    /// Takes a link or an adoption back. The employee is never adopted again for this hire; a
    /// call of unknown outcome that the employee had answered is open again.
    ///
    /// # Errors
    /// There is no link: no employee, one whom this onboarding created, or a person who has been
    /// erased.
    pub(super) fn unlink(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let origin = self.employee_origin();
        let (Some(user), Some(EmployeeOrigin::Adopted | EmployeeOrigin::Linked), false) =
            (self.lucca_user().cloned(), origin, self.erased)
        else {
            return Err(Refusal::NotLinked);
        };
        for attempt in &mut self.attempts {
            if attempt.outcome() == Outcome::Executed(user.id) {
                attempt.add(Evidence::Unlinked, now);
            }
        }
        self.unlinked.insert(user.id);
        let open_attempt = self.has_open_attempt();
        let problem = Problem::from(Question::Unlinked { open_attempt })
            .with(vec![Candidate::new(user.id, "", Reason::Unlinked)]);
        let asks = Stage::NeedsAttention { problem };
        self.enter(Event::Unlink, asks)
            .map_err(|_| Refusal::NotLinked)?;
        if let Some(said) = self.said_since.take() {
            self.content.draft = said;
            self.content.revision += 1;
        }
        self.findings
            .follow_ups
            .retain(FollowUp::outlasts_cancellation);
        self.findings.follow_ups.retain(|it| !it.is_withdrawal());
        let adopted = WarningKind::Adopted;
        self.findings.warnings.retain(|it| it.kind != adopted);
        self.refreshed = None;
        self.create_anyway = false;
        self.update_time = now;
        Ok(())
    }

    /// Whether an operator has said that this employee is not the person hired.
    pub(super) fn is_not(&self, user: LuccaId) -> bool {
        self.unlinked.contains(&user)
    }

    /// The employee was in Lucca already: what would have been sent was not, and what
    /// follows from it is nobody's work.
    pub(super) fn nothing_was_sent(&mut self) {
        self.findings.resolution.clear();
        let start = self.draft().contract_start_date;
        self.findings.follow_ups = start
            .map(|start| plan_for_adopted(start, self.key.account.is_swiss()))
            .unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::ProblemCode;
    use crate::domain::onboarding::{
        decision::Decision,
        fixtures::{at, hire, id, lucca_id, moment, opened, standing, user},
        progress::{Sighting, Step},
        submission::submit,
    };
    use strum::IntoEnumIterator as _;

    /// A link of somebody who is like the hire.
    fn link_to(number: i64) -> Link {
        Link {
            user: user(number),
            differs: Vec::new(),
            held: false,
            confirmed: false,
        }
    }

    /// An onboarding that asks this.
    fn asking(code: ProblemCode) -> Onboarding {
        let mut onboarding = opened(&hire("a-1"), 0);
        let problem = Problem::of(code);
        onboarding.put(Stage::NeedsAttention { problem });
        onboarding
    }

    /// Found by a look after a call without an answer.
    fn adopted_after_unknown_outcome() -> Onboarding {
        let mut onboarding = standing(&hire("a-1"), State::Verifying);
        let found = Step::Looked {
            at: at(60),
            sighting: Sighting::Ours(user(7)),
            visibility_proven: true,
        };
        onboarding.step(found, &moment(60)).unwrap();
        assert_eq!(onboarding.state(), State::Created);
        onboarding
    }

    #[test]
    fn a_link_answers_questions_about_the_person_hired_only() {
        use ProblemCode::{LoginTaken, OutcomeUnknown, PersonExists, Rehire};
        for code in ProblemCode::iter() {
            let mut onboarding = asking(code);
            let before = onboarding.clone();
            let answer = onboarding.decide(Decision::Link(link_to(8)), at(5));
            if matches!(code, PersonExists | Rehire | LoginTaken | OutcomeUnknown) {
                assert_eq!(answer, Ok(true), "{code:?}");
                let origin = Some(EmployeeOrigin::Linked);
                assert_eq!(onboarding.employee_origin(), origin, "{code:?}");
            } else {
                assert_eq!(answer, Err(Refusal::NothingToLink), "{code:?}");
                assert_eq!(onboarding, before, "{code:?}");
            }
        }
    }

    #[test]
    fn whoever_differs_or_belongs_to_another_hire_is_linked_once_that_is_confirmed() {
        for (differs, held) in [
            (vec![Field::FamilyName], false),
            (vec![], true),
            (vec![Field::PersonalEmail, Field::ContractStartDate], true),
        ] {
            let mut onboarding = asking(ProblemCode::PersonExists);
            let link = |confirmed| {
                Decision::Link(Link {
                    differs: differs.clone(),
                    held,
                    confirmed,
                    ..link_to(8)
                })
            };
            let fields = differs.clone();
            let refused = Err(Refusal::Unconfirmed { fields, held });
            assert_eq!(onboarding.decide(link(false), at(5)), refused);
            assert_eq!(onboarding.decide(link(true), at(5)), Ok(true));
        }
    }

    #[test]
    fn an_employee_of_our_own_call_is_not_unlinked() {
        let mut onboarding = standing(&hire("a-1"), State::Creating);
        let created = Evidence::Created(lucca_id(7));
        onboarding.see(1, created, None, &moment(3)).unwrap();
        let origin = Some(EmployeeOrigin::Created);
        assert_eq!(onboarding.employee_origin(), origin);
        assert_eq!(onboarding.file_advice(false), FileAdvice::Delete);
        assert_eq!(onboarding.file_advice(true), FileAdvice::Keep);
        let before = onboarding.clone();
        let refused = onboarding.decide(Decision::Unlink, at(5));
        assert_eq!(refused, Err(Refusal::NotLinked));
        assert_eq!(onboarding, before);
    }

    #[test]
    fn an_adoption_taken_back_opens_its_attempt_again_and_is_never_made_anew() {
        let mut onboarding = adopted_after_unknown_outcome();
        let origin = Some(EmployeeOrigin::Adopted);
        assert_eq!(onboarding.employee_origin(), origin);
        assert_eq!(onboarding.file_advice(false), FileAdvice::Look);
        onboarding.decide(Decision::Unlink, at(70)).unwrap();
        let code = onboarding.problem().unwrap().code;
        assert_eq!(code, ProblemCode::OutcomeUnknown);
        assert!(onboarding.has_open_attempt());
        assert!(onboarding.reserved_login().is_some());

        // Nothing that happens by itself leads on.
        let unlinked = onboarding.clone();
        assert_eq!(onboarding.decide(Decision::Resume, at(71)), Ok(false));
        submit(Some(&mut onboarding), None, &hire("a-1"), id(2), at(72));
        let newer = hire("a-1").titled("Cheffe");
        submit(Some(&mut onboarding), None, &newer, id(2), at(73));
        assert_eq!(onboarding.state(), State::NeedsAttention);
        assert_eq!(onboarding.problem(), unlinked.problem());

        // A cancellation has the outcome found out; the same person is still not the one hired.
        onboarding.decide(Decision::Cancel, at(74)).unwrap();
        assert_eq!(onboarding.state(), State::Verifying);
        let found = Step::Looked {
            at: at(500),
            sighting: Sighting::Ours(user(7)),
            visibility_proven: true,
        };
        onboarding.step(found, &moment(500)).unwrap();
        assert_eq!(onboarding.state(), State::NeedsAttention);
    }

    #[test]
    fn after_a_link_was_taken_back_another_person_can_be_linked_or_created() {
        let mut linked = asking(ProblemCode::PersonExists);
        linked.decide(Decision::Link(link_to(8)), at(5)).unwrap();
        linked.decide(Decision::Unlink, at(6)).unwrap();
        let mut other = linked.clone();
        other.decide(Decision::Link(link_to(9)), at(7)).unwrap();
        assert_eq!(other.lucca_user(), Some(&user(9)));
        let mut anyway = linked.clone();
        let decision = Decision::CreateAnyway([].into());
        anyway.decide(decision, at(7)).unwrap();
        assert_eq!(anyway.state(), State::Accepted);
        // Adopting the same person by itself becomes a question again.
        let findings = anyway.findings.clone();
        let adopt = Step::Adopt {
            user: user(8),
            findings,
        };
        anyway.step(adopt, &moment(8)).unwrap();
        assert_eq!(anyway.state(), State::NeedsAttention);
    }

    #[test]
    fn how_the_employee_was_found_follows_from_what_version_0_1_stored() {
        let created = |change: fn(&mut Onboarding)| {
            let mut onboarding = standing(&hire("a-1"), State::Created);
            onboarding.attempts.clear();
            onboarding.put(Stage::Created {
                user: user(7),
                linked: None,
                end_time: None,
            });
            change(&mut onboarding);
            onboarding.employee_origin().unwrap()
        };
        assert_eq!(created(|_| ()), EmployeeOrigin::Linked);
        let adopted = created(|it| it.findings.warnings.push(WarningKind::Adopted.into()));
        assert_eq!(adopted, EmployeeOrigin::Adopted);
    }
}
