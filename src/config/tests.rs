mod exposure;
mod secrets;

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use secrecy::ExposeSecret as _;

use super::*;

pub(super) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

fn load_with(toml: &str, env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let files = Files::new();
    let path = files.write("onboarding.toml", toml);
    load(
        Some(&path),
        env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    )
}

fn problems(toml: &str, env: &[(&str, &str)]) -> Vec<String> {
    load_with(toml, env)
        .unwrap_err()
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn only_problem(toml: &str, env: &[(&str, &str)]) -> String {
    let problems = problems(toml, env);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn the_default_file_is_valid_and_every_key_in_it_is_read() {
    let (values, found) = layers::merge(None, std::iter::empty());
    let mut keys = Keys::new(values, found);
    let settings = Settings::read(&mut keys, "").unwrap();
    settings.cross_check(&mut keys);
    assert_eq!(keys.unread(), [""; 0]);
    assert_eq!(keys.into_problems(), [""; 0]);
    assert_eq!(settings.warnings(), [""; 0]);
}

#[test]
fn the_defaults_users_rely_on_stay() {
    let settings = load(None, std::iter::empty()).unwrap();
    let addresses = [
        (settings.server.grpc_listen, "127.0.0.1:50051"),
        (settings.server.http_listen, "127.0.0.1:9464"),
        (settings.adapter.listen, "127.0.0.1:8080"),
        (settings.adapter.http_listen, "127.0.0.1:9465"),
    ];
    for (address, expected) in addresses {
        assert_eq!(address.to_string(), expected);
    }
    let lucca = &settings.lucca;
    assert_eq!(lucca.requests_per_window, 45);
    assert_eq!(lucca.window, Duration::from_secs(60));
    assert_eq!(lucca.request_timeout, Duration::from_secs(10));
    assert_eq!(lucca.settle_delay, Duration::from_secs(10));
    assert_eq!(lucca.verify_gap, Duration::from_secs(30));
    assert_eq!(
        settings.adapter.onboarding_endpoint,
        "http://127.0.0.1:50051"
    );
    assert!(settings.auth.tokens.is_empty() && settings.adapter.token.is_none());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let toml = "[lucca]\nrequests_per_window = 20\nwindow = \"2m\"";
    let env = [
        ("ONBOARDING_LUCCA__REQUESTS_PER_WINDOW", "30"),
        ("PATH", "/bin"),
    ];
    let lucca = load_with(toml, &env).unwrap().lucca;
    assert_eq!(lucca.requests_per_window, 30);
    assert_eq!(lucca.window, Duration::from_secs(120));
    assert_eq!(lucca.verify_gap, Duration::from_secs(30));
}

#[test]
fn lists_come_from_the_environment_as_json() {
    let tokens =
        r#"[{"name":"a","token":"0123456789abcdef","scopes":["caller","admin"],"tenants":["*"]}]"#;
    let env = [
        ("ONBOARDING_ENGINE__RETRY_SCHEDULE", r#"["1s","2m"]"#),
        ("ONBOARDING_AUTH__TOKENS", tokens),
    ];
    let settings = load_with("", &env).unwrap();
    assert_eq!(
        settings.engine.retry_schedule,
        [1, 120].map(Duration::from_secs)
    );
    assert_eq!(
        settings.auth.tokens[0].rights.scopes,
        [Scope::Caller, Scope::Admin]
    );
    let bad = only_problem("", &[("ONBOARDING_ENGINE__RETRY_SCHEDULE", "1s,2m")]);
    assert_eq!(
        bad,
        "ONBOARDING_ENGINE__RETRY_SCHEDULE: expected a list in JSON"
    );
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let toml = "[server]\ngrpc_listen = \"localhost\"\n[lucca]\nwindow = 60\nrequests_per_window = 51\n\
                windo = \"1s\"\n[nonsense]\nx = 1";
    let found = problems(
        toml,
        &[
            ("ONBOARDING_LOG__FORMAT", "xml"),
            ("ONBOARDING_STORE_URL", "x"),
        ],
    );
    for key in [
        "server.grpc_listen: ",
        "lucca.window: ",
        "lucca.requests_per_window: ",
        "lucca.windo: ",
        "nonsense.x: ",
        "log.format: ",
        "ONBOARDING_STORE_URL: ",
    ] {
        assert_eq!(
            found.iter().filter(|p| p.starts_with(key)).count(),
            1,
            "{key} in {found:?}"
        );
    }
    assert_eq!(found.len(), 7, "{found:?}");
}

#[test]
fn an_unknown_key_comes_with_the_nearest_known_one() {
    let file = only_problem("[lucca]\nverify_gab = \"1s\"", &[]);
    assert!(
        file.contains("unknown key") && file.contains("lucca.verify_gap?"),
        "{file}"
    );
    let env = only_problem("", &[("ONBOARDING_LUCCA__VERIFY_GAB", "1s")]);
    assert!(env.contains("lucca.verify_gap?"), "{env}");
}

#[test]
fn a_key_that_earlier_versions_had_is_to_be_removed() {
    let gone = only_problem("[server]\nmax_control_frames = 100", &[]);
    assert!(gone.starts_with("server.max_control_frames: is no longer a setting: remove it from "));
}

#[test]
fn names_that_kubernetes_adds_are_no_settings() {
    let env = [
        ("ONBOARDING_PORT", "tcp://10.0.0.1:50051"),
        ("ONBOARDING_SERVICE_HOST", "10.0.0.1"),
        ("ONBOARDING_ADAPTER_SERVICE_PORT_HTTP", "80"),
        ("ONBOARDING_PORT_50051_TCP_ADDR", "10.0.0.1"),
    ];
    load_with("", &env).unwrap();
}

#[test]
fn the_lease_must_outlive_a_call_and_its_doubt() {
    let at_the_limit = only_problem("[engine]\nlease = \"25s\"", &[]);
    assert!(at_the_limit.starts_with("engine.lease: ") && at_the_limit.contains("25000ms"));
    assert!(load_with("[engine]\nlease = \"25001ms\"", &[]).is_ok());
    assert!(only_problem("[lucca]\nrequest_timeout = \"45s\"", &[]).starts_with("engine.lease: "));
}

#[test]
fn limits_are_kept() {
    for (section, line) in [
        ("lucca", "verify_gap = \"0s\""),
        ("lucca", "requests_per_window = 0"),
        ("lucca", "allowed_hosts = [\"*.ilucca.net\"]"),
        ("lucca", "allow_insecure_hosts = [\"http://127.0.0.1\"]"),
        ("engine", "retry_schedule = []"),
        ("engine", "retry_schedule = [\"1s\", 2]"),
        ("adapter", "body_limit = 12"),
        ("store", "encryption_keys = [\"c2hvcnQ=\"]"),
        (
            "auth",
            "tokens = [{ name = \"a\", token = \"short\", scopes = [\"admin\"], tenants = [\"*\"] }]",
        ),
    ] {
        let problem = only_problem(&format!("[{section}]\n{line}"), &[]);
        assert!(
            problem.starts_with(section) && problem.contains("expected"),
            "{problem}"
        );
    }
}

#[test]
fn settings_that_only_suit_tests_are_warned_about() {
    let toml =
        "[lucca]\nsettle_delay = \"5s\"\nwindow = \"1s\"\nallow_insecure_hosts = [\"127.0.0.1:1\"]";
    assert_eq!(load_with(toml, &[]).unwrap().warnings().len(), 3);
}

#[test]
fn a_token_that_is_short_or_cannot_be_sent_is_refused() {
    let escaped = "\\u0000".repeat(16);
    for token in [
        "",
        "0123456789abcde",
        "0123456789 abcdef",
        "0123456789abcdéf",
        &escaped,
    ] {
        let toml = format!(
            "[auth]\ntokens = [{{ name = \"a\", token = \"{token}\", scopes = [\"admin\"], tenants = [\"*\"] }}]"
        );
        let problem = only_problem(&toml, &[]);
        assert!(problem.starts_with("auth.tokens[0]: expected"), "{problem}");
    }
}
