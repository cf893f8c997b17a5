//! What strikes the programs of a round.

use std::time::Duration;

use lucca_onboarding::sandbox::{Fault, Kind};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use super::super::{
    plan::{Event, LEASE, Victim, When},
    process::Program,
    proxy::{Mode, Proxy},
    tally::count,
};
use super::Scene;

/// How long a blow waits for its moment.
const MOMENT: Duration = Duration::from_secs(6);

impl Scene {
    pub(super) async fn happen(&self, event: Event) {
        match event {
            Event::Fault(fault) => self.sandbox.control().inject(fault),
            Event::Upstream(mode, span) => strike(&self.lucca, mode, span).await,
            Event::Inner(mode, span) => strike(&self.inner, mode, span).await,
            Event::Database(mode, span) => {
                if let Some(proxy) = &self.database {
                    strike(proxy, mode, span).await;
                }
            }
            Event::Kill(victim, when, down) => {
                let program = self.program(victim);
                self.moment(when).await;
                let mut program = program.lock().await;
                self.blow(victim, "killed", when);
                program.kill();
                sleep(down).await;
                if let Err(error) = program.start() {
                    // The round ends with hires that nobody takes.
                    count(
                        &mut self.tally().blows,
                        &format!("not restarted: {error}"),
                        1,
                    );
                }
            }
            Event::Freeze(victim, when, span) => {
                let program = self.program(victim);
                self.moment(when).await;
                let program = program.lock().await;
                let long = span > LEASE;
                self.blow(
                    victim,
                    if long {
                        "frozen beyond its lease"
                    } else {
                        "frozen"
                    },
                    when,
                );
                program.freeze();
                sleep(span).await;
                program.thaw();
            }
        }
    }

    fn blow(&self, victim: Victim, what: &str, when: When) {
        let who = match victim {
            Victim::Service(_) => "service",
            Victim::Adapter => "adapter",
        };
        let when = match when {
            When::Now => "",
            When::Posting => " during a POST",
            When::Created => " right after a creation",
        };
        count(&mut self.tally().blows, &format!("{who} {what}{when}"), 1);
    }

    fn program(&self, victim: Victim) -> &Mutex<Program> {
        match victim {
            Victim::Service(index) => &self.services[index % self.services.len()],
            Victim::Adapter => &self.adapter,
        }
    }

    /// Waits for a moment, but not for ever: what has happened may never happen again.
    async fn moment(&self, when: When) {
        let control = self.sandbox.control();
        let waited = async {
            match when {
                When::Now => {}
                When::Posting => {
                    // So that there is a moment between arrival and answer.
                    control.inject(Fault::on_creation(Kind::Delay { ms: 500 }, 1));
                    let before = control.ledger().creations().len();
                    let mut counters = control.subscribe();
                    while control.ledger().creations().len() == before {
                        if counters.changed().await.is_err() {
                            return;
                        }
                    }
                }
                When::Created => {
                    let before = control.subscribe().borrow().users_created;
                    control.wait_for_users(before + 1).await;
                }
            }
        };
        let _ = timeout(MOMENT, waited).await;
    }

    /// Everything works again.
    pub(super) fn calm(&self) {
        self.sandbox.control().clear_faults();
        self.lucca.set(Mode::Pass);
        self.inner.set(Mode::Pass);
        if let Some(proxy) = &self.database {
            proxy.set(Mode::Pass);
        }
    }
}

async fn strike(proxy: &Proxy, mode: Mode, span: Duration) {
    proxy.set(mode);
    sleep(span).await;
    proxy.set(Mode::Pass);
}
