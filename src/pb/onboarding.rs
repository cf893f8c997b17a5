//! Onboardings on the wire.

use jiff::Timestamp;

use super::{
    collaborator::collaborator,
    v1,
    values::{self, timestamp},
};
use crate::{
    domain::{
        attempt::{Attempt, Outcome},
        dates::CivilDate,
        field::Field,
        finding::{Candidate, Origin, Presence, Problem, ResolvedField, Warning, WarningKind},
        follow_up::{FollowUp, Status},
        language::Language,
        onboarding::{Onboarding, State, cancellation::CancelledBy},
        urgency::{Urgency, days_until},
    },
    text,
};

/// What is known of an onboarding's turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    /// How many are served before it.
    pub before: u32,
    /// When the employee should exist.
    pub expected: Option<Timestamp>,
}

/// An onboarding as it is shown on a day in its tenant's zone, with its sentences in a
/// language.
pub fn onboarding(
    of: &Onboarding,
    turn: Turn,
    today: CivilDate,
    language: Language,
) -> v1::Onboarding {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let start = of.wanted().contract_start_date;
    v1::Onboarding {
        id: of.id.to_string(),
        tenant: of.key.tenant.as_str().to_owned(),
        source: Some(v1::Source {
            system: of.key.system.as_str().to_owned(),
            external_id: of.key.external_id.as_str().to_owned(),
            event_time: of.content.event_time.map(timestamp),
            person_id: of
                .person
                .as_ref()
                .map(|id| id.as_str().to_owned())
                .unwrap_or_default(),
        }),
        episode: number(of.key.episode),
        state: state(of.state()).into(),
        collaborator: Some(collaborator(&of.wanted())),
        lucca_user_id: of.lucca_user().as_ref().map_or(0, |user| user.id.get()),
        lucca_user_url: of
            .lucca_user()
            .as_ref()
            .map(|user| user.url.clone())
            .unwrap_or_default(),
        resolution: of
            .findings
            .resolution
            .iter()
            .map(|it| resolved(it, language))
            .collect(),
        warnings: warnings(of, language),
        problem: of.problem().as_ref().map(|it| problem(it, language)),
        follow_ups: of
            .follow_ups()
            .map(|it| follow_up(it, today, language))
            .collect(),
        extended_data: Default::default(),
        attempts: of.attempts.iter().map(attempt).collect(),
        queue_position: number(turn.before),
        expected_creation_time: turn.expected.map(timestamp),
        next_attempt_time: of.due().map(timestamp),
        last_error: of
            .last_error
            .as_ref()
            .map(|it| text::trouble(language, it))
            .unwrap_or_default(),
        revision: number(of.content.revision),
        pending_revision: number(of.pending_revision().unwrap_or_default()),
        cancel_requested: of.cancel_requested,
        create_time: Some(timestamp(of.create_time)),
        update_time: Some(timestamp(of.update_time)),
        urgency: urgency(Urgency::of(of.is_waited_for(), start, today)).into(),
        days_until_start: start.map(|start| days_until(start, today)),
        refresh_time: of.refreshed.map(|last| timestamp(last.time)),
        cancellation: cancellation(of, language),
        erase_requested: of.erase_requested && !of.erased,
        erased: of.erased,
    }
}

fn cancellation(of: &Onboarding, language: Language) -> Option<v1::Cancellation> {
    use v1::cancellation::Reason;
    if of.state() != State::Cancelled && !of.cancel_requested {
        return None;
    }
    let Some(why) = of.cancellation else {
        return Some(v1::Cancellation::default());
    };
    Some(v1::Cancellation {
        reason: match why.by {
            CancelledBy::Source => Reason::Withdrawn,
            CancelledBy::Operator => Reason::Operator,
            CancelledBy::Erasure => Reason::Erased,
            CancelledBy::Expiry => Reason::Expired,
        }
        .into(),
        message: text::say(language, &why.by),
        request_time: Some(timestamp(why.time)),
        event_time: why.said.map(timestamp),
    })
}

fn urgency(urgency: Urgency) -> v1::Urgency {
    match urgency {
        Urgency::None => v1::Urgency::None,
        Urgency::Normal => v1::Urgency::Normal,
        Urgency::Soon => v1::Urgency::Soon,
        Urgency::Undated => v1::Urgency::Undated,
        Urgency::Late => v1::Urgency::Late,
    }
}

/// A state on the wire.
pub fn state(state: State) -> v1::State {
    match state {
        State::Accepted => v1::State::Accepted,
        State::Creating => v1::State::Creating,
        State::Verifying => v1::State::Verifying,
        State::NeedsAttention => v1::State::NeedsAttention,
        State::Created => v1::State::Created,
        State::Cancelled => v1::State::Cancelled,
    }
}

/// A state from the wire; nothing for UNSPECIFIED.
pub fn domain_state(state: v1::State) -> Option<State> {
    match state {
        v1::State::Unspecified => None,
        v1::State::Accepted => Some(State::Accepted),
        v1::State::Creating => Some(State::Creating),
        v1::State::Verifying => Some(State::Verifying),
        v1::State::NeedsAttention => Some(State::NeedsAttention),
        v1::State::Created => Some(State::Created),
        v1::State::Cancelled => Some(State::Cancelled),
    }
}

