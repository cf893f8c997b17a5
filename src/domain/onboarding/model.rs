//! A model checker of the protocol: it tries every order in which two workers, Lucca, callers and
//! operators can act on one hire, with a few troubles of any kind at any moment.
//!
//! The onboarding in a [`World`] is the real one, and everything that changes it is the
//! function that stores and workers run: [`submit`](super::submission::submit),
//! [`withdraw`](super::submission::withdraw), [`decide`](Onboarding::decide),
//! [`step`](Onboarding::step), [`see`](Onboarding::see) and the rules of
//! [`Lease`](super::lease::Lease). Only the order of a worker's
//! steps and Lucca are modelled by hand.
//!
//! The [`properties`] that hold in every state that can be reached:
//!
//! * never twice: no call is sent while an earlier one may act or after one has acted;
//! * never lost: `CREATED` means that the person exists, `CANCELLED` that nobody does or
//!   will, and where nothing more happens by itself, the onboarding has ended or names
//!   a problem, and the last message of callers and operators is carried out or noted;
//! * always ends: without further trouble no order of moves goes on for ever.
//!
//! [`ASSUMPTIONS`] lists what the model assumes. Tests also leave rules out on purpose and check
//! that the model notices; `cargo test model -- --nocapture` shows how.

mod broken;
mod calls;
mod key;
mod lucca;
mod parts;
mod people;
mod properties;
mod search;
mod settings;
mod tests;
mod workers;
mod world;

/// The assumptions of the model.
const ASSUMPTIONS: [&str; 11] = [
    "Lucca acts on a call at the latest 5 s after the connection ended or, if nobody saw its end, 5 s after the request time-out.",
    "A process that has ended has no connections, and the next owner of the file knows that.",
    "A look shows a person at the latest verify_gap after Lucca created them.",
    "A look shows a person whom the key may see, also after HR has replaced the login (the directory matches by name, start and addresses).",
    "Visibility is proven only for keys that see future and former people.",
    "Between the check of send_by and the write of the body a worker is not frozen.",
    "Transactions are atomic and durable, and workers' clocks agree.",
    "A worker that is not frozen acts within its lease, and waits only for its call.",
    "There is one hire with one login: login reservations and the budget are tested elsewhere.",
    "Messages of the source arrive in order. Those that arrive after the end open another episode.",
    "HR does not delete the person during verification, and nobody overrides an open attempt.",
];
