//! What operators decide.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{
    Link, Onboarding, State,
    cancellation::{Cancellation, CancelledBy},
};
use crate::domain::{
    amendment::Amendment,
    attempt::Evidence,
    collaborator::Draft,
    field::Field,
    finding::{Problem, ProblemCode, Warning, WarningKind},
    ids::ExternalId,
    resolve::{Outlook, fold_login},
};

/// What an operator decides about an onboarding.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Try again, now.
    Resume,
    /// Try again if it waits for what may be over: the source has said the same again.
    Nudge,
    /// Create no employee.
    Cancel,
    /// The employee is this one.
    Link(Link),
    /// The employee is not the person hired.
    Unlink,
    /// Create a new employee although something speaks against it. Names the attempts of
    /// unknown outcome that this overrides.
    CreateAnyway(BTreeSet<u32>),
    /// These values count, whatever the source says.
    Amend(Box<Amendment>),
    /// Forget the person.
    Erase,
    /// Another decision; what still has to be asked then is asked at once, as far as this is
    /// known of the tenant and its Lucca.
    Foreseeing(Box<Decision>, Arc<Outlook>),
}

/// Why a decision cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not wait for a person.
    #[error("the onboarding does not wait for a decision")]
    NotWaiting,
    /// It has ended.
    #[error("the onboarding has ended")]
    Ended,
    /// Nothing that speaks against a creation can be overridden: what is missing stays
    /// missing.
    #[error("there is no question of a person who may be the same")]
    NothingToOverride,
    /// The question is not who somebody in Lucca is.
    #[error("the question is not about a person in Lucca")]
    NothingToLink,
    /// The employee differs from the hire, or another hire has the employee.
    #[error("the link has to be confirmed")]
    Unconfirmed {
        /// The fields that differ.
        fields: Vec<Field>,
        /// Another hire has the employee.
        held: bool,
    },
    /// There is no link or adoption that could be taken back.
    #[error("there is no link to take back")]
    NotLinked,
    /// Somebody in Lucca has the login: a second one with it cannot be created.
    #[error("someone in Lucca has the login")]
    LoginTaken,
    /// Another hire has reserved the login that the open attempt needs again.
    #[error("the login is reserved by another hire")]
    LoginReserved,
    /// Attempts of unknown outcome are not named.
    #[error("attempts of unknown outcome must be acknowledged: {0:?}")]
    OpenAttempts(Vec<u32>),
}

impl Onboarding {
    /// Carries out a decision; tells whether anything changed.
    ///
    /// # Errors
    /// The decision does not fit; nothing was changed.
    pub fn decide(&mut self, decision: Decision, now: Timestamp) -> Result<bool, Refusal> {
        let waiting = self.state() == State::NeedsAttention;
        match decision {
            Decision::Resume => Ok(self.resume(now) || self.hurry(now)),
            Decision::Nudge => Ok(self.nudge(now)),
            Decision::Cancel => match self.state() {
                State::Created => Err(Refusal::Ended),
                State::Cancelled => Ok(false),
                _ => {
                    self.cancel(Cancellation::new(CancelledBy::Operator, now), now);
                    Ok(true)
                }
            },
            Decision::Link(link) => self.link(link, now).map(|()| true),
            Decision::Unlink => self.unlink(now).map(|()| true),
            // They are two people. Whether one of them is in Lucca already is another question.
            Decision::CreateAnyway(_) if self.asks(ProblemCode::ApplicationShared) => {
                self.shared_application = None;
                Ok(self.resume(now))
            }
            Decision::CreateAnyway(acknowledged) if waiting => {
                self.can_be_overridden()?;
                let unnamed: Vec<u32> = self
                    .open_attempts()
                    .map(|attempt| attempt.number)
                    .filter(|number| !acknowledged.contains(number))
                    .collect();
                if !unnamed.is_empty() {
                    return Err(Refusal::OpenAttempts(unnamed));
                }
                self.answer_open(&Evidence::Overridden, now);
                self.create_anyway = true;
                self.adopt_pending();
                self.resume(now);
                Ok(true)
            }
            Decision::Amend(amendment) if waiting || self.state() == State::Accepted => {
                let before = self.draft();
                self.amendment.add(&amendment);
                // Who amends a hire wants it.
                let unclear =
                    |it: &Warning| matches!(it.kind, WarningKind::SendToLuccaUnreadable { .. });
                self.content.remarks.retain(|it| !unclear(it));
                if self.has_open_attempt() {
                    self.set_since.extend(before.differences(&self.draft()));
                }
                self.content.revision += 1;
                self.update_time = now;
                if !self.resume(now) {
                    self.reconsider(now);
                }
                Ok(true)
            }
            Decision::CreateAnyway(_) | Decision::Amend(_) => Err(Refusal::NotWaiting),
            Decision::Foreseeing(decision, outlook) => {
                let changed = self.decide(*decision, now)?;
                self.foresee(Some(&outlook));
                Ok(changed)
            }
            Decision::Erase => {
                if self.erased || self.erase_requested {
                    return Ok(false);
                }
                self.erase_requested = true;
                self.cancel(Cancellation::new(CancelledBy::Erasure, now), now);
                self.update_time = now;
                self.erase_if_ended();
                Ok(true)
            }
        }
    }

