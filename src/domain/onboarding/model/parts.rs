//! The parts of a world, and the moves that change it. Times are ticks.

use super::settings::Key;
use crate::domain::onboarding::State;

/// The value of the job title, the only field that changes.
pub(super) type Title = u8;
/// The value that the source gives first.
pub(super) const FIRST: Title = 0;
/// The value that the source gives later.
pub(super) const NEWER: Title = 1;
/// The value that an operator sets.
pub(super) const SET: Title = 2;

/// A worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worker {
    pub(super) frozen: bool,
    pub(super) at: At,
}

/// The step at which a worker is.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// Has nothing to do.
    Idle,
    /// Has the lease of the onboarding as it was.
    Leased {
        token: u64,
        state: State,
        title: Title,
    },
    /// Has read Lucca.
    Looked {
        token: u64,
        time: i64,
        seen: Seen,
        proven: bool,
    },
    /// Has decided to create the person, at this time.
    Decided { token: u64, title: Title, time: i64 },
    /// Has committed the intent; may send until then.
    Begun {
        number: u32,
        title: Title,
        send_by: i64,
    },
    /// Has sent the call, at this time.
    Waiting { number: u32, sent: i64 },
    /// Knows the result of the call.
    Answered { number: u32, answer: Answer },
}

/// What a look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Ours,
    Nobody,
    SomeoneElse,
}

/// The result of a call, as its worker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Created,
    Refused,
    KeyRefused,
    Busy,
    TooLate,
    Nothing,
}

/// A call under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// The number of its attempt.
    pub(super) number: u32,
    pub(super) title: Title,
    /// The last moment at which Lucca acts on it.
    pub(super) until: i64,
    /// Whether its worker can still hear the answer.
    pub(super) connected: bool,
    pub(super) answer: Option<Answer>,
}

/// A person that one of our calls created.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) title: Title,
    /// Until when a look may miss the person.
    pub(super) hidden_until: i64,
    /// HR has replaced the login.
    pub(super) replaced: bool,
}

/// A move from one world to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Tick,
    Lease(usize),
    Decide(usize),
    ReadFails(usize),
    ReadRefused(usize),
    Look(usize, Seen),
    TakeLook(usize),
    Begin(usize),
    /// Has lost its lease, so its step is refused.
    Fenced(usize),
    Send(usize),
    Hear(usize),
    TimeOut(usize),
    Record(usize),
    Thaw(usize),
    Freeze(usize),
    Crash(usize),
    /// The process of both workers ends.
    End,
    /// Another process opens the file.
    TakeOver,
    Lose(usize),
    Act(u32),
    Refuse(u32),
    RefuseKey(u32),
    BeBusy(u32),
    Amend,
    Withdraw,
    Confirm,
    Retry,
    OperatorAmend,
    NewKey(Key),
    HrReplaces,
}
