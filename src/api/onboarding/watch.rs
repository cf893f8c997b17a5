//! `WatchStatus`: following an onboarding.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::Onboardings;
use crate::{
    api::{
        ApiError,
        audit::About,
        call::Call,
        shared::{Shared, changed},
    },
    domain::onboarding::Onboarding,
    pb::v1::{self, get_status_request::Key, watch_status_request::Key as WatchKey},
    store::Lookup,
};

/// Messages that may wait for a slow reader.
const AHEAD: usize = 4;

/// How long to wait for news before reading the onboarding anyway.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What a watcher gets.
pub(super) type Watch = ReceiverStream<Result<v1::WatchStatusResponse, Status>>;

impl Onboardings {
    /// Streams the onboarding with a key, if the caller may see it.
    pub(super) async fn watch(
        self,
        call: Arc<Call>,
        request: v1::WatchStatusRequest,
    ) -> Result<Watch, ApiError> {
        let key = request.key.map(|key| match key {
            WatchKey::OnboardingId(id) => Key::OnboardingId(id),
            WatchKey::SourceKey(key) => Key::SourceKey(key),
        });
        let onboarding = self.find(&call, key).await?;
        call.wait().await?;
        Ok(watch(self.shared, call, onboarding))
    }
}

/// What a key names.
pub(super) fn about(key: Option<&WatchKey>) -> About {
    match key {
        Some(WatchKey::OnboardingId(id)) => About::onboarding(id),
        Some(WatchKey::SourceKey(key)) => About::tenant(&key.tenant),
        None => About::default(),
    }
}

/// Streams an onboarding, first its current state and then each change, until it has ended or the
/// listener has gone.
fn watch(shared: Shared, call: Arc<Call>, onboarding: Onboarding) -> Watch {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        if let Err(error) = follow(&shared, &call, onboarding, &sender).await {
            // A listener that has gone needs no error.
            let _ = sender.send(Err(error.status(call.language))).await;
        }
    });
    ReceiverStream::new(receiver)
}

async fn follow(
    shared: &Shared,
    call: &Call,
    mut onboarding: Onboarding,
    sender: &mpsc::Sender<Result<v1::WatchStatusResponse, Status>>,
) -> Result<(), ApiError> {
    // Listening begins before reading, so that no change is missed.
    let mut changes = shared.store().changes();
    let mut shown = None;
    loop {
        let lookup = Lookup::Id(onboarding.id);
        if let Some(now) = shared.store().onboarding(lookup).await? {
            onboarding = now;
        }
        // A new day may change the urgency.
        let now = Some((onboarding.clone(), shared.today(&onboarding).await?));
        if shown != now {
            let message = v1::WatchStatusResponse {
                onboarding: Some(shared.show(call, &onboarding, None).await?),
            };
            if sender.send(Ok(message)).await.is_err() {
                return Ok(());
            }
            shown = now;
        }
        if onboarding.state().is_terminal() {
            return Ok(());
        }
        tokio::select! {
            () = sender.closed() => return Ok(()),
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            has_more = changed(&mut changes, onboarding.id) => if !has_more { return Ok(()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt as _;

    use super::*;
    use crate::{
        api::{
            fixtures::{House, call},
            rpc,
        },
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
        let mut watched = watch(house.shared.clone(), call(&rpc::WATCH_STATUS), *onboarding);
        let mut next = async || {
            let message = watched.next().await.unwrap().unwrap();
            let shown = message.onboarding.unwrap();
            (shown.urgency(), shown.days_until_start)
        };
        assert_eq!(next().await, (v1::Urgency::Normal, Some(8)));
        clock.advance(Duration::from_secs(24 * 3600));
        // Nothing changes but the day; the notification lets it look at once.
        let resumed = house.store.decide(id(1), "olga", Decision::Resume, at(1));
        resumed.await.unwrap();
        assert_eq!(next().await, (v1::Urgency::Soon, Some(7)));
    }
}
