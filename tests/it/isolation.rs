//! A hostile tenant beside an honest one, for each thing that they share. The honest tenant gets an
//! answer to every call, its hires are created in time, and nothing of it is read.
//!
//! The table of SECURITY.md comes from
//! `cargo test --release --test it isolation::measured -- --ignored --nocapture`.
#![allow(clippy::print_stdout, reason = "the table is for people")]

mod attacks;
mod town;

use std::{sync::Arc, time::Duration};

use lucca_onboarding::{
    pb::v1::{
        self, State, onboarding_service_client::OnboardingServiceClient, watch_status_request,
    },
    sandbox::Key,
};
use tokio::{runtime::Builder, sync::Notify, task::JoinHandle, time::timeout};

use self::{
    attacks::{ATTACKS, Attack},
    town::{Account, Hostile, Noticed, Town, create},
};
use crate::support::{collaborator, hire, memory};

/// An honest hire that takes longer is late: alone it takes about 0.1 s in a debug build.
const LATE: Duration = Duration::from_secs(3);

/// How long a test waits for a change.
const PATIENCE: Duration = Duration::from_secs(10);

/// The honest tenant works alone, and then while an attack goes on.
struct Measured {
    alone: Noticed,
    beside: Noticed,
    /// Memory that the attack took above that of the work alone, in bytes.
    memory: u64,
}

/// Runs the calls of the hostile tenant on a thread and a runtime of their own.
struct Attacker {
    over: Arc<Notify>,
    thread: JoinHandle<()>,
}

impl Attacker {
    fn start(attack: &Attack, town: &Town) -> Self {
        let (over, run) = (Arc::new(Notify::new()), attack.run);
        let (stop, target) = (Arc::clone(&over), town.target());
        let thread = tokio::task::spawn_blocking(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let hostile = Hostile::of(target);
                tokio::select! {
                    () = stop.notified() => {}
                    () = run(&hostile) => unreachable!("an attack goes on"),
                }
            });
        });
        Self { over, thread }
    }

    /// Ends the attack; fails if it noticed what it must not.
    async fn stop(self) {
        self.over.notify_one();
        self.thread.await.unwrap();
    }
}

async fn measure(attack: &Attack, hires: usize) -> Measured {
    let town = Town::open(attack.account).await;
    // The first hire reads the directory.
    town.work(attack.way, "Premier", 1).await;
    let alone = town.work(attack.way, "Seul", hires).await;
    let before = memory::resident();
    let attacker = Attacker::start(attack, &town);
    let (beside, most) = memory::most(town.work(attack.way, "Voisin", hires)).await;
    attacker.stop().await;
    Measured {
        alone,
        beside,
        memory: most.saturating_sub(before),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_hostile_tenant_does_the_honest_one_hires_in_time() {
    for attack in &ATTACKS {
        let Measured { beside, .. } = measure(attack, 3).await;
        let does = attack.does;
        assert!(beside.refused.is_empty(), "{does}: {:?}", beside.refused);
        assert!(beside.slowest() < LATE, "{does}: {:?}", beside.slowest());
        println!("{does}: {:?}", beside.slowest());
    }
}

/// Prints the table of SECURITY.md.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: in a release build, on a quiet machine"]
async fn measured() {
    println!(
        "| shared | the hostile tenant | alone | beside it | ratio | slowest | refused | memory |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut late = Vec::new();
    for attack in &ATTACKS {
        let Measured {
            alone,
            beside,
            memory,
        } = measure(attack, 20).await;
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
        let ratio = beside.median().as_secs_f64() / alone.median().as_secs_f64();
        println!(
            "| {} | {} | {} | {} | {ratio:.1} | {} | {} of {} | {} MiB |",
            attack.shared,
            attack.does,
            ms(alone.median()),
            ms(beside.median()),
            ms(beside.slowest()),
            beside.refused.len(),
            beside.times.len() * 2 + beside.refused.len(),
            memory / memory::MIB,
        );
        let allowed = match attack.account {
            Account::Shared => 3.0,
            Account::Own | Account::Claimed => 2.0,
        };
        if ratio > allowed || !beside.refused.is_empty() || memory > 256 * memory::MIB {
            late.push((attack.shared, beside.refused));
        }
    }
    assert!(late.is_empty(), "{late:?}");
}

/// Why a hire of the hostile tenant waits.
async fn last_error(hostile: &Hostile, id: &str) -> String {
    let mut service = OnboardingServiceClient::new(hostile.callers.channel(0));
    let key = Some(watch_status_request::Key::OnboardingId(id.to_owned()));
    let stream = service.watch_status(v1::WatchStatusRequest { key }).await;
    let mut stream = stream.unwrap().into_inner();
    loop {
        let next = timeout(PATIENCE, stream.message()).await;
        let seen = next.expect("a change in time").unwrap().unwrap();
        let seen = seen.onboarding.unwrap();
        assert_eq!(seen.state(), State::Accepted);
        if !seen.last_error.is_empty() {
            return seen.last_error;
        }
    }
}

#[tokio::test]
async fn a_key_that_does_not_see_a_person_learns_nothing_of_what_another_key_created() {
    let mut blind = Key::new("blind", "44444444-0000-0000-0000-000000000000");
    blind.rights.see_future = false;
    blind.rights.see_former = false;
    let town = Town::open_with(Account::Shared, &blind.value).await;
    town.house.sandbox().add_key(blind);
    let request = hire("seen", collaborator("Secrete"));
    let created = create(&town.honest, request).await.unwrap();
    assert_eq!(created.state(), State::Created);
    // With the login that the honest hire has reserved, it waits and learns only that.
    let hostile = Hostile::of(town.target());
    let blocked = hostile.hire("exact", collaborator("Secrete"));
    let error = last_error(&hostile, &blocked.await.unwrap().id).await;
    assert_eq!(
        error,
        "Blocked by another hire that creates a person with the same login."
    );
    // The same name and address with another login: a key that sees the person would ask whether it
    // is the same one.
    let probe = v1::Collaborator {
        login: "curieux".to_owned(),
        ..collaborator("Secrete")
    };
    let request = v1::CreateCollaboratorRequest {
        tenant: town::EVIL.to_owned(),
        ..hire("probe", probe)
    };
    let told = create(&hostile.callers, request).await.unwrap();
    assert_eq!(told.state(), State::Created);
    assert_ne!(told.lucca_user_id, created.lucca_user_id);
    let candidates: Vec<_> = told.warnings.iter().flat_map(|it| &it.candidates).collect();
    assert!(candidates.is_empty(), "{candidates:?}");
}
