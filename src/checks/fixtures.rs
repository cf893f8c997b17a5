//! A tenant and a small company for tests.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use crate::{
    directory::{Snapshot, Units, View},
    domain::{
        dates::CivilDate,
        lucca_id::LuccaId,
        lucca_url::LuccaUrl,
        onboarding::fixtures,
        secret::SecretText,
        tenant::{ApiKey, Tenant},
    },
    lucca::{Department, Establishment, Role},
};

/// A tenant without defaults.
pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: fixtures::tenant_id("acme"),
        display_name: String::new(),
        lucca_url: LuccaUrl::parse("https://acme.ilucca.example").unwrap(),
        account: fixtures::account("acme.ilucca.example"),
        api_key: ApiKey {
            version: 1,
            value: SecretText::new("0123456789abcdef".into()),
        },
        time_zone: "Europe/Paris".into(),
        technical_contact: String::new(),
        defaults: Default::default(),
        lucca_defaults: Default::default(),
        labels: Vec::new(),
        unmatched: Default::default(),
        requests_per_window: None,
        welcome_mail: Default::default(),
        readable_extended_data: Vec::new(),
        retention_days: None,
        webhook: Default::default(),
        callback: None,
        disabled: false,
        create_time: Timestamp::UNIX_EPOCH,
        update_time: Timestamp::UNIX_EPOCH,
    }
}

fn id(id: i64) -> LuccaId {
    LuccaId::try_from(id).unwrap()
}

/// Establishment 1, departments 11 and the inactive 12, role 51; nobody works there.
pub(crate) fn snapshot() -> Snapshot {
    let department = |number, name: &str, active| Department {
        id: id(number),
        name: name.into(),
        code: None,
        active,
        head: None,
    };
    Snapshot {
        url: "https://acme.ilucca.example".into(),
        units: Units {
            establishments: vec![Establishment {
                id: id(1),
                name: "Siège".into(),
                code: None,
                archived: false,
            }],
            departments: vec![
                department(11, "Produit", true),
                department(12, "Télex", false),
            ],
            roles: Some(vec![Role {
                id: id(51),
                name: "Collaborateur".into(),
            }]),
        },
        people: HashMap::new(),
        as_of: Timestamp::UNIX_EPOCH,
        today: CivilDate::parse_iso("2026-11-23").unwrap(),
    }
}

pub(crate) fn view() -> View {
    View {
        snapshot: Arc::new(snapshot()),
        sight_proven: false,
    }
}
