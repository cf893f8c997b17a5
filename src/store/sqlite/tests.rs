use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::*;
use crate::{
    clock::FakeClock,
    domain::{
        attempt::Evidence,
        onboarding::{
            Findings, State,
            decision::Decision,
            fixtures::{at, begin, hire, id, lucca_id, moment, user},
            progress::{Sighting, Step},
        },
    },
    store::{
        Actor, HireStore as _, HistoryOf, HistoryStore as _, Lookup, LookupStore as _,
        NewHistoryEntry, QuarantineStore as _, Replaced, Retired, StatementStore as _,
        TenantStore as _, WorkStore as _,
        conformance::{
            budget::Subject,
            budget_checks, chain, checks, creating, done, erasure, indexes, lease_one, next_due,
            personal, pruning, reboot_checks,
            resealing::{self, keyring},
            tenants::tenant,
        },
    },
};

mod damage;

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

/// Nothing personal of the tests, in any form that is compared.
fn assert_sealed(bytes: &[u8]) {
    assert!(holds(bytes, "CREATE TABLE onboardings"));
    for text in personal() {
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

#[tokio::test]
async fn a_person_has_another_index_in_each_tenant() {
    let bench = Bench::new();
    let store = bench.open().await;
    indexes::a_person_has_another_index_in_each_tenant(&store).await;
}

#[tokio::test]
async fn an_erasure_forgets_what_the_request_said() {
    let bench = Bench::new();
    let store = bench.open().await;
    indexes::an_erasure_forgets_what_the_request_said(&store).await;
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
    let first = store
        .submit(hire("a-1"), None, id(1), Actor::payroll(), at(0))
        .await
        .unwrap();
    drop(store);
    let store = bench.open().await;
    let again = store
        .submit(hire("a-1"), None, id(2), Actor::payroll(), at(1))
        .await
        .unwrap();
    assert_eq!(again, first);
}

#[tokio::test]
async fn what_an_older_version_stored_is_kept_and_retired_in_its_time() {
    let bench = Bench::new();
    let store = bench.open().await;
    let undated = hire("a-1").incomplete();
    let stored = store
        .submit(undated, None, id(1), Actor::payroll(), at(0))
        .await
        .unwrap();
    // Created before its start: the version before knew no more than the last change.
    store
        .submit(hire("a-2"), None, id(2), Actor::payroll(), at(0))
        .await
        .unwrap();
    let leased = lease_one(&store, 0).await;
    let adopt = Step::Adopt {
        user: user(7),
        findings: Findings::default(),
    };
    done(&store, &leased, adopt, 0).await;
    drop(store);
    let older = "DROP TRIGGER history_makes_no_room;
        DROP INDEX onboardings_retained; DROP INDEX onboardings_queue;
        DROP INDEX requests_of; DROP INDEX onboardings_unavailable;
        ALTER TABLE onboardings DROP COLUMN retain_from; DROP TABLE lessons;
        DROP TABLE former_tenants; DROP TABLE quarantine; DROP TABLE tenant_versions;
        DROP TABLE anonymised; DROP TABLE early;
        DROP TABLE deliveries;
        ALTER TABLE data_keys RENAME TO kept_keys;
        DROP TRIGGER history_stays_as_it_is; DROP TRIGGER history_stays_whole;
        DROP INDEX history_in; DROP INDEX history_aged; DROP TABLE history_limits;
        DROP INDEX tombstones_noted; ALTER TABLE tombstones DROP COLUMN noted;
        DROP INDEX requests_noted; ALTER TABLE requests DROP COLUMN noted;
        ALTER TABLE history DROP COLUMN rpc; ALTER TABLE history DROP COLUMN outcome;
        DROP TABLE accepted_keys; DROP INDEX onboardings_lane;
        CREATE INDEX onboardings_wake ON onboardings (account, wake) WHERE wake IS NOT NULL;
        ALTER TABLE history DROP COLUMN link;
        UPDATE onboardings SET urgency = '09999-12-31' WHERE urgency LIKE '0%';
        PRAGMA user_version = 2";
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    conn.execute_batch(older).unwrap();
    drop(conn);
    let store = bench.open().await;
    // It sealed without data keys; here the values keep those that they have.
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    let keys = "INSERT INTO data_keys SELECT * FROM kept_keys; DROP TABLE kept_keys";
    conn.execute_batch(keys).unwrap();
    drop(conn);
    let again = store.submit(
        hire("a-1").incomplete(),
        None,
        id(3),
        Actor::payroll(),
        at(1),
    );
    assert_eq!(again.await.unwrap(), stored);
    let standing = store.waiting_counts().await.unwrap();
    assert_eq!((standing.len(), standing[0].start), (1, None));
    let tenant = hire("a-1").key.tenant;
    let kept = std::time::Duration::from_secs(100);
    let retired = async |now, limit| store.retire(&tenant, kept, now, limit).await.unwrap();
    assert_eq!(retired(at(99), 10).await, Retired::default());
    // The one that is looked at and kept is not in the way of the other.
    let both = [retired(at(100), 1).await, retired(at(100), 1).await];
    let expired: Vec<_> = both.into_iter().flat_map(|it| it.expired).collect();
    assert_eq!(expired, [id(1)]);
    assert_eq!(retired(at(100), 1).await, Retired::default());
    let later = retired(at(62 * 24 * 3600), 10).await;
    assert_eq!(later.forgotten, [id(2)]);
}

#[tokio::test]
async fn what_was_under_way_when_its_process_ended_is_taken_up_at_the_next_start() {
    let bench = Bench::new();
    let store = bench.open().await;
    let called = creating(&store, &hire("a-1"), 1, "one", 0).await;
    store
        .submit(hire("a-2"), None, id(2), Actor::payroll(), at(0))
        .await
        .unwrap();
    let leased = lease_one(&store, 0).await;
    drop(store);

    let store = bench.open().await;
    let mut changes = store.changes();
    let taken = store.take_over(moment(3)).await.unwrap();
    assert_eq!(taken, [id(1), id(2)]);
    assert_eq!(changes.recv().await.unwrap(), id(1));
    // What had no effect goes on at once, what may have had one after the settle delay.
    let again = lease_one(&store, 3).await;
    assert_eq!(again.onboarding.id, id(2));
    assert!(again.token > leased.token);
    assert_eq!(again.onboarding, leased.onboarding);
    let lost = Lookup::Id(id(1));
    let lost = store.onboarding(lost).await.unwrap().unwrap();
    assert_eq!(lost.state(), State::Verifying);
    assert_eq!(lost.due(), Some(at(13)));
    let looks = lease_one(&store, 13).await;
    assert_eq!(looks.onboarding, lost);
    assert!(looks.token > called.token);
    // Only what was leased before: the leases of now are not touched.
    assert_eq!(store.take_over(moment(14)).await.unwrap(), []);
    let look = Step::Looked {
        at: at(13),
        sighting: Sighting::Nobody,
        visibility_proven: true,
    };
    done(&store, &looks, look, 14).await;
    // The last look: 5 s and the verify gap after the process had ended at the latest.
    let due = next_due(&store).await;
    assert_eq!(due, Some(at(3 + 5 + 30)));
}

#[tokio::test]
async fn a_file_that_is_in_use_is_refused_and_one_that_is_let_go_of_is_waited_for() {
    let bench = Bench::new();
    let store = bench.open().await;
    let keyring = Keyring::from_base64([BASE64.encode([7; 32]).as_str()]).unwrap();
    let clock: SharedClock = Arc::clone(&bench.clock) as SharedClock;
    let second = SqliteStore::open(&bench.path(), keyring, clock).await;
    let error = second.err().map(|error| error.to_string()).unwrap();
    assert!(error.contains("in use by another process"), "{error}");
    let (opened, ()) = tokio::join!(bench.open(), async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        drop(store);
    });
    opened.ping().await.unwrap();
}

#[tokio::test]
async fn an_older_key_can_go_once_everything_is_sealed_anew() {
    let bench = Bench::new();
    let open = async |keys: &[u8]| {
        let clock: SharedClock = Arc::clone(&bench.clock) as SharedClock;
        let opened = SqliteStore::open(&bench.path(), keyring(keys), clock).await;
        opened.map_err(|error| error.to_string())
    };
    resealing::an_older_key_can_go_once_everything_is_sealed_anew(open).await;
}

/// All sealed values that the file holds now.
fn sealed(bench: &Bench) -> Vec<Vec<u8>> {
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    let sql = "SELECT document FROM onboardings UNION ALL SELECT intent FROM attempts
        UNION ALL SELECT evidence FROM evidence";
    let mut statement = conn.prepare(sql).unwrap();
    let values = statement.query_map([], |row| row.get(0)).unwrap();
    values.map(Result::unwrap).collect()
}

#[tokio::test]
async fn no_page_of_the_file_or_of_the_log_holds_what_was_sealed_of_an_erased_person() {
    let bench = Bench::new();
    let store = bench.open().await;
    store
        .submit(hire("a-1"), None, id(1), Actor::payroll(), at(0))
        .await
        .unwrap();
    let mut before = sealed(&bench);
    let claimed = lease_one(&store, 0).await;
    done(&store, &claimed, begin("login", 0), 0).await;
    before.extend(sealed(&bench));
    let made = Evidence::Created(lucca_id(7));
    store.see(id(1), 1, made, None, moment(1)).await.unwrap();
    before.extend(sealed(&bench));
    assert!(before.len() >= 6);
    let erased = store.decide(id(1), "olga", Decision::Erase, at(2)).await;
    erased.unwrap().unwrap().unwrap();
    // Its answer comes after the log was emptied.
    store.ping().await.unwrap();
    let mut bytes = fs::read(bench.path()).unwrap();
    bytes.extend(fs::read(bench.path().with_extension("db-wal")).unwrap());
    for value in before {
        for part in value[21..].chunks_exact(32) {
            let found = bytes.windows(32).any(|it| it == part);
            assert!(!found, "a part of a sealed value is still there");
        }
    }
}

#[tokio::test]
async fn the_history_is_only_ever_added_to() {
    let bench = Bench::new();
    let store = bench.open().await;
    store
        .submit(hire("a-1"), None, id(1), Actor::payroll(), at(0))
        .await
        .unwrap();
    drop(store);
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    for sql in [
        "DELETE FROM history",
        "UPDATE history SET actor = 'nobody'",
        "INSERT OR REPLACE INTO history SELECT * FROM history",
    ] {
        let error = conn.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("only ever added to"), "{error}");
    }
}

