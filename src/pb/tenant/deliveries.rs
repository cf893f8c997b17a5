//! Whether webhooks arrive, as a message.

use jiff::Timestamp;

use crate::{
    domain::delivery::{Deliveries, Refusal},
    pb::{
        Fault, Faults,
        v1::{self, webhook_deliveries::Refusal as Shown},
        values::{time, timestamp},
    },
};

const PREFIX: &str = "REFUSAL_";

/// Reads a report of what came until now.
///
/// # Errors
/// Each field that is bad.
pub fn deliveries(
    sent: Option<&v1::WebhookDeliveries>,
    now: Timestamp,
) -> Result<Deliveries, Faults> {
    let sent = sent.ok_or_else(|| Faults::one("deliveries", Fault::Missing))?;
    let mut faults = Faults::default();
    let mut read = |field: &str, sent: Option<&prost_types::Timestamp>| {
        let read = time(sent?).ok_or(Fault::NotATime);
        let read = faults.keep(format!("deliveries.{field}"), read)?;
        Some(read.min(now))
    };
    let accepted = read("last_accepted_time", sent.last_accepted_time.as_ref());
    let refused = read("last_refused_time", sent.last_refused_time.as_ref());
    let word = sent.last_refusal().as_str_name();
    let why = word.strip_prefix(PREFIX).and_then(|it| it.parse().ok());
    if refused.is_some() && why.is_none() {
        faults.add("deliveries.last_refusal", Fault::NotDefined);
    }
    faults.check()?;
    let refused = refused.zip(why);
    Ok(Deliveries { accepted, refused })
}

/// As a message.
pub fn deliveries_message(seen: Deliveries) -> v1::WebhookDeliveries {
    v1::WebhookDeliveries {
        last_accepted_time: seen.accepted.map(timestamp),
        last_refused_time: seen.refused.map(|(time, _)| timestamp(time)),
        last_refusal: seen
            .refused
            .map_or(Shown::Unspecified, |(_, why)| shown(why))
            .into(),
    }
}

fn shown(why: Refusal) -> Shown {
    let name = format!("{PREFIX}{}", <&str>::from(why));
    Shown::from_str_name(&name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_refusal_survives_the_wire_and_no_time_is_later_than_now() {
        for why in Refusal::iter() {
            let seen = Deliveries {
                accepted: Some(at(1)),
                refused: Some((at(9), why)),
            };
            let message = deliveries_message(seen);
            assert_ne!(message.last_refusal(), Shown::Unspecified, "{why:?}");
            let read = deliveries(Some(&message), at(5)).unwrap();
            let expected = Deliveries {
                refused: Some((at(5), why)),
                ..seen
            };
            assert_eq!(read, expected);
        }
        let nothing = deliveries_message(Deliveries::default());
        assert_eq!(
            deliveries(Some(&nothing), at(5)).unwrap(),
            Deliveries::default()
        );
    }

    #[test]
    fn a_report_without_a_reason_or_with_a_bad_time_is_refused() {
        let bad = prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        let no_reason = v1::WebhookDeliveries {
            last_refused_time: Some(timestamp(at(1))),
            ..v1::WebhookDeliveries::default()
        };
        let bad_time = v1::WebhookDeliveries {
            last_accepted_time: Some(bad),
            ..v1::WebhookDeliveries::default()
        };
        for sent in [None, Some(&no_reason), Some(&bad_time)] {
            assert!(deliveries(sent, at(5)).is_err(), "{sent:?}");
        }
    }
}
