//! What the product is about, without input, output, time or chance: value types, the
//! onboarding and its state machine, the rules by which a hire is resolved.

pub mod alike;
pub mod amendment;
pub mod attempt;
pub mod cause;
pub mod characters;
pub mod collaborator;
pub mod dates;
pub mod delivery;
pub mod email;
pub mod employee;
pub mod event_field;
pub mod event_time;
pub mod extension;
pub mod field;
pub mod finding;
pub mod follow_up;
pub mod ids;
pub mod language;
pub mod lucca_id;
pub mod lucca_url;
pub mod matching_key;
pub mod onboarding;
mod phone;
pub mod problem;
pub mod resolve;
pub mod retry;
pub mod secret;
pub mod sense;
pub mod stored;
pub mod tenant;
pub mod text;
pub mod urgency;
