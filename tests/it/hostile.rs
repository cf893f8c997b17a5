//! One hostile caller beside an honest one, for each thing that callers share.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use h2::{
    SendStream,
    client::{ResponseFuture, SendRequest},
};
use http::Request as HttpRequest;
use lucca_onboarding::{
    config::{Rights, Scope, Settings, Token},
    pb::v1::{self, State},
    sandbox::Options as SandboxOptions,
};
use prost::Message as _;
use prost_types::{ListValue, Value, value::Kind};
use tokio::{task::JoinSet, time::timeout};
use tonic::{Code, Request, Status, Streaming};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};
use tonic_types::StatusExt as _;

use crate::support::{
    House, TENANT, asking, by_source, collaborator,
    frames::{WINDOW, announcing, connect, status},
    hire, memory, source, tenant,
};

/// The hostile tenant.
const EVIL: &str = "evil";

const PATIENCE: Duration = Duration::from_secs(30);

fn secret_of(name: &str) -> String {
    format!("a-token-for-the-tests-of-{name}")
}

fn token(name: &str, scope: Scope, tenant: &str) -> Token {
    let rights = Rights {
        name: name.to_owned(),
        scopes: vec![scope],
        tenants: vec![tenant.to_owned()],
    };
    Token::new(rights, &secret_of(name).into()).unwrap()
}

