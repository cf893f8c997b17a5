//! From an accepted hire to a creation call and its evidence.

use std::time::Duration;

use super::{Engine, Plan, Stop};
use crate::{
    directory::{MAX_AGE, Person, View},
    domain::{
        attempt::{Evidence, Intent},
        cause::Trouble,
        collaborator::Collaborator,
        extension,
        finding::{ProblemCode, Question, WarningKind},
        ids::OnboardingId,
        onboarding::{Findings, Onboarding, State, later, progress::Step},
        resolve::{Decided, Directory as _, Existing, NewPerson, Resolved, resolve},
        tenant::{Tenant, WelcomeMail},
    },
    lucca::{Access, CreateOutcome, Permit, Priority, creation_body, user_url},
    store::{Claimed, Lookup, Stepped},
};

/// How much of the age that people may have is left for what follows up to the call: other
/// reads, the budget and the intent.
const AGE_LEFT: Duration = Duration::from_secs(10);

/// How long to wait for another creation with the same login.
const BLOCKED_REST: Duration = Duration::from_secs(2);

/// The same while that creation waits for a look in Lucca or for a person.
const LONG_BLOCKED_REST: Duration = Duration::from_secs(20);

/// How old units may be when a name matches none of them.
const UNITS_AGE: Duration = Duration::from_secs(300);

/// How old definitions of custom data may be.
const DEFINITIONS_AGE: Duration = Duration::from_secs(24 * 3600);

/// How long a look right after a refusal may take: the refusal waits for it to be stored.
const LOOK_BESIDE: Duration = Duration::from_secs(5);

/// Pauses between tries to store what was seen of an attempt.
const STORE_AGAIN: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

impl Engine {
    /// Resolves an accepted hire: to a person to create, if nothing speaks against it.
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
            // Reading what else it took may have made people too old for a call.
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

    /// Resolves a hire in the light of people who are young enough for a call that is made
    /// within [`AGE_LEFT`].
    async fn resolved_now(
        &self,
        onboarding: &Onboarding,
        collaborator: &Collaborator,
        tenant: &Tenant,
    ) -> Result<Resolved, Stop> {
        let priority = Priority::Background;
        let now = self.clock.now();
        let mut view = self
            .directories
            .fresh(tenant, before(now, MAX_AGE - AGE_LEFT), priority)
            .await?;
        self.note_sight(tenant, &view).await?;
        let remarks = &onboarding.content.remarks;
        let decided = Decided {
            amendment: &onboarding.amendment,
            create_anyway: onboarding.create_anyway,
        };
        let resolve =
            |view: &View| resolve(collaborator, remarks, tenant, &*view.snapshot, decided);
        let mut resolved = resolve(&view);
        if lacks_a_unit(&resolved) {
            // The unit may be newer than the directory.
            view = self
                .directories
                .fresh_units(tenant, before(now, UNITS_AGE), priority)
                .await?;
            resolved = resolve(&view);
        }
        self.custom_checked(resolved, collaborator, onboarding.update_time, tenant)
            .await
    }

    /// Looks at the custom data of a hire, if it brings any: most hires cost no call for it.
    async fn custom_checked(
        &self,
        resolved: Resolved,
        collaborator: &Collaborator,
        last_change: jiff::Timestamp,
        tenant: &Tenant,
    ) -> Result<Resolved, Stop> {
        let data = &collaborator.rest.extended_data;
        if data.is_empty() || !matches!(resolved, Resolved::Ready(..)) {
            return Ok(resolved);
        }
        let read = |not_before| {
            self.directories
                .definitions(tenant, not_before, Priority::Background)
        };
        let known = read(before(self.clock.now(), DEFINITIONS_AGE)).await?;
        let checked = extension::checked(resolved.clone(), known.as_deref());
        if !matches!(checked, Resolved::Asks(..)) {
            return Ok(checked);
        }
        // What is missing may have been made in Lucca before the hire came or was retried.
        let newer = read(last_change).await?;
        Ok(extension::checked(resolved, newer.as_deref()))
    }

    /// Permit, intent, call, evidence: in this order.
    pub(super) async fn attempt(
        &self,
        claimed: &Claimed,
        tenant: &Tenant,
        person: &NewPerson,
        findings: Findings,
    ) -> Result<Option<Step>, Stop> {
        let access = Access::of(tenant);
        let permit = match self.client.gate().try_permit(&access).await? {
            Ok(permit) => permit,
            Err(span) => return Err(Stop::Budget(span)),
        };
        let now = self.clock.now();
        let intent = Intent {
            body: creation_body(person),
            url: creation_url(tenant),
            key_version: tenant.api_key.version,
            claim: person.claim(),
            sent_time: now,
            send_by: later(now, self.timing.send_window),
        };
        let begin = Step::Begin {
            intent: Box::new(intent.clone()),
            findings,
        };
        let id = claimed.onboarding.id;
        match self.take(&claimed.onboarding, claimed.token, begin).await {
            Some(Stepped::Done(begun)) => {
                let number = begun.attempts.last().map_or(1, |attempt| attempt.number);
                let anyway = claimed.onboarding.create_anyway;
                self.send(id, number, tenant, (person, anyway), &intent, permit)
                    .await;
                Ok(None)
            }
            Some(Stepped::Blocked(other)) => {
                permit.give_back().await;
                // Tenants may share an account, and do not learn of each other.
                let found = self.store.onboarding(Lookup::Id(other)).await?;
                let ours = found.as_ref().is_some_and(|it| it.key.tenant == tenant.id);
                let rest = match found.map(|it| it.state()) {
                    Some(State::NeedsAttention | State::Verifying) => LONG_BLOCKED_REST,
                    _ => BLOCKED_REST,
                };
                Ok(Some(Step::Wait {
                    until: later(self.clock.now(), rest),
                    reason: Trouble::LoginReserved {
                        by: ours.then_some(other),
                    },
                }))
            }
            Some(Stepped::Fenced) | None => {
                permit.give_back().await;
                Ok(None)
            }
        }
    }

