//! From an accepted hire to a creation call and its evidence.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Engine, Plan, Stop,
    presence::{Since, unless_replaced},
};
use crate::{
    directory::{MAX_AGE, View, Wanted},
    domain::{
        attempt::{Evidence, Intent},
        cause::Trouble,
        collaborator::Collaborator,
        extension,
        field::Field,
        finding::{ProblemCode, Question, WarningKind},
        onboarding::{Findings, Onboarding, State, earlier, later, progress::Step},
        resolve::{NewPerson, OperatorInput, Resolved, resolve},
        tenant::{Tenant, WelcomeMail},
    },
    lucca::{Access, CallPermit, CreateOutcome, Person, Priority, creation_body, user_url},
    store::{LeaseGrant, Lookup, Stepped, StoreError},
};

/// The part of [`MAX_AGE`] that is reserved for what precedes the call: other reads, the
/// budget and the intent.
const AGE_LEFT: Duration = Duration::from_secs(10);

/// How long a hire waits while another one has reserved its login.
const BLOCKED_REST: Duration = Duration::from_secs(2);

/// The same while the other one is verified or waits for a person.
const LONG_BLOCKED_REST: Duration = Duration::from_secs(20);

/// The greatest age of definitions of custom data.
const DEFINITIONS_AGE: Duration = Duration::from_secs(24 * 3600);

/// Pauses between tries to store the evidence of an attempt.
const STORE_AGAIN: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

impl Engine {
    /// Resolves an accepted hire to a person to create, a question, or an existing employee.
    pub(super) async fn resolve(
        &self,
        onboarding: &Onboarding,
        tenant: Tenant,
    ) -> Result<Plan, Stop> {
        let collaborator = match onboarding.draft().complete() {
            Ok(collaborator) => collaborator,
            Err(missing) => {
                return Ok(Plan::Take(Step::Ask {
                    problem: Question::incomplete(missing, &onboarding.content.remarks).into(),
                    findings: Findings::default(),
                }));
            }
        };
        loop {
            let began = self.clock.now();
            let resolved = self
                .resolved_now(onboarding, &collaborator, &tenant)
                .await?;
            // Other reads may have taken so long that people are too old for a call.
            let ready = matches!(resolved, Resolved::Ready(..));
            if ready && self.clock.now() > later(began, AGE_LEFT / 2) {
                continue;
            }
            return Ok(match resolved {
                Resolved::Asks(problem, findings) => Plan::Take(Step::Ask { problem, findings }),
                Resolved::Exists(user, findings) => Plan::Take(Step::Adopt { user, findings }),
                Resolved::Ready(person, findings) => {
                    Plan::Create(person, findings, Box::new(tenant))
                }
            });
        }
    }

    /// Resolves a hire with people and units that are fresh enough for a call within
    /// [`AGE_LEFT`], or with those on whom a question or an adoption rests as they are now.
    async fn resolved_now(
        &self,
        onboarding: &Onboarding,
        collaborator: &Collaborator,
        tenant: &Tenant,
    ) -> Result<Resolved, Stop> {
        let priority = Priority::Background;
        let now = self.clock.now();
        let since = Since::of(onboarding, now);
        let for_call = earlier(now, MAX_AGE - AGE_LEFT);
        let resolve = |view: &View| resolved_in(view, onboarding, collaborator, tenant);
        let mut wanted = Wanted {
            people: for_call,
            key: since.asked,
            ..Wanted::default()
        };
        let mut view = self
            .directories
            .fresh(tenant, wanted.clone(), priority)
            .await?;
        let resolved = loop {
            let proven = self.note_visibility(tenant, &view).await?;
            let resolved = resolve(&view);
            // What is wanted may have come since.
            let for_question = since.asked.max(for_call);
            (wanted.people, wanted.units) = match &resolved {
                resolved if lacks_a_unit(resolved) => (for_question, for_question),
                Resolved::Ready(..) => (for_call, for_call),
                Resolved::Asks(..) => (for_question, Timestamp::MIN),
                Resolved::Exists(..) => (for_call, Timestamp::MIN),
            };
            if !view.is(&wanted) {
                view = self
                    .directories
                    .fresh(tenant, wanted.clone(), priority)
                    .await?;
                continue;
            }
            let again = self.read_again(onboarding, tenant, &resolved, since, proven);
            match again.await? {
                Some(newer) => view = newer,
                None => break unless_replaced(resolved, onboarding, &view),
            }
        };
        self.custom_checked(resolved, collaborator, onboarding.update_time, tenant)
            .await
    }

