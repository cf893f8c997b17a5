//! Turns a hire confirmed in an applicant tracking system into an employee in Lucca.
//!
//! # The map of the house
//!
//! What a room may know is what its code may name; tests may know more.
//!
//! | room | what is in it | may know |
//! | --- | --- | --- |
//! | [`adapter`] | webhook in, spool, gRPC out | `intake`, `domain`, `db`, `pb`, `config`, `clock`, `telemetry`, `net` |
//! | [`api`] | the gRPC face: services, errors, authentication, deadlines, overload | `checks`, `store`, `pb`, `domain`, `text`, `directory`, `lucca`, `net`, `config`, `clock`, `telemetry` |
//! | [`checks`] | whether a tenant's next hire will go through | `directory`, `lucca`, `store`, `domain`, `text`, `clock` |
//! | [`clock`] | time and randomness, passed in | nobody |
//! | [`commands`] | the command line: each command wires rooms together | every room |
//! | [`config`] | settings, one file per concern | value types of `domain`, file names of `net` |
//! | [`db`] | what stores share: single writer, sealing, blind index | nobody |
//! | [`directory`] | an account's people and units, kept fresh; names to ids | `lucca`, `store`, `domain`, `clock` |
//! | [`domain`] | value types, the onboarding and its state machine, rules: pure | nobody |
//! | [`engine`] | what moves an onboarding forward | `directory`, `lucca`, `store`, `domain`, `clock`, `telemetry` |
//! | [`intake`] | what a webhook is: verified, read, decided upon; pure | `domain` |
//! | [`lucca`] | the REST client and the budget gate | `domain`, `store`, `clock`, `telemetry` |
//! | [`net`] | from a listening socket to a request: limits of connections, TLS, HTTP | nobody |
//! | [`pb`] | generated gRPC code and its conversions to and from the domain | `domain`, `text` |
//! | [`sandbox`] | a Lucca that runs on loopback: the other side of the wire | nobody |
//! | [`server`] | the gRPC server, wired together | every room but `adapter`, `intake`, `sandbox` |
//! | [`shutdown`] | an orderly end on a signal | nobody |
//! | [`store`] | what is remembered | `domain`, `db`, `clock`, `net` |
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
