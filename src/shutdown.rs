//! Graceful shutdown: tell every task to end, and wait for them for a while.

use std::{future::Future, io, process, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal as listen},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Tells tasks to end and waits for them; clones share the same tasks.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// No task, and no request to end.
    pub fn new() -> Self {
        Self::default()
    }

    /// Is cancelled when tasks should end.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Starts a task that [`Self::finish`] waits for.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Asks all tasks to end.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Waits until the end was requested.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// Asks all tasks to end and waits for them; false if some still ran after `grace`.
    pub async fn finish(&self, grace: Duration) -> bool {
        self.request();
        self.tasks.close();
        timeout(grace, self.tasks.wait()).await.is_ok()
    }
}

/// Turns a write beyond the limit on file sizes (`ulimit -f`) into an error, like that of a full disk,
/// instead of the end of the process.
///
/// # Errors
/// The system does not let the process listen to signals.
pub fn survive_file_limits() -> io::Result<()> {
    // SIGXFSZ, on Linux as well as on macOS. A handler is enough.
    listen(SignalKind::from_raw(25)).map(drop)
}

/// Waits for SIGTERM or SIGINT and returns its name.
///
/// A second signal ends the process at once, with exit code 143 or 130, so that an operator never has to
/// wait for a graceful end that does not come.
///
/// # Errors
/// The system does not let the process listen to signals.
pub async fn signal() -> io::Result<&'static str> {
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let (name, _) = next(&mut terminate, &mut interrupt).await;
    tokio::spawn(async move {
        let (_, code) = next(&mut terminate, &mut interrupt).await;
        process::exit(code);
    });
    Ok(name)
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = terminate.recv() => ("SIGTERM", 143),
        _ = interrupt.recv() => ("SIGINT", 130),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn finishing_asks_the_tasks_and_waits_for_them() {
        let shutdown = Shutdown::new();
        let token = shutdown.token();
        let task = shutdown.spawn(async move {
            token.cancelled().await;
            tokio::task::yield_now().await;
            7
        });
        assert!(!task.is_finished());
        assert!(shutdown.finish(Duration::from_secs(60)).await);
        assert!(task.is_finished());
        assert_eq!(task.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_not_waited_for_beyond_the_grace() {
        let shutdown = Shutdown::new();
        shutdown.spawn(std::future::pending::<()>());
        assert!(!shutdown.finish(Duration::from_millis(1)).await);
    }

    #[tokio::test]
    async fn a_request_reaches_every_clone() {
        let shutdown = Shutdown::new();
        let clone = shutdown.clone();
        assert!(clone.requested().now_or_never().is_none());
        shutdown.request();
        clone.requested().await;
    }

    #[tokio::test]
    async fn the_first_signal_is_reported() {
        let mut signal = pin!(signal());
        // The first poll registers the handlers; without them the signal would end this process.
        assert!(signal.as_mut().now_or_never().is_none());
        let id = process::id().to_string();
        let sent = process::Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap();
        assert!(sent.success());
        assert_eq!(signal.await.unwrap(), "SIGTERM");
    }
}
