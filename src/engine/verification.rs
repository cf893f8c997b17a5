//! Finding out what became of an attempt without a usable answer.

use serde_json::Value;

use super::{Engine, Stop};
use crate::{
    domain::{
        onboarding::{
            Onboarding,
            progress::{Sighting, Step},
        },
        tenant::Tenant,
    },
    lucca::Priority,
};

impl Engine {
    /// Takes one look for the person that the open attempt was to create: over everybody
    /// modified since before it was sent, by login and by e-mail address.
    ///
    /// The look is for the attempt's own body; what the hire says today may differ. One
    /// read of the modified serves every onboarding whose look was due before it.
    pub(super) async fn look(
        &self,
        onboarding: &Onboarding,
        tenant: &Tenant,
    ) -> Result<Step, Stop> {
        let due = onboarding.due.unwrap_or_else(|| self.clock.now());
        let Some(attempt) = onboarding.open_attempts().last() else {
            // Settled by evidence that came since: the sighting will not matter.
            return Ok(Step::Looked {
                at: due,
                sighting: Sighting::Nobody,
                sight_proven: true,
            });
        };
        let body = &attempt.intent.body;
        let priority = Priority::Background;
        let view = self.directories.fresh(tenant, due, priority).await?;
        let at = view.snapshot.as_of;
        let sight_proven = self.note_sight(tenant, &view).await?;
        let mut sighting = view.snapshot.look_for(body);
        if sighting == Sighting::Nobody {
            let text = |name: &str| body.get(name).and_then(Value::as_str);
            self.directories
                .look_up(tenant, text("login"), text("mail"))
                .await?;
            let view = self
                .directories
                .fresh(tenant, jiff::Timestamp::MIN, priority)
                .await?;
            sighting = view.snapshot.look_for(body);
        }
        Ok(Step::Looked {
            at,
            sighting,
            sight_proven,
        })
    }
}
