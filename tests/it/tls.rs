//! TLS on both listeners and on the way between them.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use lucca_onboarding::{
    config::{Certificate, Rights, Scope, Token},
    net::tls::{ClientFiles, ServerFiles},
    pb::v1::{self, State, onboarding_service_client::OnboardingServiceClient},
};
use tonic::{Code, Request, transport::Channel};

use crate::support::{
    House, TENANT, asking, by_source,
    certificates::Authority,
    collaborator, hire,
    webhook::{self, Webhook},
};

/// A service that speaks TLS and verifies clients.
pub async fn house(authority: &Authority) -> House {
    let mut house = House::stopped().await;
    let (cert, key) = authority.server();
    house.settings.tls.files = Some(ServerFiles {
        cert,
        key,
        client_ca: Some(authority.ca()),
        require_client_certificate: false,
    });
    house.settings.tls.reload_interval = Duration::from_millis(20);
    house.settings.adapter.onboarding_tls.ca = Some(authority.ca());
    house
}

fn rights(name: &str, scope: Scope) -> Rights {
    Rights {
        name: name.into(),
        scopes: vec![scope],
        tenants: vec![TENANT.into()],
    }
}

fn certificate(name: &str, scope: Scope) -> Certificate {
    Certificate {
        rights: rights(name, scope),
        san: format!("uri:spiffe://example/{name}"),
    }
}

fn showing(authority: &Authority, name: &str) -> ClientFiles {
    ClientFiles {
        ca: Some(authority.ca()),
        identity: Some(authority.client(&format!("spiffe://example/{name}"))),
    }
}

fn question() -> v1::GetStatusRequest {
    asking(by_source("test", "a-1"))
}

async fn ask(channel: Channel, request: Request<v1::GetStatusRequest>) -> Code {
    let mut client = OnboardingServiceClient::new(channel);
    client
        .get_status(request)
        .await
        .map_or_else(|it| it.code(), |_| Code::Ok)
}