    /// Whether it waits for a person with this problem.
    fn asks(&self, code: ProblemCode) -> bool {
        self.state() == State::NeedsAttention
            && self.problem().is_some_and(|it| it.codes().contains(&code))
    }

    /// Whether a new employee can be created although the present problem speaks against it.
    fn can_be_overridden(&self) -> Result<(), Refusal> {
        let problem = self.problem().filter(|it| it.is_about_a_person());
        if self.login_is_taken(problem.ok_or(Refusal::NothingToOverride)?) {
            return Err(Refusal::LoginTaken);
        }
        Ok(())
    }

    /// Whether somebody in Lucca has the login that the next call would send. A problem is
    /// about the hire as it stands, but while an outcome is unknown it is about the call
    /// that was made: the login may have been replaced since.
    fn login_is_taken(&self, problem: &Problem) -> bool {
        let holder = problem.candidates.iter().any(|it| it.has_login);
        match self.open_attempts().last() {
            None => holder || problem.codes().contains(&ProblemCode::LoginTaken),
            Some(attempt) => {
                let said = self.pending.as_ref().unwrap_or(&self.content);
                let next = self.amendment.over(&said.draft);
                let login = next.login.as_ref().map(|it| it.as_str());
                let login = login.or(next.personal_email.as_ref().map(|it| it.as_str()));
                holder && login.map(fold_login).as_ref() == Some(&attempt.intent.reserved_login)
            }
        }
    }

    /// What counts: what the source says, with what operators have set.
    pub fn draft(&self) -> Draft {
        self.amendment.over(&self.content.draft)
    }

    /// Forgets the person, once it has ended and that was asked for: what stays are ids,
    /// dates and states.
    pub fn erase_if_ended(&mut self) {
        if self.erase_requested && !self.erased && self.state().is_terminal() {
            self.forget();
        }
    }

    /// Forgets the person. The start date stays: by it a later hire of the same source is
    /// told from a repetition.
    pub(super) fn forget(&mut self) {
        self.erased = true;
        self.forget_ids();
        let start = self.content.draft.contract_start_date;
        self.content.draft = Draft {
            contract_start_date: start.or(self.draft().contract_start_date),
            ..Draft::default()
        };
        self.content.remarks.clear();
        self.content.at_once.clear();
        self.pending = None;
        self.said_since = None;
        self.earlier_draft = None;
        self.amendment = Amendment::default();
        self.findings.resolution.clear();
        self.findings.warnings.clear();
        self.forget_problem();
        self.last_error = None;
        for attempt in &mut self.attempts {
            attempt.forget();
        }
    }

    /// Forgets by which ids the source knows the hire and the person.
    pub fn forget_ids(&mut self) {
        self.key.external_id = ExternalId::erased();
        self.person = None;
        self.also_known.clear();
        self.shared_application = None;
    }

