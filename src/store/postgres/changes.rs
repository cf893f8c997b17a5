//! Telling other replicas of changes, and hearing of theirs.
//!
//! One connection per replica stays out of the pool for this. What is told is one
//! notification per onboarding, sent after the commit and in batches, because a notification
//! inside a transaction makes all commits of the database wait for each other. A replica
//! that stops between the two, or whose connection is down, is not heard: those who listen
//! look by themselves as well.

use std::{future::poll_fn, time::Duration};

use tokio::{
    sync::{broadcast, mpsc},
    time::sleep,
};
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::encryption::Encryption;
use crate::domain::ids::OnboardingId;

/// The name under which replicas talk to each other.
const CHANNEL: &str = "lucca_onboarding_changes";

/// How many changes a slow listener may be behind, and how many wait to be told.
const CHANGES: usize = 4096;

/// How many changes are told at once.
const BATCH: usize = 256;

/// How long until a lost connection is made anew; doubled by each failure in a row.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Tells and hears.
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
        let post = Post {
            config,
            encryption,
            #[expect(clippy::disallowed_methods, reason = "tells replicas apart, no more")]
            me: Uuid::new_v4(),
            here: here.clone(),
            waiting,
        };
        let line = post.connect().await?;
        let task = AbortOnDropHandle::new(tokio::spawn(async move { post.run(line).await }));
        Ok(Self {
            here,
            outbox,
            _task: task,
        })
    }

    /// Tells of a change: here at once, elsewhere as soon as possible.
    pub(super) fn tell(&self, id: OnboardingId) {
        // Nobody listening is no failure, nor is an outbox that is full: others look.
        let _ = self.here.send(id);
        let _ = self.outbox.try_send(id);
    }

    /// A listener.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<OnboardingId> {
        self.here.subscribe()
    }
}

/// An open connection, and the task that reads from it.
struct Line {
    client: Client,
    reader: AbortOnDropHandle<()>,
}

struct Post {
    config: Config,
    encryption: Encryption,
    /// Marks what this replica told, which it has heard already.
    me: Uuid,
    here: broadcast::Sender<OnboardingId>,
    waiting: mpsc::Receiver<OnboardingId>,
}

impl Post {
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

    /// Tells what is to be told, until the connection is lost.
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
            let told = line
                .client
                .execute(
                    "SELECT pg_notify($1, text) FROM unnest($2::text[]) AS it (text)",
                    &[&CHANNEL, &texts],
                )
                .await;
            if told.is_err() {
                return;
            }
        }
    }

    async fn connect_again(&self) -> Line {
        let mut rest = FIRST_REST;
        loop {
            sleep(rest).await;
            match self.connect().await {
                Ok(line) => return line,
                Err(_) => rest = (rest * 2).min(LONGEST_REST),
            }
        }
    }
}

fn said(id: OnboardingId, by: Uuid) -> String {
    format!("{by} {id}")
}

/// The onboarding that another replica tells of.
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
    fn what_others_say_is_heard_and_what_one_says_oneself_is_not() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(heard(&said(id(7), other), me), Some(id(7)));
        assert_eq!(heard(&said(id(7), me), me), None);
        for nonsense in ["", "x", "x y", &format!("{other}"), &format!("{other} y")] {
            assert_eq!(heard(nonsense, me), None, "{nonsense}");
        }
    }
}
