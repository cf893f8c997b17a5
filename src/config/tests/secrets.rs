//! Secrets: where they may stand, and where they never show.

use super::*;

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
