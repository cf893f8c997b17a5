//! Hires, attempts and moments for tests.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    BusinessKey, Findings, LuccaUser, Moment, Onboarding, State, Timing,
    cancellation::{Cancellation, CancelledBy},
    progress::Step,
    submission::{Hire, Verdict, submit},
};
use crate::domain::{
    attempt::Intent,
    collaborator::Draft,
    dates::CivilDate,
    email::EmailAddress,
    field::Field,
    ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
    lucca_id::LuccaId,
    text::{FamilyName, GivenName, JobTitle},
};

pub(crate) const FAMILY_NAME: &str = "Beauregard";
pub(crate) const GIVEN_NAME: &str = "Éloïse";
pub(crate) const EMAIL: &str = "eloise.beauregard@example.org";
pub(crate) const START: &str = "2027-03-01";

/// This many seconds after the beginning of the tests' time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    "2027-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// Settle delay 10 s, verify gap 30 s, lease 60 s, retries after 10 s and 100 s.
pub(crate) fn moment(seconds: i64) -> Moment {
    Moment {
        now: at(seconds),
        timing: Arc::new(Timing {
            send_window: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            settle_delay: Duration::from_secs(10),
            verify_gap: Duration::from_secs(30),
            lease: Duration::from_secs(60),
            retry_schedule: vec![Duration::from_secs(10), Duration::from_secs(100)],
        }),
        chance: 0.5,
    }
}

pub(crate) fn id(number: u128) -> OnboardingId {
    OnboardingId::new(Uuid::from_u128(number))
}

pub(crate) fn tenant_id(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

pub(crate) fn account(host: &str) -> Account {
    Account::parse(host).unwrap()
}

pub(crate) fn draft() -> Draft {
    Draft {
        family_name: FamilyName::parse(FAMILY_NAME).ok(),
        given_name: GivenName::parse(GIVEN_NAME).ok(),
        personal_email: EmailAddress::parse(EMAIL).ok(),
        contract_start_date: CivilDate::parse_iso(START).ok(),
        ..Draft::default()
    }
}

/// A complete hire of tenant `acme`, without event time, as an adapter hands it in.
pub(crate) fn hire(external_id: &str) -> Hire {
    Hire {
        key: BusinessKey {
            tenant: tenant_id("acme"),
            account: account("acme.ilucca.example"),
            system: SystemName::parse("werecruit").unwrap(),
            external_id: ExternalId::parse(external_id).unwrap(),
            episode: 0,
        },
        person: None,
        draft: draft(),
        event_time: None,
        anew: None,
        expected_revision: None,
        notes_differences: true,
        remarks: Vec::new(),
        outlook: None,
    }
}

impl Hire {
    /// Said by the source at this second.
    pub(crate) fn said(mut self, seconds: i64) -> Self {
        self.event_time = Some(at(seconds));
        self
    }

    /// Of the person with this id in the source's system.
    pub(crate) fn of_person(mut self, id: &str) -> Self {
        self.person = ExternalId::parse(id).ok();
        self
    }

    /// Only these fields are said anew.
    pub(crate) fn only(mut self, fields: &[Field]) -> Self {
        self.anew = Some(fields.iter().copied().collect());
        self
    }

    pub(crate) fn titled(mut self, title: &str) -> Self {
        self.draft.job_title = JobTitle::parse(title).ok();
        self
    }

    pub(crate) fn starting(mut self, date: &str) -> Self {
        self.draft.contract_start_date = CivilDate::parse_iso(date).ok();
        self
    }

    /// From a caller who is to be told what differs.
    pub(crate) fn called(mut self) -> Self {
        self.notes_differences = false;
        self
    }

    pub(crate) fn incomplete(mut self) -> Self {
        self.draft.contract_start_date = None;
        self
    }
}

pub(crate) fn lucca_id(number: i64) -> LuccaId {
    LuccaId::try_from(number).unwrap()
}

pub(crate) fn user(number: i64) -> LuccaUser {
    LuccaUser {
        id: lucca_id(number),
        url: format!("https://acme.ilucca.example/people/{number}"),
    }
}

/// An intent decided at this second, to be sent within 5 s.
pub(crate) fn intent(login: &str, seconds: i64) -> Intent {
    Intent {
        body: serde_json::json!({ "lastName": FAMILY_NAME, "login": login, "mail": EMAIL }),
        url: "https://acme.ilucca.example/api/v3/users?contract=true".to_owned(),
        key_version: 1,
        reserved_login: login.to_owned(),
        sent_time: at(seconds),
        send_by: at(seconds + 5),
    }
}

pub(crate) fn begin(login: &str, seconds: i64) -> Step {
    Step::Begin {
        intent: Box::new(intent(login, seconds)),
        findings: Findings::default(),
    }
}

/// A cancellation by an operator at this second.
pub(crate) fn by_operator(seconds: i64) -> Cancellation {
    Cancellation::new(CancelledBy::Operator, at(seconds))
}

/// What becomes of a hire that is not known yet.
pub(crate) fn opened(hire: &Hire, seconds: i64) -> Onboarding {
    match submit(None, None, hire, id(1), at(seconds)) {
        Verdict::New(onboarding) => *onboarding,
        other => panic!("not new: {other:?}"),
    }
}

/// An onboarding of [`hire`] in this state at second 0: with an open attempt while
/// `CREATING` and `VERIFYING`, with the question of what became of it, still open, in
/// `NEEDS_ATTENTION`.
pub(crate) fn standing(hire: &Hire, state: State) -> Onboarding {
    use crate::domain::attempt::Evidence;
    use crate::domain::finding::{Problem, ProblemCode};

    let mut onboarding = opened(hire, 0);
    let mut take = |step| onboarding.step(step, &moment(0)).unwrap();
    match state {
        State::Accepted => {}
        State::Creating => take(begin("login", 0)),
        State::Verifying => {
            take(begin("login", 0));
            let cut = Evidence::NoAnswer("cut".into());
            onboarding.see(1, cut, None, &moment(0)).unwrap();
        }
        State::NeedsAttention => {
            onboarding = standing(hire, State::Verifying);
            onboarding
                .step(
                    Step::Ask {
                        problem: Problem::of(ProblemCode::OutcomeUnknown),
                        findings: Findings::default(),
                    },
                    &moment(0),
                )
                .unwrap();
        }
        State::Created => take(Step::Adopt {
            user: user(7),
            findings: Findings::default(),
        }),
        State::Cancelled => onboarding.cancel(by_operator(0), at(0)),
    }
    assert_eq!(onboarding.state(), state);
    onboarding
}
