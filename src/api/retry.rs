//! Retries of onboardings, one or many, and what came of them.

use std::collections::{BTreeMap, HashSet};

use super::{ApiError, call::Call, shared::Shared};
use crate::{
    domain::{
        finding::ProblemCode,
        ids::{OnboardingId, TenantId},
        onboarding::{Onboarding, decision::Decision, forward::Retried},
    },
    pb::{
        v1::{RetryOnboardingsResponse, retry_onboardings_response},
        values::int32,
    },
    store::{Filter, Lookup, StoreError},
};

/// What came of retries.
#[derive(Debug, Default)]
pub struct Tally {
    resumed: usize,
    brought_forward: usize,
    already_due: usize,
    not: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Counts one.
    pub fn add(&mut self, retried: Retried) {
        let count = match retried {
            Retried::Resumed => &mut self.resumed,
            Retried::BroughtForward => &mut self.brought_forward,
            Retried::AlreadyDue => &mut self.already_due,
            Retried::Not(why) => self.not.entry(why.code()).or_default(),
        };
        *count += 1;
    }

    /// The counts as the caller gets them.
    pub fn answer(self) -> RetryOnboardingsResponse {
        let not_retried = self.not.into_iter();
        RetryOnboardingsResponse {
            retried_count: int32(self.resumed + self.brought_forward),
            brought_forward_count: int32(self.brought_forward),
            already_due_count: int32(self.already_due),
            not_retried: not_retried
                .map(|(reason, count)| retry_onboardings_response::NotRetried {
                    reason: reason.to_owned(),
                    count: int32(count),
                })
                .collect(),
        }
    }
}

impl Shared {
    /// Retries an onboarding.
    ///
    /// # Errors
    /// The store does not answer, or the onboarding is in quarantine.
    pub async fn retry(&self, call: &Call, before: &Onboarding) -> Result<Retried, ApiError> {
        let decided = self.decide(call, before.id, Decision::Resume, "retried");
        let after = decided.await?;
        Ok(Retried::of(before, &after, self.now()))
    }

    /// An onboarding whose source has said the same again, or something older: what waits goes on, if
    /// nobody has to decide about it.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn nudged(&self, call: &Call, of: Onboarding) -> Result<Onboarding, ApiError> {
        if !of.can_be_nudged(self.now()) {
            return Ok(of);
        }
        self.decide(call, of.id, Decision::Nudge, "said again")
            .await
    }

    /// Retries every hire of a tenant that waits with this problem.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn retry_all(
        &self,
        call: &Call,
        tenant: &TenantId,
        problem: &str,
    ) -> Result<Tally, ApiError> {
        let mut tally = Tally::default();
        for id in self.waiting(tenant, problem).await? {
            let found = self.store().onboarding(Lookup::Id(id)).await;
            let Some(before) = StoreError::if_readable(found)? else {
                continue;
            };
            match self.retry(call, &before).await {
                Ok(retried) => tally.add(retried),
                Err(ApiError::Quarantined(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tally)
    }

    /// The hires of a tenant that wait with this problem. What waits for a later try waits for
    /// Lucca as well.
    async fn waiting(
        &self,
        tenant: &TenantId,
        problem: &str,
    ) -> Result<Vec<OnboardingId>, ApiError> {
        let filter = Filter {
            tenant: Some(tenant.clone()),
            problem: Some(problem.to_owned()),
            ..Filter::default()
        };
        let mut waiting = Vec::new();
        self.for_each(filter, |it| waiting.push(it.id)).await?;
        if problem == ProblemCode::LuccaUnavailable.as_str() {
            let known: HashSet<OnboardingId> = waiting.iter().copied().collect();
            let account = self.tenant(tenant).await?.account;
            let postponed = self.store().postponed(&account, Some(tenant), self.now());
            let postponed = postponed.await?.into_iter();
            waiting.extend(postponed.filter(|id| !known.contains(id)));
        }
        Ok(waiting)
    }
}
