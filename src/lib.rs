//! Turns a hire confirmed in an applicant tracking system into an employee in Lucca.
//!
//! # The map of the house
//!
//! What a room may know is what its code may name; tests may know more.
//!
//! | room | what is in it | may know |
//! | --- | --- | --- |
//! | [`adapter`] | webhook in, spool, gRPC out | `intake`, `domain`, `db`, `pb`, `config`, `clock`, `telemetry`, `transport`, `tls` |
//! | [`api`] | the gRPC face: services, errors, authentication, deadlines, overload | `checks`, `store`, `pb`, `domain`, `directory`, `lucca`, `transport`, `config`, `clock`, `telemetry` |
//! | [`checks`] | whether a tenant's next hire will go through | `directory`, `lucca`, `store`, `domain`, `clock` |
//! | [`clock`] | time and chance, passed in | nobody |
//! | [`commands`] | the command line: each command wires rooms together | every room |
//! | [`config`] | settings, one file per concern | value types of `domain`, file names of `tls` |
//! | [`db`] | what stores share: single writer, sealing, blind index | nobody |
//! | [`directory`] | an account's people and units, kept fresh; names to ids | `lucca`, `store`, `domain`, `clock` |
//! | [`domain`] | value types, the onboarding and its state machine, rules: pure | nobody |
//! | [`engine`] | what moves an onboarding forward | `directory`, `lucca`, `store`, `domain`, `clock`, `telemetry` |
//! | [`intake`] | what a webhook is: verified, read, decided upon; pure | `domain` |
//! | [`lucca`] | the REST client and the budget gate | `domain`, `store`, `clock`, `telemetry` |
//! | [`pb`] | generated gRPC code and its conversions to and from the domain | `domain` |
//! | [`sandbox`] | a Lucca that runs on loopback: the other side of the wire | nobody |
//! | [`server`] | the gRPC server, wired together | every room but `adapter`, `intake`, `sandbox` |
//! | [`shutdown`] | an orderly end on a signal | nobody |
//! | [`store`] | what is remembered | `domain`, `db`, `clock`, `tls` |
//! | [`telemetry`] | logs, metrics, health and readiness | `config`, `transport` |
//! | [`tls`] | certificates from files, read again when they change | nobody |
//! | [`transport`] | from a listening socket to a request: limits of connections, TLS, HTTP | `tls` |

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
pub mod pb;
pub mod sandbox;
pub mod server;
pub mod shutdown;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod transport;
