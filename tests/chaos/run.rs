//! The long run of the crash harness: `cargo run --example chaos -- --rounds 300 --seed 1`.
#![allow(
    clippy::disallowed_methods,
    reason = "it runs on the machine's clock, as the program does"
)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[allow(dead_code, reason = "the short part uses the rest")]
#[path = "mod.rs"]
mod harness;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};
use tokio::{sync::Semaphore, task::JoinSet};

use harness::{
    plan::{Plan, Victims},
    round::{self, Report},
    tally::Tally,
};

/// Strikes the real programs again and again, and counts what is lost or made twice.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many rounds.
    #[arg(long, default_value_t = 20)]
    rounds: u64,
    /// The first round's seed; the next round has the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds at the same time; they mostly wait.
    #[arg(long, default_value_t = 6)]
    parallel: usize,
    /// Hires of a round.
    #[arg(long, default_value_t = 12)]
    hires: usize,
    /// Where hires are kept: sqlite is one service, postgres is two replicas.
    #[arg(long, value_enum, default_value_t = Kept::Sqlite)]
    store: Kept,
    /// Whom to kill and freeze; the seed chooses.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["service", "adapter", "both"])]
    victims: Vec<Struck>,
    /// The program; by default the one built beside this one.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Keep the directories of rounds in which nothing was wrong, too.
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kept {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Struck {
    Service,
    Adapter,
    Both,
}

impl From<Struck> for Victims {
    fn from(struck: Struck) -> Self {
        match struck {
            Struck::Service => Self::Service,
            Struck::Adapter => Self::Adapter,
            Struck::Both => Self::Both,
        }
    }
}

/// The program stands in the directory above that of the examples.
fn binary() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let binary = own.parent()?.parent()?.join("onboarding");
    binary.exists().then_some(binary)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(binary) = arguments.program.clone().or_else(binary) else {
        eprintln!("There is no onboarding program beside this one: cargo build first.");
        return ExitCode::FAILURE;
    };
    let root = std::env::temp_dir().join(format!("onboarding-chaos-{}", std::process::id()));
    let tally = all(&arguments, &binary, &root).await;
    // Fails if something is left to look at.
    let _ = fs::remove_dir(&root);
    println!("\n{tally}");
    if tally.violations == 0 {
        ExitCode::SUCCESS
    } else {
        println!(
            "What is left of the rounds with violations: {}",
            root.display()
        );
        ExitCode::FAILURE
    }
}

async fn all(arguments: &Arguments, binary: &Path, root: &Path) -> Tally {
    let places = Arc::new(Semaphore::new(arguments.parallel.max(1)));
    let begun = Instant::now();
    let mut rounds = JoinSet::new();
    for index in 0..arguments.rounds {
        let seed = arguments.seed + index;
        let victims = arguments.victims[seed as usize % arguments.victims.len()];
        let plan = Plan::random(seed, arguments.hires, victims.into());
        let (binary, directory) = (binary.to_owned(), root.join(format!("seed-{seed}")));
        let (places, store) = (Arc::clone(&places), arguments.store);
        rounds.spawn(async move {
            let _place = places.acquire_owned().await;
            fs::create_dir_all(&directory).expect("a directory for the round");
            let report = match store {
                Kept::Sqlite => Some(round::play_on_sqlite(&binary, &directory, plan).await),
                Kept::Postgres => round::play_on_postgres(&binary, &directory, plan).await,
            };
            (seed, report, directory)
        });
    }
    let mut tally = Tally::default();
    while let Some(ended) = rounds.join_next().await {
        let (seed, report, directory) = ended.expect("a round that does not panic");
        let Some(mut report) = report else {
            tally.violations += 1;
            break;
        };
        report.tally.slowest_seed = seed;
        tally.add(&report.tally);
        tell(seed, &report, &tally, arguments.rounds, begun.elapsed());
        if !report.violations.is_empty() {
            println!("  look into {}", directory.display());
        } else if !arguments.keep {
            // What cannot be removed stays.
            let _ = fs::remove_dir_all(&directory);
        }
    }
    tally
}

fn tell(seed: u64, report: &Report, all: &Tally, rounds: u64, since: Duration) {
    let one = &report.tally;
    println!(
        "{:>4}/{rounds} {:>5.0} s  seed {seed}: {} hires, {} employees, {} of attention, {:.0} s{}",
        all.rounds,
        since.as_secs_f64(),
        one.acknowledged,
        one.employees,
        one.attention.values().sum::<u64>(),
        one.slowest.as_secs_f64(),
        if report.violations.is_empty() {
            ""
        } else {
            "  VIOLATIONS"
        },
    );
    for violation in &report.violations {
        println!("  {violation}");
    }
}
