//! The real service, adapter and sandbox on free ports; the sandbox's ledger is the oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "the long run uses the rest")]
#[path = "../chaos/mod.rs"]
mod harness;

mod access;
mod apply;
mod chaos;
mod checks;
mod contract;
mod creation;
mod dependencies;
mod dev;
mod doubt;
mod fairness;
mod idempotency;
mod keys;
mod matching;
mod operations;
mod privacy;
mod restart;
mod support;
mod tenants;
mod webhooks;
