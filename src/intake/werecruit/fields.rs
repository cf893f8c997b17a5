//! Reads the fields of an event, and names those that cannot be read.

mod hire;
mod times;

use jiff::Timestamp;

use crate::{
    domain::{
        collaborator::Draft,
        dates::DateContext,
        event_field::EventField,
        finding::{Sent, WarningKind},
        ids::ExternalId,
    },
    intake::{
        event::{EventKind, HireEvent, Mark, SendToLucca},
        json::Node,
        lookup::{Found, Lookup},
    },
};

/// Reads an event that was received at `received`. A field that is there but cannot be read is
/// left empty and reported in `unreadable`.
pub(super) fn read(lookup: Lookup<'_>, dates: &DateContext<'_>, received: Timestamp) -> HireEvent {
    let event = HireEvent::default();
    let mut reader = EventReader {
        lookup,
        dates,
        event,
    };
    reader.event.id = reader.id(EventField::Id).map(String::from);
    reader.event.test = reader.test();
    reader.event.kind = reader.kind();
    reader.event.occurred_at = reader.time(received);
    reader.event.application = reader.id(EventField::ApplicationId);
    reader.event.candidate = reader.id(EventField::CandidateId);
    reader.event.send_to_lucca = reader.send_to_lucca();
    reader.event.draft = reader.draft();
    reader.event
}

struct EventReader<'a> {
    lookup: Lookup<'a>,
    dates: &'a DateContext<'a>,
    event: HireEvent,
}

impl<'a> EventReader<'a> {
    /// What is there for a field; nothing if it is not there or has no value.
    fn nodes(&mut self, field: EventField) -> Vec<&'a Node> {
        match self.lookup.field(field) {
            Found::Absent => Vec::new(),
            Found::Blank => {
                self.event.blank.push(field);
                Vec::new()
            }
            Found::Values(nodes) => nodes,
        }
    }

    /// The value of a field of the event itself.
    fn value<T: PartialEq>(
        &mut self,
        field: EventField,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Option<T> {
        let nodes = self.nodes(field);
        self.value_of(field, &nodes, read)
    }

    fn value_of<T: PartialEq>(
        &mut self,
        field: EventField,
        nodes: &[&Node],
        read: impl Fn(&Node) -> Option<T>,
    ) -> Option<T> {
        let values: Option<Vec<T>> = nodes.iter().map(|node| read(node)).collect();
        let Some(mut values) = values else {
            self.event.unreadable.push(field);
            return None;
        };
        let last = values.pop()?;
        if values.iter().any(|value| *value != last) {
            self.event.ambiguous.push(field);
            return None;
        }
        Some(last)
    }

    /// An id. What senders write for want of one is none.
    fn id(&mut self, field: EventField) -> Option<ExternalId> {
        let mut nodes = self.nodes(field);
        let were_there = !nodes.is_empty();
        let is_nobodys = |node: &Node| as_text(node).is_some_and(|it| ExternalId::is_nobodys(&it));
        nodes.retain(|node| !is_nobodys(node));
        if were_there && nodes.is_empty() {
            self.event.blank.push(field);
        }
        self.value_of(field, &nodes, |node| {
            ExternalId::parse(&as_text(node)?).ok()
        })
    }

    /// The mark of a test, wherever it is.
    fn test(&mut self) -> Mark {
        let nodes = self.nodes(EventField::Test);
        let marks: Vec<Option<bool>> = nodes.into_iter().map(flag).collect();
        if marks.contains(&Some(true)) {
            Mark::Yes
        } else if marks.contains(&None) {
            Mark::Unreadable
        } else {
            Mark::No
        }
    }

    fn kind(&mut self) -> EventKind {
        // An event that is marked as a test must never become an employee.
        if self.event.test == Mark::Yes {
            return EventKind::Test;
        }
        self.value(EventField::Type, as_text)
            .map_or(EventKind::Missing, |name| EventKind::of(&name))
    }

    /// When the sender made the statement, if that can be believed.
    fn time(&mut self, received: Timestamp) -> Option<Timestamp> {
        let field = EventField::Timestamp;
        let time = self.value(field, |node| times::read(node, received));
        if self.event.is_unclear(field) {
            self.event.remarks.push(WarningKind::EventTimeUnlikely);
        }
        time
    }

    fn send_to_lucca(&mut self) -> SendToLucca {
        match self.value(EventField::SendToLucca, flag) {
            Some(true) => SendToLucca::Yes,
            Some(false) => SendToLucca::No,
            None if self.event.is_unclear(EventField::SendToLucca) => {
                let sent = self.nodes(EventField::SendToLucca).into_iter();
                let sent = sent.map(|node| Sent::new(&node.shown())).collect();
                let remark = WarningKind::SendToLuccaUnreadable { sent };
                self.event.remarks.push(remark);
                SendToLucca::Unreadable
            }
            None => SendToLucca::Absent,
        }
    }

    fn draft(&mut self) -> Draft {
        hire::read(self)
    }
}

/// A yes or a no, in the same words for every flag.
fn flag(node: &Node) -> Option<bool> {
    match node {
        Node::Bool(yes) => Some(*yes),
        Node::Integer(1) => Some(true),
        Node::Integer(0) => Some(false),
        Node::Text(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "oui" | "vrai" | "on" | "y" | "1" => Some(true),
            "false" | "no" | "non" | "faux" | "off" | "n" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A text, trimmed. Whole numbers count as texts, because some senders write ids and codes as
/// numbers.
fn as_text(node: &Node) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.trim().to_owned()),
        Node::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
