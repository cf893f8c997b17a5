//! Who may connect, and how: TLS, tokens and certificates.

use super::*;

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
fn a_token_that_can_be_guessed_is_refused_beyond_loopback_and_warned_about_on_it() {
    for (token, is_weak) in [
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true),
        ("abababababababababab", true),
        ("0123456789abcdef", false),
        (
            "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f",
            false,
        ),
    ] {
        let read = |listen: &str| {
            let toml = format!(
                "[server]\ngrpc_listen = \"{listen}\"\n[store]\nencryption_keys = [\"{KEY}\"]\n[auth]\n\
                 tokens = [{{ name = \"payroll\", token = \"{token}\", scopes = [\"admin\"], tenants = [\"*\"] }}]"
            );
            load_with(&toml, &[]).unwrap()
        };
        let (local, open) = (read("127.0.0.1:1"), read("0.0.0.0:1"));
        assert!(local.check_serve(false).is_ok() && local.clone().callers().is_ok());
        let warned = local.warnings().join("\n");
        assert_eq!(warned.contains("the token of payroll"), is_weak, "{token}");
        // The flag is about the listener; it excuses no token.
        let refused = open.check_serve(true).map_err(|error| error.to_string());
        assert_eq!(refused.is_err(), is_weak, "{token}: {refused:?}");
        assert_eq!(open.callers().is_err(), is_weak, "{token}");
        assert!(!warned.contains(token), "{warned}");
    }
}
