//! Turns a hire confirmed in an applicant tracking system into an employee in Lucca.
//!
//! # The map of the rooms
//!
//! A room is a module at the top level. Its code may name only the rooms in the last column; its
//! tests may name others.
//!
//! | room | contents | may name |
//! | --- | --- | --- |
//! | [`adapter`] | webhook in, spool, gRPC out | `intake`, `domain`, `db`, `pb`, `config`, `clock`, `telemetry`, `net` |
//! | [`api`] | the gRPC API: services, errors, authentication, deadlines, overload | `checks`, `store`, `pb`, `domain`, `text`, `directory`, `lucca`, `net`, `config`, `clock`, `telemetry` |
//! | [`checks`] | whether a tenant's next hire will succeed | `directory`, `lucca`, `store`, `domain`, `text`, `clock` |
//! | [`clock`] | time and randomness, passed in | no room |
//! | [`commands`] | the command line: each command wires rooms together | every room |
//! | [`config`] | settings, one file per concern | value types of `domain`, file names of `net` |
//! | [`db`] | code that stores share: single writer, sealing, blind index | no room |
//! | [`directory`] | a cache of each account's people and units; names to ids | `lucca`, `store`, `domain`, `clock` |
//! | [`domain`] | pure code: value types, the onboarding and its state machine, rules | no room |
//! | [`engine`] | the workers that move onboardings forward | `directory`, `lucca`, `store`, `domain`, `clock`, `telemetry` |
//! | [`intake`] | pure code for webhooks: verify, read, decide | `domain` |
//! | [`lucca`] | the REST client and the rate limiter | `domain`, `store`, `clock`, `telemetry` |
//! | [`net`] | from a listening socket to a request: limits on connections, TLS, HTTP | no room |
//! | [`pb`] | generated gRPC code and its conversions to and from the domain | `domain`, `text` |
//! | [`sandbox`] | a fake Lucca on loopback, for tests and demonstrations | no room |
//! | [`server`] | the gRPC server, wired together | every room but `adapter`, `intake`, `sandbox` |
//! | [`shutdown`] | a graceful end on a signal | no room |
//! | [`store`] | persistence: tenants, onboardings, attempts, budgets, history | `domain`, `db`, `clock`, `net` |
//! | [`telemetry`] | logs, metrics, health and readiness | `config`, `net` |
//! | [`text`] | every sentence that people read, in each language | `domain` |

#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests may read the machine's clock"
    )
)]

pub mod adapter;
pub mod api;
pub mod checks;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod engine;
pub mod intake;
pub mod lucca;
pub mod net;
pub mod pb;
pub mod sandbox;
pub mod server;
pub mod shutdown;
pub mod store;
pub mod telemetry;
pub mod text;
