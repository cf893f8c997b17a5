use super::{
    super::secret::{Missing, resolve},
    *,
};
use crate::pb::v1::{Field, webhook_auth::Method};

const EXAMPLE: &str = include_str!("../../../../tenants.example.toml");

fn resolved(mut tenant: v1::Tenant) -> Result<v1::Tenant, Missing> {
    let environment = |name: &str| {
        let value = match name {
            "ACME_LUCCA_KEY" => "a-key",
            "ACME_WEBHOOK_SECRET" => "whsec_new",
            "ACME_PATH_SECRET" => "a-path-secret-of-acme",
            "ACME_CALLBACK_SECRET" => "whsec_callback",
            "EMPTY" => " ",
            _ => return None,
        };
        Some(value.to_owned())
    };
    resolve(&mut tenant, environment).map(|()| tenant)
}

#[test]
fn the_example_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old");
    std::fs::write(&old, "whsec_old\n").unwrap();
    let text = EXAMPLE.replace("/run/secrets/acme-webhook-old", &old.display().to_string());
    let mut tenants = read(&text).unwrap();
    let tenant = resolved(tenants.remove(0)).unwrap();
    assert!(tenants.is_empty());
    assert_eq!(tenant.id, "acme");
    assert_eq!(tenant.lucca_api_key, "a-key");
    assert_eq!(tenant.defaults.unwrap().culture_id, 1036);
    assert_eq!(tenant.language, "fr");
    assert_eq!(tenant.lucca_defaults, [i32::from(Field::Login)]);
    assert_eq!(tenant.labels[0].label, "R&D");
    assert_eq!(tenant.unmatched.len(), 2);
    assert_eq!(tenant.welcome_mail(), v1::WelcomeMail::Suppress);
    let webhook = tenant.webhook.unwrap();
    assert_eq!(webhook.mapping["last_name"], "person.nom");
    let Some(Method::StandardWebhooks(proof)) = &webhook.auth[0].method else {
        panic!("another proof: {webhook:?}");
    };
    let values: Vec<&str> = proof.secrets.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(values, ["whsec_new", "whsec_old"]);
    assert!(proof.secrets[1].expire_time.is_some());
    assert_eq!(tenant.callback.unwrap().secrets[0].value, "whsec_callback");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let text = "[[tenants]]\nid = \"acme\"\nlucca_url = \"https://acme.ilucca.net\"\n\
                lucca_api_key = { env = \"KEY\" }\nretention = 3\n";
    let error = read(text).unwrap_err();
    assert_eq!(error.line, Some(5), "{error}");
    assert!(error.what.contains("`retention`"), "{error}");
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    for written in [
        "\"s3cret-s3cret\"",
        "{ value = \"s3cret-s3cret\" }",
        "{ env = \"A\", file = \"s3cret-s3cret\" }",
        "5",
    ] {
        let text =
            format!("[[tenants]]\nid = \"acme\"\nlucca_url = \"\"\nlucca_api_key = {written}\n");
        let error = read(&text).unwrap_err();
        assert_eq!(error.line, Some(4), "{error}");
        assert!(error.what.contains("named by one place"), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[test]
fn secrets_that_are_not_there_are_named_by_their_places_all_at_once() {
    let text = r#"
        [[tenants]]
        id = "acme"
        lucca_url = ""
        lucca_api_key = { env = "NOBODY" }
        [tenants.callback]
        secrets = [{ value = { file = "/nowhere/at/all" } }, { value = { env = "EMPTY" } }]
        [[tenants.webhook.auth]]
        hmac = { header = "x", encoding = "base64", secrets = [{ id = "no-value" }] }
    "#;
    let missing: Vec<String> = resolved(read(text).unwrap().remove(0))
        .unwrap_err()
        .into_iter()
        .map(|(setting, what)| format!("{setting}: {what}"))
        .collect();
    assert_eq!(missing[0], "lucca_api_key: the environment has no NOBODY");
    assert!(missing[1].starts_with("webhook.auth: a secret is named by one place"));
    assert!(missing[2].starts_with("callback.secrets: /nowhere/at/all: "));
    assert_eq!(missing[3], "callback.secrets: EMPTY is empty");
    assert_eq!(missing.len(), 4);
}

#[test]
fn what_only_the_service_says_cannot_stand_in_a_file() {
    for key in [
        "key_hint = \"cdef\"",
        "create_time = \"2026-11-23T09:00:00Z\"",
        "welcome_mail = 1",
    ] {
        let error = read(&format!("[[tenants]]\nid = \"acme\"\n{key}\n")).unwrap_err();
        assert_eq!(error.line, Some(3), "{error}");
        assert!(error.what.contains("expected one of `id`"), "{error}");
    }
}

#[test]
fn the_same_tenant_twice_is_refused() {
    let one = "[[tenants]]\nid = \"acme\"\nlucca_url = \"\"\nlucca_api_key = { env = \"KEY\" }\n";
    let error = read(&one.repeat(2)).unwrap_err();
    assert_eq!(error.what, "tenant acme is there twice");
}
