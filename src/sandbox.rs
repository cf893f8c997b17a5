//! A Lucca that runs on loopback, for demonstrations and as the oracle of the tests.
//!
//! It is written from Lucca's public documentation and shares no type with the client in this
//! crate, so a misreading on one side shows on the other. It has the part of the interface that
//! clients here use. It refuses everything else the way Lucca refuses what it does not know: no
//! parameter and no member is ignored. Where the documentation is silent, the sandbox takes the
//! stricter reading or offers a [switch](Switches). The [`Ledger`] records every call, and a
//! [`Fault`] makes calls go wrong.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `server`, `connection` | the listener, and connections that can be cut |
//! | `service`, `answer`, `rate_limit` | one call from arrival to answer: rate limit, faults, ledger |
//! | `v3`, `v4` | the two generations of Lucca's interface |
//! | `company`, `seed` | what Lucca knows, and the made-up company it starts with |
//! | `control`, `units`, `panel` | steering it in process, and over HTTP under `/_sandbox` |

mod answer;
mod clock;
mod company;
mod connection;
mod control;
mod fault;
mod fold;
mod keys;
mod ledger;
mod panel;
mod rate_limit;
mod request;
mod seed;
mod server;
mod service;
mod state;
#[cfg(test)]
mod tests;
mod units;
mod user;
mod v3;
mod v4;

pub use company::{ExtensionDefinition, HrFileDefaults, Switches};
pub use control::{Control, ControlError};
pub use fault::{Fault, Kind, Matcher, RetryAfter};
pub use keys::{Key, Rights};
pub use ledger::{Call, Counters, Ledger, MatchedBy, SecondPost};
pub use server::{Options, Sandbox, StartError};
pub use units::{DepartmentChange, EstablishmentChange};
pub use user::User;
