//! The settings of a search: times, Lucca, troubles, and rules that are left out on purpose.

use std::{sync::Arc, time::Duration};

use super::world::TICK;
use crate::domain::onboarding::Timing;

/// How long a body may wait for release.
pub(super) const SEND_WINDOW: i64 = 1;
/// How long a call may take.
pub(super) const REQUEST_TIMEOUT: i64 = 1;
/// Longer than Lucca's time-out of 5 s, which is one tick.
pub(super) const SETTLE_DELAY: i64 = 2;
/// Long enough that the settle delay alone does not make the last look late.
pub(super) const VERIFY_GAP: i64 = 3;
/// One tick above send window, request time-out and settle delay: the least that the service's
/// settings allow.
pub(super) const LEASE: i64 = SEND_WINDOW + REQUEST_TIMEOUT + SETTLE_DELAY + 1;

/// A fault or a change, which can occur at any moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A worker vanishes.
    Crash,
    /// A worker stops for any length of time.
    Freeze,
    /// No usable answer to a call.
    Lost,
    /// Lucca refuses the content.
    Refused,
    /// Lucca refuses the key, of a call or of a read.
    KeyRefused,
    /// Lucca is busy, or cannot be read.
    Hiccup,
    /// The source sends newer content.
    Amend,
    /// The source withdraws.
    Withdraw,
    /// The source sends the same content again after a withdrawal.
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

/// The number of kinds of trouble.
pub(super) const TROUBLES: usize = 13;

/// Whom the tenant's key sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumIter)]
pub(super) enum Key {
    /// Everybody, and that is proven.
    Proven,
    /// Everybody, but that is not proven.
    Unproven,
    /// Not the person.
    Blind,
}

/// A rule that is left out, to test that the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// One look proves an absence, at any time.
    FirstLookProves,
    /// A step needs no lease.
    NoFencing,
    /// A retry makes an open attempt count as not executed.
    RetryClosesAttempts,
    /// A body may be released after its last moment.
    LateRelease,
    /// A refusal counts although the outcome of an earlier attempt was unknown.
    RefusalAfterDoubt,
    /// Visibility that is not proven counts as proven.
    SightOnTrust,
    /// A process opens the file while another one uses it.
    SharedFile,
}

/// The properties to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// Everything.
    Everything,
    /// Only that no call is sent while an earlier one may act or after it has acted, to show what
    /// follows from another violation.
    Calls,
    /// Everything but that: a second call does no harm if Lucca refuses it.
    People,
}

/// The settings of a search.
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
    /// How often each trouble may occur.
    pub(super) each: [u8; TROUBLES],
    /// How many troubles may occur in all.
    pub(super) together: u8,
    /// The properties to check.
    pub(super) watch: Watch,
    /// The rule left out.
    pub(super) broken: Option<Broken>,
    /// The times, in the type that production uses.
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

    /// This many troubles in all.
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
