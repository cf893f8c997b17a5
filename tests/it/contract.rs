use std::time::Duration;

use lucca_onboarding::{
    config::{Rights, Scope, Token},
    pb::v1::{self, State},
};
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::support::{House, TENANT, collaborator, hire, source};

#[tokio::test]
async fn a_bad_request_names_every_bad_field_at_once() {
    let house = House::start().await;
    let request = v1::CreateCollaboratorRequest {
        tenant: "No Tenant".into(),
        source: Some(source("A B", "")),
        collaborator: Some(v1::Collaborator {
            personal_email: "nobody".into(),
            contract_start_date: "04/01/2027".into(),
            ..v1::Collaborator::default()
        }),
        expected_revision: -1,
        ..v1::CreateCollaboratorRequest::default()
    };
    let status = house.create(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let bad = status.get_details_bad_request().unwrap();
    let mut fields: Vec<&str> = bad
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "collaborator.contract_start_date",
            "collaborator.family_name",
            "collaborator.given_name",
            "collaborator.personal_email",
            "expected_revision",
            "source.external_id",
            "source.system",
            "tenant",
        ]
    );
    assert!(!status.message().contains("nobody"));
}

#[tokio::test]
async fn an_unknown_tenant_and_an_unknown_onboarding_are_not_found() {
    let house = House::start().await;
    let mut request = hire("a-1", collaborator("Dupont"));
    request.tenant = "nobody".into();
    let status = house.create(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "TENANT_NOT_FOUND"
    );
    let status = house.status_of("test", "unknown").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "ONBOARDING_NOT_FOUND"
    );
}