/// A field on the wire.
pub fn field(field: Field) -> v1::Field {
    match field {
        Field::Establishment => v1::Field::Establishment,
        Field::Department => v1::Field::Department,
        Field::Role => v1::Field::Role,
        Field::Login => v1::Field::Login,
        Field::Culture => v1::Field::Culture,
        Field::Manager => v1::Field::Manager,
        Field::FamilyName => v1::Field::FamilyName,
        Field::GivenName => v1::Field::GivenName,
        Field::ProfessionalEmail => v1::Field::ProfessionalEmail,
        Field::PersonalEmail => v1::Field::PersonalEmail,
        Field::ContractStartDate => v1::Field::ContractStartDate,
        Field::ContractEndDate => v1::Field::ContractEndDate,
        Field::EmployeeNumber => v1::Field::EmployeeNumber,
        Field::JobTitle => v1::Field::JobTitle,
        Field::PersonalPhone => v1::Field::PersonalPhone,
        Field::BirthDate => v1::Field::BirthDate,
        Field::ExtendedData => v1::Field::ExtendedData,
    }
}

/// An origin on the wire.
pub fn origin(origin: Origin) -> v1::Origin {
    match origin {
        Origin::Provided => v1::Origin::Provided,
        Origin::Derived => v1::Origin::Derived,
        Origin::Matched => v1::Origin::Matched,
        Origin::TenantDefault => v1::Origin::TenantDefault,
        Origin::LuccaDefault => v1::Origin::LuccaDefault,
        Origin::Operator => v1::Origin::Operator,
    }
}

fn resolved(of: &ResolvedField, language: Language) -> v1::ResolvedField {
    v1::ResolvedField {
        field: field(of.field).into(),
        value: of.value.clone(),
        label: of.label.clone(),
        origin: origin(of.origin).into(),
        reason: text::reason(language, &of.reason),
    }
}

/// What the intake remarked is part of the findings once the hire is resolved.
fn warnings(of: &Onboarding, language: Language) -> Vec<v1::Warning> {
    let list = if of.findings.warnings.is_empty() {
        &of.content.remarks
    } else {
        &of.findings.warnings
    };
    let lost = of.refreshed.filter(|last| !last.found);
    let lost = lost.map(|_| Warning::from(WarningKind::UserNotSeen));
    let all = list.iter().chain(&lost);
    all.map(|it| warning(it, language)).collect()
}

/// A warning on the wire.
pub fn warning(of: &Warning, language: Language) -> v1::Warning {
    let about = of.kind.field();
    v1::Warning {
        code: of.code().to_owned(),
        field: about.map_or(v1::Field::Unspecified, field).into(),
        message: text::warning(language, of),
        candidates: candidates(&of.candidates, language),
    }
}

fn candidates(of: &[Candidate], language: Language) -> Vec<v1::Candidate> {
    of.iter().map(|it| candidate(it, language)).collect()
}

fn candidate(of: &Candidate, language: Language) -> v1::Candidate {
    let profile = of.profile.clone().unwrap_or_default();
    let date = |date: Option<CivilDate>| date.map(|date| date.to_string()).unwrap_or_default();
    v1::Candidate {
        lucca_id: of.id.get(),
        label: text::label(language, of),
        reason: text::reason(language, &of.reason),
        department: profile.department.unwrap_or_default(),
        establishment: profile.establishment.unwrap_or_default(),
        employee_number: profile.employee_number.unwrap_or_default(),
        contract_start_date: date(profile.start),
        contract_end_date: date(profile.end),
        presence: match profile.presence {
            None => v1::candidate::Presence::Unspecified,
            Some(Presence::Active) => v1::candidate::Presence::Active,
            Some(Presence::Future) => v1::candidate::Presence::Future,
            Some(Presence::Former) => v1::candidate::Presence::Former,
        }
        .into(),
        has_login: of.has_login,
        field: of.field.map_or(v1::Field::Unspecified, field).into(),
    }
}

fn problem(of: &Problem, language: Language) -> v1::Problem {
    let (message, fix) = text::problem(language, of);
    v1::Problem {
        code: of.code.as_str().to_owned(),
        message,
        fix,
        candidates: candidates(&of.candidates, language),
    }
}

fn follow_up(of: &FollowUp, today: CivilDate, language: Language) -> v1::FollowUp {
    let date = |date: Option<CivilDate>| date.map(|date| date.to_string()).unwrap_or_default();
    v1::FollowUp {
        code: of.code().as_str().to_owned(),
        title: text::follow_up(language, of),
        not_before_date: date(of.not_before),
        due_date: date(of.due),
        status: match of.status(today) {
            Status::Open => v1::follow_up::Status::Open,
            Status::Overdue => v1::follow_up::Status::Overdue,
            Status::Done => v1::follow_up::Status::Done,
            Status::Unknown => v1::follow_up::Status::Unknown,
        }
        .into(),
        field: of.field().map_or(v1::Field::Unspecified, field).into(),
        seen_time: of.seen.map(|seen| timestamp(seen.since)),
    }
}

fn attempt(of: &Attempt) -> v1::Attempt {
    use v1::attempt::Outcome as Wire;
    v1::Attempt {
        number: i32::try_from(of.number).unwrap_or(i32::MAX),
        sent_time: Some(values::timestamp(of.intent.sent_time)),
        outcome: match of.outcome() {
            Outcome::Unknown => Wire::Unknown,
            Outcome::Executed(_) => Wire::Executed,
            Outcome::NotExecuted => Wire::NotExecuted,
            Outcome::Refused | Outcome::KeyRefused => Wire::Refused,
        }
        .into(),
    }
}
