//! What tokens may see, and what is noted of what they do.

use std::{collections::BTreeMap, time::Duration};

use lucca_onboarding::{
    config::{Rights, Scope, Token},
    pb::v1::{
        self,
        adapter_service_client::AdapterServiceClient,
        get_status_request::Key as StatusKey,
        resolve_onboarding_request::Decision,
        retry_onboardings_request::{ProblemFilter, Selection},
    },
    sandbox::Options as SandboxOptions,
};
use tonic::{Code, Request, Status, metadata::MetadataValue};
use tonic_types::StatusExt as _;

use crate::support::{
    House, TENANT, collaborator, hire, source, tenant,
    webhook::{Webhook, event, nine_items},
};

const OTHERS: &str = "not-yours";
const NOBODYS: &str = "not-there";

const ALL: [Scope; 4] = [Scope::Caller, Scope::Operator, Scope::Admin, Scope::Adapter];

fn token(name: &str, scopes: &[Scope], tenants: &[&str]) -> Token {
    let rights = Rights {
        name: name.to_owned(),
        scopes: scopes.to_vec(),
        tenants: tenants.iter().map(|it| (*it).to_owned()).collect(),
    };
    Token::new(rights, &secret_of(name).into()).unwrap()
}

fn secret_of(name: &str) -> String {
    format!("a-token-for-the-tests-of-{name}")
}

