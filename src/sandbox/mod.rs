//! A Lucca that runs on loopback: what demos talk to, and the oracle of tests.
//!
//! It is written from Lucca's public documentation and shares no type with the client in this
//! crate, so that a misreading on one side shows on the other. Where the documentation is silent
//! it takes the stricter reading, or offers a [switch](Switches). What it remembers of every call
//! is in the [`Ledger`]; what can go wrong is injected as a [`Fault`].
//!
//! | file | what is in it |
//! | --- | --- |
//! | `server`, `wire` | the listener, and connections that can be cut |
//! | `service`, `delivery` | one call from arrival to answer: budget, faults, ledger |
//! | `v3`, `v4` | the two generations of Lucca's interface |
//! | `company`, `seed` | what Lucca knows, and the made-up company it starts with |
//! | `control`, `changes`, `panel` | steering it in process, and over HTTP under `/_sandbox` |

mod answer;
mod changes;
mod clock;
mod company;
mod control;
mod delivery;
mod fault;
mod fold;
mod gate;
mod keys;
mod ledger;
mod panel;
mod query;
mod refusal;
mod request;
mod seed;
mod server;
mod service;
mod state;
mod switches;
#[cfg(test)]
mod tests;
mod user;
mod v3;
mod v4;
mod wire;

pub use changes::{DepartmentChange, EstablishmentChange};
pub use company::ExtensionDefinition;
pub use control::{Control, ControlError};
pub use fault::{Fault, Kind, Matcher};
pub use keys::{Key, Rights};
pub use ledger::{By, Call, Counters, Ledger, SecondPost};
pub use server::{Options, Sandbox, StartError};
pub use switches::{ErrorStyle, HrFileDefaults, RetryAfter, Switches, Zone};
pub use user::User;