#[tokio::test]
async fn a_webhook_over_tls_becomes_a_hire_over_mutual_tls() {
    let authority = Authority::new();
    let mut house = house(&authority).await;
    house.settings.auth.certificates = vec![certificate("adapter", Scope::Adapter)];
    house.settings.adapter.onboarding_tls = showing(&authority, "adapter");
    house.start_service().await;
    house.start_adapter().await;
    let ca = reqwest::Certificate::from_pem(&std::fs::read(authority.ca()).unwrap()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([ca])
        .build()
        .unwrap();
    let event = webhook::event("hire.confirmed", "a-1", webhook::nine_items("Dupont"));
    let webhook = Webhook::of(&event);
    let adapter = format!("https://{}", house.webhooks());
    let answer = webhook.request(&client, &adapter).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    house.until("werecruit", "a-1", State::Created).await;
    // In the clear nothing gets in.
    let plain = format!("http://{}", house.webhooks());
    assert!(webhook.request(&client, &plain).send().await.is_err());
}

#[tokio::test]
async fn a_caller_is_told_by_certificate_or_by_token_and_by_nothing_else() {
    let (authority, other) = (Authority::new(), Authority::new());
    let mut house = house(&authority).await;
    let token = "0123456789abcdef";
    house.settings.auth.certificates = vec![
        certificate("payroll", Scope::Caller),
        certificate("admin", Scope::Admin),
    ];
    house.settings.auth.tokens =
        vec![Token::new(rights("ats", Scope::Caller), &token.into()).unwrap()];
    house.start_service().await;
    let nobody = house.settings.adapter.onboarding_tls.clone();
    let channel = house.dial(showing(&authority, "payroll")).await.unwrap();
    let mut client = OnboardingServiceClient::new(channel);
    let created = client.create_collaborator(hire("a-1", collaborator("Dupont")));
    let created = created.await.unwrap().into_inner().onboarding.unwrap();
    assert_eq!(created.state(), State::Created);
    // What is shown in the handshake, what is sent, the answer.
    let table = [
        (showing(&authority, "payroll"), None, Code::Ok),
        (showing(&authority, "admin"), None, Code::PermissionDenied),
        (showing(&authority, "stranger"), None, Code::Unauthenticated),
        (nobody.clone(), None, Code::Unauthenticated),
        (nobody.clone(), Some(token), Code::Ok),
        (
            showing(&authority, "payroll"),
            Some("wrong-token"),
            Code::Unauthenticated,
        ),
    ];
    for (tls, token, expected) in table {
        let channel = house.dial(tls).await.unwrap();
        let mut request = Request::new(question());
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        assert_eq!(ask(channel, request).await, expected);
    }
    // A certificate of another CA with the same name does not get through the handshake.
    let forged = ClientFiles {
        identity: Some(other.client("spiffe://example/payroll")),
        ..nobody
    };
    let refused = match house.dial(forged).await {
        Err(_) => Code::Unavailable,
        // In TLS 1.3 a client learns of the refusal with its first words.
        Ok(channel) => ask(channel, Request::new(question())).await,
    };
    assert!(
        matches!(refused, Code::Unavailable | Code::Unknown | Code::Internal),
        "{refused}"
    );
}

#[tokio::test]
async fn a_client_without_certificate_is_turned_away_if_one_is_required() {
    let authority = Authority::new();
    let mut house = house(&authority).await;
    house
        .settings
        .tls
        .files
        .as_mut()
        .unwrap()
        .require_client_certificate = true;
    house.settings.auth.certificates = vec![certificate("payroll", Scope::Caller)];
    let nobody = house.settings.adapter.onboarding_tls.clone();
    house.settings.adapter.onboarding_tls = showing(&authority, "payroll");
    house.start_service().await;
    let code = match house.dial(nobody).await {
        Err(_) => Code::Unavailable,
        Ok(channel) => ask(channel, Request::new(question())).await,
    };
    assert!(
        !matches!(
            code,
            Code::Ok | Code::PermissionDenied | Code::Unauthenticated
        ),
        "{code}"
    );
    assert_eq!(
        house.metric(r#"onboarding_connections_ended_total{listener="grpc",how="no_tls"}"#),
        1
    );
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let authority = Authority::new();
    let mut house = house(&authority).await;
    house.start_service().await;
    let old = house.channel();
    // Another CA takes over: the files of the service are replaced, and those of the client.
    let next = Authority::new();
    let trusting_next = ClientFiles {
        ca: Some(next.ca()),
        identity: None,
    };
    assert!(house.dial(trusting_next.clone()).await.is_err());
    let (cert, key) = next.server();
    let files = house.settings.tls.files.clone().unwrap();
    std::fs::copy(cert, files.cert).unwrap();
    std::fs::copy(key, files.key).unwrap();
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let patience = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            ticks.tick().await;
            if let Ok(channel) = house.dial(trusting_next.clone()).await {
                return channel;
            }
        }
    });
    let new = patience.await.unwrap();
    assert_eq!(ask(new, Request::new(question())).await, Code::NotFound);
    // Connections that were there before go on.
    assert_eq!(ask(old, Request::new(question())).await, Code::NotFound);
}

#[tokio::test]
async fn the_check_command_speaks_tls() {
    let authority = Authority::new();
    let mut house = house(&authority).await;
    house.start_service().await;
    let check = |ca: Option<&Authority>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onboarding"));
        command
            .args(["check", TENANT, "--endpoint"])
            .arg(format!("https://{}", house.grpc()))
            .stdin(Stdio::null());
        if let Some(authority) = ca {
            command.arg("--ca-file").arg(authority.ca());
        }
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let trusting = check(Some(&authority)).await.unwrap();
    let said = String::from_utf8_lossy(&trusting.stdout).into_owned();
    assert!(said.contains("lucca_key"), "{said} {trusting:?}");
    let other = check(Some(&Authority::new())).await.unwrap();
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(
        !other.status.success() && said.contains("certificate"),
        "{said}"
    );
}

#[tokio::test]
async fn who_asks_in_the_clear_is_told_that_the_service_may_speak_tls() {
    let authority = Authority::new();
    let mut house = house(&authority).await;
    house.settings.auth.tokens =
        vec![Token::new(rights("ats", Scope::Caller), &"0123456789abcdef".into()).unwrap()];
    house.start_service().await;
    let address = house.grpc();
    let output = tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_onboarding"))
            .args(["check", TENANT, "--endpoint", &format!("http://{address}")])
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("may use TLS: --endpoint https://"), "{said}");
}
