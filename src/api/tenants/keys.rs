//! Sealing everything anew with the newest encryption key, while the service goes on.

use tokio::sync::mpsc::Sender;
use tonic::Status;

use super::Tenants;
use crate::{
    api::{ApiError, Caller, audit::About},
    pb::v1::RotateEncryptionKeysResponse as Progress,
    store::{HistoryEvent, resealing::Cursor},
};

/// Records change while they are sealed anew, and other processes may still seal with an
/// older key: how often everything is looked through, at most.
const PASSES: usize = 5;

const RPC: &str = "TenantService/RotateEncryptionKeys";

/// Where the progress goes.
pub(super) type Listener = Sender<Result<Progress, Status>>;

impl Tenants {
    /// Rotates to the end, as long as somebody listens; what is done stays done.
    pub(super) async fn rotate(self, caller: Caller, listener: Listener) {
        let rotated = self.seal_all(&listener).await;
        let did = rotated.as_ref().ok().map(|it| HistoryEvent::KeysRotated {
            sealed: it.sealed_count,
            key_id: it.key_id.clone(),
            unreadable: it.unreadable_count,
            needed: it.needed_key_ids.len(),
        });
        let audit = self.statuses.audit();
        audit
            .ended(&caller, RPC, About::default(), &rotated, did)
            .await;
        // Nobody may be listening any more.
        let _ = listener.send(rotated.map_err(Status::from)).await;
    }

    async fn seal_all(&self, listener: &Listener) -> Result<Progress, ApiError> {
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
                let tells = done.sealed + done.unreadable > 0;
                if tells && listener.send(Ok(progress.clone())).await.is_err() {
                    // The caller has gone. What is left can be done by another call.
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
