//! What a webhook is: whether it is authentic, what it says, and what follows from it.
//! Pure: knows the value types of the domain, no network, no clock.

pub mod decide;
pub mod event;
pub mod fields;
pub mod hmac;
mod json;
mod lookup;
pub mod mapping;
pub mod request;
pub mod secrets;
pub mod standard_webhooks;
pub mod verify;
pub mod werecruit;
