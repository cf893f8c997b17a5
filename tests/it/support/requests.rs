//! What the tests say to the service.

use lucca_onboarding::pb::v1::{self, get_status_request::Key};

use super::{LUCCA_KEY, ROLE, TENANT, webhook};

/// A tenant of the sandbox, with a default role and signed webhooks.
pub fn tenant(lucca_url: &str) -> v1::Tenant {
    v1::Tenant {
        id: TENANT.to_owned(),
        display_name: "Acme".to_owned(),
        lucca_url: lucca_url.to_owned(),
        lucca_api_key: LUCCA_KEY.to_owned(),
        defaults: Some(v1::tenant::Defaults {
            role_id: ROLE,
            ..v1::tenant::Defaults::default()
        }),
        webhook: Some(v1::Webhook {
            auth: vec![webhook::proof()],
            ..v1::Webhook::default()
        }),
        ..v1::Tenant::default()
    }
}

/// Names an onboarding of the tenant by its source.
pub fn by_source(system: &str, external_id: &str) -> Key {
    Key::SourceKey(v1::SourceKey {
        tenant: TENANT.to_owned(),
        source: Some(source(system, external_id)),
    })
}

/// Asks for what is stored.
pub fn asking(key: Key) -> v1::GetStatusRequest {
    v1::GetStatusRequest {
        key: Some(key),
        refresh: false,
    }
}

pub fn source(system: &str, external_id: &str) -> v1::Source {
    v1::Source {
        system: system.to_owned(),
        external_id: external_id.to_owned(),
        ..v1::Source::default()
    }
}

pub fn named(name: &str) -> Option<v1::Reference> {
    Some(v1::Reference {
        target: Some(v1::reference::Target::Name(name.to_owned())),
    })
}

pub fn collaborator(family_name: &str) -> v1::Collaborator {
    v1::Collaborator {
        family_name: family_name.to_owned(),
        given_name: "Éloïse".to_owned(),
        personal_email: format!("{}@example.com", family_name.to_lowercase()),
        contract_start_date: "2027-01-04".to_owned(),
        establishment: named("Siège Paris"),
        department: named("Produit"),
        ..v1::Collaborator::default()
    }
}

/// A hire of a system named `test`, waited for.
pub fn hire(external_id: &str, collaborator: v1::Collaborator) -> v1::CreateCollaboratorRequest {
    v1::CreateCollaboratorRequest {
        tenant: TENANT.to_owned(),
        source: Some(source("test", external_id)),
        collaborator: Some(collaborator),
        wait: Some(prost_types::Duration {
            seconds: 20,
            nanos: 0,
        }),
        ..v1::CreateCollaboratorRequest::default()
    }
}
