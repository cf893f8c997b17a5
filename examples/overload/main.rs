//! Offers the service three times as many calls as it can answer, then opens thousands of idle
//! connections. Prints how many calls are answered, how fast, and how many are refused.
//!
//!     cargo build --release && cargo run --release --example overload
//!
//! Everything is on loopback, and callers and service share the machine. It ends by itself after
//! about two minutes.
#![allow(
    clippy::disallowed_methods,
    reason = "it runs on the machine's clock, as the program does"
)]
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

/// Which load to offer.
#[derive(Debug, Parser)]
struct Options {
    /// How long each load lasts, in seconds.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How many times all loads are offered.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The overload, as a multiple of the capacity.
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
            "refused/s",
            "failed",
            "p50",
            "p99",
            "longest",
        ],
    );
    row("---", &["---:"; 7]);
    let before = service.memory();
    let mut stored = warm_up.accepted.len() + full.accepted.len();
    let (mut probes, mut probes_failed) = (Vec::new(), 0);
    let mut ratios = Vec::new();
    let loads = [
        ("three quarters of the capacity".to_owned(), 0.75),
        ("the capacity".to_owned(), 1.0),
        (
            format!("{} times the capacity", options.times),
            options.times,
        ),
    ];
    for _ in 0..options.rounds {
        let mut p99 = Vec::new();
        for (name, times) in &loads {
            let outcome = load.at(capacity * times, span).await;
            show(name, &outcome);
            stored += outcome.accepted.len();
            p99.push(load::percentile(&outcome.accepted, 99.0));
            if *times > 1.0 {
                probes.extend(outcome.probes);
                probes_failed += outcome.probes_failed;
            }
        }
        if let [Some(below), Some(at), Some(above)] = p99[..] {
            ratios.push((above.div_duration_f64(below), above.div_duration_f64(at)));
        }
    }
    for (below, at) in ratios {
        println!(
            "p99 of answered calls in overload, divided by that at three quarters of the capacity: {below:.2}; at the capacity: {at:.2}"
        );
    }
    println!(
        "health checks meanwhile: {} answered, {} not; p50 {}, p99 {}",
        probes.len(),
        probes_failed,
        millis(load::percentile(&probes, 50.0)),
        millis(load::percentile(&probes, 99.0)),
    );
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
    let latencies = &outcome.accepted;
    row(
        name,
        &[
            &per_second(outcome.offered),
            &per_second(outcome.accepted.len()),
            &per_second(outcome.shed),
            &outcome.failed.to_string(),
            &millis(load::percentile(latencies, 50.0)),
            &millis(load::percentile(latencies, 99.0)),
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
