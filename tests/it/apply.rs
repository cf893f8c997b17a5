//! `onboarding tenants apply`, against a running service.

use std::{fs, path::PathBuf, process::Output};

use lucca_onboarding::{pb::v1, sandbox::Options as SandboxOptions};
use tokio::process::Command;

use crate::support::{House, LUCCA_KEY, ROLE, collaborator, hire};

const PATH_SECRET: &str = "a-path-secret-0123456789";

struct Bench {
    house: House,
    file: PathBuf,
}

impl Bench {
    async fn new() -> Self {
        let house = House::without_tenant(SandboxOptions::default()).await;
        let file = house.data.path().join("tenants.toml");
        Self { house, file }
    }

    fn write(&self, more: &str) {
        let secret = self.house.data.path().join("secret");
        fs::write(&secret, format!("{PATH_SECRET}\n")).unwrap();
        let text = format!(
            r#"
            [[tenants]]
            id = "acme"
            lucca_url = "{url}"
            lucca_api_key = {{ env = "ACME_KEY" }}
            defaults = {{ role_id = {ROLE} }}
            {more}
            [[tenants.webhook.auth]]
            path_secret = {{ value = {{ value = {{ file = "{secret}" }} }} }}
            [[tenants]]
            id = "other"
            lucca_url = "{url}"
            lucca_api_key = {{ env = "ACME_KEY" }}
            "#,
            url = self.house.lucca_url(),
            secret = secret.display(),
        );
        fs::write(&self.file, text).unwrap();
    }

    async fn apply(&self, key: &str, more: &[&str]) -> Output {
        let endpoint = self.house.settings.adapter.onboarding_endpoint.to_string();
        let output = Command::new(env!("CARGO_BIN_EXE_onboarding"))
            .args(["tenants", "apply", "--endpoint", &endpoint, "--file"])
            .arg(&self.file)
            .args(more)
            .env("ACME_KEY", key)
            .env("LC_ALL", "C")
            .output()
            .await
            .unwrap();
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(key) && !text.contains(PATH_SECRET), "{text}");
        }
        output
    }

    async fn applied(&self, key: &str, more: &[&str]) -> Vec<String> {
        let output = self.apply(key, more).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().map(str::to_owned).collect()
    }

    async fn get(&self, id: &str) -> Option<v1::Tenant> {
        let get = v1::GetTenantRequest {
            tenant: id.to_owned(),
        };
        let answer = self.house.tenants().get_tenant(get).await.ok()?;
        answer.into_inner().tenant
    }
}

#[tokio::test]
async fn a_file_of_tenants_is_applied_once_and_then_changes_nothing() {
    let bench = Bench::new().await;
    bench.write("");
    assert_eq!(
        bench.applied(LUCCA_KEY, &["--dry-run"]).await,
        ["acme: would be created", "other: would be created"]
    );
    assert!(bench.get("acme").await.is_none());
    assert_eq!(
        bench.applied(LUCCA_KEY, &["--verify-keys"]).await,
        ["acme: created", "other: created"]
    );
    let first = bench.get("acme").await.unwrap();
    for more in [&[][..], &["--dry-run"]] {
        assert_eq!(
            bench.applied(LUCCA_KEY, more).await,
            ["acme: unchanged", "other: unchanged"]
        );
    }
    assert_eq!(bench.get("acme").await.unwrap(), first);
    let created = bench
        .house
        .create(hire("a-1", collaborator("Dupont")))
        .await;
    assert_eq!(created.unwrap().state(), v1::State::Created);
}

#[tokio::test]
async fn a_changed_file_changes_what_differs_and_names_it() {
    let bench = Bench::new().await;
    bench.write("display_name = \"Acme\"\nlucca_defaults = [\"login\"]");
    bench.applied(LUCCA_KEY, &[]).await;
    // What is left out has its default again; a new key is a change though only its place
    // is in the file.
    bench.write("display_name = \"Acme and Sons\"");
    let other_key = "another-key-of-the-same-length-0001";
    let plan = ["lucca_api_key", "display_name", "lucca_defaults"];
    let lines = bench.applied(other_key, &["--dry-run"]).await;
    for field in plan {
        assert!(lines[0].contains(field), "{lines:?}");
    }
    assert!(
        lines[0].starts_with("acme: would be updated: "),
        "{lines:?}"
    );
    assert_eq!(lines[1], "other: would be updated: lucca_api_key");
    let lines = bench.applied(other_key, &[]).await;
    assert!(lines[0].starts_with("acme: updated: "), "{lines:?}");
    let stored = bench.get("acme").await.unwrap();
    assert_eq!(
        (stored.display_name.as_str(), stored.key_hint.as_str()),
        ("Acme and Sons", "0001")
    );
    assert!(stored.lucca_defaults.is_empty());
    // A key that Lucca refuses is not stored when it is tried first; the others are.
    bench.write("display_name = \"Acme\"");
    let refused = bench
        .apply("a-third-key-of-somebody-else", &["--verify-keys"])
        .await;
    assert!(!refused.status.success());
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(
        complaint.contains("acme: ") && complaint.contains("refuses"),
        "{complaint}"
    );
    assert_eq!(bench.get("acme").await.unwrap(), stored);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_before_anything_is_done() {
    let bench = Bench::new().await;
    bench.write("retention = 3");
    let output = bench.apply(LUCCA_KEY, &[]).await;
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint.contains("line 7") && complaint.contains("`retention`"),
        "{complaint}"
    );
    assert!(bench.get("acme").await.is_none());
}
