//! What a webhook is: whether it is authentic, what it says, and what follows from it.
//! Pure: knows the value types of the domain, no network, no clock.

pub mod charset;
pub mod decide;
pub mod event;
mod hmac;
mod json;
mod lookup;
pub mod mapping;
pub mod request;
mod secrets;
mod spoilt;
mod standard_webhooks;
pub mod verify;
pub mod werecruit;
