//! Counts the onboardings that somebody has to act on, for the metrics.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use strum::IntoEnumIterator as _;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::SharedClock,
    domain::{
        dates::{CivilDate, today},
        finding::ProblemCode,
        onboarding::State,
        tenant::DEFAULT_TIME_ZONE,
        urgency::Urgency,
    },
    store::{Store, WaitingCount},
    telemetry::Metrics,
};

/// The time between two counts: each is one query over onboardings that have not ended or
/// have open follow-ups.
const PERIOD: Duration = Duration::from_secs(30);

/// The states of onboardings that somebody may have to act on; created ones, if the hire was
/// withdrawn afterwards.
const STATES: [State; 5] = [
    State::Accepted,
    State::Creating,
    State::Verifying,
    State::NeedsAttention,
    State::Created,
];

/// Updates the gauges of onboardings that somebody has to act on.
///
/// It counts over all tenants, so the day is that of the default zone. All replicas on one
/// database show the same numbers.
pub struct WaitingGauge {
    /// Where onboardings are counted.
    pub store: Arc<dyn Store>,
    /// Tells the day.
    pub clock: SharedClock,
    /// Where the counts go.
    pub metrics: Metrics,
}

/// What the store noticed until the last count.
#[derive(Clone, Copy, Default)]
struct Seen {
    refused: u64,
    mended: u64,
}

impl WaitingGauge {
    /// Counts every `PERIOD` until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut quarantine = self.store.noticed().quarantine();
        let mut noticed = Seen::default();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
                Ok(()) = quarantine.changed() => {}
            }
            noticed = self.count_unreadable(noticed).await;
            match self.store.waiting_counts().await {
                Ok(standing) => {
                    let today = today(self.clock.now(), DEFAULT_TIME_ZONE);
                    for ((state, urgency), count) in counted(&standing, today) {
                        self.metrics
                            .standing(state.as_str(), urgency.as_str(), count);
                    }
                    for (problem, count) in asked(&standing) {
                        self.metrics.needs_attention(problem.as_str(), count);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "waiting onboardings could not be counted");
                }
            }
        }
    }
}

impl WaitingGauge {
    /// Counts what is in quarantine, and what the store noticed since `before`.
    async fn count_unreadable(&self, before: Seen) -> Seen {
        match self.store.quarantine_counts().await {
            Ok(counts) => self
                .metrics
                .quarantine(counts.into_iter().map(|(kind, count)| (kind.into(), count))),
            Err(error) => tracing::warn!(%error, "the quarantine could not be counted"),
        }
        match self.store.waiting_for_tenant(None).await {
            Ok(count) => self.metrics.waiting_for_tenant(count),
            Err(error) => {
                tracing::warn!(%error, "hires of unreadable tenants could not be counted")
            }
        }
        let noticed = self.store.noticed();
        let now = Seen {
            refused: noticed.refused_writes(),
            mended: noticed.mended(),
        };
        self.metrics
            .refused_writes(now.refused.saturating_sub(before.refused));
        self.metrics
            .mended(now.mended.saturating_sub(before.mended));
        now
    }
}

/// The counts by state and urgency, zeros included.
fn counted(
    standing: &[WaitingCount],
    today: CivilDate,
) -> impl Iterator<Item = ((State, Urgency), i64)> {
    let mut counts = BTreeMap::new();
    for (place, state) in STATES.into_iter().enumerate() {
        for urgency in Urgency::STANDING {
            counts.insert((place, urgency), ((state, urgency), 0_i64));
        }
    }
    for item in standing {
        let urgency = Urgency::of(true, item.start, today);
        let place = STATES.iter().position(|state| *state == item.state);
        if let Some((_, count)) = place.and_then(|place| counts.get_mut(&(place, urgency))) {
            *count = count.saturating_add(i64::try_from(item.count).unwrap_or(i64::MAX));
        }
    }
    counts.into_values()
}

/// The counts of onboardings that wait for a person by problem, zeros included. One that has
/// several problems counts for each.
fn asked(standing: &[WaitingCount]) -> impl Iterator<Item = (ProblemCode, i64)> {
    ProblemCode::iter().map(|problem| {
        let asks = |it: &&WaitingCount| it.problems.contains(&problem);
        let waiting = standing.iter().filter(asks);
        let waiting = waiting.filter(|it| it.state == State::NeedsAttention);
        let count: u64 = waiting.map(|item| item.count).sum();
        (problem, i64::try_from(count).unwrap_or(i64::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_urgency_has_a_count_zeros_included() {
        let date = |text: &str| CivilDate::parse_iso(text).unwrap();
        let standing = |state, start: Option<&str>, count| WaitingCount {
            state,
            start: start.map(date),
            problems: match state {
                State::NeedsAttention => vec![ProblemCode::Rehire, ProblemCode::DateUnlikely],
                _ => Vec::new(),
            },
            count,
        };
        let list = [
            standing(State::NeedsAttention, None, 1),
            standing(State::NeedsAttention, Some("2027-01-03"), 2),
            standing(State::NeedsAttention, Some("2027-01-04"), 3),
            standing(State::Accepted, Some("2027-01-05"), 4),
            standing(State::Accepted, Some("2027-03-01"), 5),
            standing(State::Created, Some("2027-01-05"), 6),
        ];
        let asked: Vec<_> = asked(&list).collect();
        assert_eq!(asked.len(), ProblemCode::iter().len());
        let some: Vec<_> = asked.into_iter().filter(|(_, count)| *count > 0).collect();
        let both = [(ProblemCode::Rehire, 6), (ProblemCode::DateUnlikely, 6)];
        assert_eq!(some, both);
        let counts: Vec<_> = counted(&list, date("2027-01-04")).collect();
        assert_eq!(counts.len(), 20);
        let some: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(
            some,
            [
                ((State::Accepted, Urgency::Normal), 5),
                ((State::Accepted, Urgency::Soon), 4),
                ((State::NeedsAttention, Urgency::Undated), 1),
                ((State::NeedsAttention, Urgency::Late), 5),
                ((State::Created, Urgency::Soon), 6),
            ]
        );
    }
}
