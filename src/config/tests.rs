use std::{fs, path::PathBuf, time::Duration};

use secrecy::ExposeSecret as _;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
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
    let mut found = Vec::new();
    let values = layers::merge(None, std::iter::empty(), &mut found);
    let mut keys = Keys::new(values, found);
    let settings = Settings::read(&mut keys);
    settings.cross_check(&mut keys);
    assert_eq!(keys.unread(), [""; 0]);
    assert_eq!(keys.into_problems(), []);
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
fn secrets_can_be_read_from_files() {
    let files = Files::new();
    let keys = files.write("keys", &format!("{KEY}\n\n"));
    let url = files.write("url", " postgres://u:p@h/d\n");
    let toml = format!(
        "[store]\nencryption_keys_file = {keys:?}\nurl_file = {url:?}\n[adapter]\ntoken = \"from-file\""
    );
    let settings = load_with(&toml, &[("ONBOARDING_ADAPTER__TOKEN", "from-env")]).unwrap();
    assert_eq!(settings.store.encryption_keys[0].expose_secret(), KEY);
    assert_eq!(settings.store.encryption_keys.len(), 1);
    assert!(
        matches!(&settings.store.url, StoreUrl::Postgres(u) if u.expose_secret() == "postgres://u:p@h/d")
    );
    assert_eq!(settings.adapter.token.unwrap().expose_secret(), "from-env");
}

#[test]
fn a_secret_in_the_environment_replaces_a_secret_file_and_the_other_way_round() {
    let files = Files::new();
    let token = files.write("token", "from-a-file\n");
    let path = token.to_str().unwrap();
    let read = |toml: &str, env: &[(&str, &str)]| {
        load_with(toml, env)
            .unwrap()
            .adapter
            .token
            .unwrap()
            .expose_secret()
            .to_owned()
    };
    let by_file = format!("[adapter]\ntoken_file = {path:?}");
    assert_eq!(read(&by_file, &[]), "from-a-file");
    assert_eq!(
        read(&by_file, &[("ONBOARDING_ADAPTER__TOKEN", "direct")]),
        "direct"
    );
    let direct = "[adapter]\ntoken = \"direct\"";
    assert_eq!(
        read(direct, &[("ONBOARDING_ADAPTER__TOKEN_FILE", path)]),
        "from-a-file"
    );
    let both = only_problem(&format!("{by_file}\ntoken = \"direct\""), &[]);
    assert!(both.starts_with("adapter.token: both"), "{both}");
    let missing = only_problem("[adapter]\ntoken_file = \"/nowhere/at/all\"", &[]);
    assert!(
        missing.starts_with("adapter.token_file: the file cannot be read"),
        "{missing}"
    );
}

#[test]
fn only_secrets_can_come_from_files() {
    assert!(only_problem("[lucca]\nwindow_file = \"/x\"", &[]).contains("unknown key"));
}

