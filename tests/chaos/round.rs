//! One round: everything is started, struck, left in peace, and judged.

mod blows;
mod settings;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex as StdMutex},
    time::Duration,
};

use futures_util::future::join_all;
use lucca_onboarding::{
    pb::v1,
    sandbox::{Options as SandboxOptions, Sandbox, Switches},
};
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    hires::Hire,
    hostile::Hostile,
    load::{self, Callers},
    oracle::{self, End, PASSING, WINDOW, is_settled},
    plan::Plan,
    ports, postgres,
    process::Program,
    proxy::{Proxy, database},
    tally::{Tally, count},
};
use settings::{adapter_settings, file, service_settings};

const LUCCA_KEY: &str = "11111111-2222-3333-4444-555555555555";

/// How long hires may take to settle once everything is in order again.
const SETTLE: Duration = Duration::from_secs(120);

/// How long the last start of a service may take to fail.
const SUPERVISED: Duration = Duration::from_secs(2);

/// What a sandbox or a network may still have in hand when all hires have settled.
const STRAGGLERS: Duration = Duration::from_millis(1_500);

/// Where hires are kept.
#[derive(Clone, Debug)]
enum Store {
    /// In a file of the round, by one service.
    Sqlite,
    /// In this database, by two replicas.
    Postgres(String),
}

/// What a round needs.
#[derive(Clone, Debug)]
struct Stage {
    /// The program.
    binary: PathBuf,
    /// An empty directory.
    directory: PathBuf,
    store: Store,
}

/// What came of a round.
#[derive(Clone, Debug)]
pub struct Report {
    pub violations: Vec<String>,
    pub tally: Tally,
}

/// Everything that runs in a round.
struct Scene {
    sandbox: Sandbox,
    lucca: Proxy,
    inner: Proxy,
    /// Before PostgreSQL.
    database: Option<Proxy>,
    services: Vec<Mutex<Program>>,
    adapter: Mutex<Program>,
    callers: Callers,
    hostile: Option<Arc<Hostile>>,
    tally: StdMutex<Tally>,
}

/// Plays a plan on SQLite.
pub async fn play_on_sqlite(binary: &Path, directory: &Path, plan: Plan) -> Report {
    let stage = Stage {
        binary: binary.to_owned(),
        directory: directory.to_owned(),
        store: Store::Sqlite,
    };
    play(&stage, plan).await
}

/// Plays a plan on a PostgreSQL database of its own; `None` if there is no PostgreSQL.
pub async fn play_on_postgres(binary: &Path, directory: &Path, plan: Plan) -> Option<Report> {
    let mut report = None;
    postgres::with_database(async |url: &str| {
        let stage = Stage {
            binary: binary.to_owned(),
            directory: directory.to_owned(),
            store: Store::Postgres(url.to_owned()),
        };
        report = Some(play(&stage, plan).await);
    })
    .await;
    report
}

async fn play(stage: &Stage, plan: Plan) -> Report {
    let begun = Instant::now();
    let scene = Arc::new(Scene::set(stage, &plan).await);
    let mut wrong = Vec::new();
    if let Err(sentence) = scene.open().await {
        wrong.push(sentence);
    }
    let ends = scene.perform(&plan).await;
    wrong.extend(scene.ended().await);
    let ledger = scene.sandbox.control().ledger();
    let mut tally = scene.tally.lock().expect("no panic inside").clone();
    wrong.extend(oracle::judge(&ends, &ledger, plan.lucca_limit, &mut tally));
    wrong.extend(oracle::leaks(&ends, &stage.directory));
    if let Some(hostile) = &scene.hostile {
        let outcome = hostile.judge();
        wrong.extend(outcome.violations);
        tally.hostile = outcome.answers;
    }
    let database = scene.database.as_ref().map(Proxy::strikes);
    for (link, strikes) in [
        ("net", scene.lucca.strikes()),
        ("inner", scene.inner.strikes()),
        ("database", database.unwrap_or_default()),
    ] {
        for (name, times) in strikes {
            count(&mut tally.faults, &format!("{link}: {name}"), times);
        }
    }
    let most = ledger.max_calls_in_any_window(WINDOW) as u64;
    tally.fullest.insert(plan.limit, most);
    tally.rounds = 1;
    tally.slowest = begun.elapsed();
    tally.violations = wrong.len() as u64;
    if !wrong.is_empty() {
        oracle::write_ledger(&ledger, &stage.directory);
        wrong.push(format!("planned: {:?}", plan.events));
    }
    Report {
        violations: wrong,
        tally,
    }
}

