//! The protocol explored: every order in which two workers, Lucca, callers and operators
//! can act on one hire, with a few troubles of any kind at any moment.
//!
//! The onboarding in a [`World`] is the real one, and everything that changes it is the
//! function that stores and workers run: [`submit`](super::submission::submit),
//! [`withdraw`](super::submission::withdraw), [`decide`](Onboarding::decide),
//! [`step`](Onboarding::step), [`see`](Onboarding::see) and the rules of
//! [`Lease`](super::lease::Lease). What is modelled by hand is the order in which a worker
//! does things, and Lucca.
//!
//! What is shown for every state that can be reached, by [`properties`]:
//!
//! * never twice: no call is sent while an earlier one may act or after one has acted;
//! * never lost: `CREATED` means that the person exists, `CANCELLED` that nobody does or
//!   will, and where nothing happens by itself the onboarding has ended or names a
//!   problem, with the last word of callers and operators carried out or noted;
//! * always ends: without further trouble there is no way to go on for ever, whatever the
//!   order.
//!
//! What is taken for granted is in [`ASSUMPTIONS`]. Rules are left out on purpose too, to
//! see that the model notices; `cargo test model -- --nocapture` shows how.

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

/// What the model takes for granted, beyond what it explores.
const ASSUMPTIONS: [&str; 11] = [
    "Lucca acts on a call at the latest 5 s after the connection ended or, if nobody saw its end, 5 s after the request time-out.",
    "A process that has ended has no connections: whoever owns the file next knows that they ended.",
    "What Lucca created is shown to a look at the latest verify_gap after it was created.",
    "A look shows a person whom the key may see, also after HR has replaced the login (the directory matches by name, start and addresses).",
    "Sight is proven only for keys that see future and former people.",
    "Between the check of send_by and the write of the body a worker is not frozen.",
    "Transactions are atomic and durable, and workers' clocks agree.",
    "A worker that is not frozen acts within its lease; a call is the only thing it waits for.",
    "One hire with one login: claims of logins and the budget are tested elsewhere.",
    "What is said comes in the order in which it was said, and until the hire has ended; then another one begins.",
    "HR does not delete the person while the outcome is being found out, and nobody overrides an open attempt.",
];