fn by<T>(name: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = MetadataValue::try_from(format!("Bearer {}", secret_of(name))).unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// A house where `root` may do everything, and `acme` everything for its own tenant.
async fn house() -> House {
    let mut house = House::without_tenant(SandboxOptions::default()).await;
    house.stop_service().await;
    house.settings.auth.tokens = vec![
        token("root", &ALL, &["*"]),
        token("acme", &ALL, &[TENANT]),
        token("reader", &[Scope::Caller], &[TENANT]),
        token("adapter", &[Scope::Adapter], &[TENANT]),
    ];
    house.start_service().await;
    for id in [TENANT, OTHERS] {
        let request = v1::CreateTenantRequest {
            tenant: Some(v1::Tenant {
                id: id.to_owned(),
                ..tenant(&house.lucca_url())
            }),
            ..v1::CreateTenantRequest::default()
        };
        let mut tenants = house.tenants();
        tenants.create_tenant(by("root", request)).await.unwrap();
    }
    house
}

async fn create(house: &House, who: &str, tenant: &str, name: &str) -> v1::Onboarding {
    let request = v1::CreateCollaboratorRequest {
        tenant: tenant.to_owned(),
        ..hire(name, collaborator(name))
    };
    let mut onboardings = house.onboardings();
    let answer = onboardings.create_collaborator(by(who, request)).await;
    answer.unwrap().into_inner().onboarding.unwrap()
}

/// Every call, about a tenant and an onboarding, as a token: its name and the answer.
async fn every_call(
    house: &House,
    who: &str,
    tenant_id: &str,
    onboarding: &str,
    user: i64,
) -> Vec<(&'static str, Status)> {
    let key = || v1::SourceKey {
        tenant: tenant_id.to_owned(),
        source: Some(source("test", "Dupont")),
    };
    let (mut one, mut two) = (house.onboardings(), house.operations());
    let (mut three, mut four) = (house.tenants(), AdapterServiceClient::new(house.channel()));
    let mut told = Vec::new();
    macro_rules! ask {
        ($name:literal, $client:ident.$call:ident($message:expr)) => {
            match $client.$call(by(who, $message)).await {
                Ok(_) => told.push(($name, Status::ok(""))),
                Err(status) => told.push(($name, status)),
            }
        };
    }
    let created = v1::CreateCollaboratorRequest {
        tenant: tenant_id.to_owned(),
        ..hire("Dupont", collaborator("Dupont"))
    };
    ask!(
        "CreateCollaborator",
        one.create_collaborator(created.clone())
    );
    let preview = v1::CreateCollaboratorRequest {
        validate_only: true,
        ..created
    };
    ask!("validate_only", one.create_collaborator(preview));
    let check = v1::CheckDefaultsRequest {
        tenant: tenant_id.to_owned(),
        ..v1::CheckDefaultsRequest::default()
    };
    ask!("CheckDefaults", one.check_defaults(check));
    for (name, key) in [
        (
            "GetStatus/id",
            StatusKey::OnboardingId(onboarding.to_owned()),
        ),
        ("GetStatus/source", StatusKey::SourceKey(key())),
        (
            "GetStatus/user",
            StatusKey::LuccaUser(v1::LuccaUserKey {
                tenant: tenant_id.to_owned(),
                id: user,
            }),
        ),
    ] {
        let request = v1::GetStatusRequest {
            key: Some(key),
            ..v1::GetStatusRequest::default()
        };
        match one.get_status(by(who, request)).await {
            Ok(_) => told.push((name, Status::ok(""))),
            Err(status) => told.push((name, status)),
        }
    }
    let watch = |key| v1::WatchStatusRequest { key: Some(key) };
    use v1::watch_status_request::Key as WatchKey;
    ask!(
        "WatchStatus/id",
        one.watch_status(watch(WatchKey::OnboardingId(onboarding.to_owned())))
    );
    ask!(
        "WatchStatus/source",
        one.watch_status(watch(WatchKey::SourceKey(key())))
    );
    let withdraw = v1::WithdrawHireRequest {
        tenant: tenant_id.to_owned(),
        source: Some(source("test", "Dupont")),
    };
    ask!("WithdrawHire", one.withdraw_hire(withdraw));

    let list = v1::ListOnboardingsRequest {
        tenant: tenant_id.to_owned(),
        ..v1::ListOnboardingsRequest::default()
    };
    ask!("ListOnboardings", two.list_onboardings(list));
    for (name, selection) in [
        (
            "RetryOnboardings/id",
            Selection::OnboardingId(onboarding.to_owned()),
        ),
        (
            "RetryOnboardings/problem",
            Selection::Problem(ProblemFilter {
                tenant: tenant_id.to_owned(),
                problem_code: "DEFAULT_MISSING".to_owned(),
            }),
        ),
    ] {
        let request = v1::RetryOnboardingsRequest {
            selection: Some(selection),
        };
        match two.retry_onboardings(by(who, request)).await {
            Ok(_) => told.push((name, Status::ok(""))),
            Err(status) => told.push((name, status)),
        }
    }
    let resolve = v1::ResolveOnboardingRequest {
        onboarding_id: onboarding.to_owned(),
        decision: Some(Decision::LinkExisting(
            v1::resolve_onboarding_request::LinkExisting {
                lucca_user_id: user,
                ..Default::default()
            },
        )),
    };
    ask!("ResolveOnboarding", two.resolve_onboarding(resolve));
    let id = || onboarding.to_owned();
    let cancel = v1::CancelOnboardingRequest {
        onboarding_id: id(),
    };
    ask!("CancelOnboarding", two.cancel_onboarding(cancel));
    let erase = v1::ErasePersonalDataRequest {
        onboarding_id: id(),
        acknowledged_attempts: vec![],
    };
    ask!("ErasePersonalData", two.erase_personal_data(erase));
    for (name, onboarding_id, of_tenant) in [
        ("ListHistory/id", id(), String::new()),
        ("ListHistory/tenant", String::new(), tenant_id.to_owned()),
        ("ListHistory/both", id(), tenant_id.to_owned()),
    ] {
        let request = v1::ListHistoryRequest {
            onboarding_id,
            tenant: of_tenant,
            ..v1::ListHistoryRequest::default()
        };
        match two.list_history(by(who, request)).await {
            Ok(_) => told.push((name, Status::ok(""))),
            Err(status) => told.push((name, status)),
        }
    }

    let sent = Some(v1::Tenant {
        id: tenant_id.to_owned(),
        ..tenant(&house.lucca_url())
    });
    for (name, validate_only) in [("CreateTenant", false), ("CreateTenant/validate", true)] {
        let request = v1::CreateTenantRequest {
            tenant: sent.clone(),
            verify_key: false,
            validate_only,
        };
        match three.create_tenant(by(who, request)).await {
            Ok(_) => told.push((name, Status::ok(""))),
            Err(status) => told.push((name, status)),
        }
    }
    let get = v1::GetTenantRequest {
        tenant: tenant_id.to_owned(),
    };
    ask!("GetTenant", three.get_tenant(get));
    let update = v1::UpdateTenantRequest {
        tenant: sent,
        ..v1::UpdateTenantRequest::default()
    };
    ask!("UpdateTenant", three.update_tenant(update));
    let delete = v1::DeleteTenantRequest {
        tenant: tenant_id.to_owned(),
        cancel_open: true,
    };
    ask!("DeleteTenant", three.delete_tenant(delete));
    let settings = v1::GetWebhookSettingsRequest {
        tenant: tenant_id.to_owned(),
    };
    ask!("GetWebhookSettings", four.get_webhook_settings(settings));
    let report = v1::ReportEventRequest {
        tenant: tenant_id.to_owned(),
        kind: v1::report_event_request::Kind::Anonymized.into(),
        source: Some(source("test", "Dupont")),
        event_id: "evt_1".to_owned(),
        ..v1::ReportEventRequest::default()
    };
    ask!("ReportEvent", four.report_event(report));
    let deliveries = v1::ReportDeliveriesRequest {
        tenant: tenant_id.to_owned(),
        deliveries: Some(v1::WebhookDeliveries::default()),
    };
    ask!("ReportDeliveries", four.report_deliveries(deliveries));
    told
}

#[tokio::test]
async fn no_token_learns_whether_data_of_another_tenant_exists() {
    let house = house().await;
    let theirs = create(&house, "root", OTHERS, "Dupont").await;
    assert!(theirs.lucca_user_id > 0);
    let (id, user) = (&theirs.id, theirs.lucca_user_id);
    let there = every_call(&house, "acme", OTHERS, id, user).await;
    let damage = "UPDATE onboardings SET state = 'ACCEPTED' WHERE id = ?1";
    house.beside().execute(damage, [id]).unwrap();
    let in_quarantine = every_call(&house, "acme", OTHERS, id, user).await;
    let unknown = uuid::Uuid::now_v7().to_string();
    let not_there = every_call(&house, "acme", NOBODYS, &unknown, 999_999).await;
    let there = [there, in_quarantine].concat();
    let not_there = [not_there.clone(), not_there].concat();
    assert_eq!(there.len(), not_there.len());
    for ((name, one), (_, other)) in there.iter().zip(&not_there) {
        assert_eq!(one.code(), Code::PermissionDenied, "{name}: {one}");
        assert_eq!(
            (one.code(), one.message(), one.details()),
            (other.code(), other.message(), other.details()),
            "{name}"
        );
    }
    // Its own tenant beside an onboarding of another one: as if there were none.
    let mixed = async |onboarding_id: &str| {
        let request = v1::ListHistoryRequest {
            onboarding_id: onboarding_id.to_owned(),
            tenant: TENANT.to_owned(),
            ..v1::ListHistoryRequest::default()
        };
        let answer = house.operations().list_history(by("acme", request)).await;
        answer.unwrap().into_inner()
    };
    assert_eq!(mixed(&theirs.id).await, mixed(&unknown).await);
    // Nothing happened to it by all that, and lists show the token's own tenant only.
    let request = v1::ListTenantsRequest::default();
    let listed = house.tenants().list_tenants(by("acme", request)).await;
    let listed = listed.unwrap().into_inner().tenants;
    let ids: Vec<&str> = listed.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, [TENANT]);
    let rotate = v1::RotateEncryptionKeysRequest {};
    let refused = house
        .tenants()
        .rotate_encryption_keys(by("acme", rotate))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let all = v1::ListOnboardingsRequest::default();
    let refused = house.operations().list_onboardings(by("acme", all)).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_token_learns_what_its_own_tenant_does_not_have() {
    let house = house().await;
    let ask = async |who: &str, key: StatusKey| {
        let request = v1::GetStatusRequest {
            key: Some(key),
            refresh: false,
        };
        let answer = house.onboardings().get_status(by(who, request)).await;
        answer.unwrap_err().code()
    };
    let of = |tenant: &str| {
        [
            StatusKey::SourceKey(v1::SourceKey {
                tenant: tenant.to_owned(),
                source: Some(source("test", "never-heard-of")),
            }),
            StatusKey::LuccaUser(v1::LuccaUserKey {
                tenant: tenant.to_owned(),
                id: 999_999,
            }),
        ]
    };
    for who in ["reader", "adapter"] {
        for key in of(TENANT) {
            assert_eq!(ask(who, key).await, Code::NotFound, "{who}");
        }
        for key in of(OTHERS).into_iter().chain(of(NOBODYS)) {
            assert_eq!(ask(who, key).await, Code::PermissionDenied, "{who}");
        }
        // An id alone names no tenant.
        let id = StatusKey::OnboardingId(uuid::Uuid::now_v7().to_string());
        assert_eq!(ask(who, id).await, Code::PermissionDenied, "{who}");
    }
}

#[tokio::test]
async fn an_adapter_learns_how_a_hire_stands_and_not_who_it_is() {
    let house = house().await;
    let theirs = create(&house, "root", TENANT, "Dupont").await;
    let key = || v1::SourceKey {
        tenant: TENANT.to_owned(),
        source: theirs.source.clone(),
    };
    let request = v1::GetStatusRequest {
        key: Some(StatusKey::SourceKey(key())),
        refresh: false,
    };
    let asked = house.onboardings().get_status(by("adapter", request)).await;
    let told = create(&house, "adapter", TENANT, "Dupont").await;
    let withdrawal = v1::WithdrawHireRequest {
        tenant: TENANT.to_owned(),
        source: theirs.source.clone(),
    };
    let mut onboardings = house.onboardings();
    let withdrawn = onboardings.withdraw_hire(by("adapter", withdrawal)).await;
    for seen in [
        asked.unwrap().into_inner().onboarding.unwrap(),
        told,
        withdrawn.unwrap().into_inner().onboarding.unwrap(),
    ] {
        let bare = v1::Onboarding {
            id: theirs.id.clone(),
            tenant: TENANT.to_owned(),
            source: theirs.source.clone(),
            episode: 1,
            state: theirs.state,
            create_time: theirs.create_time,
            ..v1::Onboarding::default()
        };
        assert_eq!(seen, bare);
    }
    let watch = v1::WatchStatusRequest {
        key: Some(v1::watch_status_request::Key::SourceKey(key())),
    };
    let watched = onboardings.watch_status(by("adapter", watch)).await;
    assert_eq!(watched.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn an_adapter_of_one_tenant_hands_over_what_concerns_nobody_yet_and_what_comes_after() {
    let mut house = house().await;
    house.settings.adapter.token = Some(secret_of("adapter").into());
    house.start_adapter().await;
    // Taken back before anybody heard of it; then wanted after all.
    for (id, wanted) in [("evt-1", "non"), ("evt-2", "oui")] {
        let mut data = nine_items("Dupont");
        data["sendToLucca"] = wanted.into();
        let mut told = event("hire.confirmed", "a-1", data);
        told["id"] = id.into();
        assert_eq!(Webhook::of(&told).send(&house).await, 200);
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let created = tokio::time::timeout(Duration::from_secs(30), async {
        while house.sandbox().ledger().creations().is_empty() {
            ticks.tick().await;
        }
    });
    assert!(created.await.is_ok(), "the hire never reached Lucca");
}

async fn history(house: &House, tenant: &str) -> Vec<v1::HistoryEntry> {
    let request = v1::ListHistoryRequest {
        tenant: tenant.to_owned(),
        page_size: 500,
        ..v1::ListHistoryRequest::default()
    };
    let answer = house.operations().list_history(by("root", request)).await;
    answer.unwrap().into_inner().entries
}

#[tokio::test]
async fn every_change_is_noted_with_who_made_it_by_which_call() {
    let house = house().await;
    let hired = create(&house, "reader", TENANT, "Dupont").await;
    let draft = v1::CreateCollaboratorRequest {
        accept_incomplete: true,
        wait: None,
        ..hire("a-2", v1::Collaborator::default())
    };
    let mut onboardings = house.onboardings();
    let answer = onboardings.create_collaborator(by("reader", draft)).await;
    let draft = answer.unwrap().into_inner().onboarding.unwrap();
    let mut operations = house.operations();
    let cancel = v1::CancelOnboardingRequest {
        onboarding_id: draft.id.clone(),
    };
    operations
        .cancel_onboarding(by("acme", cancel))
        .await
        .unwrap();
    let again = v1::CancelOnboardingRequest {
        onboarding_id: hired.id.clone(),
    };
    operations
        .cancel_onboarding(by("acme", again))
        .await
        .unwrap_err();
    let update = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            display_name: "Acme and Sons".to_owned(),
            ..v1::Tenant::default()
        }),
        ..v1::UpdateTenantRequest::default()
    };
    let mut tenants = house.tenants();
    for _ in 0..2 {
        // The second changes nothing.
        let update = by("acme", update.clone());
        tenants.update_tenant(update).await.unwrap();
    }
    let mut adapter = AdapterServiceClient::new(house.channel());
    for _ in 0..3 {
        let settings = v1::GetWebhookSettingsRequest {
            tenant: TENANT.to_owned(),
        };
        let read = adapter.get_webhook_settings(by("acme", settings)).await;
        read.unwrap();
    }
    let entries = history(&house, TENANT).await;
    let told: Vec<_> = entries
        .iter()
        .filter(|it| !it.rpc.is_empty())
        .map(|it| {
            let of = it.onboarding_id.as_str();
            let of = [(draft.id.as_str(), "draft"), (hired.id.as_str(), "hired")]
                .into_iter()
                .find_map(|(id, name)| (id == of).then_some(name))
                .unwrap_or_default();
            (
                it.actor.as_str(),
                it.rpc.split('/').next_back().unwrap(),
                it.outcome.as_str(),
                it.event.as_str(),
                of,
                it.detail.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("acme", "GetWebhookSettings", "OK", "SECRETS_READ", "", ""),
            (
                "acme",
                "UpdateTenant",
                "OK",
                "TENANT_CHANGED",
                "",
                "display_name"
            ),
            ("acme", "CancelOnboarding", "ENDED", "REFUSED", "hired", ""),
            ("acme", "CancelOnboarding", "OK", "CALLED", "draft", ""),
            (
                "reader",
                "CreateCollaborator",
                "OK",
                "NEEDS_ATTENTION",
                "draft",
                "INCOMPLETE DEFAULT_MISSING"
            ),
            (
                "reader",
                "CreateCollaborator",
                "OK",
                "ACCEPTED",
                "hired",
                ""
            ),
            ("root", "CreateTenant", "OK", "TENANT_CREATED", "", ""),
        ]
    );
    // What the call changed stands beside it, with the same name.
    let cancelled = entries.iter().find(|it| it.event == "CANCELLED").unwrap();
    assert_eq!(
        (cancelled.actor.as_str(), cancelled.onboarding_id.as_str()),
        ("acme", draft.id.as_str())
    );
}

#[tokio::test]
async fn refused_calls_are_noted_and_cannot_fill_the_history() {
    let house = house().await;
    for _ in 0..50 {
        let get = v1::DeleteTenantRequest {
            tenant: OTHERS.to_owned(),
            cancel_open: true,
        };
        let status = house.tenants().delete_tenant(by("acme", get)).await;
        let info = status.unwrap_err().get_details_error_info().unwrap();
        assert_eq!(info.reason, "PERMISSION_DENIED");
    }
    let entries = history(&house, OTHERS).await;
    let refused: Vec<_> = entries.iter().filter(|it| it.event == "REFUSED").collect();
    assert_eq!(refused.len(), 10);
    for entry in refused {
        assert_eq!(
            (
                entry.actor.as_str(),
                entry.rpc.as_str(),
                entry.outcome.as_str()
            ),
            ("acme", "TenantService/DeleteTenant", "PERMISSION_DENIED")
        );
    }
}

/// The scopes that `docs/OPERATIONS.md` gives each call, in the order of [`ALL`].
fn documented() -> BTreeMap<&'static str, [bool; 4]> {
    let text = include_str!("../../docs/OPERATIONS.md");
    let (_, section) = text.split_once("\n## Scopes\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.flat_map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let scopes = [2, 3, 4, 5].map(|column| cells[column] == "yes");
        let names = cells[1].split(" · ").map(|name| name.trim_matches('`'));
        names.map(move |name| (name, scopes))
    });
    rows.collect()
}

