//! `RotateEncryptionKeys`: seals everything again with the newest encryption key, while the
//! service goes on.

use std::sync::Arc;

use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::Tenants;
use crate::{
    api::{ApiError, audit::About, call::Call},
    pb::v1::{RotateEncryptionKeysRequest, RotateEncryptionKeysResponse as Progress},
    store::{HistoryEvent, resealing::Cursor},
};

/// How often everything is searched for older keys, at most: records change meanwhile, and
/// other processes may still seal with an older key.
const PASSES: usize = 5;

/// Progress messages that may wait for a slow reader.
const AHEAD: usize = 8;

/// The answer: progress, then the result.
pub(super) type Rotation = ReceiverStream<Result<Progress, Status>>;

impl Tenants {
    pub(super) async fn rotate(
        self,
        call: Arc<Call>,
        _: RotateEncryptionKeysRequest,
    ) -> Result<Rotation, ApiError> {
        call.caller.may(None)?;
        let (listener, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move { self.rotate_for(&call, &listener).await });
        Ok(ReceiverStream::new(receiver))
    }

    /// Rotates to the end, as long as somebody listens; what is done stays done.
    async fn rotate_for(&self, call: &Call, listener: &Sender<Result<Progress, Status>>) {
        let rotated = self.seal_all(listener).await;
        if let Ok(progress) = &rotated {
            call.did(HistoryEvent::KeysRotated {
                sealed: progress.sealed_count,
                key_id: progress.key_id.clone(),
                unreadable: progress.unreadable_count,
                needed: progress.needed_key_ids.len(),
            });
        }
        let audit = self.shared.audit();
        let error = rotated.as_ref().err();
        audit.ended(call, About::default(), error).await;
        // Nobody may be listening any more.
        let last = rotated.map_err(|error| error.status(call.language));
        let _ = listener.send(last).await;
    }

    async fn seal_all(
        &self,
        listener: &Sender<Result<Progress, Status>>,
    ) -> Result<Progress, ApiError> {
        let store = self.store();
        let total = store.sealed_with_older_keys().await?;
        let mut progress = Progress {
            key_id: store.sealing_key(),
            total_count: count(total),
            ..Progress::default()
        };
        for _ in 0..PASSES {
            progress.unreadable_count = 0;
            let mut cursor = Some(Cursor::default());
            while let Some(from) = cursor {
                let done = store.seal_anew(from).await?;
                progress.sealed_count += count(done.sealed);
                progress.unreadable_count += count(done.unreadable);
                cursor = done.next;
                let has_news = done.sealed + done.unreadable > 0;
                if has_news && listener.send(Ok(progress.clone())).await.is_err() {
                    // The caller has gone. Another call can do the rest.
                    return Err(ApiError::DeadlineExceeded);
                }
            }
            let left = store.sealed_with_older_keys().await?;
            if count(left) <= progress.unreadable_count {
                break;
            }
        }
        progress.needed_key_ids = store.retire_older_keys().await?;
        progress.done = true;
        Ok(progress)
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
