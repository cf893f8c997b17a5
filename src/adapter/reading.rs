//! Reads an event in the light of its tenant's settings.

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

/// Reads a body that arrived at `received`. Where the mapping cannot be used, the preset's
/// names serve to find out which hire it is about; nothing more is done with it.
pub(super) fn read(
    body: &[u8],
    settings: &TenantSettings,
    received: Timestamp,
) -> Result<HireEvent, ParseError> {
    let preset = Mapping::default();
    let zone = &settings.time_zone;
    let dates = DateContext {
        zone,
        // Not the day of the hand-over: what an event means must not depend on how long it
        // waited.
        today: CivilDate::new(received.to_zoned_datetime(zone.clone()).date()),
        day_first: settings.day_first_dates,
    };
    werecruit::parse(body, settings.mapping.as_ref().unwrap_or(&preset), &dates)
}
