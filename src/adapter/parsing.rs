//! Parses an event by its tenant's settings.

use jiff::Timestamp;

use super::tenant_settings::TenantSettings;
use crate::{
    domain::dates::{CivilDate, DateContext},
    intake::{
        event::HireEvent,
        mapping::Mapping,
        werecruit::{self, ParseError},
    },
};

/// Parses a body that arrived at `received`. Without a usable mapping the preset's names tell
/// which hire the event is about; the event is not handed over then.
pub(super) fn parse(
    body: &[u8],
    settings: &TenantSettings,
    received: Timestamp,
) -> Result<HireEvent, ParseError> {
    let preset = Mapping::default();
    let zone = &settings.time_zone;
    let dates = DateContext {
        zone,
        // Not the day of the hand-over: the meaning of an event must not depend on how long it
        // waited.
        today: CivilDate::new(received.to_zoned_datetime(zone.clone()).date()),
        day_first: settings.day_first_dates,
    };
    let mapping = settings.mapping.as_ref().unwrap_or(&preset);
    werecruit::parse(body, mapping, &dates, received)
}
