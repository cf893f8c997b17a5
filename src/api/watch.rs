//! Following an onboarding.

use std::time::Duration;

use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{ApiError, status::Statuses};
use crate::{domain::onboarding::Onboarding, pb::v1, store::Lookup};

/// Messages that may wait for a slow reader.
const AHEAD: usize = 4;

/// After how long it is looked even if nothing was heard.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What a watcher gets.
pub(super) type Watch = ReceiverStream<Result<v1::WatchStatusResponse, Status>>;

/// Streams an onboarding: as it is, then at each change, until it has ended or nobody
/// listens any more.
pub(super) fn watch(statuses: Statuses, onboarding: Onboarding) -> Watch {
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
        if shown.as_ref() != Some(&onboarding) {
            let message = v1::WatchStatusResponse {
                onboarding: Some(statuses.show(&onboarding, None).await?),
            };
            if sender.send(Ok(message)).await.is_err() {
                return Ok(());
            }
            shown = Some(onboarding.clone());
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
