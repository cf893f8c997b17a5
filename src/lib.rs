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
//! | [`sandbox`] | a Lucca that runs on loopback: the other side of the wire | nobody |
//! | [`db`] | what stores share: single writer, sealing, blind index | nobody |

pub mod commands;
pub mod config;
pub mod db;
pub mod domain;
pub mod pb;
pub mod sandbox;