#[test]
fn neither_errors_nor_debug_show_a_secret() {
    let secrets = "[adapter]\ntoken = \"hunter2hunter2\"\nencryption_keys = [\"hunter2\"]\n\
                   [auth]\ntokens = [{ name = \"a\", token = \"hunter2hunter2hunter2\", hunter2 = 1 }]\n\
                   [store]\nurl = \"hunter2://x\"";
    let error = load_with(secrets, &[]).unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    let broken = only_problem("[adapter]\ntoken = \"hunter2", &[]);
    assert!(
        broken.contains("line 2") && !broken.contains("hunter2"),
        "{broken}"
    );
    let fine = format!(
        "[adapter]\ntoken = \"hunter2\"\n[store]\nencryption_keys = [\"{KEY}\"]\n\
         [[auth.tokens]]\nname = \"a\"\ntoken = \"hunter2hunter2hunter2\"\nscopes = [\"admin\"]\ntenants = [\"*\"]"
    );
    let shown = format!("{:?}", load_with(&fine, &[]).unwrap());
    assert!(
        !shown.contains("hunter2") && !shown.contains(KEY),
        "{shown}"
    );
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
fn a_token_is_exchanged_under_one_name_with_the_same_rights() {
    let token = |name: &str, secret: &str, scope: &str| {
        format!(
            "{{ name = \"{name}\", token = \"{secret}\", scopes = [\"{scope}\"], tenants = [\"*\"] }}"
        )
    };
    let (one, two) = ("0123456789abcdef", "0123456789abcdeg");
    // SHA-256 of `one`.
    let hash = "sha256:9F9F5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";
    let with = |second: String| {
        let first = token("a", one, "admin");
        format!("[auth]\ntokens = [{first}, {second}]")
    };
    for second in [token("b", two, "caller"), token("a", two, "admin")] {
        let settings = load_with(&with(second), &[]).unwrap();
        assert_eq!(settings.auth.tokens.len(), 2);
    }
    for second in [
        token("a", two, "caller"),
        token("b", one, "admin"),
        token("b", hash, "admin"),
        token("b", "sha256:9f9f", "admin"),
        token("b", &format!("{hash}00"), "admin"),
    ] {
        assert!(only_problem(&with(second), &[]).starts_with("auth.tokens[1]: expected"));
    }
    let hashed = format!("[auth]\ntokens = [{}]", token("a", hash, "admin"));
    let settings = load_with(&hashed, &[]).unwrap();
    assert_eq!(settings.auth.tokens[0].hash, auth::hash(one));
}

#[test]
fn certificates_of_callers_need_a_ca_and_whole_names() {
    let with = |san: &str, tls: &str| {
        format!(
            "[auth]\ncertificates = [{{ name = \"a\", san = \"{san}\", scopes = [\"caller\"], tenants = [\"*\"] }}]\n[tls]\n{tls}"
        )
    };
    let tls = "cert = \"/c\"\nkey = \"/k\"\nclient_ca = \"/ca\"";
    let settings = load_with(&with("dns:Payroll.example", tls), &[]).unwrap();
    assert_eq!(settings.auth.certificates[0].san, "dns:payroll.example");
    assert!(load_with(&with("uri:spiffe://x/y", tls), &[]).is_ok());
    for san in ["payroll.example", "dns:*.example", "dns:", "uri:x", ""] {
        let problem = only_problem(&with(san, tls), &[]);
        assert!(
            problem.starts_with("auth.certificates[0]: expected a san"),
            "{problem}"
        );
    }
    let without = only_problem(&with("dns:a", "cert = \"/c\"\nkey = \"/k\""), &[]);
    assert!(
        without.starts_with("auth.certificates: expected tls.client_ca"),
        "{without}"
    );
}

#[test]
fn what_belongs_together_for_tls_is_given_together() {
    for (lines, key) in [
        ("[tls]\ncert = \"/c\"", "tls.cert"),
        ("[tls]\nkey = \"/k\"", "tls.cert"),
        ("[tls]\nclient_ca = \"/ca\"", "tls.client_ca"),
        (
            "[tls]\ncert = \"/c\"\nkey = \"/k\"\nrequire_client_certificate = true",
            "tls.require_client_certificate",
        ),
        (
            "[tls]\nrequire_client_certificate = 1",
            "tls.require_client_certificate",
        ),
        ("[adapter]\ncert_file = \"/c\"", "adapter.cert_file"),
    ] {
        let problem = only_problem(lines, &[]);
        assert!(
            problem.starts_with(&format!("{key}: expected")),
            "{problem}"
        );
    }
}

#[test]
fn a_service_does_not_start_exposed_or_without_a_key() {
    let bare = load_with(
        "[server]\ngrpc_listen = \"0.0.0.0:1\"\n[adapter]\nlisten = \"[::]:1\"",
        &[],
    )
    .unwrap();
    let serve = bare.check_serve(false).unwrap_err();
    assert_eq!(serve.problems().len(), 3, "{serve}");
    for part in ["tls.cert", "auth.tokens", "--insecure-grpc", "loopback"] {
        assert!(serve.to_string().contains(part), "{part}: {serve}");
    }
    assert_eq!(bare.check_serve(true).unwrap_err().problems().len(), 1);
    assert!(
        bare.check_adapter(false)
            .unwrap_err()
            .to_string()
            .contains("--insecure-webhooks")
    );
    let keyed =
        format!("[store]\nencryption_keys = [\"{KEY}\"]\n[adapter]\nencryption_keys = [\"{KEY}\"]");
    let keyed = load_with(&keyed, &[]).unwrap();
    assert!(keyed.check_serve(false).is_ok() && keyed.check_adapter(false).is_ok());
}

#[test]
fn an_open_address_needs_both_tls_and_callers_that_prove_who_they_are() {
    let tls = "[tls]\ncert = \"/c\"\nkey = \"/k\"\nclient_ca = \"/ca\"\n";
    let tokens = "tokens = [{ name = \"a\", token = \"0123456789abcdef\", scopes = [\"admin\"], tenants = [\"*\"] }]\n";
    let certificates = "certificates = [{ name = \"b\", san = \"dns:b\", scopes = [\"admin\"], tenants = [\"*\"] }]\n";
    let table = [
        (String::new(), 2, 1),
        (tls.to_owned(), 1, 0),
        (format!("[auth]\n{tokens}"), 1, 1),
        (format!("{tls}[auth]\n{tokens}"), 0, 0),
        (format!("{tls}[auth]\n{certificates}"), 0, 0),
    ];
    for (lines, serve, adapter) in table {
        let toml = format!(
            "[server]\ngrpc_listen = \"0.0.0.0:1\"\n[store]\nencryption_keys = [\"{KEY}\"]\n\
             [adapter]\nlisten = \"[::]:1\"\nencryption_keys = [\"{KEY}\"]\n{lines}"
        );
        let settings = load_with(&toml, &[]).unwrap();
        let count = |checked: Result<(), ConfigError>| {
            checked.map_or_else(|it| it.problems().len(), |()| 0)
        };
        assert_eq!(count(settings.check_serve(false)), serve, "{lines}");
        assert_eq!(count(settings.check_adapter(false)), adapter, "{lines}");
        assert!(settings.check_serve(true).is_ok() && settings.check_adapter(true).is_ok());
        assert_eq!(settings.warnings().len(), serve, "{lines}");
        assert_eq!(settings.adapter_warnings().len(), adapter, "{lines}");
    }
}

#[test]
fn a_token_that_crosses_the_network_readable_is_warned_about() {
    for (endpoint, warnings) in [
        ("http://127.0.0.1:1", 0),
        ("http://[::1]:1", 0),
        ("http://localhost", 0),
        ("https://onboarding.internal", 0),
        ("http://onboarding.internal", 1),
        ("http://10.0.0.1:1", 1),
    ] {
        let toml = format!("[adapter]\nonboarding_endpoint = \"{endpoint}\"");
        let settings = load_with(&toml, &[]).unwrap();
        assert_eq!(settings.adapter_warnings().len(), warnings, "{endpoint}");
    }
}

#[test]
fn settings_that_only_suit_tests_are_warned_about() {
    let toml =
        "[lucca]\nsettle_delay = \"5s\"\nwindow = \"1s\"\nallow_insecure_hosts = [\"127.0.0.1:1\"]";
    assert_eq!(load_with(toml, &[]).unwrap().warnings().len(), 3);
}
