//! `WatchStatus`: following an onboarding.

use std::time::Duration;

use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{Onboardings, READERS};
use crate::{
    api::{ApiError, Caller, places::Place, status::Statuses},
    domain::onboarding::Onboarding,
    pb::v1::{self, get_status_request::Key, watch_status_request::Key as Watched},
    store::Lookup,
};

/// Messages that may wait for a slow reader.
const AHEAD: usize = 4;

/// After how long it is looked even if nothing was heard.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What a watcher gets.
pub(super) type Watch = ReceiverStream<Result<v1::WatchStatusResponse, Status>>;

impl Onboardings {
    /// Streams the onboarding that goes by a key, if the caller may see it.
    pub(super) async fn watched(
        &self,
        caller: &Caller,
        place: Option<Place>,
        key: Option<Watched>,
    ) -> Result<Watch, ApiError> {
        let key = key.map(|key| match key {
            Watched::OnboardingId(id) => Key::OnboardingId(id),
            Watched::SourceKey(key) => Key::SourceKey(key),
        });
        caller.has(&READERS)?;
        let onboarding = self.find(caller, key).await?;
        if let Some(place) = place {
            place.wait()?;
        }
        Ok(watch(self.statuses.clone(), onboarding))
    }
}

/// Streams an onboarding: as it is, then at each change, until it has ended or nobody
/// listens any more.
fn watch(statuses: Statuses, onboarding: Onboarding) -> Watch {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        if let Err(error) = follow(&statuses, onboarding, &sender).await {
            // A listener that has gone needs no error.
            let _ = sender.send(Err(error.into())).await;
        }
    });
    ReceiverStream::new(receiver)
}

async fn follow(
    statuses: &Statuses,
    mut onboarding: Onboarding,
    sender: &mpsc::Sender<Result<v1::WatchStatusResponse, Status>>,
) -> Result<(), ApiError> {
    // Listening begins before looking, so that no change is missed.
    let mut changes = statuses.store().changes();
    let mut shown = None;
    loop {
        let lookup = Lookup::Id(onboarding.id);
        if let Some(now) = statuses.store().onboarding(lookup).await? {
            onboarding = now;
        }
        // With a new day the urgency may be another one.
        let now = Some((onboarding.clone(), statuses.today(&onboarding).await?));
        if shown != now {
            let message = v1::WatchStatusResponse {
                onboarding: Some(statuses.show(&onboarding, None).await?),
            };
            if sender.send(Ok(message)).await.is_err() {
                return Ok(());
            }
            shown = now;
        }
        if onboarding.state.is_terminal() {
            return Ok(());
        }
        loop {
            tokio::select! {
                () = sender.closed() => return Ok(()),
                () = tokio::time::sleep(LOOK_AGAIN) => break,
                heard = changes.recv() => match heard {
                    Ok(id) if id != onboarding.id => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_stream::StreamExt as _;

    use super::*;
    use crate::{
        api::fixtures::House,
        clock::FakeClock,
        domain::onboarding::{
            decision::Decision,
            fixtures::{at, hire, id},
        },
        store::{Actor, Submitted},
    };

    #[tokio::test]
    async fn a_new_day_is_shown_like_any_other_change() {
        let clock = Arc::new(FakeClock::new());
        let house = House::with_clock(Arc::clone(&clock) as _).await;
        // Eight days from now, in Paris as in UTC.
        let starting = hire("a-1").starting("2027-01-09");
        let stored = house
            .store
            .submit(starting, None, id(1), Actor::payroll(), at(0))
            .await;
        let Ok(Submitted::Stored(onboarding)) = stored else {
            panic!("{stored:?}")
        };
        let mut watched = watch(house.statuses.clone(), *onboarding);
        let mut next = async || {
            let message = watched.next().await.unwrap().unwrap();
            let shown = message.onboarding.unwrap();
            (shown.urgency(), shown.days_until_start)
        };
        assert_eq!(next().await, (v1::Urgency::Normal, Some(8)));
        clock.advance(Duration::from_secs(24 * 3600));
        // Nothing changes but the day; the word that something did lets it look at once.
        let resumed = house.store.decide(id(1), "olga", Decision::Resume, at(1));
        resumed.await.unwrap();
        assert_eq!(next().await, (v1::Urgency::Soon, Some(7)));
    }
}
