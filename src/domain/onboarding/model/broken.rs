//! Rules that are left out on purpose: the model must notice each.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::settings::Settings;
use crate::domain::{
    attempt::{Evidence, EvidenceEntry},
    onboarding::{Moment, Onboarding, machine::NoSuchMove},
};

/// Stores evidence; if `forgetful`, as if no earlier attempt had ever had an unknown outcome.
pub(super) fn see(
    onboarding: &mut Onboarding,
    number: u32,
    evidence: Evidence,
    moment: &Moment,
    forgetful: bool,
) -> Result<(), NoSuchMove> {
    if !forgetful {
        return onboarding.see(number, evidence, None, moment);
    }
    let before = onboarding.attempts.clone();
    for earlier in &mut onboarding.attempts {
        if earlier.number < number {
            earlier.seen.push(not_executed(moment.now));
        }
    }
    let seen = onboarding.see(number, evidence, None, moment);
    for earlier in before.into_iter().filter(|it| it.number < number) {
        onboarding.attempts.retain(|it| it.number != earlier.number);
        onboarding.attempts.push(earlier);
    }
    onboarding.attempts.sort_by_key(|it| it.number);
    seen
}

/// Counts one look as two, with settings by which it need not wait for the gap.
pub(super) fn without_second_look(
    onboarding: &mut Arc<Onboarding>,
    at: Timestamp,
    settings: &Settings,
) -> Settings {
    Arc::make_mut(onboarding).add_look(at, Timestamp::MIN);
    let mut settings = settings.clone();
    Arc::make_mut(&mut settings.timing).verify_gap = Duration::ZERO;
    settings
}

/// A retry after which an open attempt counts as not executed.
pub(super) fn retry(onboarding: &mut Onboarding, now: Timestamp) -> bool {
    for attempt in &mut onboarding.attempts {
        if attempt.is_open() {
            attempt.seen.push(not_executed(now));
        }
    }
    onboarding.resume(now)
}

fn not_executed(time: Timestamp) -> EvidenceEntry {
    EvidenceEntry {
        time,
        evidence: Evidence::NotExecuted("".into()),
    }
}
