//! Rules of storing that are the same for every store.

use std::time::Duration;

use crate::domain::onboarding::{Onboarding, State};

/// For how long a person just created keeps the claim on the login: longer than any
/// directory may be old and than Lucca was ever assumed to hide a new person.
pub const CLAIM_KEPT: Duration = Duration::from_secs(600);

/// Whether a change from outside leaves a worker its claim.
///
/// It ends the claim on something that is not under way: what the worker has decided rests
/// on content that is no longer true.
pub fn keeps_lease(before: &Onboarding, after: &Onboarding) -> bool {
    let same_content = after.content.revision == before.content.revision;
    after.state == before.state && (after.state != State::Accepted || same_content)
}
