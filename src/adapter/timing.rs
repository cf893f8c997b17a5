//! How long things take that no setting changes. Tests shorten them.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// How long a tenant's settings are used without fetching them again.
    pub(super) settings_fresh: Duration,
    /// How long they are used while the service does not answer.
    pub(super) settings_kept: Duration,
    /// How long the service must deny a tenant before its events are dropped.
    pub(super) deleted_after: Duration,
    /// The pace at which one tenant's settings may be fetched, after a burst of five.
    pub(super) settings_pace: Duration,
    /// The pace of fetches for all unverified requests together, after a burst of two hundred.
    pub(super) strangers_pace: Duration,
    /// Deadline of a call that fetches a tenant's settings.
    pub(super) settings_call: Duration,
    /// Deadline of any other call.
    pub(super) call: Duration,
    /// The first wait after a failed hand-over.
    pub(super) retry_first: Duration,
    /// The longest wait between two tries.
    pub(super) retry_longest: Duration,
    /// How often the adapter checks that it can verify webhooks.
    pub(super) settings_check: Duration,
    /// How often old events are deleted and the spool is checked.
    pub(super) housekeeping: Duration,
    /// How often the service is told of a tenant's deliveries at most.
    pub(super) deliveries_pace: Duration,
    /// How long requests and hand-overs may take to end at shutdown.
    pub(super) grace: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            settings_fresh: Duration::from_secs(60),
            settings_kept: Duration::from_secs(24 * 3600),
            deleted_after: Duration::from_secs(60),
            settings_pace: Duration::from_secs(2),
            strangers_pace: Duration::from_millis(20),
            settings_call: Duration::from_secs(3),
            call: Duration::from_secs(10),
            retry_first: Duration::from_millis(200),
            retry_longest: Duration::from_secs(60),
            settings_check: Duration::from_secs(5),
            housekeeping: Duration::from_secs(10),
            deliveries_pace: Duration::from_secs(60),
            grace: Duration::from_secs(12),
        }
    }
}
