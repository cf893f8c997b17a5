//! Turns a hire confirmed in an applicant tracking system into an employee in Lucca.
//!
//! # The map of the house
//!
//! | room | what is in it | may know |
//! | --- | --- | --- |
//! | [`api`] | the gRPC face: services, errors, authentication, deadlines | `checks`, `store`, `pb`, `domain`, `directory` |
//! | [`commands`] | the command line: each command wires rooms together | every room |
//! | [`config`] | settings, one file per concern | nobody |
//! | [`clock`] | time and chance, passed in | nobody |
//! | [`directory`] | an account's people and units, kept fresh; names to ids | `lucca`, `store`, `domain` |
//! | [`domain`] | value types, the onboarding and its state machine, rules: pure | nobody |
//! | [`engine`] | what moves an onboarding forward | `directory`, `lucca`, `store`, `domain` |
//! | [`lucca`] | the REST client and the budget gate | `domain`, `store`, `clock` |
//! | [`pb`] | generated gRPC code and its conversions to and from the domain | `domain` |
//! | [`intake`] | what a webhook is: verified, read, decided upon; pure | `domain` |
//! | [`adapter`] | webhook in, spool, gRPC out | `intake`, `domain`, `db`, `pb`, `config`, `telemetry` |
//! | [`db`] | what stores share: single writer, sealing, blind index | nobody |
//! | [`store`] | what is remembered | `domain`, `db`, `clock` |
//! | [`telemetry`] | logs, metrics, health and readiness | `config` |
//! | [`server`] | the gRPC server, wired together | every room but `adapter`, `intake`, `sandbox` |
//! | [`shutdown`] | an orderly end on a signal | nobody |

pub mod adapter;
pub mod api;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod engine;
pub mod intake;
pub mod lucca;
pub mod pb;
pub mod server;
pub mod shutdown;
pub mod store;
pub mod telemetry;
