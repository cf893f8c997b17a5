//! How commands end, and what they say meanwhile.

use std::process::{Command, Output, Stdio};

use lucca_onboarding::pb::v1;

use crate::support::{House, TENANT, collaborator, hire, tenant};

pub fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(arguments)
        .env_clear()
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn what_cannot_be_used_ends_with_64_whatever_the_command_and_what_failed_with_1() {
    let bad_setting = [("ONBOARDING_LUCCA__WINDOW", "soon")];
    let no_keys = [("ONBOARDING_LOG__LEVEL", "error")];
    let nobody = "http://127.0.0.1:9";
    let missing = "/nowhere/at-all";
    for (arguments, settings, code) in [
        (&["--help"][..], &[][..], 0),
        (&["no-such-command"], &[], 64),
        (&["check"], &[], 64),
        (&["serve"], &bad_setting, 64),
        (&["check", "acme"], &bad_setting, 64),
        (&["serve"], &no_keys, 64),
        (&["adapter"], &no_keys, 64),
        (&["sandbox", "--listen", "0.0.0.0:0"], &[], 64),
        (&["check", "acme", "--token-file", missing], &[], 64),
        (&["keys", "rotate", "--token-file", missing], &[], 64),
        (&["tenants", "apply", "--file", missing], &[], 64),
        (&["history", "1", "--token-file", missing], &[], 64),
        (&["check", "acme", "--endpoint", "not an address"], &[], 64),
        (
            &["check", "acme", "--endpoint", "ftp://127.0.0.1:9"],
            &[],
            64,
        ),
        (&["check", "acme", "--endpoint", "127.0.0.1:9"], &[], 64),
        (
            &[
                "check",
                "acme",
                "--endpoint",
                "https://127.0.0.1:9",
                "--ca-file",
                missing,
            ],
            &[],
            64,
        ),
        (&["check", "acme", "--endpoint", nobody], &[], 1),
        (&["keys", "rotate", "--endpoint", nobody], &[], 1),
    ] {
        let output = run(arguments, settings);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("be used: the settings"), "{said}");
        assert_eq!(said.is_empty(), code == 0, "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn a_check_that_waits_for_calls_says_so_at_once_and_until_when() {
    let mut house = House::start().await;
    house.settings.lucca.requests_per_window = 1;
    house.stop_service().await;
    house.start_service().await;
    // Uses up the only call: the key is tried.
    let request = v1::CreateTenantRequest {
        tenant: Some(v1::Tenant {
            id: "other".into(),
            ..tenant(&house.lucca_url())
        }),
        verify_key: true,
        validate_only: true,
    };
    house.tenants().create_tenant(request).await.unwrap();
    let said = first_said(&format!("http://{}", house.grpc())).await;
    assert!(
        said.contains("calls to Lucca are used up") && said.contains("30 s"),
        "{said}"
    );
}

/// The first line that a check writes to standard error once no call is left.
async fn first_said(endpoint: &str) -> String {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut check = tokio::process::Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(["check", TENANT, "--lang", "en", "--endpoint", endpoint])
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(check.stderr.take().unwrap()).lines();
    lines.next_line().await.unwrap().unwrap_or_default()
}

#[test]
fn dev_refuses_addresses_that_other_machines_can_reach_unless_it_is_forced() {
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().to_str().unwrap();
    for setting in [
        "ONBOARDING_SERVER__GRPC_LISTEN",
        "ONBOARDING_SERVER__HTTP_LISTEN",
        "ONBOARDING_ADAPTER__LISTEN",
        "ONBOARDING_ADAPTER__HTTP_LISTEN",
    ] {
        let output = run(&["dev", "--data", directory], &[(setting, "0.0.0.0:0")]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(64), "{setting}: {said}");
        let key = setting.strip_prefix("ONBOARDING_").unwrap();
        let key = key.replace("__", ".").to_lowercase();
        assert!(
            said.contains(&key) && said.contains("--insecure-dev"),
            "{said}"
        );
    }
}

#[test]
fn keys_come_from_a_command_and_one_that_fails_stops_the_start() {
    let data = tempfile::tempdir().unwrap();
    let spool = format!("sqlite://{}", data.path().join("spool.db").display());
    let serve = |command: &str| {
        let settings = [
            ("ONBOARDING_STORE__URL", "sqlite:///proc/nowhere/a.db"),
            ("ONBOARDING_ADAPTER__SPOOL", &spool),
            ("ONBOARDING_STORE__ENCRYPTION_KEYS_COMMAND", command),
            ("ONBOARDING_ADAPTER__ENCRYPTION_KEYS_COMMAND", command),
        ];
        let output = run(&["serve"], &settings);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = serve(r#"["/bin/false"]"#);
    assert_eq!(code, Some(64), "{said}");
    assert!(
        said.contains("store.encryption_keys_command: the command failed"),
        "{said}"
    );
    // With a key from the command the start goes on, as far as this database allows.
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let (code, said) = serve(&format!(r#"["/usr/bin/printf", "%s", "{key}"]"#));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("/proc/nowhere") && !said.contains(key),
        "{said}"
    );
}

#[tokio::test]
async fn a_running_program_leaves_no_core_dump() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut sandbox = tokio::process::Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(["sandbox", "--listen", "127.0.0.1:0", "--empty"])
        .env_clear()
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap()).lines();
    lines.next_line().await.unwrap().unwrap();
    let limits = format!("/proc/{}/limits", sandbox.id().unwrap());
    let limits = std::fs::read_to_string(limits).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"]);
}

/// The exit code of `history --verify`, and what it prints.
async fn verified(house: &House, id: &str) -> (Option<i32>, String) {
    let endpoint = format!("http://{}", house.grpc());
    let options = ["--verify", "--lang", "en", "--endpoint", &endpoint];
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(["history", id])
        .args(options)
        .env_clear()
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), said)
}

#[tokio::test]
async fn a_history_is_shown_and_a_change_of_it_is_told() {
    let house = House::start().await;
    house
        .create(hire("a-1", collaborator("a-1")))
        .await
        .unwrap();
    let created = house.until("test", "a-1", v1::State::Created).await;
    let (code, said) = verified(&house, &created.id).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("The history is complete and unchanged."),
        "{said}"
    );
    for event in ["ACCEPTED", "CREATING", "CREATED"] {
        assert!(said.lines().any(|line| line.contains(event)), "{said}");
    }
    assert!(
        said.lines().all(|line| line.chars().count() <= 100),
        "{said}"
    );

    let path = house.data.path().join("onboarding.db");
    let vandal = rusqlite::Connection::open(path).unwrap();
    let change = "DROP TRIGGER history_stays_as_it_is;
        UPDATE history SET actor = 'nobody' WHERE event = 'CREATING'";
    vandal.execute_batch(change).unwrap();
    let (code, said) = verified(&house, &created.id).await;
    assert_eq!(code, Some(1), "{said}");
    let changed = said.lines().find(|line| line.contains("nobody")).unwrap();
    assert!(
        changed.contains("CREATING") && changed.contains("CHANGED"),
        "{said}"
    );
    assert!(said.contains("Changed: 1."), "{said}");
}
