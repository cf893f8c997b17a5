//! Offers the service three times what it can do, then thousands of idle connections, and
//! prints what becomes of the calls it takes on.
//!
//!     cargo build && cargo run --example overload
//!
//! Everything is on loopback, and load and service share the machine. It ends by itself in
//! about a minute.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it prints a report"
)]

mod idle;
mod load;
mod service;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use load::{Load, Outcome};
use service::Service;

/// What to offer.
#[derive(Debug, Parser)]
struct Options {
    /// How long each load lasts, in seconds.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How many times the capacity is offered.
    #[arg(long, default_value_t = 3.0)]
    times: f64,
    /// Idle connections to open.
    #[arg(long, default_value_t = 10_000)]
    idle: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::start().await?;
    let load = Load::connect(&service).await?;
    let span = Duration::from_secs(options.seconds);
    let warm_up = load.as_fast_as_possible(Duration::from_secs(2)).await;
    println!("warm-up: {} calls", warm_up.accepted.len());
    let full = load.as_fast_as_possible(span).await;
    let capacity = full.rate();
    println!("capacity: {capacity:.0} hires stored a second");
    row(
        "load",
        &[
            "offered/s",
            "stored/s",
            "sent away/s",
            "failed",
            "p50",
            "p99",
            "longest",
        ],
    );
    row("---", &["---:"; 7]);
    let before = service.memory();
    let unloaded = load.at(capacity / 4.0, span).await;
    show("a quarter of the capacity", &unloaded);
    let busy = load.at(capacity * 0.75, span).await;
    show("three quarters", &busy);
    let brimful = load.at(capacity, span).await;
    show("the capacity", &brimful);
    let overloaded = load.at(capacity * options.times, span).await;
    let (rush, then) = overloaded.split(Duration::from_secs(2));
    show(&format!("{} times, the first 2 s", options.times), &rush);
    show(&format!("{} times, after that", options.times), &then);
    let probes = &overloaded.probes;
    println!(
        "health checks meanwhile: {} answered, {} not; p50 {}, p99 {}",
        probes.len(),
        overloaded.probes_failed,
        millis(load::percentile(probes, 50.0)),
        millis(load::percentile(probes, 99.0)),
    );
    let stored = [&warm_up, &full, &unloaded, &busy, &brimful, &overloaded];
    let stored: usize = stored.iter().map(|it| it.accepted.len()).sum();
    println!(
        "memory of the service: {} before these loads, {} after; {stored} hires stored in all, none of them sent to Lucca yet",
        mib(before),
        mib(service.memory()),
    );
    idle::run(&service, options.idle).await
}

fn show(name: &str, outcome: &Outcome) {
    let seconds = outcome.span.as_secs_f64();
    let per_second = |count: usize| format!("{:.0}", count as f64 / seconds);
    let latencies: Vec<Duration> = outcome.accepted.iter().map(|it| it.1).collect();
    row(
        name,
        &[
            &per_second(outcome.offered),
            &per_second(outcome.accepted.len()),
            &per_second(outcome.shed.len()),
            &outcome.failed.to_string(),
            &millis(load::percentile(&latencies, 50.0)),
            &millis(load::percentile(&latencies, 99.0)),
            &millis(latencies.iter().max().copied()),
        ],
    );
}

fn row(name: &str, cells: &[&str]) {
    println!("| {name} | {} |", cells.join(" | "));
}

fn millis(duration: Option<Duration>) -> String {
    duration.map_or("-".to_owned(), |it| {
        format!("{:.1} ms", it.as_secs_f64() * 1000.0)
    })
}

fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / 1_048_576.0)
}