    /// Checks the custom data of a hire, if it has any: most hires cost no call for it.
    async fn custom_checked(
        &self,
        resolved: Resolved,
        collaborator: &Collaborator,
        last_change: Timestamp,
        tenant: &Tenant,
    ) -> Result<Resolved, Stop> {
        let data = &collaborator.rest.extended_data;
        if data.is_empty() || matches!(resolved, Resolved::Exists(..)) {
            return Ok(resolved);
        }
        let read = |not_before| {
            self.directories
                .definitions(tenant, not_before, Priority::Background)
        };
        let known = read(earlier(self.clock.now(), DEFINITIONS_AGE)).await?;
        let checked = extension::checked(resolved.clone(), data, known.as_deref());
        if !asks_about_data(&checked) {
            return Ok(checked);
        }
        // Missing data may have been added in Lucca before the hire came or was retried.
        let newer = read(last_change).await?;
        Ok(extension::checked(resolved, data, newer.as_deref()))
    }

    /// Takes a permit, stores the intent, makes the call and stores the evidence, in this
    /// order.
    pub(super) async fn attempt(
        &self,
        claimed: &LeaseGrant,
        tenant: &Tenant,
        person: &NewPerson,
        findings: Findings,
    ) -> Result<Option<Step>, Stop> {
        let access = Access::background(tenant);
        // Longer than this the worker would only keep others from its place.
        let patience = self.timing.lease / 6;
        let permit = self.client.gate().permit_within(access, Some(patience));
        let permit = permit.await?;
        let now = self.clock.now();
        let intent = Intent {
            body: creation_body(person),
            url: creation_url(tenant),
            key_version: tenant.api_key.version,
            reserved_login: person.reserved_login(),
            sent_time: now,
            send_by: later(now, self.timing.send_window),
        };
        let begin = Step::Begin {
            intent: Box::new(intent.clone()),
            findings,
        };
        match self.take(&claimed.onboarding, claimed.token, begin).await {
            Some(Stepped::Done(begun)) => {
                let number = begun.attempts.last().map_or(1, |attempt| attempt.number);
                self.send(&claimed.onboarding, number, tenant, person, &intent, permit)
                    .await;
                Ok(None)
            }
            Some(Stepped::Blocked(other)) => {
                permit.give_back().await;
                // Tenants of one account must not learn of each other.
                let found = self.store.onboarding(Lookup::Id(other)).await;
                let found = StoreError::if_readable(found)?;
                let ours = found.as_ref().is_some_and(|it| it.key.tenant == tenant.id);
                let rest = match found.map(|it| it.state()) {
                    Some(State::NeedsAttention | State::Verifying) => LONG_BLOCKED_REST,
                    _ => BLOCKED_REST,
                };
                let by = ours.then_some(other);
                Ok(Some(self.wait(rest, Trouble::LoginReserved { by })))
            }
            Some(Stepped::Fenced) | None => {
                permit.give_back().await;
                Ok(None)
            }
        }
    }

