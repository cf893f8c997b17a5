//! The properties.

use super::{
    parts::{SET, Title},
    settings::{Settings, Watch},
    world::{World, title},
};
use crate::domain::{follow_up::Code, onboarding::State};

/// The properties of every world.
pub(super) fn broken_at(world: &World, settings: &Settings) -> Option<String> {
    if let Some(fault) = &world.fault {
        return Some(fault.clone());
    }
    if settings.watch == Watch::Calls {
        return None;
    }
    let onboarding = &world.onboarding;
    let open = onboarding.open_attempts().count();
    let exists = !world.people.is_empty();
    let acted = exists && settings.watch != Watch::People;
    let may_act = world.calls.iter().any(|call| call.answer.is_none());
    let active = onboarding.state().is_active();
    let table = [
        (world.people.len() > 1, "two people were created"),
        (
            onboarding.state() == State::Created && !exists,
            "CREATED, and nobody exists",
        ),
        (
            onboarding.state() == State::Cancelled && (acted || may_act),
            "CANCELLED, and someone exists or may come to",
        ),
        (
            onboarding.state() == State::Accepted && (acted || may_act),
            "ACCEPTED, and an earlier call acted or may act",
        ),
        (open > 1, "two attempts are open"),
        (
            open > 0 && (onboarding.state().is_terminal() || onboarding.state() == State::Accepted),
            "an attempt is open, and nobody will find out what became of it",
        ),
        (
            open == 0 && matches!(onboarding.state(), State::Creating | State::Verifying),
            "no attempt is open, and its outcome is waited for",
        ),
        (
            active && (onboarding.due().is_none() || world.lease.wake.is_none()),
            "nobody will ever look at it",
        ),
        (
            !active && (onboarding.due().is_some() || world.lease.held),
            "it is leased or due, and there is nothing to do",
        ),
        (
            onboarding.state() == State::NeedsAttention && onboarding.problem().is_none(),
            "it waits for a person and does not say why",
        ),
    ];
    found(&table)
}

/// The properties of a world in which nothing more happens by itself.
pub(super) fn broken_at_rest(world: &World) -> Option<String> {
    let onboarding = &world.onboarding;
    let noted = |code: Code| {
        let follow_ups = &onboarding.findings.follow_ups;
        follow_ups.iter().any(|it| it.code() == code)
    };
    let newest = onboarding.pending.as_ref().unwrap_or(&onboarding.content);
    let exists = world.people.first();
    let differs = exists.is_some_and(|person| person.title != wanted(world));
    let created = onboarding.state() == State::Created;
    let cancelled = onboarding.state() == State::Cancelled;
    let asks = onboarding.state() == State::NeedsAttention;
    let open = onboarding.has_open_attempt();
    let table = [
        (
            onboarding.state().is_active(),
            "it stands still although it should go on",
        ),
        (
            exists.is_some() && !created && !open,
            "someone was created, and nobody knows or asks",
        ),
        (
            created && differs && !noted(Code::ChangedAfterCreation),
            "the person differs from what was said last, and nobody is told",
        ),
        (
            created && world.withdrawn != noted(Code::WithdrawnAfterCreation),
            "a withdrawal after the creation is not noted, or noted wrongly",
        ),
        (
            cancelled && !world.withdrawn,
            "it was cancelled although the hire is wanted",
        ),
        (
            asks && world.withdrawn != onboarding.cancel_requested,
            "a withdrawal is forgotten, or kept although the hire is wanted",
        ),
        (
            asks && world.withdrawn && !open,
            "a withdrawal is not carried out although nothing is open",
        ),
        (
            asks && title(&onboarding.amendment.over(&newest.draft)) != wanted(world),
            "what was said last is forgotten",
        ),
    ];
    found(&table)
}

fn found(table: &[(bool, &str)]) -> Option<String> {
    let broken = table.iter().find(|(broken, _)| *broken);
    broken.map(|(_, what)| (*what).to_owned())
}

/// The title that the person should have.
fn wanted(world: &World) -> Title {
    if world.set { SET } else { world.said }
}
