//! What a worker does with an onboarding it has claimed.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Engine, Plan, Stop, lane_queue::WorkPermit};
use crate::{
    domain::{
        cause::Trouble,
        finding::Question,
        onboarding::{Findings, Onboarding, State, later, progress::Step},
        tenant::Tenant,
    },
    lucca::ReadError,
    store::{LeaseGrant, Stepped, StoreError},
};

/// How soon a hire is tried again while its account is still being read.
const READING_REST: Duration = Duration::from_secs(1);

/// How soon a hire is looked at again whose tenant is disabled, gone or unreadable.
const DISABLED_REST: Duration = Duration::from_secs(60);

impl Engine {
    /// Moves one onboarding forward. When the service stops, a lease whose work has not begun
    /// is released, and a creation that has begun is finished.
    pub(super) async fn work(
        &self,
        claimed: LeaseGrant,
        permit: &WorkPermit,
        stop: &CancellationToken,
    ) {
        let onboarding = &claimed.onboarding;
        // A decision may wait for Lucca or the budget, but must end well before the lease does.
        // A creation that has begun is not cut short.
        let patience = self.timing.lease / 2;
        let decided = tokio::select! {
            decided = tokio::time::timeout(patience, self.decide(onboarding)) => decided,
            () = stop.cancelled() => {
                let step = self.release(onboarding, Trouble::ServiceStopped);
                self.take(onboarding, claimed.token, step).await;
                return;
            }
        };
        let planned = match decided {
            Ok(Ok(Plan::Create(person, findings, tenant))) => self
                .attempt(&claimed, &tenant, &person, findings)
                .await
                .map(|step| step.map_or(Plan::Rest, Plan::Take)),
            Ok(planned) => planned,
            // A read that fails ends before this. One that is slow goes on in the background.
            Err(_) => Ok(Plan::Take(self.wait(READING_REST, Trouble::SlowRead))),
        };
        let step = match planned {
            Ok(Plan::Take(step)) => step,
            Ok(_) => return permit.in_order(),
            Err(Stop::Budget(span)) => {
                permit.close(later(self.clock.now(), span));
                self.release(onboarding, Trouble::NoBudget)
            }
            Err(Stop::Read(error)) => self.unreadable(&error, permit, onboarding),
            Err(Stop::Store(error)) => {
                // The lease expires.
                let (id, tenant) = (onboarding.id, &onboarding.key.tenant);
                tracing::error!(onboarding = %id, %tenant, %error, "an onboarding could not be worked on");
                return;
            }
        };
        if !matches!(step, Step::Failed { .. }) {
            permit.in_order();
        }
        self.take(onboarding, claimed.token, step).await;
    }

    /// Stores a step of a worker that has not begun an attempt.
    pub(super) async fn take(
        &self,
        onboarding: &Onboarding,
        token: u64,
        step: Step,
    ) -> Option<Stepped> {
        match self
            .store
            .step(onboarding.id, token, step, self.moment())
            .await
        {
            Ok(stepped) => {
                if let Stepped::Done(after) = &stepped {
                    self.moved(onboarding.state(), after);
                }
                Some(stepped)
            }
            Err(error) => {
                let (id, tenant) = (onboarding.id, &onboarding.key.tenant);
                tracing::error!(onboarding = %id, %tenant, %error, "a step could not be stored");
                None
            }
        }
    }

    pub(super) fn moved(&self, from: State, after: &Onboarding) {
        if after.state() == from {
            return;
        }
        self.metrics
            .transition(from.as_str(), after.state().as_str());
        tracing::info!(
            onboarding = %after.id,
            tenant = %after.key.tenant,
            from = from.as_str(),
            to = after.state().as_str(),
            reason = %after.reason(Some(from)),
            "onboarding moved"
        );
    }

    /// The step that tries the hire again after a while.
    pub(super) fn wait(&self, span: Duration, reason: Trouble) -> Step {
        let until = later(self.clock.now(), span);
        Step::Wait { until, reason }
    }

    /// Releases the lease; the due time stays the same.
    fn release(&self, onboarding: &Onboarding, reason: Trouble) -> Step {
        Step::Wait {
            until: onboarding.due().unwrap_or_else(|| self.clock.now()),
            reason,
        }
    }

    /// The step that follows from a failed read.
    fn unreadable(&self, error: &ReadError, permit: &WorkPermit, of: &Onboarding) -> Step {
        let (id, tenant) = (of.id, &of.key.tenant);
        tracing::warn!(onboarding = %id, %tenant, state = of.state().as_str(), %error,
            "Lucca could not be read");
        match error {
            ReadError::KeyRefused(status) => Step::Ask {
                problem: match status {
                    403 => Question::ReadingNotAllowed,
                    // Some versions of Lucca may answer 401 for a missing right, too.
                    _ => Question::KeyRefused,
                }
                .into(),
                findings: Findings::default(),
            },
            error => {
                permit.trouble(self.clock.now());
                Step::Failed {
                    reason: Trouble::Read(error.failure()),
                    not_before: None,
                }
            }
        }
    }

    /// Decides what to do.
    async fn decide(&self, onboarding: &Onboarding) -> Result<Plan, Stop> {
        let tenant = match self.store.tenant(&onboarding.key.tenant).await {
            Ok(Some(tenant)) => tenant,
            Ok(None) => return Ok(Plan::Take(self.wait(DISABLED_REST, Trouble::TenantGone))),
            Err(StoreError::Quarantined(_)) => {
                let step = self.wait(DISABLED_REST, Trouble::TenantUnreadable);
                return Ok(Plan::Take(step));
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(step) = self.blocked_by_tenant(onboarding, &tenant) {
            return Ok(Plan::Take(step));
        }
        match onboarding.state() {
            State::Accepted => self.resolve(onboarding, tenant).await,
            State::Verifying => self.look(onboarding, &tenant).await.map(Plan::Take),
            _ => Ok(Plan::Rest),
        }
    }

    /// The step if the tenant's settings forbid work on the hire.
    fn blocked_by_tenant(&self, onboarding: &Onboarding, tenant: &Tenant) -> Option<Step> {
        if tenant.account != onboarding.key.account {
            return Some(Step::Ask {
                problem: Question::AccountChanged.into(),
                findings: onboarding.findings.clone(),
            });
        }
        // The outcome of a call is verified even if the tenant is disabled.
        let rests = tenant.disabled && onboarding.state() != State::Verifying;
        rests.then(|| self.wait(DISABLED_REST, Trouble::TenantDisabled))
    }
}
