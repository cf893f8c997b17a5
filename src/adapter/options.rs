//! What an adapter needs to know to run.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use http::Uri;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::serving::Serving;
use crate::{
    clock::{Clock as _, SystemClock},
    config::{Settings, WebhookLimits},
    db::{KeyError, Keyring},
    net::tls::ClientFiles,
    telemetry::Metrics,
};

/// Tells the time of day.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives a random number from 0 up to, not including, 1.
pub type Dice = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How an adapter is set up.
pub struct Options {
    /// Address of the webhooks.
    pub listen: SocketAddr,
    /// Address of health, readiness and metrics; none: they are not served.
    pub http_listen: Option<SocketAddr>,
    /// The gRPC service.
    pub endpoint: Uri,
    /// Whom to trust there over https, and what to show.
    pub endpoint_tls: ClientFiles,
    /// The token to show there.
    pub token: Option<SecretString>,
    /// The file events wait in.
    pub spool: PathBuf,
    /// The keys that seal it.
    pub keyring: Keyring,
    /// Most events that may wait.
    pub spool_max_events: u32,
    /// Largest body in bytes.
    pub body_limit: usize,
    /// How much may be sent.
    pub limits: WebhookLimits,
    /// Where to count.
    pub metrics: Metrics,
    /// The time of day.
    pub clock: Clock,
    /// Chance, for jitter.
    pub dice: Dice,
    /// How long things take.
    pub timing: Timing,
    /// What the listener of webhooks takes.
    pub serving: Serving,
}

impl Options {
    /// The options that settings ask for.
    ///
    /// # Errors
    /// Keys that cannot be used; [`Settings::check_adapter`] tells first if there are
    /// none.
    pub fn from_settings(settings: &Settings, metrics: Metrics) -> Result<Self, KeyError> {
        let serving = Serving::from_settings(settings);
        let settings = &settings.adapter;
        let keys = settings.encryption_keys.iter();
        let clock = Arc::new(SystemClock::new());
        let dice = Arc::clone(&clock);
        Ok(Self {
            listen: settings.listen,
            http_listen: Some(settings.http_listen),
            endpoint: settings.onboarding_endpoint.clone(),
            endpoint_tls: settings.onboarding_tls.clone(),
            token: settings.token.clone(),
            spool: settings.spool.clone(),
            keyring: Keyring::from_base64(keys.map(|key| key.expose_secret()))?,
            spool_max_events: settings.spool_max_events,
            body_limit: usize::try_from(settings.body_limit).unwrap_or(usize::MAX),
            limits: settings.limits.clone(),
            metrics,
            clock: Arc::new(move || clock.now()),
            dice: Arc::new(move || dice.chance()),
            timing: Timing {
                body: settings.body_timeout,
                ..Timing::default()
            },
            serving,
        })
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// For a sender to send its body.
    pub body: Duration,
    /// How long a tenant's settings are used without asking again.
    pub settings_fresh: Duration,
    /// How long they are used while the service cannot be asked.
    pub settings_kept: Duration,
    /// How often, in the long run, one tenant's settings are asked for at most; five times
    /// in a row are allowed.
    pub settings_pace: Duration,
    /// How often, in the long run, the service is asked at most on behalf of requests that
    /// prove nothing, whatever tenants they name; two hundred times in a row are allowed.
    pub strangers_pace: Duration,
    /// For the service to answer about a tenant's settings.
    pub settings_call: Duration,
    /// For the service to answer any other call.
    pub call: Duration,
    /// The first wait after a failed hand-over.
    pub retry_first: Duration,
    /// The longest wait between two tries.
    pub retry_longest: Duration,
    /// How often it is looked at whether webhooks can be verified.
    pub look: Duration,
    /// How often the spool is looked after.
    pub housekeeping: Duration,
    /// For requests and hand-overs under way to end at shutdown.
    pub grace: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            body: Duration::from_secs(10),
            settings_fresh: Duration::from_secs(60),
            settings_kept: Duration::from_secs(24 * 3600),
            settings_pace: Duration::from_secs(2),
            strangers_pace: Duration::from_millis(20),
            settings_call: Duration::from_secs(3),
            call: Duration::from_secs(10),
            retry_first: Duration::from_millis(200),
            retry_longest: Duration::from_secs(60),
            look: Duration::from_secs(5),
            housekeeping: Duration::from_secs(10),
            grace: Duration::from_secs(12),
        }
    }
}
