//! Notifies other replicas of changes, and listens to theirs.
//!
//! Each replica has one connection outside the pool for this. It sends one notification per
//! onboarding, after the commit and in batches, because a notification inside a transaction makes
//! all commits of the database wait for each other. A notification is lost if the replica stops
//! between the two, or if its connection is down: listeners also look by themselves.

use std::{future::poll_fn, time::Duration};

use tokio::{
    sync::{broadcast, mpsc},
    time::sleep,
};
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::encryption::Encryption;
use crate::{domain::ids::OnboardingId, store::CHANGES};

/// The channel of the notifications.
const CHANNEL: &str = "lucca_onboarding_changes";

/// The most notifications in one statement.
const BATCH: usize = 256;

/// The first delay before a lost connection is made anew. It doubles with each failure in a row.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest delay.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// Sends and receives notifications.
pub(super) struct Changes {
    here: broadcast::Sender<OnboardingId>,
    outbox: mpsc::Sender<OnboardingId>,
    _task: AbortOnDropHandle<()>,
}

impl Changes {
    /// Listens from now on, until dropped.
    ///
    /// # Errors
    /// The first connection cannot be made.
    pub(super) async fn listen(
        config: Config,
        encryption: Encryption,
    ) -> Result<Self, tokio_postgres::Error> {
        let here = broadcast::channel(CHANGES).0;
        let (outbox, waiting) = mpsc::channel(CHANGES);
        let messenger = Messenger {
            config,
            encryption,
            #[expect(clippy::disallowed_methods, reason = "tells replicas apart, no more")]
            me: Uuid::new_v4(),
            here: here.clone(),
            waiting,
        };
        let line = messenger.connect().await?;
        let task = AbortOnDropHandle::new(tokio::spawn(async move { messenger.run(line).await }));
        Ok(Self {
            here,
            outbox,
            _task: task,
        })
    }

    /// Notifies of a change: here at once, other replicas as soon as possible.
    pub(super) fn notify(&self, id: OnboardingId) {
        // It is no failure if nobody listens, or if the outbox is full: listeners also look.
        let _ = self.here.send(id);
        let _ = self.outbox.try_send(id);
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<OnboardingId> {
        self.here.subscribe()
    }
}

/// An open connection, and the task that reads from it.
struct Line {
    client: Client,
    reader: AbortOnDropHandle<()>,
}

struct Messenger {
    config: Config,
    encryption: Encryption,
    /// Marks the notifications of this replica, which it ignores.
    me: Uuid,
    here: broadcast::Sender<OnboardingId>,
    waiting: mpsc::Receiver<OnboardingId>,
}

impl Messenger {
    async fn connect(&self) -> Result<Line, tokio_postgres::Error> {
        let (client, mut connection) = self.config.connect(self.encryption.clone()).await?;
        let (me, here) = (self.me, self.here.clone());
        let reader = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notification(note) = message
                    && let Some(id) = heard(note.payload(), me)
                {
                    let _ = here.send(id);
                }
            }
        });
        let reader = AbortOnDropHandle::new(reader);
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        Ok(Line { client, reader })
    }

    async fn run(mut self, mut line: Line) {
        loop {
            self.serve(line).await;
            tracing::warn!("the connection that listens for changes was lost");
            line = self.connect_again().await;
            tracing::info!("listening for changes again");
        }
    }

    /// Sends what is in the outbox, until the connection is lost.
    async fn serve(&mut self, mut line: Line) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = &mut line.reader => return,
                count = self.waiting.recv_many(&mut batch, BATCH) => if count == 0 {
                    return;
                },
            }
            let texts: Vec<String> = batch.drain(..).map(|id| said(id, self.me)).collect();
            let sent = line
                .client
                .execute(
                    "SELECT pg_notify($1, text) FROM unnest($2::text[]) AS it (text)",
                    &[&CHANNEL, &texts],
                )
                .await;
            if sent.is_err() {
                return;
            }
        }
    }

    async fn connect_again(&self) -> Line {
        let mut delay = FIRST_DELAY;
        loop {
            sleep(delay).await;
            match self.connect().await {
                Ok(line) => return line,
                Err(_) => delay = (delay * 2).min(LONGEST_DELAY),
            }
        }
    }
}

fn said(id: OnboardingId, by: Uuid) -> String {
    format!("{by} {id}")
}

/// The onboarding in a notification of another replica.
fn heard(payload: &str, me: Uuid) -> Option<OnboardingId> {
    let (by, id) = payload.split_once(' ')?;
    let by: Uuid = by.parse().ok()?;
    OnboardingId::parse(id).ok().filter(|_| by != me)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::onboarding::fixtures::id;

    #[test]
    fn notifications_of_other_replicas_are_read_and_own_ones_are_ignored() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(heard(&said(id(7), other), me), Some(id(7)));
        assert_eq!(heard(&said(id(7), me), me), None);
        for nonsense in ["", "x", "x y", &format!("{other}"), &format!("{other} y")] {
            assert_eq!(heard(nonsense, me), None, "{nonsense}");
        }
    }
}