    /// Adds evidence to every attempt of unknown outcome.
    pub(super) fn answer_open(&mut self, evidence: &Evidence, now: Timestamp) {
        for attempt in self.attempts.iter_mut().filter(|attempt| attempt.is_open()) {
            attempt.add(evidence.clone(), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            finding::{Candidate, Question, QuestionCode},
            language::Language,
            onboarding::{
                Stage,
                fixtures::{EMAIL, at, hire, lucca_id, opened, standing, user},
            },
            text::Login,
        },
        text::{self, completeness::sample},
    };
    use strum::IntoEnumIterator as _;

    /// An onboarding that waits with this problem; somebody in Lucca is like the person, and
    /// may have the login.
    fn waiting(code: ProblemCode, has_login: bool, open_attempt: bool) -> Onboarding {
        let mut onboarding = if open_attempt {
            standing(&hire("a-1"), State::NeedsAttention)
        } else {
            opened(&hire("a-1"), 0)
        };
        for attempt in &mut onboarding.attempts {
            attempt.intent.reserved_login = EMAIL.to_owned();
        }
        let candidate = Candidate {
            has_login,
            ..Candidate::new(lucca_id(8), "Somebody", "A reason.".into())
        };
        let problem = Problem::of(code).with(vec![candidate]);
        onboarding.put(Stage::NeedsAttention { problem });
        onboarding
    }

    fn anyway(onboarding: &mut Onboarding) -> Result<bool, Refusal> {
        onboarding.decide(Decision::CreateAnyway([1].into()), at(60))
    }

    fn amended(login: &str) -> Decision {
        let mut amendment = Amendment::default();
        amendment.fields.insert(Field::Login);
        amendment.values.login = Login::parse(login).ok();
        Decision::Amend(Box::new(amendment))
    }

    #[test]
    fn only_questions_about_people_are_overridden_and_no_login_is_given_twice() {
        use ProblemCode::{
            AccountChanged, DateUnlikely, DefaultMissing, Expired, Incomplete, LoginTaken,
            LuccaKeyRefused, LuccaRefused, LuccaUnavailable, ManagerUnclear, OutcomeUnknown,
            PersonExists, Rehire, UnknownExtendedData, Unmatched,
        };
        let yes = || Ok(true);
        let taken = || Err(Refusal::LoginTaken);
        let nothing = || Err(Refusal::NothingToOverride);
        // With nothing known of the login, with a person who has it, and both again while
        // an outcome is unknown.
        for (code, answers) in [
            (Incomplete, [nothing(), nothing(), nothing(), nothing()]),
            (DefaultMissing, [nothing(), nothing(), nothing(), nothing()]),
            (Unmatched, [nothing(), nothing(), nothing(), nothing()]),
            (ManagerUnclear, [nothing(), nothing(), nothing(), nothing()]),
            (PersonExists, [yes(), taken(), yes(), taken()]),
            (Rehire, [yes(), taken(), yes(), taken()]),
            (LoginTaken, [taken(), taken(), yes(), taken()]),
            (
                LuccaKeyRefused,
                [nothing(), nothing(), nothing(), nothing()],
            ),
            (AccountChanged, [nothing(), nothing(), nothing(), nothing()]),
            (
                UnknownExtendedData,
                [nothing(), nothing(), nothing(), nothing()],
            ),
            (LuccaRefused, [nothing(), nothing(), nothing(), nothing()]),
            (
                LuccaUnavailable,
                [nothing(), nothing(), nothing(), nothing()],
            ),
            (DateUnlikely, [nothing(), nothing(), nothing(), nothing()]),
            (OutcomeUnknown, [yes(), taken(), yes(), taken()]),
            (Expired, [nothing(), nothing(), nothing(), nothing()]),
        ] {
            let cases = [(false, false), (true, false), (false, true), (true, true)];
            for ((has_login, open), expected) in cases.into_iter().zip(answers) {
                let mut onboarding = waiting(code, has_login, open);
                let before = onboarding.clone();
                let answer = anyway(&mut onboarding);
                let case = format!("{code:?}, has login {has_login}, open attempt {open}");
                assert_eq!(answer, expected, "{case}");
                if expected.is_ok() {
                    assert_eq!(onboarding.state(), State::Accepted, "{case}");
                    assert!(onboarding.create_anyway && !onboarding.has_open_attempt());
                } else {
                    assert_eq!(onboarding, before, "{case}");
                }
            }
        }
    }

    /// What the calls do that a fix may name, for an onboarding that waits.
    fn calls() -> [(&'static str, Decision); 5] {
        let link = Link {
            user: user(8),
            differs: Vec::new(),
            held: false,
            confirmed: false,
        };
        [
            ("link_existing", Decision::Link(link)),
            ("create_anyway", Decision::CreateAnyway([1].into())),
            ("amend", amended("edupont")),
            ("RetryOnboardings", Decision::Resume),
            ("CancelOnboarding", Decision::Cancel),
        ]
    }

    #[test]
    fn every_fix_names_a_call_that_frees_the_hire_and_none_that_is_refused() {
        for code in QuestionCode::iter() {
            let question: Question = sample(code.into());
            // These are asked while the outcome of a call is unknown.
            let open_attempt = matches!(
                question,
                Question::SomeoneSimilar { .. }
                    | Question::NotProvenAbsent
                    | Question::Unlinked { .. }
            );
            let expired = question == Question::Expired;
            let problem = Problem::from(question);
            for language in Language::ALL {
                let (_, fix) = text::problem(*language, &problem);
                let case = format!("{language:?}: {fix}");
                let mut named = ["UpdateTenant", "CreateCollaborator"]
                    .iter()
                    .any(|call| fix.contains(call));
                for (call, decision) in calls().into_iter().filter(|(it, _)| fix.contains(it)) {
                    let mut onboarding = waiting(problem.code, false, open_attempt);
                    let problem = problem.clone();
                    onboarding.put(Stage::NeedsAttention { problem });
                    assert!(!expired, "{case}");
                    let answer = onboarding.decide(decision, at(60));
                    assert_eq!(answer, Ok(true), "{call} is refused, but {case}");
                    named = true;
                }
                assert!(named, "no call in {case}");
            }
        }
    }

    #[test]
    fn a_call_that_may_have_had_effect_is_overridden_once_the_hire_has_another_login() {
        let mut onboarding = waiting(ProblemCode::LoginTaken, true, true);
        let problem = onboarding.problem().cloned().unwrap();
        onboarding.decide(amended("edupont"), at(50)).unwrap();
        assert_eq!(onboarding.state(), State::Verifying);
        // It is found out anew, with the same result: the body that was sent is the same.
        onboarding.put(Stage::NeedsAttention { problem });
        let unnamed = onboarding.decide(Decision::CreateAnyway([].into()), at(60));
        assert_eq!(unnamed, Err(Refusal::OpenAttempts(vec![1])));
        assert_eq!(anyway(&mut onboarding), Ok(true));
        assert_eq!(onboarding.state(), State::Accepted);
    }
}
