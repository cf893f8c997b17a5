//! Onboardings on the wire.

use jiff::Timestamp;
use strum::IntoEnumIterator as _;

use super::{
    collaborator::collaborator,
    v1,
    values::{int32, timestamp},
};
use crate::{
    domain::{
        attempt::{Attempt, Outcome},
        dates::CivilDate,
        field::Field,
        finding::{Candidate, Origin, Presence, Problem, ResolvedField, Warning, WarningKind},
        follow_up::{FollowUp, Status},
        language::Language,
        onboarding::{EmployeeOrigin, Onboarding, State, cancellation::CancelledBy},
        urgency::{Urgency, days_until},
    },
    text,
};

/// Where an onboarding is in its account's queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    /// How many are served before it.
    pub before: u32,
    /// When the employee should exist.
    pub expected: Option<Timestamp>,
}

/// An onboarding as a message, for this day in the tenant's time zone and in this language.
/// `shared`: another hire wants the same employee.
pub fn onboarding(
    of: &Onboarding,
    turn: Turn,
    shared: bool,
    today: CivilDate,
    language: Language,
) -> v1::Onboarding {
    let problems: Vec<v1::Problem> = of
        .problem()
        .into_iter()
        .flat_map(|it| problems(it, language))
        .collect();
    let (user, person) = (of.lucca_user(), of.person.as_ref());
    let last_error = of.last_error.as_ref();
    let resolution = of.findings.resolution.iter();
    let advice = of.file_advice(shared);
    let follow_ups = of.follow_ups().map(|it| it.advised(advice));
    let start = of.wanted().contract_start_date;
    v1::Onboarding {
        id: of.id.to_string(),
        tenant: of.key.tenant.as_str().to_owned(),
        source: Some(v1::Source {
            system: of.key.system.as_str().to_owned(),
            external_id: of.key.external_id.as_str().to_owned(),
            event_time: of.content.event_time.map(timestamp),
            person_id: person.map_or_else(String::new, |id| id.as_str().to_owned()),
        }),
        episode: int32(of.key.episode),
        state: state(of.state()).into(),
        collaborator: Some(collaborator(&of.wanted())),
        lucca_user_id: user.map_or(0, |user| user.id.get()),
        lucca_user_url: user.map_or_else(String::new, |user| user.url.clone()),
        resolution: resolution.map(|it| resolved(it, language)).collect(),
        warnings: warnings(of, language),
        problem: problems.first().cloned(),
        problems,
        follow_ups: follow_ups
            .map(|it| follow_up(&it, today, language))
            .collect(),
        extended_data: Default::default(),
        attempts: of.attempts.iter().map(attempt).collect(),
        queue_position: int32(turn.before),
        expected_creation_time: turn.expected.map(timestamp),
        next_attempt_time: of.due().map(timestamp),
        last_error: last_error.map_or_else(String::new, |it| text::trouble(language, it)),
        revision: int32(of.content.revision),
        pending_revision: int32(of.pending_revision().unwrap_or_default()),
        cancel_requested: of.cancel_requested,
        create_time: Some(timestamp(of.create_time)),
        update_time: Some(timestamp(of.update_time)),
        urgency: urgency(Urgency::of(of.is_waited_for(), start, today)).into(),
        days_until_start: start.map(|start| days_until(start, today)),
        refresh_time: of.refreshed.map(|last| timestamp(last.time)),
        cancellation: cancellation(of, language),
        erase_requested: of.erase_requested && !of.erased,
        erased: of.erased,
        employee_origin: of
            .employee_origin()
            .map(origin_of_employee)
            .unwrap_or_default()
            .into(),
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

same_variants! {
    fn urgency(Urgency) -> v1::Urgency { None Normal Soon Undated Late }

    /// A state on the wire.
    pub fn state(State) -> v1::State {
        Accepted Creating Verifying NeedsAttention Created Cancelled
    }

    /// An origin on the wire.
    pub fn origin(Origin) -> v1::Origin {
        Provided Derived Matched TenantDefault LuccaDefault Operator
    }

    fn origin_of_employee(EmployeeOrigin) -> v1::EmployeeOrigin { Created Adopted Linked }

    fn presence(Presence) -> v1::candidate::Presence { Active Future Former }

    fn follow_up_status(Status) -> v1::follow_up::Status { Open Overdue Done Unknown }
}

/// A state from the wire; nothing for UNSPECIFIED.
pub fn domain_state(wanted: v1::State) -> Option<State> {
    State::iter().find(|it| state(*it) == wanted)
}

/// A field on the wire, where it has the same name.
pub fn field(field: Field) -> v1::Field {
    let name = format!("FIELD_{}", field.name().to_uppercase());
    v1::Field::from_str_name(&name).unwrap_or_default()
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

/// Until the hire is resolved, the remarks of the intake; after that the findings, which include
/// them.
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

fn date(date: Option<CivilDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

fn candidate(of: &Candidate, language: Language) -> v1::Candidate {
    let profile = of.profile.clone().unwrap_or_default();
    v1::Candidate {
        lucca_id: of.id.get(),
        label: text::label(language, of),
        reason: text::reason(language, &of.reason),
        department: profile.department.unwrap_or_default(),
        establishment: profile.establishment.unwrap_or_default(),
        employee_number: profile.employee_number.unwrap_or_default(),
        contract_start_date: date(profile.start),
        contract_end_date: date(profile.end),
        presence: profile.presence.map(presence).unwrap_or_default().into(),
        has_login: of.has_login,
        field: of.field.map_or(v1::Field::Unspecified, field).into(),
    }
}

/// A problem of each code.
fn problems(of: &Problem, language: Language) -> Vec<v1::Problem> {
    let parts = of.by_code();
    parts.iter().map(|it| problem(it, language)).collect()
}

fn problem(of: &Problem, language: Language) -> v1::Problem {
    let (message, fix) = text::problem(language, of);
    let mut fields: Vec<i32> = Vec::new();
    for question in &of.questions {
        fields.extend(question.fields().into_iter().map(|it| i32::from(field(it))));
    }
    fields.dedup();
    v1::Problem {
        fields,
        code: of.code.as_str().to_owned(),
        message,
        fix,
        candidates: candidates(&of.candidates, language),
    }
}

fn follow_up(of: &FollowUp, today: CivilDate, language: Language) -> v1::FollowUp {
    v1::FollowUp {
        code: of.code().as_str().to_owned(),
        title: text::follow_up(language, of),
        not_before_date: date(of.not_before),
        due_date: date(of.due),
        status: follow_up_status(of.status(today)).into(),
        field: of.field().map_or(v1::Field::Unspecified, field).into(),
        seen_time: of.seen.map(|seen| timestamp(seen.since)),
    }
}

fn attempt(of: &Attempt) -> v1::Attempt {
    use v1::attempt::Outcome as Wire;
    v1::Attempt {
        number: int32(of.number),
        sent_time: Some(timestamp(of.intent.sent_time)),
        outcome: match of.outcome() {
            Outcome::Unknown => Wire::Unknown,
            Outcome::Executed(_) => Wire::Executed,
            Outcome::NotExecuted => Wire::NotExecuted,
            Outcome::Refused | Outcome::KeyRefused => Wire::Refused,
        }
        .into(),
    }
}
