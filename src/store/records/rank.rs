//! The sort key of lists, and what is counted by it.

use jiff::tz::TimeZone;

use crate::{
    domain::{
        dates::CivilDate,
        finding::ProblemCode,
        onboarding::{Onboarding, State},
    },
    store::WaitingCount,
};

/// Marks the rank of an onboarding without a start date.
const UNDATED: char = '?';

/// The sort key of lists: what somebody has to see to comes first, then by start date. An
/// onboarding without a start date sorts as if it started on the day it was stored (in UTC): after
/// those who should have started by then, and before those who start later, however long it waits.
pub(in crate::store) fn rank(of: &Onboarding) -> String {
    let ended = u8::from(!of.is_waited_for());
    match of.draft().contract_start_date {
        Some(start) => format!("{ended}{start}"),
        None => {
            let stored = of.create_time.to_zoned_datetime(TimeZone::UTC).date();
            format!("{ended}{stored}{UNDATED}")
        }
    }
}

/// The ranks of what somebody has to see to are below this.
pub(in crate::store) const ENDED: &str = "1";

/// What waits, from groups of rows: state, rank, codes of problems and number of rows.
///
/// A word that this version does not know costs nobody the counts: a group of an unknown state or
/// rank is left out, one with an unknown problem counts without it, and the log says how many.
pub(in crate::store) fn waiting_counts(
    groups: impl IntoIterator<Item = (String, String, Option<String>, i64)>,
) -> Vec<WaitingCount> {
    let mut unknown = 0;
    let mut counts = Vec::new();
    for (state, rank, problem, count) in groups {
        let count = u64::try_from(count).unwrap_or_default();
        let words = problem.as_deref().unwrap_or_default().split_whitespace();
        let codes: Vec<Option<ProblemCode>> = words.map(|code| code.parse().ok()).collect();
        if codes.contains(&None) {
            unknown += count;
        }
        match (state.parse::<State>().ok(), start_of(&rank)) {
            (Some(state), Some(start)) => counts.push(WaitingCount {
                state,
                start,
                problems: codes.into_iter().flatten().collect(),
                count,
            }),
            _ => unknown += count,
        }
    }
    if unknown > 0 {
        tracing::warn!(
            onboardings = unknown,
            "some onboardings have a state, start date or problem that this version does not know"
        );
    }
    counts
}

/// The start date of a rank, if it has one; `None` if it is no rank.
fn start_of(rank: &str) -> Option<Option<CivilDate>> {
    let date = rank.get(1..)?;
    if date.ends_with(UNDATED) {
        return Some(None);
    }
    CivilDate::parse_iso(date).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_costs_nobody_the_counts() {
        let group = |state: &str, rank: &str, problem: Option<&str>| {
            (
                state.to_owned(),
                rank.to_owned(),
                problem.map(str::to_owned),
                2,
            )
        };
        let counts = waiting_counts([
            group("PARKED", "02027-03-01", None),
            group("ACCEPTED", "0soon", None),
            group("NEEDS_ATTENTION", "02027-03-01", Some("BAD_WEATHER")),
            group(
                "NEEDS_ATTENTION",
                "02027-03-01?",
                Some("REHIRE DATE_UNLIKELY"),
            ),
        ]);
        let found: Vec<_> = counts
            .iter()
            .map(|it| (it.start.is_some(), it.problems.as_slice(), it.count))
            .collect();
        let both: &[ProblemCode] = &[ProblemCode::Rehire, ProblemCode::DateUnlikely];
        assert_eq!(found, [(true, &[][..], 2), (false, both, 2)]);
    }
}