fn by<T>(name: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {}", secret_of(name)).parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// A service with two tenants that may create. `evil-…` are the tokens of the hostile one, the
/// others those of the honest one and of the operators.
async fn house(tune: impl FnOnce(&mut Settings)) -> House {
    let mut house = House::without_tenant(SandboxOptions::default()).await;
    for id in [TENANT, EVIL] {
        let tenant = v1::Tenant {
            id: id.to_owned(),
            ..tenant(&house.lucca_url())
        };
        house.create_tenant(tenant).await.unwrap();
    }
    house.stop_service().await;
    house.settings.auth.tokens = vec![
        token("evil-caller", Scope::Caller, EVIL),
        token("evil-adapter", Scope::Adapter, EVIL),
        token("caller", Scope::Caller, TENANT),
        token("adapter", Scope::Adapter, TENANT),
        token("operator", Scope::Operator, "*"),
        token("operator-of-acme", Scope::Operator, TENANT),
        token("admin", Scope::Admin, "*"),
    ];
    tune(&mut house.settings);
    house.start_service().await;
    house
}

fn hire_of(tenant: &str, name: &str) -> v1::CreateCollaboratorRequest {
    v1::CreateCollaboratorRequest {
        tenant: tenant.to_owned(),
        ..hire(name, collaborator(name))
    }
}

async fn submit(
    house: &House,
    who: &str,
    request: v1::CreateCollaboratorRequest,
) -> Result<v1::Onboarding, Status> {
    let mut client = house.onboardings();
    let answer = client.create_collaborator(by(who, request)).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

async fn create(house: &House, who: &str, tenant: &str, name: &str) -> v1::Onboarding {
    let request = v1::CreateCollaboratorRequest {
        wait: None,
        ..hire_of(tenant, name)
    };
    submit(house, who, request).await.unwrap()
}

async fn look(
    house: &House,
    who: &str,
    request: v1::GetStatusRequest,
) -> Result<v1::Onboarding, Status> {
    let answer = house.onboardings().get_status(by(who, request)).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

/// The honest caller's hire reaches `CREATED`, and operators and admins are served.
async fn everybody_else_is_served(house: &House, name: &str) {
    let hired = submit(house, "caller", hire_of(TENANT, name)).await;
    assert_eq!(hired.unwrap().state(), State::Created);
    let refreshed = v1::GetStatusRequest {
        refresh: true,
        ..asking(by_source("test", name))
    };
    let refreshed = look(house, "caller", refreshed).await;
    assert!(refreshed.is_ok(), "{refreshed:?}");
    let check = v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        allowance_only: true,
        ..v1::CheckDefaultsRequest::default()
    };
    let mut client = house.onboardings();
    let checked = client.check_defaults(by("operator", check)).await;
    assert!(checked.is_ok(), "{checked:?}");
    let all = v1::ListOnboardingsRequest::default();
    let listed = house
        .operations()
        .list_onboardings(by("operator", all))
        .await;
    assert!(listed.is_ok(), "{listed:?}");
    let update = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            display_name: name.to_owned(),
            ..v1::Tenant::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
        ..v1::UpdateTenantRequest::default()
    };
    let updated = house.tenants().update_tenant(by("admin", update)).await;
    assert!(updated.is_ok(), "{updated:?}");
}

/// Begins a call; its message is sent later.
async fn begin(
    client: &SendRequest<Bytes>,
    who: &str,
    method: &str,
) -> (ResponseFuture, SendStream<Bytes>) {
    let mut client = client.clone().ready().await.unwrap();
    let request = HttpRequest::post(format!("http://test/hr.onboarding.v1.{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {}", secret_of(who)))
        .body(())
        .unwrap();
    client.send_request(request, false).unwrap()
}

/// Waits until a metric has a value.
async fn until_metric(house: &House, line: &str, holds: impl Fn(u64) -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let seen = timeout(PATIENCE, async {
        while !holds(house.metric(line)) {
            ticks.tick().await;
        }
    });
    assert!(seen.await.is_ok(), "{line} is {}", house.metric(line));
}

#[tokio::test]
async fn a_caller_without_the_scope_is_refused_before_its_message_is_read() {
    let house = house(|_| {}).await;
    let client = connect(house.grpc(), WINDOW).await;
    // None of these messages is ever sent.
    let mut calls = Vec::new();
    for method in [
        "TenantService/UpdateTenant",
        "OperationsService/ListOnboardings",
    ] {
        for _ in 0..100 {
            calls.push(begin(&client, "evil-adapter", method).await);
        }
    }
    for (response, _message) in calls {
        assert_eq!(status(response).await.code(), Code::PermissionDenied);
    }
    everybody_else_is_served(&house, "Dupont").await;
}

#[tokio::test]
async fn messages_that_never_end_take_bounded_memory_and_leave_room_for_others() {
    let house = house(|it| it.server.body_timeout = Duration::from_secs(600)).await;
    let before = memory::resident();
    let begun = memory::most(async {
        let mut calls = Vec::new();
        for _ in 0..40 {
            let client = connect(house.grpc(), WINDOW).await;
            for _ in 0..15 {
                let (response, mut message) = begin(
                    &client,
                    "evil-caller",
                    "OnboardingService/CreateCollaborator",
                )
                .await;
                // The largest message, but for its last byte.
                let sent = announcing(262_144, &[0; 262_143]);
                let _ = message.send_data(sent, false);
                calls.push((response, message));
            }
        }
        let held = r#"onboarding_grpc_held{kind="message_bytes"}"#;
        until_metric(&house, held, |bytes| bytes == 32 * memory::MIB).await;
        everybody_else_is_served(&house, "Dupont").await;
        calls
    });
    let (_calls, most) = begun.await;
    let taken = most.saturating_sub(before) / memory::MIB;
    assert!(taken <= 256, "{taken} MiB");
}

#[tokio::test]
async fn messages_that_unfold_in_memory_are_decoded_a_few_at_a_time() {
    let house = house(|_| {}).await;
    let empty = || Value {
        kind: Some(Kind::ListValue(ListValue::default())),
    };
    let list = ListValue {
        values: (0..60_000).map(|_| empty()).collect(),
    };
    let mut request = hire_of(EVIL, "Dupont");
    let value = Value {
        kind: Some(Kind::ListValue(list)),
    };
    let data = &mut request.collaborator.as_mut().unwrap().extended_data;
    data.insert("e_unfolds".to_owned(), value);
    assert!(request.encoded_len() <= 262_144);
    let message = request.encode_to_vec();
    let framed = announcing(message.len(), &message);
    let before = memory::resident();
    let attack = memory::most(async {
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let client = connect(house.grpc(), WINDOW).await;
            for _ in 0..20 {
                let (response, mut stream) = begin(
                    &client,
                    "evil-caller",
                    "OnboardingService/CreateCollaborator",
                )
                .await;
                stream.send_data(framed.clone(), true).unwrap();
                calls.spawn(status(response));
            }
        }
        everybody_else_is_served(&house, "Dupont").await;
        let codes: Vec<Code> = calls.join_all().await.iter().map(Status::code).collect();
        codes
    });
    let (codes, most) = attack.await;
    let refused = |code: &Code| matches!(code, Code::InvalidArgument | Code::Unavailable);
    assert!(codes.iter().all(refused), "{codes:?}");
    let taken = most.saturating_sub(before) / memory::MIB;
    assert!(taken <= 256, "{taken} MiB");
}

#[tokio::test]
async fn a_flood_of_watches_leaves_places_to_everybody_else() {
    let house = house(|it| it.server.max_waiting_requests = 200).await;
    house.hide_people();
    let watched = create(&house, "evil-caller", EVIL, "Durand").await;
    let key = v1::watch_status_request::Key::OnboardingId(watched.id);
    let mut watches: Vec<Streaming<_>> = Vec::new();
    let mut refused = 0;
    for _ in 0..300 {
        let request = v1::WatchStatusRequest {
            key: Some(key.clone()),
        };
        match house
            .onboardings()
            .watch_status(by("evil-caller", request))
            .await
        {
            Ok(watch) => watches.push(watch.into_inner()),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable);
                assert!(status.get_details_retry_info().is_some());
                refused += 1;
            }
        }
        if refused > 0 && watches.len() + refused > 150 {
            break;
        }
    }
    assert_eq!(watches.len(), 100);
    house.sandbox().clear_faults();
    everybody_else_is_served(&house, "Dupont").await;
}