    /// Makes the call and stores what came of it.
    async fn send(
        &self,
        id: OnboardingId,
        number: u32,
        tenant: &Tenant,
        (person, anyway): (&NewPerson, bool),
        intent: &Intent,
        permit: Permit,
    ) {
        let access = Access::of(tenant);
        let report = self
            .client
            .create(&access, intent, permit, &self.clock)
            .await;
        let (evidence, url) = match report.outcome {
            CreateOutcome::Created(user, url) => {
                let url = user_url(tenant.lucca_url.as_str(), url.as_deref(), user);
                let created = Person::created(user, Some(url.clone()), person);
                self.directories.created(&tenant.account, created).await;
                (Evidence::Created(user), Some(url))
            }
            CreateOutcome::NotExecuted(failure) => (Evidence::NotExecuted(failure), None),
            CreateOutcome::KeyRefused(failure) => (Evidence::KeyRefused(failure), None),
            CreateOutcome::Refused(failure) => {
                let evidence = if self.stands_beside(tenant, person, anyway).await {
                    Evidence::RefusedBeside(failure)
                } else {
                    Evidence::Refused(failure)
                };
                (evidence, None)
            }
            CreateOutcome::Unknown(failure) => (Evidence::NoAnswer(failure), None),
        };
        self.record(id, number, evidence, url).await;
    }

    /// Whether somebody in Lucca, seen only now, speaks against the creation that Lucca has
    /// just refused: people may have come since the directory was read. Who is already known
    /// does not, or nothing would have been sent.
    async fn stands_beside(&self, tenant: &Tenant, person: &NewPerson, anyway: bool) -> bool {
        let now = self.clock.now();
        let fresh = self.directories.fresh(tenant, now, Priority::Background);
        let Ok(Ok(view)) = tokio::time::timeout(LOOK_BESIDE, fresh).await else {
            return false;
        };
        match view.snapshot.find_person(person) {
            Existing::Nobody(_) => false,
            Existing::Same(_) | Existing::Question(..) => {
                !anyway || !view.snapshot.login_holders(person).is_empty()
            }
        }
    }

    /// Stores what was seen of an attempt; tries again for a while, for it is the best
    /// evidence there will ever be.
    async fn record(&self, id: OnboardingId, number: u32, evidence: Evidence, url: Option<String>) {
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
                tracing::error!(onboarding = %id, attempt = number, %error,
                    "what was seen of an attempt could not be stored; it will be verified");
                return;
            };
            tracing::warn!(onboarding = %id, attempt = number, %error,
                "what was seen of an attempt could not be stored yet");
            tokio::time::sleep(pause).await;
        }
    }
}

/// `POST /api/v3/users?contract=true` makes the user and the first contract
/// (`api-reference/legacy/directory/post-work-contract`); `notify=false` is a word of
/// Lucca's framework that suppresses mail.
fn creation_url(tenant: &Tenant) -> String {
    let notify = match tenant.welcome_mail {
        WelcomeMail::Unspecified => "",
        WelcomeMail::Suppress => "&notify=false",
    };
    format!("{}/api/v3/users?contract=true{notify}", tenant.lucca_url)
}

fn before(now: jiff::Timestamp, span: Duration) -> jiff::Timestamp {
    let span = jiff::SignedDuration::try_from(span).unwrap_or_default();
    now.checked_sub(span).unwrap_or(jiff::Timestamp::MIN)
}

/// Whether the name of a unit matched nothing.
fn lacks_a_unit(resolved: &Resolved) -> bool {
    use ProblemCode::{DefaultMissing, Unmatched};
    use WarningKind::{NotMatched, SeveralMatched};
    let (findings, problem) = match resolved {
        Resolved::Ready(_, findings) | Resolved::Exists(_, findings) => (findings, None),
        Resolved::Asks(problem, findings) => (findings, Some(problem.code)),
    };
    matches!(problem, Some(DefaultMissing | Unmatched))
        || findings
            .warnings
            .iter()
            .any(|warning| matches!(warning.kind, NotMatched { .. } | SeveralMatched { .. }))
}