/// A connection for somebody who has dropped the triggers that protect the history.
fn without_triggers(bench: &Bench) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    let free = "DROP TRIGGER history_stays_as_it_is; DROP TRIGGER history_stays_whole";
    conn.execute_batch(free).unwrap();
    conn
}

#[tokio::test]
async fn a_change_of_the_history_is_found_where_it_is() {
    let bench = Bench::new();
    let store = bench.open().await;
    let conn = without_triggers(&bench);
    let vandalise = async |sql: &str| conn.execute_batch(sql).unwrap();
    chain::a_change_of_the_history_is_found_where_it_is(&store, vandalise).await;
}

#[tokio::test]
async fn a_cut_of_the_history_is_told_from_a_removal() {
    let bench = Bench::new();
    let store = bench.open().await;
    let conn = without_triggers(&bench);
    let vandalise = async |sql: &str| conn.execute_batch(sql).unwrap();
    pruning::a_cut_of_the_history_is_told_from_a_removal(&store, vandalise).await;
}

#[tokio::test]
async fn a_database_that_is_restored_as_a_whole_is_not_refused() {
    let (bench, backup) = (Bench::new(), Bench::new());
    let store = bench.open().await;
    let mut acme = tenant("acme");
    let stored = store.insert_tenant(&acme, NewHistoryEntry::test());
    assert!(stored.await.unwrap());
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    let copy = format!("VACUUM INTO '{}'", backup.path().display());
    conn.execute_batch(&copy).unwrap();
    acme.update_time = at(1);
    let replaced = store.replace_tenant(&acme, at(0), NewHistoryEntry::test());
    assert_eq!(replaced.await.unwrap(), Replaced::Done);
    let restored = backup.open().await;
    let found = restored.tenant(&acme.id).await.unwrap().unwrap();
    assert_eq!(found.update_time, at(0));
    assert_eq!(restored.inspect(None, 10).await.unwrap(), None);
    assert!(restored.quarantined(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_sealed_before_an_erasure_does_not_open_after_it() {
    let bench = Bench::new();
    let store = bench.open().await;
    erasure::what_was_sealed_before_an_erasure_does_not_open_after_it(&store).await;
}

#[tokio::test]
async fn an_event_that_this_version_does_not_know_is_still_read() {
    let bench = Bench::new();
    let store = bench.open().await;
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    let entry = "INSERT INTO history (time, tenant, actor, event, detail)
        VALUES (1, 'acme', 'somebody', 'MOONED', 'twice')";
    conn.execute(entry, []).unwrap();
    let all = store.history(HistoryOf::default(), None, 10).await.unwrap();
    assert_eq!(
        (all[0].event.as_str(), all[0].detail.as_str()),
        ("MOONED", "twice")
    );
}
