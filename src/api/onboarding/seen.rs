//! What a caller gets to see of an onboarding.

use crate::{api::Caller, config::Scope, pb::v1};

/// Those who see the person.
pub(super) const READERS: [Scope; 2] = [Scope::Caller, Scope::Operator];

/// An onboarding as this caller sees it. An adapter hands in hires; whoever has stolen its
/// token must not read with it what others have handed in, nor who works in Lucca.
pub(super) fn seen(caller: &Caller, onboarding: v1::Onboarding) -> v1::Onboarding {
    if caller.has(&READERS).is_ok() {
        return onboarding;
    }
    v1::Onboarding {
        id: onboarding.id,
        tenant: onboarding.tenant,
        source: onboarding.source,
        episode: onboarding.episode,
        state: onboarding.state,
        revision: onboarding.revision,
        pending_revision: onboarding.pending_revision,
        cancel_requested: onboarding.cancel_requested,
        create_time: onboarding.create_time,
        update_time: onboarding.update_time,
        ..v1::Onboarding::default()
    }
}
