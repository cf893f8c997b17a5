//! What the product is about, without input, output, time or chance: value types, the
//! onboarding and its state machine, the rules by which a hire is resolved.

pub mod dates;
pub mod email;
pub mod ids;
pub mod matching_key;
pub mod text;
