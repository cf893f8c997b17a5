//! Turns a hire confirmed in an applicant tracking system into an employee in Lucca.
//!
//! # The map of the house
//!
//! | room | what is in it | may know |
//! | --- | --- | --- |
//! | [`commands`] | the command line: each command wires rooms together | every room |
//! | [`config`] | settings, one file per concern | nobody |
//! | [`domain`] | value types, the onboarding and its state machine, rules: pure | nobody |
//! | [`pb`] | generated gRPC code and its conversions to and from the domain | `domain` |
//! | [`intake`] | what a webhook is: verified, read, decided upon; pure | `domain` |
//! | [`adapter`] | webhook in, spool, gRPC out | `intake`, `domain`, `db`, `pb`, `config`, `telemetry` |
//! | [`db`] | what stores share: single writer, sealing, blind index | nobody |
//! | [`telemetry`] | logs, metrics, health and readiness | `config` |
//! | [`shutdown`] | an orderly end on a signal | nobody |

pub mod adapter;
pub mod commands;
pub mod config;
pub mod db;
pub mod domain;
pub mod intake;
pub mod pb;
pub mod shutdown;
pub mod telemetry;
