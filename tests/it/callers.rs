//! Tokens that come and go while the service runs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use lucca_onboarding::pb::v1::{self, operations_service_client::OperationsServiceClient};
use tokio::time::{Instant, interval};
use tonic::{Code, Request, transport::Channel};

use crate::support::programs::Stage;

const OLD: &str = "the-token-of-yesterday";
const NEW: &str = "the-token-of-tomorrow";

const PATIENCE: Duration = Duration::from_secs(30);

fn write(file: &Path, tokens: &[&str]) {
    let tokens: Vec<_> = tokens
        .iter()
        .map(|token| {
            serde_json::json!({
                "name": "olga", "token": token, "scopes": ["operator"], "tenants": ["*"],
            })
        })
        .collect();
    // As a mounted secret changes: at once.
    let beside = file.with_extension("new");
    fs::write(&beside, serde_json::to_string(&tokens).unwrap()).unwrap();
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&beside, file).unwrap();
}

async fn answer(channel: &Channel, token: &str) -> Code {
    let mut request = Request::new(v1::ListOnboardingsRequest::default());
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    let mut operations = OperationsServiceClient::new(channel.clone());
    let answer = operations.list_onboardings(request).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

async fn until(channel: &Channel, token: &str, code: Code) {
    let begun = Instant::now();
    let mut ticks = interval(Duration::from_millis(20));
    while answer(channel, token).await != code {
        assert!(begun.elapsed() < PATIENCE, "{token} is not {code:?}");
        ticks.tick().await;
    }
}

#[tokio::test]
async fn a_token_is_exchanged_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let tokens = directory.path().join("tokens.json");
    write(&tokens, &[OLD]);
    let settings = [
        ("auth.tokens_file", tokens.display().to_string()),
        ("tls.reload_interval", "50ms".to_owned()),
    ];
    let stage = Stage::start(directory.path(), &settings).await;
    assert_eq!(answer(&stage.channel, OLD).await, Code::Ok);
    assert_eq!(answer(&stage.channel, NEW).await, Code::Unauthenticated);
    write(&tokens, &[OLD, NEW]);
    until(&stage.channel, NEW, Code::Ok).await;
    assert_eq!(answer(&stage.channel, OLD).await, Code::Ok);
    write(&tokens, &[NEW]);
    until(&stage.channel, OLD, Code::Unauthenticated).await;
    assert_eq!(answer(&stage.channel, NEW).await, Code::Ok);
}