    /// Makes the call and stores its outcome.
    async fn send(
        &self,
        onboarding: &Onboarding,
        number: u32,
        tenant: &Tenant,
        person: &NewPerson,
        intent: &Intent,
        permit: CallPermit,
    ) {
        let call = self.client.create(tenant, intent, permit, &self.clock);
        let (evidence, url) = match call.await {
            CreateOutcome::Created(user, url) => {
                let url = user_url(tenant.lucca_url.as_str(), url.as_deref(), user);
                let created = Person::created(user, Some(url.clone()), person);
                self.directories.created(tenant, created).await;
                (Evidence::Created(user), Some(url))
            }
            CreateOutcome::NotExecuted(failure) => (Evidence::NotExecuted(failure), None),
            CreateOutcome::KeyRefused(failure) => (Evidence::KeyRefused(failure), None),
            CreateOutcome::Refused(failure) => {
                let sent = (person, intent.sent_time);
                let changed = self.changed_meanwhile(onboarding, tenant, sent, &failure);
                let evidence = match changed.await {
                    true => Evidence::RefusedBeside(failure),
                    false => Evidence::Refused(failure),
                };
                (evidence, None)
            }
            CreateOutcome::Unknown(failure) => (Evidence::NoAnswer(failure), None),
        };
        self.record(onboarding, number, evidence, url).await;
    }

    /// Stores the evidence of an attempt. It retries for a while, because later evidence is no
    /// better.
    async fn record(
        &self,
        onboarding: &Onboarding,
        number: u32,
        evidence: Evidence,
        url: Option<String>,
    ) {
        let (id, tenant) = (onboarding.id, &onboarding.key.tenant);
        let mut pauses = STORE_AGAIN.into_iter();
        loop {
            let stored = self
                .store
                .see(id, number, evidence.clone(), url.clone(), self.moment())
                .await;
            let error = match stored {
                Ok(Some(after)) => {
                    return self.moved(State::Creating, &after);
                }
                Ok(None) => return,
                Err(error) => error,
            };
            let Some(pause) = pauses.next() else {
                tracing::error!(onboarding = %id, %tenant, attempt = number, %error,
                    "the evidence of an attempt could not be stored; it will be verified");
                return;
            };
            tracing::warn!(onboarding = %id, %tenant, attempt = number, %error,
                "the evidence of an attempt could not be stored yet");
            tokio::time::sleep(pause).await;
        }
    }
}

/// What resolving a hire leads to, with this directory.
pub(super) fn resolved_in(
    view: &View,
    onboarding: &Onboarding,
    collaborator: &Collaborator,
    tenant: &Tenant,
) -> Resolved {
    let decided = OperatorInput {
        amendment: &onboarding.amendment,
        create_anyway: onboarding.create_anyway,
    };
    let remarks = &onboarding.content.remarks;
    resolve(collaborator, remarks, tenant, &*view.snapshot, decided)
}

/// `POST /api/v3/users?contract=true` makes the user and the first contract
/// (`api-reference/legacy/directory/post-work-contract`); `notify=false` is a parameter of
/// Lucca's framework that suppresses mail.
fn creation_url(tenant: &Tenant) -> String {
    let notify = match tenant.welcome_mail {
        WelcomeMail::Unspecified => "",
        WelcomeMail::Suppress => "&notify=false",
    };
    format!("{}/api/v3/users?contract=true{notify}", tenant.lucca_url)
}

/// Whether the custom data are asked about.
fn asks_about_data(resolved: &Resolved) -> bool {
    let is_about = |it: &Question| it.fields().contains(&Field::ExtendedData);
    matches!(resolved, Resolved::Asks(problem, _) if problem.questions.iter().any(is_about))
}

/// Whether the name of a unit matched nothing.
fn lacks_a_unit(resolved: &Resolved) -> bool {
    use ProblemCode::{DefaultMissing, Unmatched};
    use WarningKind::{NotMatched, SeveralMatched};
    let (findings, problem) = match resolved {
        Resolved::Ready(_, findings) | Resolved::Exists(_, findings) => (findings, Vec::new()),
        Resolved::Asks(problem, findings) => (findings, problem.codes()),
    };
    problem
        .iter()
        .any(|it| matches!(it, DefaultMissing | Unmatched))
        || findings
            .warnings
            .iter()
            .any(|warning| matches!(warning.kind, NotMatched { .. } | SeveralMatched { .. }))
}
