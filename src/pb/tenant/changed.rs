//! What differs between a tenant as it is and as it shall be.

use crate::domain::tenant::Tenant;

type Same = fn(&Tenant, &Tenant) -> bool;

macro_rules! same {
    ($name:literal, $($part:ident).+) => {
        ($name, (|one, other| one.$($part).+ == other.$($part).+) as Same)
    };
}

/// By the paths that an update mask names them with. Keys and secrets differ when their
/// values do.
const FIELDS: [(&str, Same); 26] = [
    same!("display_name", display_name),
    same!("lucca_url", lucca_url),
    same!("lucca_api_key", api_key.value),
    same!("time_zone", time_zone),
    same!("technical_contact", technical_contact),
    same!("language", language),
    same!("defaults.establishment_id", defaults.establishment),
    same!("defaults.department_id", defaults.department),
    same!("defaults.role_id", defaults.role),
    same!("defaults.culture_id", defaults.culture),
    same!("lucca_defaults", lucca_defaults),
    same!("labels", labels),
    same!("unmatched", unmatched),
    same!("requests_per_window", requests_per_window),
    same!("welcome_mail", welcome_mail),
    same!("readable_extended_data", readable_extended_data),
    same!("retention_days", retention_days),
    same!("webhook.preset", webhook.preset),
    same!("webhook.mapping", webhook.mapping),
    same!("webhook.success_status", webhook.success_status),
    same!("webhook.auth", webhook.proofs),
    same!("webhook.day_first_dates", webhook.day_first_dates),
    ("callback.url", |one, other| {
        let url = |it: &Tenant| it.callback.as_ref().map(|it| it.url.clone());
        url(one) == url(other)
    }),
    ("callback.secrets", |one, other| {
        let secrets = |it: &Tenant| it.callback.as_ref().map(|it| it.secrets.clone());
        secrets(one) == secrets(other)
    }),
    same!("disabled", disabled),
    same!("id", id),
];

/// The fields whose values differ.
pub fn changed(before: &Tenant, after: &Tenant) -> Vec<&'static str> {
    let differ = FIELDS.iter().filter(|(_, same)| !same(before, after));
    differ.map(|(name, _)| *name).collect()
}
