//! Rules of storing that are the same for every store.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    attempt::Outcome,
    onboarding::{Onboarding, State},
};

/// For how long a person just created keeps the claim on the login: longer than any
/// directory may be old and than Lucca was ever assumed to hide a new person.
pub const CLAIM_KEPT: Duration = Duration::from_secs(600);

/// What has to be as old as this for the retention time to be over.
pub fn before(now: Timestamp, kept: Duration) -> Timestamp {
    SignedDuration::try_from(kept)
        .ok()
        .and_then(|kept| now.checked_sub(kept).ok())
        .unwrap_or(Timestamp::MIN)
}

/// What the history is told of a change, in order: events and their details.
pub fn told(before: &Onboarding, after: &Onboarding) -> Vec<(&'static str, &'static str)> {
    let mut told = Vec::new();
    if after.amendment != before.amendment && !after.erased {
        told.push(("AMENDED", "BY_OPERATOR"));
    } else if after.content.revision != before.content.revision {
        told.push(("AMENDED", ""));
    }
    let newly = [
        (after.create_anyway, before.create_anyway, "CREATE_ANYWAY"),
        (
            after.cancel_requested,
            before.cancel_requested,
            "CANCEL_REQUESTED",
        ),
        (
            after.erase_requested,
            before.erase_requested,
            "ERASE_REQUESTED",
        ),
    ];
    told.extend(
        newly
            .into_iter()
            .filter(|(now, then, _)| *now && !then)
            .map(|(_, _, event)| (event, "")),
    );
    if after.state != before.state {
        told.push((after.state.as_str(), detail(after)));
    }
    if after.erased && !before.erased {
        told.push(("ERASED", ""));
    }
    told
}

/// What the history is told beside a state: the problem, or that nothing had to be sent.
pub fn detail(of: &Onboarding) -> &'static str {
    let nothing_sent = of.state == State::Created
        && !of
            .attempts
            .iter()
            .any(|attempt| matches!(attempt.outcome(), Outcome::Executed(_)));
    match &of.problem {
        Some(problem) => problem.code.as_str(),
        None if nothing_sent => "LINKED",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::onboarding::fixtures::{hire, standing};

    #[test]
    fn the_history_is_told_of_decisions_as_well_as_of_moves() {
        let before = standing(&hire("a-1"), State::Accepted);
        let mut after = before.clone();
        after.cancel_requested = true;
        after.content.revision += 1;
        assert_eq!(
            told(&before, &after),
            [("AMENDED", ""), ("CANCEL_REQUESTED", "")]
        );
        after = before.clone();
        after.state = State::Created;
        assert_eq!(told(&before, &after), [("CREATED", "LINKED")]);
        assert!(told(&before, &before).is_empty());
    }
}