#[tokio::test]
async fn a_flood_of_calls_gets_no_call_of_others_refused() {
    let house = house(|it| {
        it.server.max_concurrent_requests = 8;
        it.server.max_queued_requests = 64;
    })
    .await;
    create(&house, "evil-caller", EVIL, "Durand").await;
    let flood = async {
        let asked = stream::iter(0..4_000).map(|_| async {
            let key = v1::get_status_request::Key::SourceKey(v1::SourceKey {
                tenant: EVIL.to_owned(),
                source: Some(source("test", "Durand")),
            });
            let asked = look(&house, "evil-caller", asking(key)).await;
            asked.map_or_else(|status| status.code(), |_| Code::Ok)
        });
        let codes: Vec<Code> = asked.buffer_unordered(200).collect().await;
        codes
    };
    let honest = async {
        for index in 0..20 {
            create(&house, "caller", TENANT, &format!("Dupont{index}")).await;
        }
    };
    let (codes, ()) = tokio::join!(flood, honest);
    let known = |code: &Code| matches!(code, Code::Ok | Code::Unavailable);
    assert!(codes.iter().all(known), "{codes:?}");
    everybody_else_is_served(&house, "Dupont").await;
}

#[tokio::test]
async fn honest_callers_at_the_same_time_wait_and_are_not_refused() {
    let house = house(|it| it.server.max_concurrent_requests = 8).await;
    let calls = stream::iter(0..256).map(|index| {
        let house = &house;
        async move { create(house, "caller", TENANT, &format!("Dupont{index}")).await }
    });
    let stored = calls.buffer_unordered(256).count().await;
    assert_eq!(stored, 256);
}

#[tokio::test]
async fn answers_that_are_not_read_hold_only_the_share_of_their_caller() {
    let house = house(|it| {
        it.server.max_concurrent_requests = 8;
        it.server.queue_timeout = Duration::from_millis(100);
    })
    .await;
    create(&house, "evil-caller", EVIL, "Durand").await;
    let key = v1::get_status_request::Key::SourceKey(v1::SourceKey {
        tenant: EVIL.to_owned(),
        source: Some(source("test", "Durand")),
    });
    let message = asking(key).encode_to_vec();
    // The window has no room for any answer.
    let client = connect(house.grpc(), 0).await;
    let mut held = Vec::new();
    for _ in 0..50 {
        let (response, mut stream) =
            begin(&client, "evil-caller", "OnboardingService/GetStatus").await;
        let framed = announcing(message.len(), &message);
        stream.send_data(framed, true).unwrap();
        held.push(response);
    }
    let permits = r#"onboarding_grpc_held{kind="permits"}"#;
    until_metric(&house, permits, |held| held == 6).await;
    everybody_else_is_served(&house, "Dupont").await;
}

#[tokio::test]
async fn streams_without_a_token_are_few_for_each_address_and_method() {
    let house = house(|_| {}).await;
    let check = || HealthCheckRequest {
        service: String::new(),
    };
    let mut watches = Vec::new();
    let mut refused = 0;
    for _ in 0..256 {
        match HealthClient::new(house.channel()).watch(check()).await {
            Ok(watch) => watches.push(watch),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable);
                refused += 1;
            }
        }
        if watches.len() + refused > 60 {
            break;
        }
    }
    assert_eq!(watches.len(), 32);
    let asked = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(house.channel());
    let answer = reflection.server_reflection_info(stream::iter([asked]));
    assert!(answer.await.is_ok());
    let answer = HealthClient::new(house.channel()).check(check()).await;
    assert_eq!(answer.unwrap().into_inner().status, 1);
    everybody_else_is_served(&house, "Dupont").await;
}

/// What an adapter is answered, without what differs for every call.
async fn answer_to_adapter(house: &House, request: v1::CreateCollaboratorRequest) -> String {
    match submit(house, "adapter", request).await {
        Ok(onboarding) => format!("{onboarding:?}"),
        Err(status) => format!("{:?} {}", status.code(), status.message()),
    }
}

