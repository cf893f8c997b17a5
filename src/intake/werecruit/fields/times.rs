//! Reads the time of an event.

use jiff::Timestamp;

use crate::{
    domain::event_time::{is_likely, of_epoch},
    intake::json::Node,
};

/// An instant with an offset, or a count since 1970 in whatever unit, if it can be believed of an
/// event that was received at `received`.
pub(super) fn read(node: &Node, received: Timestamp) -> Option<Timestamp> {
    match node {
        Node::Text(text) => match text.trim().parse::<i128>() {
            Ok(count) => of_epoch(count, received),
            Err(_) => {
                let time = text.trim().parse().ok();
                time.filter(|time| is_likely(*time, received))
            }
        },
        Node::Integer(count) => of_epoch(*count, received),
        _ => None,
    }
}
