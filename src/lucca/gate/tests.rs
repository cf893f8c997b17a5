use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::*;
use crate::{
    clock::FakeClock,
    db::Keyring,
    store::{NewHistoryEntry, conformance::tenants::tenant, sqlite::SqliteStore},
};

const LONGEST: Duration = Duration::from_secs(10);

const WINDOW: Duration = Duration::from_secs(60);

struct Bench {
    clock: Arc<FakeClock>,
    store: Arc<dyn Store>,
    gate: Gate,
    limit: u32,
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn new(limit: u32) -> Self {
        let clock = Arc::new(FakeClock::new());
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::from_base64(["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]);
        let path = dir.path().join("budget.db");
        let store = SqliteStore::open(&path, keyring.unwrap(), clock.clone());
        let store: Arc<dyn Store> = Arc::new(store.await.unwrap());
        Self {
            gate: gate(&clock, &store, limit),
            clock,
            store,
            limit,
            _dir: dir,
        }
    }

    /// A process that starts with the same store.
    fn restarted(self) -> Self {
        Self {
            gate: gate(&self.clock, &self.store, self.limit),
            ..self
        }
    }

    /// A stored tenant of the one account.
    async fn tenant(&self, name: &str) -> Tenant {
        let mut tenant = tenant(name);
        tenant.requests_per_window = None;
        let stored = self.store.insert_tenant(&tenant, NewHistoryEntry::test());
        assert!(stored.await.unwrap());
        tenant
    }

    /// A tenant whose key the account has accepted.
    async fn accepted(&self, name: &str) -> Tenant {
        let tenant = self.tenant(name).await;
        let access = Access::background(&tenant);
        self.call(access, 200).await.unwrap();
        tenant
    }

    /// A permit, if there is one at once.
    async fn permit(&self, access: Access<'_>) -> Result<CallPermit, ReadError> {
        self.gate.permit_within(access, Some(Duration::ZERO)).await
    }

    /// A call that is answered with this status.
    async fn call(&self, access: Access<'_>, status: u16) -> Result<(), ReadError> {
        let permit = self.permit(access).await?;
        self.gate.answered(access, status).await;
        permit.end().await;
        Ok(())
    }

    /// How many calls are answered before one is not allowed.
    async fn calls(&self, access: Access<'_>, status: u16) -> u32 {
        let mut calls = 0;
        while self.call(access, status).await.is_ok() {
            calls += 1;
            assert!(calls <= 2 * self.limit, "calls without an end");
        }
        calls
    }
}

fn gate(clock: &Arc<FakeClock>, store: &Arc<dyn Store>, limit: u32) -> Gate {
    let rules = GateRules {
        limit,
        window: WINDOW,
        longest: LONGEST,
    };
    Gate::new(Arc::clone(store), clock.clone(), rules)
}

#[tokio::test]
async fn a_permit_that_expired_while_the_process_slept_is_not_used() {
    let bench = Bench::new(2).await;
    let tenant = bench.accepted("acme").await;
    let access = Access::background(&tenant);
    let expired = bench.permit(access).await.unwrap();
    assert_eq!(expired.left(), Some(LONGEST));
    bench.clock.advance(Duration::from_secs(4));
    assert_eq!(expired.left(), Some(Duration::from_secs(6)));
    assert!(bench.permit(access).await.is_err());
    // As after a freeze: other callers have the permits by now.
    bench.clock.advance(LONGEST + WINDOW);
    let others = [bench.permit(access).await, bench.permit(access).await];
    let [others, _] = others.map(Result::unwrap);
    assert_eq!(expired.left(), None);
    assert_eq!(others.left(), Some(LONGEST));
    // Giving the old permit back does not free the new ones.
    expired.give_back().await;
    assert!(bench.permit(access).await.is_err());
}

#[tokio::test]
async fn calls_of_keys_that_an_account_has_not_accepted_are_few_and_leave_the_budget_to_others() {
    let bench = Bench::new(40).await;
    let honest = bench.accepted("honest").await;
    let (evil, other) = (bench.tenant("evil").await, bench.tenant("other").await);
    let mut calls = 0;
    for access in [
        Access::trial(&evil),
        Access::interactive(&evil),
        Access::background(&evil),
        Access::trial(&other),
        Access::background(&other),
    ] {
        calls += bench.calls(access, 403).await;
    }
    // The first call of the honest tenant was one of them.
    assert_eq!(calls, 3);
    let all = bench.calls(Access::background(&honest), 200).await;
    assert_eq!(all, 40 - 1 - calls);
}

#[tokio::test]
async fn a_key_is_accepted_by_a_success_for_good_but_not_by_a_trial() {
    let bench = Bench::new(40).await;
    let tenant = bench.tenant("acme").await;
    let trial = Access::trial(&tenant);
    assert_eq!(bench.calls(trial, 200).await, 4);
    bench.clock.advance(WINDOW);
    let access = Access::background(&tenant);
    bench.call(access, 200).await.unwrap();
    bench.call(access, 200).await.unwrap();
    let bench = bench.restarted();
    assert_eq!(bench.calls(access, 200).await, 38);
    bench.clock.advance(WINDOW);
    // A new version of the key has to be accepted itself.
    let mut newer = tenant.clone();
    newer.api_key.version += 1;
    assert_eq!(bench.calls(Access::background(&newer), 403).await, 4);
}

#[tokio::test]
async fn calls_with_a_key_that_is_refused_again_and_again_are_not_made() {
    let bench = Bench::new(40).await;
    let tenant = bench.accepted("acme").await;
    let access = Access::background(&tenant);
    assert_eq!(bench.calls(access, 401).await, 2);
    let refused = bench.permit(access).await.unwrap_err();
    assert!(matches!(refused, ReadError::KeyRefused(401)), "{refused}");
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.calls(access, 401).await, 1);
    bench.clock.advance(Duration::from_secs(2));
    bench.call(access, 200).await.unwrap();
    bench.call(access, 401).await.unwrap();
    bench.call(access, 200).await.unwrap();
}

#[tokio::test]
async fn a_tenant_that_has_had_its_share_leaves_the_last_calls_to_others() {
    let bench = Bench::new(40).await;
    let greedy = bench.accepted("greedy").await;
    // Alone it may use the whole window.
    assert_eq!(bench.calls(Access::background(&greedy), 200).await, 39);
    bench.clock.advance(WINDOW);
    let quiet = bench.accepted("quiet").await;
    assert_eq!(bench.calls(Access::interactive(&greedy), 200).await, 34);
    for access in [Access::background(&greedy), Access::interactive(&greedy)] {
        assert!(bench.call(access, 200).await.is_err());
    }
    // The outcome of an attempt is verified all the same.
    let verification = Access::new(&greedy, Priority::Verification);
    bench.call(verification, 200).await.unwrap();
    assert_eq!(bench.calls(Access::background(&quiet), 200).await, 4);
}

#[tokio::test]
async fn a_call_that_waits_gets_its_turn_among_the_many_of_another_tenant() {
    let bench = Bench::new(40).await;
    let (greedy, quiet) = (
        bench.accepted("greedy").await,
        bench.accepted("quiet").await,
    );
    let mut permits = Vec::new();
    let verification = Access::new(&greedy, Priority::Verification);
    while let Ok(permit) = bench.permit(verification).await {
        permits.push(permit);
    }
    let mut waiting: FuturesUnordered<_> = (0..20).map(|_| wait(&bench.gate, &greedy)).collect();
    waiting.push(wait(&bench.gate, &quiet));
    permits.pop().unwrap().give_back().await;
    bench.gate.wake(&greedy.account);
    assert_eq!(waiting.next().await.unwrap(), quiet.id.to_string());
}

/// The name of a tenant once it has a permit, which stays used.
async fn wait(gate: &Gate, tenant: &Tenant) -> String {
    gate.permit(Access::background(tenant)).await.unwrap();
    tenant.id.to_string()
}
