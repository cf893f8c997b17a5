use super::*;

const EXAMPLE: &str = include_str!("../../../tenants.example.toml");

fn sources() -> Sources {
    Sources::of(&[
        ("ACME_LUCCA_KEY", "a-key"),
        ("ACME_WEBHOOK_SECRET", "whsec_new"),
        ("ACME_PATH_SECRET", "a-path-secret-of-acme"),
        ("ACME_CALLBACK_SECRET", "whsec_callback"),
    ])
}

#[test]
fn the_example_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old");
    std::fs::write(&old, "whsec_old\n").unwrap();
    let text = EXAMPLE.replace("/run/secrets/acme-webhook-old", &old.display().to_string());
    let mut entries = read(&text).unwrap();
    let tenant = entries.remove(0).resolve(&sources()).unwrap();
    assert!(entries.is_empty());
    assert_eq!(tenant.id, "acme");
    assert_eq!(tenant.lucca_api_key, "a-key");
    assert_eq!(tenant.defaults.unwrap().culture_id, 1036);
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
fn a_secret_that_is_not_there_is_named_by_its_place() {
    let text =
        "[[tenants]]\nid = \"acme\"\nlucca_url = \"\"\nlucca_api_key = { env = \"NOBODY\" }\n";
    let error = read(text).unwrap().remove(0).resolve(&sources());
    assert_eq!(
        error.unwrap_err(),
        "lucca_api_key: the environment has no NOBODY"
    );
    let text = text.replace("{ env = \"NOBODY\" }", "{ file = \"/nowhere/at/all\" }");
    let error = read(&text).unwrap().remove(0).resolve(&sources());
    assert!(
        error
            .unwrap_err()
            .starts_with("lucca_api_key: /nowhere/at/all: ")
    );
}

#[test]
fn the_same_tenant_twice_is_refused() {
    let one = "[[tenants]]\nid = \"acme\"\nlucca_url = \"\"\nlucca_api_key = { env = \"KEY\" }\n";
    let error = read(&one.repeat(2)).unwrap_err();
    assert_eq!(error.what, "tenant acme is there twice");
}
