//! What is explored: times, Lucca, troubles, and rules left out on purpose.

use std::{sync::Arc, time::Duration};

use super::world::TICK;
use crate::domain::onboarding::Timing;

/// How long a body may wait for release.
pub(super) const SEND_WINDOW: i64 = 1;
/// How long a call may take.
pub(super) const REQUEST_TIMEOUT: i64 = 1;
/// More than Lucca's 5 s, which are one tick.
pub(super) const SETTLE_DELAY: i64 = 2;
/// Long enough for the last look not to be late by the settle delay alone.
pub(super) const VERIFY_GAP: i64 = 3;
/// The least above send window, request time-out and settle delay, which is what the
/// settings are checked for.
pub(super) const LEASE: i64 = SEND_WINDOW + REQUEST_TIMEOUT + SETTLE_DELAY + 1;

/// What may go wrong or change, each at any moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A worker vanishes.
    Crash,
    /// A worker stands still, for as long as it likes.
    Freeze,
    /// No usable answer to a call.
    Lost,
    /// Lucca refuses the content.
    Refused,
    /// Lucca refuses the key, of a call or of a read.
    KeyRefused,
    /// Lucca is busy, or cannot be read.
    Hiccup,
    /// The source says something newer.
    Amend,
    /// The source withdraws.
    Withdraw,
    /// The source says the same again after a withdrawal.
    Confirm,
    /// An operator retries.
    Retry,
    /// An operator sets a field.
    OperatorAmend,
    /// The tenant gets another key.
    NewKey,
    /// HR replaces the login.
    HrReplaces,
}

/// How many kinds of trouble there are.
pub(super) const TROUBLES: usize = 13;

/// What the tenant's key sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumIter)]
pub(super) enum Key {
    /// Everybody, which is proven.
    Proven,
    /// Everybody, which is not proven.
    Unproven,
    /// Not the person.
    Blind,
}

/// A rule left out, to see whether the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// One look proves an absence, however early.
    FirstLookProves,
    /// A step is taken whoever has the lease.
    NoFencing,
    /// A retry makes an open attempt count as not executed.
    RetryClosesAttempts,
    /// A body is released however late.
    LateRelease,
    /// A refusal is one although the outcome of an earlier attempt was unknown.
    RefusalAfterDoubt,
    /// A sight that is not proven is taken for one.
    SightOnTrust,
    /// A process takes over from one that lives.
    SharedFile,
}

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// Everything.
    Everything,
    /// Only that no call is sent while an earlier one may act or after it has acted, to
    /// see where the loss of something else leads.
    Calls,
    /// Everything but that: a second call is no harm as long as Lucca refuses it.
    People,
}

/// What is explored.
#[derive(Clone)]
pub(super) struct Settings {
    /// For how many ticks Lucca may hide a person it created.
    pub(super) lag: i64,
    /// For how many ticks a body may be on its way while the call is not over.
    pub(super) travel: i64,
    /// Whether Lucca refuses a login that is in use.
    pub(super) unique: bool,
    /// Whether someone else has the login.
    pub(super) namesake: bool,
    /// Whether both workers are of one process that owns the file: they crash together,
    /// and the next owner need not wait for leases.
    pub(super) one_owner: bool,
    /// The key at first.
    pub(super) key: Key,
    /// How often each trouble may come.
    pub(super) each: [u8; TROUBLES],
    /// How many troubles there may be together.
    pub(super) together: u8,
    /// What must hold.
    pub(super) watch: Watch,
    /// The rule left out.
    pub(super) broken: Option<Broken>,
    /// The times, as production has them.
    pub(super) timing: Arc<Timing>,
}

impl Default for Settings {
    fn default() -> Self {
        let mut each = [1; TROUBLES];
        each[Trouble::Crash as usize] = 2;
        each[Trouble::Lost as usize] = 2;
        Self {
            lag: VERIFY_GAP,
            travel: REQUEST_TIMEOUT,
            unique: false,
            namesake: false,
            one_owner: false,
            key: Key::Proven,
            each,
            together: 3,
            watch: Watch::Everything,
            broken: None,
            timing: Arc::new(Timing {
                send_window: ticks(SEND_WINDOW),
                request_timeout: ticks(REQUEST_TIMEOUT),
                settle_delay: ticks(SETTLE_DELAY),
                verify_gap: ticks(VERIFY_GAP),
                lease: ticks(LEASE),
                retry_schedule: vec![ticks(1), ticks(2)],
            }),
        }
    }
}

impl Settings {
    /// Only these troubles, each as often as usual.
    pub(super) fn only(mut self, troubles: &[Trouble]) -> Self {
        let usual = self.each;
        self.each = [0; TROUBLES];
        for trouble in troubles {
            self.each[*trouble as usize] = usual[*trouble as usize];
        }
        self
    }

    /// This many troubles together.
    pub(super) fn together(mut self, troubles: u8) -> Self {
        self.together = troubles;
        self
    }

    /// Without this rule.
    pub(super) fn without(mut self, rule: Broken) -> Self {
        self.broken = Some(rule);
        self
    }

    /// Whether this rule is left out.
    pub(super) fn lacks(&self, rule: Broken) -> bool {
        self.broken == Some(rule)
    }
}

fn ticks(ticks: i64) -> Duration {
    Duration::from_secs(ticks.unsigned_abs() * TICK.unsigned_abs())
}