#[tokio::test]
async fn an_expired_deadline_is_deadline_exceeded_and_what_was_stored_stays() {
    let house = House::start().await;
    house.hide_people();
    let mut request = Request::new(hire("a-1", collaborator("Dupont")));
    request
        .metadata_mut()
        .insert("grpc-timeout", "500m".parse().unwrap());
    let status = house
        .onboardings()
        .create_collaborator(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    house.sandbox().clear_faults();
    house.until("test", "a-1", State::Created).await;
}

#[tokio::test]
async fn validate_only_checks_and_stores_nothing() {
    let house = House::start().await;
    let mut request = hire("a-1", collaborator("Dupont"));
    request.validate_only = true;
    let onboarding = house.create(request.clone()).await.unwrap();
    assert!(onboarding.id.is_empty());
    assert_eq!(onboarding.state(), State::Accepted);
    assert_eq!(
        house.status_of("test", "a-1").await.unwrap_err().code(),
        Code::NotFound
    );
    request.collaborator.as_mut().unwrap().family_name.clear();
    assert_eq!(
        house.create(request).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn an_incomplete_hire_is_kept_if_asked_for_and_goes_on_when_completed() {
    let house = House::start().await;
    let mut incomplete = collaborator("Dupont");
    incomplete.contract_start_date.clear();
    let mut request = hire("a-1", incomplete);
    assert_eq!(
        house.create(request.clone()).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    request.accept_incomplete = true;
    let draft = house.create(request).await.unwrap();
    assert_eq!(draft.state(), State::NeedsAttention);
    let problem = draft.problem.unwrap();
    assert_eq!(problem.code, "INCOMPLETE");
    assert!(problem.message.contains("contract start date"));
    let completed = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(completed.state(), State::Created);
    assert_eq!(completed.id, draft.id);
}

#[tokio::test]
async fn reflection_speaks_both_versions_and_names_every_service() {
    use tonic_reflection::pb::{v1 as new, v1alpha as old};
    let house = House::start().await;
    let ask = |kind| futures_util::stream::iter([kind]);
    let request = new::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            new::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
    };
    let mut answers = new::server_reflection_client::ServerReflectionClient::new(house.channel())
        .server_reflection_info(ask(request))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(new::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        answer.message_response
    else {
        panic!("{answer:?}")
    };
    for name in ["Onboarding", "Operations", "Tenant", "Adapter"] {
        let name = format!("hr.onboarding.v1.{name}Service");
        assert!(list.service.iter().any(|it| it.name == name), "{name}");
    }
    let request = old::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            old::server_reflection_request::MessageRequest::FileContainingSymbol(
                "hr.onboarding.v1.OnboardingService".into(),
            ),
        ),
    };
    let mut answers = old::server_reflection_client::ServerReflectionClient::new(house.channel())
        .server_reflection_info(futures_util::stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    assert!(matches!(
        answer.message_response,
        Some(old::server_reflection_response::MessageResponse::FileDescriptorResponse(_))
    ));
}

#[tokio::test]
async fn health_is_told_per_service() {
    let house = House::start().await;
    let mut health = HealthClient::new(house.channel());
    for service in ["", "hr.onboarding.v1.OnboardingService"] {
        let request = HealthCheckRequest {
            service: service.into(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status, 1, "{service}");
    }
    let request = HealthCheckRequest {
        service: "nobody".into(),
    };
    assert_eq!(
        health.check(request).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn lists_are_paged_in_the_order_of_urgency_and_filtered_by_name_and_email() {
    let house = House::start().await;
    for (id, name, start) in [
        ("a-1", "Dupont", "2027-03-01"),
        ("a-2", "Durand", "2027-01-04"),
        ("a-3", "Müller", "2027-02-01"),
    ] {
        let mut person = collaborator(name);
        person.contract_start_date = start.into();
        person.personal_email = format!("{id}@example.com");
        house.create(hire(id, person)).await.unwrap();
    }
    let list = async |request| {
        let answer = house.operations().list_onboardings(request).await.unwrap();
        let answer = answer.into_inner();
        let ids: Vec<String> = answer
            .onboardings
            .into_iter()
            .map(|it| it.source.unwrap().external_id)
            .collect();
        (ids, answer.next_page_token)
    };
    let mut request = v1::ListOnboardingsRequest {
        tenant: TENANT.into(),
        page_size: 2,
        ..v1::ListOnboardingsRequest::default()
    };
    let (ids, token) = list(request.clone()).await;
    assert_eq!(ids, ["a-2", "a-3"]);
    request.page_token = token;
    let (ids, token) = list(request.clone()).await;
    assert_eq!((ids, token.as_str()), (vec!["a-1".to_owned()], ""));

    request.page_token.clear();
    request.name = "MULLER eloise".into();
    assert_eq!(list(request.clone()).await.0, ["a-3"]);
    request.name.clear();
    request.email = "A-1@example.com".into();
    assert_eq!(list(request).await.0, ["a-1"]);
}

#[tokio::test]
async fn with_tokens_nobody_is_served_beyond_their_scopes_and_tenants() {
    let mut house = House::stopped().await;
    let token = |name: &str, scope: Scope, tenants: &[&str]| {
        let rights = Rights {
            name: name.into(),
            scopes: vec![scope],
            tenants: tenants.iter().map(|&tenant| tenant.to_owned()).collect(),
        };
        Token::new(rights, &format!("{name}-0123456789abcdef").into()).unwrap()
    };
    house.settings.auth.tokens = vec![
        token("caller", Scope::Caller, &[TENANT]),
        token("other", Scope::Caller, &["other"]),
        token("adapter", Scope::Adapter, &["*"]),
    ];
    house.start_service().await;
    let status = house.status_of("test", "a-1").await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let with = |name: &str, message: v1::CreateCollaboratorRequest| {
        let mut request = Request::new(message);
        let value = format!("Bearer {name}-0123456789abcdef");
        request
            .metadata_mut()
            .insert("authorization", value.parse().unwrap());
        request
    };
    let mut client = house.onboardings();
    let request = || hire("a-1", collaborator("Dupont"));
    let denied = client
        .create_collaborator(with("other", request()))
        .await
        .unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let mut unknown = request();
    unknown.tenant = "nobody".into();
    let same = client
        .create_collaborator(with("other", unknown))
        .await
        .unwrap_err();
    assert_eq!(
        (same.code(), same.message()),
        (denied.code(), denied.message())
    );
    let created = client
        .create_collaborator(with("caller", request()))
        .await
        .unwrap();
    assert_eq!(
        created.into_inner().onboarding.unwrap().state(),
        State::Created
    );
}

#[tokio::test]
async fn a_wait_ends_with_the_onboarding_as_it_is() {
    let house = House::start().await;
    house.hide_people();
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = Some(Duration::from_millis(200).try_into().unwrap());
    let onboarding = house.create(request).await.unwrap();
    assert_eq!(onboarding.state(), State::Accepted);
    assert!(onboarding.next_attempt_time.is_some());
    assert!(onboarding.expected_creation_time.is_some());
}

#[tokio::test]
async fn watching_shows_every_state_and_ends_with_the_last() {
    let house = House::start().await;
    house
        .sandbox()
        .inject(lucca_onboarding::sandbox::Fault::on_creation(
            lucca_onboarding::sandbox::Kind::ExecuteThenCut,
            1,
        ));
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    let accepted = house.create(request).await.unwrap();
    let watch = v1::WatchStatusRequest {
        key: Some(v1::watch_status_request::Key::OnboardingId(accepted.id)),
    };
    let mut stream = house
        .onboardings()
        .watch_status(watch)
        .await
        .unwrap()
        .into_inner();
    let mut states = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        states.push(message.onboarding.unwrap().state());
    }
    assert!(states.contains(&State::Verifying), "{states:?}");
    assert_eq!(states.last(), Some(&State::Created));
}

/// A request that asks for French.
fn in_french<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = "de, fr-FR, en".parse().unwrap();
    request.metadata_mut().insert("accept-language", value);
    request
}

/// A house with a hire that lacks its start date, and what is shown of it.
async fn house_with_a_question() -> (House, v1::Onboarding) {
    let house = House::start().await;
    let mut incomplete = collaborator("Dupont");
    incomplete.contract_start_date.clear();
    let mut request = hire("a-1", incomplete);
    request.accept_incomplete = true;
    let shown = house.create(request).await.unwrap();
    (house, shown)
}

#[tokio::test]
async fn errors_and_bad_fields_are_in_the_language_asked_for_and_in_english_for_developers() {
    let house = House::start().await;
    let mut person = collaborator("Dupont");
    person.given_name = "x".repeat(300);
    person.personal_email = "nobody".into();
    person.contract_start_date = "04/01/2027".into();
    let status = house
        .onboardings()
        .create_collaborator(in_french(hire("a-1", person)))
        .await
        .unwrap_err();
    let bad = status.get_details_bad_request().unwrap();
    let told: Vec<(&str, &str)> = bad
        .field_violations
        .iter()
        .map(|it| (it.field.as_str(), it.description.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "collaborator.given_name",
                "ne doit pas dépasser 255 caractères"
            ),
            (
                "collaborator.personal_email",
                "doit être de la forme nom@domaine.tld"
            ),
            (
                "collaborator.contract_start_date",
                "doit être un jour du calendrier, sous la forme AAAA-MM-JJ"
            ),
        ]
    );
    assert!(
        status
            .message()
            .contains("given_name must have at most 255 characters"),
        "{status}"
    );
    let localized = status.get_details_localized_message().unwrap();
    assert_eq!(localized.locale, "fr");
    assert!(
        localized.message.contains("nom@domaine.tld"),
        "{localized:?}"
    );

    let get = v1::GetTenantRequest {
        tenant: "nobody".into(),
    };
    let status = house.tenants().get_tenant(in_french(get)).await;
    let status = status.unwrap_err();
    let localized = status.get_details_localized_message().unwrap();
    assert_eq!(status.message(), "There is no tenant nobody.");
    assert_eq!(localized.message, "Le client nobody n’existe pas.");
}

#[tokio::test]
async fn onboardings_are_shown_in_the_language_asked_for() {
    let (house, english) = house_with_a_question().await;
    let english = english.problem.unwrap();
    let list = v1::ListOnboardingsRequest::default();
    let listed = house.operations().list_onboardings(in_french(list)).await;
    let listed = listed.unwrap().into_inner().onboardings.remove(0);
    let id = || listed.id.clone();
    let get = v1::GetStatusRequest {
        key: Some(v1::get_status_request::Key::OnboardingId(id())),
        refresh: false,
    };
    let found = house.onboardings().get_status(in_french(get)).await;
    let found = found.unwrap().into_inner().onboarding.unwrap();
    let watch = v1::WatchStatusRequest {
        key: Some(v1::watch_status_request::Key::OnboardingId(id())),
    };
    let watched = house.onboardings().watch_status(in_french(watch)).await;
    let watched = watched.unwrap().into_inner().message().await.unwrap();
    let watched = watched.unwrap().onboarding.unwrap();
    for shown in [&listed, &found, &watched] {
        let french = shown.problem.as_ref().unwrap();
        assert_eq!(french.code, english.code);
        assert!(french.message.contains("date de début"), "{french:?}");
        assert_ne!(french.fix, english.fix);
    }
    let cancel = v1::CancelOnboardingRequest {
        onboarding_id: id(),
    };
    let cancelled = house
        .operations()
        .cancel_onboarding(in_french(cancel))
        .await;
    let cancelled = cancelled.unwrap().into_inner().onboarding.unwrap();
    let why = cancelled.cancellation.unwrap().message;
    assert!(!why.contains("operator"), "{why}");
}

#[tokio::test]
async fn refused_decisions_are_explained_in_the_language_asked_for() {
    use v1::resolve_onboarding_request::{CreateAnyway, Decision};
    let (house, shown) = house_with_a_question().await;
    let resolve = |decision| v1::ResolveOnboardingRequest {
        onboarding_id: shown.id.clone(),
        decision,
    };
    let decision = Decision::CreateAnyway(CreateAnyway::default());
    let mut operations = house.operations();
    let refused = operations
        .resolve_onboarding(in_french(resolve(Some(decision))))
        .await
        .unwrap_err();
    let reason = refused.get_details_error_info().unwrap().reason;
    assert_eq!(reason, "NOTHING_TO_OVERRIDE");
    let localized = refused.get_details_localized_message().unwrap();
    assert!(
        localized
            .message
            .starts_with("create_anyway ne passe outre"),
        "{localized:?}"
    );
    let refused = operations
        .resolve_onboarding(in_french(resolve(None)))
        .await
        .unwrap_err();
    let bad = refused.get_details_bad_request().unwrap();
    assert_eq!(
        bad.field_violations[0].description,
        "doit être l’une des valeurs suivantes\u{a0}: link_existing, create_anyway, amend, unlink"
    );
}
