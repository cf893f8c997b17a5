use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::*;
use crate::{
    clock::FakeClock,
    domain::onboarding::fixtures::{EMAIL, FAMILY_NAME, GIVEN_NAME, at, hire, id},
    store::conformance::{budget::Subject, budget_checks, checks, reboot_checks},
};

struct Bench {
    dir: tempfile::TempDir,
    clock: Arc<FakeClock>,
}

impl Bench {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::new(FakeClock::new()),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("onboarding.db")
    }

    async fn open(&self) -> SqliteStore {
        let key = BASE64.encode([7; 32]);
        let keyring = Keyring::from_base64([key.as_str()]).unwrap();
        let clock: SharedClock = Arc::clone(&self.clock) as SharedClock;
        SqliteStore::open(&self.path(), keyring, clock)
            .await
            .unwrap()
    }

    /// All that the store has written so far, in lower case.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = fs::read(self.path()).unwrap();
        bytes.extend(fs::read(self.path().with_extension("db-wal")).unwrap());
        bytes.make_ascii_lowercase();
        bytes
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// No name, e-mail address, login or secret of the tests, in any form that is compared.
fn assert_sealed(bytes: &[u8]) {
    assert!(holds(bytes, "CREATE TABLE onboardings"));
    let mail = EMAIL.split('@').next().unwrap();
    for text in [
        FAMILY_NAME,
        GIVEN_NAME,
        "eloise",
        mail,
        "le goff",
        "legoff",
        "yann",
        "cheffe",
    ] {
        assert!(!holds(bytes, text), "{text} is written in the clear");
    }
}

async fn run(check: impl AsyncFnOnce(&dyn Store)) {
    let bench = Bench::new();
    let store = bench.open().await;
    check(&store).await;
    assert_sealed(&bench.bytes());
}

async fn run_with_clock(check: impl AsyncFnOnce(Subject<'_>)) {
    let bench = Bench::new();
    let store = bench.open().await;
    check((&store, &bench.clock)).await;
}

mod conformance {
    use super::{checks, run};

    checks!(run);
}

mod budget_conformance {
    use super::{budget_checks, reboot_checks, run_with_clock};

    budget_checks!(run_with_clock);
    reboot_checks!(run_with_clock);
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let bench = Bench::new();
    let store = bench.open().await;
    let first = store.submit(hire("a-1"), None, id(1), at(0)).await.unwrap();
    drop(store);
    let store = bench.open().await;
    let again = store.submit(hire("a-1"), None, id(2), at(1)).await.unwrap();
    assert_eq!(again, first);
}
