use lucca_onboarding::pb::v1::State;

use crate::support::{House, collaborator, hire, tenant};

#[tokio::test]
async fn a_hire_accepted_while_lucca_is_down_is_created_after_a_restart() {
    let mut house = House::start().await;
    house.stop_sandbox().await;
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    let accepted = house.create(request).await.unwrap();
    assert_eq!(accepted.state(), State::Accepted);
    house.stop_service().await;
    house.start_sandbox().await;
    house.start_service().await;
    let created = house.until("test", "a-1", State::Created).await;
    assert_eq!(created.id, accepted.id);
    assert_eq!(house.created_by_calls("Dupont"), 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_lucca_that_hangs() {
    let mut house = House::without_tenant(Default::default()).await;
    // Accepts connections and never answers.
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hanging.local_addr().unwrap();
    house
        .settings
        .lucca
        .allow_insecure(&address.to_string())
        .unwrap();
    // Longer than stopping may take.
    house.settings.lucca.request_timeout = std::time::Duration::from_secs(600);
    house.stop_service().await;
    house.start_service().await;
    house
        .create_tenant(tenant(&format!("http://{address}")))
        .await
        .unwrap();
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    house.create(request).await.unwrap();
    let call = hanging.accept().await.unwrap();
    house.stop_service().await;
    drop(call);
}

#[tokio::test]
async fn sigterm_ends_a_process_in_time_even_with_a_silent_connection_open() {
    use std::{io::Read as _, process::Stdio};
    let data = tempfile::tempdir().unwrap();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .arg("serve")
        .env(
            "ONBOARDING_STORE__URL",
            format!("sqlite://{}", data.path().join("x.db").display()),
        )
        .env(
            "ONBOARDING_STORE__ENCRYPTION_KEYS",
            r#"["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]"#,
        )
        .env(
            "ONBOARDING_SERVER__GRPC_LISTEN",
            format!("127.0.0.1:{port}"),
        )
        .env("ONBOARDING_SERVER__HTTP_LISTEN", "127.0.0.1:0")
        .env("ONBOARDING_SERVER__SHUTDOWN_GRACE", "1s")
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    let mut silent = loop {
        ticks.tick().await;
        if let Ok(silent) = std::net::TcpStream::connect(("127.0.0.1", port)) {
            break silent;
        }
    };
    let pid = process.id().unwrap().to_string();
    let told = std::process::Command::new("kill")
        .arg(pid)
        .status()
        .unwrap();
    assert!(told.success());
    let patience = std::time::Duration::from_secs(60);
    let ended = tokio::time::timeout(patience, process.wait()).await;
    let status = ended.unwrap().unwrap();
    assert!(status.success(), "{status}");
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest);
}
