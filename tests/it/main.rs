//! The real service, adapter and sandbox on free ports; the sandbox's ledger is the oracle.
#![allow(
    clippy::disallowed_methods,
    reason = "it runs on the machine's clock, as the program does"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "the long run uses the rest")]
#[path = "../chaos/mod.rs"]
mod harness;

mod access;
mod accounts;
mod apply;
mod attacks;
mod callers;
mod chaos;
mod checks;
mod commands;
mod contract;
mod creation;
mod database;
mod dev;
mod disk;
mod doubt;
mod fairness;
mod first_steps;
mod hardening;
mod histories;
mod hostile;
mod idempotency;
mod isolation;
mod keys;
mod matching;
mod operations;
mod privacy;
mod quarantine;
mod questions;
mod reading;
mod recovery;
mod refusals;
mod restart;
mod rooms;
mod senders;
mod statements;
mod status;
mod support;
mod tenants;
mod tls;
mod truth;
mod upgrade;
mod webhooks;