#[tokio::test]
async fn the_documented_scopes_are_those_that_let_calls_in() {
    let mut house = House::without_tenant(SandboxOptions::default()).await;
    house.stop_service().await;
    let names = ["caller", "operator", "admin", "adapter"];
    let tokens = names.iter().zip(ALL);
    house.settings.auth.tokens = tokens
        .map(|(name, scope)| token(name, &[scope], &["*"]))
        .collect();
    house.start_service().await;
    let mut found: BTreeMap<&str, [bool; 4]> = BTreeMap::new();
    for (index, who) in names.into_iter().enumerate() {
        let unknown = uuid::Uuid::now_v7().to_string();
        let mut told = every_call(&house, who, NOBODYS, &unknown, 999_999).await;
        let mut tenants = house.tenants();
        let list = by(who, v1::ListTenantsRequest::default());
        let rotate = by(who, v1::RotateEncryptionKeysRequest {});
        for (name, answer) in [
            ("ListTenants", tenants.list_tenants(list).await.map(drop)),
            (
                "RotateEncryptionKeys",
                tenants.rotate_encryption_keys(rotate).await.map(drop),
            ),
        ] {
            told.push((name, answer.err().unwrap_or_else(|| Status::ok(""))));
        }
        for (name, status) in told {
            let call = match name.split('/').next().unwrap() {
                "validate_only" => "CreateCollaborator",
                call => call,
            };
            let scopes = found.entry(call).or_default();
            scopes[index] |= status.code() != Code::PermissionDenied;
        }
    }
    assert_eq!(found, documented());
}
