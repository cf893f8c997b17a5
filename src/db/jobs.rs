//! Jobs that wait for a thread. Shares take turns, so that the many jobs of one tenant do not delay
//! the few of another.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    future::Future,
    sync::Arc,
};

use parking_lot::{Condvar, Mutex};
use tokio::task_local;

use super::DbError;

/// Whose job it is; jobs without a share are one share together.
type Share = Option<Arc<str>>;

task_local! {
    static SHARE: Arc<str>;
}

/// Runs `work` so that its reads and writes take turns with those of other shares. A share is
/// named by a tenant, or by a caller where no tenant is known.
pub fn in_share<W: Future>(share: &str, work: W) -> impl Future<Output = W::Output> + use<W> {
    SHARE.scope(share.into(), work)
}

/// Where jobs are handed in. When the last clone is dropped, the threads end after the last job.
pub(super) struct JobSender<J>(Arc<Closing<J>>);

/// Where threads get their jobs. Clones take from the same queue.
pub(super) struct JobQueue<J>(Arc<Shared<J>>);

struct Closing<J>(Arc<Shared<J>>);

struct Shared<J> {
    waiting: Mutex<Waiting<J>>,
    ready: Condvar,
}

struct Waiting<J> {
    /// The most jobs that may wait; one share may have half of them.
    most: usize,
    len: usize,
    closed: bool,
    /// The shares that have jobs; the first one is next.
    turns: VecDeque<Share>,
    jobs: HashMap<Share, VecDeque<J>>,
}

/// A queue for so many jobs.
pub(super) fn jobs<J>(most: usize) -> (JobSender<J>, JobQueue<J>) {
    let shared = Arc::new(Shared {
        waiting: Mutex::new(Waiting::new(most)),
        ready: Condvar::new(),
    });
    let sender = JobSender(Arc::new(Closing(Arc::clone(&shared))));
    (sender, JobQueue(shared))
}

impl<J> Waiting<J> {
    fn new(most: usize) -> Self {
        Self {
            most,
            len: 0,
            closed: false,
            turns: VecDeque::new(),
            jobs: HashMap::new(),
        }
    }

    /// Adds a job at the end of its share.
    fn push(&mut self, share: Share, job: J) -> Result<(), DbError> {
        if self.closed {
            return Err(DbError::Closed);
        }
        let own = self.jobs.get(&share).map_or(0, VecDeque::len);
        if self.len >= self.most || own >= self.most.div_ceil(2) {
            return Err(DbError::Overloaded);
        }
        if own == 0 {
            self.turns.push_back(share.clone());
        }
        self.jobs.entry(share).or_default().push_back(job);
        self.len += 1;
        Ok(())
    }

    /// The oldest job of the share whose turn it is.
    fn pop(&mut self) -> Option<J> {
        let share = self.turns.pop_front()?;
        let jobs = self.jobs.get_mut(&share)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.jobs.remove(&share);
        } else {
            self.turns.push_back(share);
        }
        self.len -= 1;
        job
    }
}

impl<J> JobSender<J> {
    /// Hands in a job, in the share of the running task.
    ///
    /// # Errors
    /// Too many jobs wait, or the threads have ended.
    pub(super) fn push(&self, job: J) -> Result<(), DbError> {
        let shared = &self.0.0;
        let share = SHARE.try_with(Arc::clone).ok();
        shared.waiting.lock().push(share, job)?;
        shared.ready.notify_one();
        Ok(())
    }
}

impl<J> Clone for JobSender<J> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<J> fmt::Debug for JobSender<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.0.0.waiting.lock().len;
        f.debug_struct("JobSender")
            .field("waiting", &waiting)
            .finish()
    }
}

impl<J> Clone for JobQueue<J> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<J> JobQueue<J> {
    /// The next job. Blocks while there is none; nothing when all senders are gone.
    pub(super) fn next(&self) -> Option<J> {
        let mut waiting = self.0.waiting.lock();
        loop {
            if let Some(job) = waiting.pop() {
                return Some(job);
            }
            if waiting.closed {
                return None;
            }
            self.0.ready.wait(&mut waiting);
        }
    }

    /// The next job, if one waits.
    pub(super) fn try_next(&self) -> Option<J> {
        self.0.waiting.lock().pop()
    }
}

impl<J> Drop for Closing<J> {
    fn drop(&mut self) {
        self.0.waiting.lock().closed = true;
        self.0.ready.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(name: &str) -> Share {
        (!name.is_empty()).then(|| name.into())
    }

    /// Jobs `a1`, `b1`, … handed in in this order come out in that one.
    #[test]
    fn shares_take_turns_and_each_keeps_its_order() {
        for (handed_in, expected) in [
            ("a1 a2 a3", "a1 a2 a3"),
            ("a1 a2 a3 b1", "a1 b1 a2 a3"),
            ("a1 a2 a3 b1 c1 b2", "a1 b1 c1 a2 b2 a3"),
            ("a1 a2 1 b1 2", "a1 1 b1 a2 2"),
        ] {
            let mut waiting = Waiting::new(100);
            for job in handed_in.split(' ') {
                let name = job.trim_end_matches(char::is_numeric);
                waiting.push(share(name), job).unwrap();
            }
            let jobs: Vec<_> = std::iter::from_fn(|| waiting.pop()).collect();
            assert_eq!(jobs.join(" "), expected);
            assert_eq!(
                (waiting.len, waiting.turns.len(), waiting.jobs.len()),
                (0, 0, 0)
            );
        }
    }

    #[test]
    fn one_share_fills_half_of_the_queue_and_all_together_fill_it() {
        let mut waiting = Waiting::new(4);
        let mut push = |name| waiting.push(share(name), ()).is_ok();
        assert_eq!(["a", "a", "a"].map(&mut push), [true, true, false]);
        assert_eq!(["b", "c", "d"].map(&mut push), [true, true, false]);
    }

    #[tokio::test]
    async fn a_job_has_the_share_of_its_task() {
        let (sender, queue) = jobs(100);
        for job in ["many 1", "many 2"] {
            in_share("many", async { sender.push(job).unwrap() }).await;
        }
        in_share("one", async { sender.push("one").unwrap() }).await;
        drop(sender);
        let jobs: Vec<_> = std::iter::from_fn(|| queue.next()).collect();
        assert_eq!(jobs, ["many 1", "one", "many 2"]);
    }
}