impl Scene {
    async fn set(stage: &Stage, plan: &Plan) -> Self {
        let options = SandboxOptions {
            api_key: LUCCA_KEY.to_owned(),
            requests_per_window: plan.lucca_limit,
            window: WINDOW,
            switches: Switches {
                login_unique: plan.login_unique,
                ..Switches::default()
            },
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        let lucca = Proxy::start(sandbox.address()).await;
        let (replicas, store, database) = match &stage.store {
            Store::Sqlite => (1, file(&stage.directory, "onboarding.db"), None),
            Store::Postgres(url) => {
                let proxy = Proxy::start(database::server(url)).await;
                (2, database::through(url, &proxy), Some(proxy))
            }
        };
        let addresses: Vec<SocketAddr> = (0..replicas).map(|_| ports::free()).collect();
        let inner = Proxy::start(addresses[0]).await;
        let webhooks = ports::free();
        let mut luccas = vec![lucca.address()];
        let mut hostile = None;
        if let Some(seed) = plan.hostile {
            let customer = Hostile::start(seed, &addresses, webhooks).await;
            luccas.push(customer.lucca());
            hostile = Some(Arc::new(customer));
        }
        let services = addresses.iter().enumerate().map(|(index, address)| {
            let settings = service_settings(&store, plan, *address, &luccas);
            let name = format!("service-{index}");
            Mutex::new(Program::new(
                &stage.binary,
                "serve",
                &settings,
                &stage.directory,
                &name,
            ))
        });
        let settings = adapter_settings(&stage.directory, webhooks, inner.address());
        Self {
            services: services.collect(),
            adapter: Mutex::new(Program::new(
                &stage.binary,
                "adapter",
                &settings,
                &stage.directory,
                "adapter",
            )),
            callers: Callers::new(&addresses, webhooks, load::HONEST),
            hostile,
            sandbox,
            lucca,
            inner,
            database,
            tally: StdMutex::default(),
        }
    }

    fn programs(&self) -> impl Iterator<Item = &Mutex<Program>> {
        self.services.iter().chain([&self.adapter])
    }

    async fn open(&self) -> Result<(), String> {
        for program in self.programs() {
            let started = program.lock().await.start();
            started.map_err(|error| format!("cannot be started: {error}"))?;
        }
        let lucca = self.lucca.address();
        let mut tenants = vec![load::tenant(&format!("http://{lucca}"), LUCCA_KEY)];
        if let Some(hostile) = &self.hostile {
            tenants.extend(hostile.tenants(lucca));
        }
        for tenant in tenants {
            let created = self.callers.create_tenant(tenant).await;
            created.map_err(|it| format!("no tenant: {:?} {}", it.code(), it.message()))?;
        }
        Ok(())
    }

    /// Lets everything happen; tells how each hire ended.
    async fn perform(self: &Arc<Self>, plan: &Plan) -> Vec<End> {
        let begun = Instant::now();
        let mut events = JoinSet::new();
        for (at, event) in plan.events.clone() {
            let this = Arc::clone(self);
            events.spawn(async move {
                sleep_until(begun + at).await;
                this.happen(event).await;
            });
        }
        let hostile = self.hostile.clone().map(|hostile| {
            let until = begun + plan.trouble;
            AbortOnDropHandle::new(tokio::spawn(async move { hostile.act(until).await }))
        });
        let mut hires = JoinSet::new();
        for hire in plan.hires.clone() {
            let this = Arc::clone(self);
            hires.spawn(async move { this.say_all(hire, begun).await });
        }
        let supervisor = {
            let this = Arc::clone(self);
            AbortOnDropHandle::new(tokio::spawn(async move { this.supervise().await }))
        };
        while events.join_next().await.is_some() {}
        sleep_until(begun + plan.trouble).await;
        self.calm();
        if let Some(hostile) = hostile {
            hostile
                .await
                .expect("a hostile customer that does not panic");
        }
        let said = hires.join_all().await;
        let deadline = Instant::now() + SETTLE;
        if self.database.is_some() {
            // What was started just before the end of the trouble may still have met it.
            sleep(SUPERVISED).await;
        }
        drop(supervisor);
        let settled = said.iter().map(|(hire, ..)| self.settled(hire, deadline));
        join_all(settled).await;
        self.retry().await;
        let settled = said.iter().map(|(hire, ..)| self.settled(hire, deadline));
        join_all(settled).await;
        sleep(STRAGGLERS).await;
        // What is judged is what is told when nothing moves any more.
        let ends = said.iter().map(async |(hire, acknowledged, refused)| End {
            hire: hire.clone(),
            acknowledged: *acknowledged,
            refused: refused.clone(),
            status: self.settled(hire, deadline).await,
        });
        join_all(ends).await
    }

    /// Starts services anew that did not start because their database was away.
    async fn supervise(&self) {
        if self.database.is_none() {
            return;
        }
        loop {
            sleep(SUPERVISED / 10).await;
            for service in &self.services {
                let mut service = service.lock().await;
                let refused = |how: &String| how.ends_with("exit status: 1");
                if service.ended().as_ref().is_some_and(refused) && service.start().is_ok() {
                    let what = "service restarted: it found no database";
                    count(&mut self.tally().blows, what, 1);
                }
            }
        }
    }

    async fn say_all(&self, hire: Hire, begun: Instant) -> (Hire, usize, Option<String>) {
        let until = begun + SETTLE;
        sleep_until(begun + hire.start).await;
        for (word, (pause, _)) in hire.words.iter().enumerate() {
            if word > 0 {
                sleep(*pause).await;
            }
            if let Err(why) = self.callers.insist(&hire, word, until).await {
                return (hire, word, Some(why));
            }
        }
        let words = hire.words.len();
        (hire, words, None)
    }

    /// What failed because Lucca did is tried again by an operator.
    async fn retry(&self) {
        for code in PASSING {
            match self.callers.retry(code).await {
                Ok(0) => {}
                Ok(many) => count(&mut self.tally().retried, code, many),
                Err(status) => count(&mut self.tally().retried, &status.code(), 1),
            }
        }
    }

    /// Asks how a hire stands until it stands still.
    async fn settled(&self, hire: &Hire, deadline: Instant) -> Result<v1::Onboarding, String> {
        let mut nth = 0;
        loop {
            let status = self.callers.status(hire, nth).await;
            let settled = status.as_ref().is_ok_and(|status| is_settled(hire, status));
            if settled || Instant::now() > deadline {
                return status.map_err(|it| format!("{:?} {}", it.code(), it.message()));
            }
            nth += 1;
            sleep(Duration::from_millis(400)).await;
        }
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().expect("no panic inside")
    }

    /// Which programs have ended without having been struck; then ends all of them.
    async fn ended(&self) -> Vec<String> {
        let mut ended = Vec::new();
        for program in self.programs() {
            let mut program = program.lock().await;
            ended.extend(program.ended());
            program.kill();
        }
        ended
    }
}
