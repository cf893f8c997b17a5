//! A crash harness: the real programs as child processes, a Lucca that fails, a network that
//! fails, victims that are killed or frozen; and the sandbox's ledger, which knows what
//! really happened.

pub mod dice;
pub mod faults;
pub mod hires;
pub mod hostile;
pub mod load;
pub mod oracle;
pub mod plan;
pub mod ports;
pub mod process;
pub mod proxy;
pub mod round;
pub mod tally;

#[path = "../../src/store/postgres/testing.rs"]
pub mod postgres;
