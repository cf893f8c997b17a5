//! Secrets: where they may stand, and where they never show.

use data_encoding::BASE64;

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

#[test]
fn a_file_with_secrets_that_others_can_read_is_refused_by_name() {
    let files = Files::new();
    let with_token = |token: &str| {
        format!(
            "[auth]\ntokens = [{{ name = \"a\", token = \"{token}\", scopes = [\"admin\"], tenants = [\"*\"] }}]"
        )
    };
    let hash = format!("sha256:{}", "0f".repeat(32));
    for (index, (toml, is_secret)) in [
        (format!("[store]\nencryption_keys = [\"{KEY}\"]"), true),
        ("[adapter]\ntoken = \"hunter2\"".to_owned(), true),
        (with_token("hunter2hunter2hunter2"), true),
        (with_token(&hash), false),
        ("[store]\nurl = \"postgres://u:p@h/d\"".to_owned(), true),
        (
            "[store]\nurl = \"postgres://h/d?user=u&password=p\"".to_owned(),
            true,
        ),
        ("[store]\nurl = \"postgres://u@h/d\"".to_owned(), false),
        (
            "[store]\nurl = \"sqlite://a.db\"\nencryption_keys = []".to_owned(),
            false,
        ),
        ("[lucca]\nwindow = \"2m\"".to_owned(), false),
    ]
    .iter()
    .enumerate()
    {
        let path = files.write(&format!("{index}.toml"), toml);
        let read = || load(Some(&path), std::iter::empty());
        assert!(read().is_ok(), "{toml}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let told = read().map(drop).map_err(|error| error.to_string());
        assert_eq!(told.is_err(), *is_secret, "{toml}: {told:?}");
        if let Err(told) = told {
            let command = format!("chmod 600 {}", path.display());
            assert!(
                told.contains(&command) && !told.contains("hunter2"),
                "{told}"
            );
        }
    }
    let keys = files.write("keys", KEY);
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o604)).unwrap();
    let problem = only_problem(&format!("[store]\nencryption_keys_file = {keys:?}"), &[]);
    assert!(problem.starts_with("store.encryption_keys_file: ") && problem.contains("604"));
}

#[test]
fn private_keys_that_others_can_reach_are_refused_and_databases_and_their_directory_warned_about() {
    let files = Files::new();
    let paths = ["tls.key", "client.key", "a.db", "spool.db"].map(|name| files.write(name, ""));
    let [tls, client, store, spool] = &paths;
    let toml = format!(
        "[tls]\ncert = \"/c\"\nkey = {tls:?}\n[store]\nurl = \"sqlite://{}\"\nencryption_keys = [\"{KEY}\"]\n\
         [adapter]\ncert_file = \"/c\"\nkey_file = {client:?}\nspool = \"sqlite://{}\"\nencryption_keys = [\"{KEY}\"]",
        store.display(),
        spool.display()
    );
    fs::set_permissions(files.0.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let settings = load_with(&toml, &[]).unwrap();
    assert!(settings.check_serve(false).is_ok() && settings.check_adapter(false).is_ok());
    assert!(settings.warnings().is_empty() && settings.adapter_warnings().is_empty());
    for path in &paths {
        fs::set_permissions(path, fs::Permissions::from_mode(0o664)).unwrap();
    }
    fs::set_permissions(files.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let told = |checked: Result<(), ConfigError>| checked.unwrap_err().to_string();
    for (told, names) in [
        (told(settings.check_serve(true)), [tls].as_slice()),
        (told(settings.check_adapter(true)), &[tls, client]),
        (settings.warnings().join(" "), &[store]),
        (settings.adapter_warnings().join(" "), &[spool]),
    ] {
        assert_eq!(told.matches("chmod 600").count(), names.len(), "{told}");
        for name in names {
            assert!(told.contains(&name.display().to_string()), "{told}");
        }
    }
    let directory = format!("chmod 700 {}", files.0.path().display());
    for warnings in [settings.warnings(), settings.adapter_warnings()] {
        assert!(warnings.join(" ").contains(&directory), "{warnings:?}");
    }
}

#[test]
fn an_encryption_key_that_cannot_be_random_is_refused() {
    let different = |count: u8| (0..32).map(|at| at % count).collect::<Vec<u8>>();
    for (bytes, is_fine) in [
        (vec![0; 32], false),
        (vec![b'k'; 32], false),
        (different(2), false),
        (different(7), false),
        (different(8), true),
        (b"0123456789abcdef0123456789abcdef".to_vec(), true),
    ] {
        for section in ["store", "adapter"] {
            let key = BASE64.encode(&bytes);
            let toml = format!("[{section}]\nencryption_keys = [\"{key}\"]");
            let read = load_with(&toml, &[]);
            assert_eq!(read.is_ok(), is_fine, "{bytes:?}");
            if let Err(error) = read {
                let told = error.to_string();
                assert!(
                    told.contains("random bytes") && !told.contains(&key),
                    "{told}"
                );
            }
        }
    }
}

#[test]
fn keys_come_from_the_settings_or_from_a_command() {
    let command = "encryption_keys_command = [\"kms\", \"get\"]";
    for section in ["store", "adapter"] {
        assert!(load_with(&format!("[{section}]\n{command}"), &[]).is_ok());
        let both = format!("[{section}]\n{command}\nencryption_keys = [\"{KEY}\"]");
        assert!(only_problem(&both, &[]).contains("not both"));
        let text = format!("[{section}]\nencryption_keys_command = \"kms get\"");
        assert!(only_problem(&text, &[]).contains("a program and its arguments"));
    }
}