#[tokio::test]
async fn a_stolen_token_of_an_adapter_does_not_learn_whether_a_guess_is_right() {
    let house = house(|_| {}).await;
    everybody_else_is_served(&house, "Dupont").await;
    let guess = |title: &str| {
        let mut request = hire_of(TENANT, "Dupont");
        request.collaborator.as_mut().unwrap().job_title = title.to_owned();
        request.wait = None;
        request
    };
    // The stored hire has no title.
    let (right, wrong) = (guess(""), guess("Comptable"));
    type Change = fn(&mut v1::CreateCollaboratorRequest);
    let ways: [(&str, Change); 5] = [
        ("validate_only", |it| it.validate_only = true),
        ("validate_only with a mask", |it| {
            it.validate_only = true;
            it.update_mask = Some(prost_types::FieldMask {
                paths: vec!["job_title".to_owned()],
            });
        }),
        ("request_id", |it| it.request_id = "guessed".to_owned()),
        ("whole", |_| {}),
        ("mask", |it| {
            it.update_mask = Some(prost_types::FieldMask {
                paths: vec!["job_title".to_owned()],
            });
        }),
    ];
    for (way, change) in ways {
        let mut answers = Vec::new();
        for request in [&right, &wrong] {
            let mut request = request.clone();
            change(&mut request);
            answers.push(answer_to_adapter(&house, request).await);
        }
        assert_eq!(answers[0], answers[1], "{way}");
        assert!(!answers[0].contains("Comptable"), "{way}");
    }
    // The difference is left to a person.
    let key = by_source("test", "Dupont");
    let seen = look(&house, "caller", asking(key)).await.unwrap();
    assert!(
        seen.follow_ups
            .iter()
            .any(|it| it.code == "CHANGED_AFTER_CREATION"),
        "{seen:#?}"
    );
}

#[tokio::test]
async fn what_one_tenant_stores_is_bounded() {
    let house = house(|it| it.server.max_onboardings_per_tenant = 3).await;
    let mut large = hire_of(EVIL, "Dupont");
    let value = Value {
        kind: Some(Kind::StringValue("x".repeat(70_000))),
    };
    let data = &mut large.collaborator.as_mut().unwrap().extended_data;
    data.insert("e_large".to_owned(), value);
    let refused = submit(&house, "evil-caller", large).await.unwrap_err();
    let faults = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(faults[0].field, "collaborator", "{faults:?}");
    for index in 0..3 {
        create(&house, "evil-caller", EVIL, &format!("Durand{index}")).await;
    }
    let request = hire_of(EVIL, "Durand3");
    let refused = submit(&house, "evil-caller", request).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "QUOTA_USED_UP");
    everybody_else_is_served(&house, "Dupont").await;
}

#[tokio::test]
async fn a_page_of_large_hires_ends_before_it_is_too_large_for_clients() {
    let house = house(|_| {}).await;
    house.hide_people();
    for index in 0..60 {
        let mut request = hire_of(EVIL, &format!("Durand{index}"));
        let value = Value {
            kind: Some(Kind::StringValue("x".repeat(60_000))),
        };
        let data = &mut request.collaborator.as_mut().unwrap().extended_data;
        data.insert("e_large".to_owned(), value);
        request.wait = None;
        submit(&house, "evil-caller", request).await.unwrap();
    }
    let mut request = v1::ListOnboardingsRequest {
        tenant: EVIL.to_owned(),
        page_size: 500,
        ..v1::ListOnboardingsRequest::default()
    };
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let mut client = house.operations();
        let page = client.list_onboardings(by("operator", request.clone()));
        let page = page.await.unwrap().into_inner();
        assert!(page.encoded_len() <= 1024 * 1024 + 1024);
        assert!(!page.onboardings.is_empty());
        for onboarding in page.onboardings {
            assert!(seen.insert(onboarding.id));
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 60);
}

#[tokio::test]
async fn nothing_of_another_tenant_is_told() {
    let house = house(|_| {}).await;
    house.hide_people();
    for index in 0..5 {
        create(&house, "evil-caller", EVIL, &format!("Durand{index}")).await;
    }
    let own = create(&house, "caller", TENANT, "Dupont").await;
    // Both tenants share the Lucca account, but the caller is told of its own queue.
    let shown = create(&house, "caller", TENANT, "Dupont").await;
    assert_eq!(shown.queue_position, 0);
    let cancel = v1::WithdrawHireRequest {
        tenant: TENANT.to_owned(),
        source: Some(source("test", "Dupont")),
    };
    let denied = house
        .onboardings()
        .withdraw_hire(by("evil-caller", cancel))
        .await;
    assert_eq!(denied.unwrap_err().code(), Code::PermissionDenied);
    for (who, name) in [("operator-of-acme", ""), ("operator", "evil-caller")] {
        let request = v1::ListHistoryRequest {
            tenant: TENANT.to_owned(),
            ..v1::ListHistoryRequest::default()
        };
        let page = house.operations().list_history(by(who, request)).await;
        let entries = page.unwrap().into_inner().entries;
        let denied = entries.iter().find(|it| it.outcome == "PERMISSION_DENIED");
        assert_eq!(denied.unwrap().actor, name, "{entries:#?}");
        let hired = entries.iter().find(|it| it.onboarding_id == own.id);
        assert_eq!(hired.unwrap().actor, "caller");
    }
}
