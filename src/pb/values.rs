//! JSON values, counts and times on the wire.

use jiff::Timestamp;
use prost_types::{ListValue, NullValue, Struct, Value, value::Kind};
use serde_json::{Map, Number};

use crate::domain::dates::time_from_outside;

/// A JSON value as protobuf's.
pub fn value(json: &serde_json::Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::NullValue(NullValue::NullValue.into()),
        serde_json::Value::Bool(flag) => Kind::BoolValue(*flag),
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Kind::StringValue(text.clone()),
        serde_json::Value::Array(list) => Kind::ListValue(ListValue {
            values: list.iter().map(value).collect(),
        }),
        serde_json::Value::Object(object) => Kind::StructValue(structure(object)),
    };
    Value { kind: Some(kind) }
}

/// A JSON object as protobuf's.
pub fn structure(object: &Map<String, serde_json::Value>) -> Struct {
    Struct {
        fields: object
            .iter()
            .map(|(key, json)| (key.clone(), value(json)))
            .collect(),
    }
}

/// A protobuf value as JSON; whole numbers become integers, as Lucca's ids are.
pub fn json(value: &Value) -> serde_json::Value {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(flag)) => (*flag).into(),
        Some(Kind::NumberValue(number)) => self::number(*number),
        Some(Kind::StringValue(text)) => text.clone().into(),
        Some(Kind::ListValue(list)) => list.values.iter().map(json).collect(),
        Some(Kind::StructValue(object)) => object
            .fields
            .iter()
            .map(|(key, value)| (key.clone(), json(value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn number(number: f64) -> serde_json::Value {
    // Every whole number up to 2^53 is exact in both.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation, reason = "whole and within range")]
        return serde_json::Value::Number(Number::from(number as i64));
    }
    Number::from_f64(number).map_or(serde_json::Value::Null, serde_json::Value::Number)
}

/// A count on the wire, capped at the largest `int32`.
pub fn int32(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

const NANOS: i128 = 1_000_000_000;

/// A time on the wire. The nanoseconds count forward, also before 1970.
pub fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let nanos = time.as_nanosecond();
    // Both fit: the calendar has fewer seconds than an i64, a second fewer nanoseconds
    // than an i32.
    prost_types::Timestamp {
        seconds: i64::try_from(nanos.div_euclid(NANOS)).unwrap_or_default(),
        nanos: i32::try_from(nanos.rem_euclid(NANOS)).unwrap_or_default(),
    }
}

/// A time from the wire; nothing if it is out of range.
pub fn time(timestamp: &prost_types::Timestamp) -> Option<Timestamp> {
    let nanos = i128::from(timestamp.nanos);
    if !(0..NANOS).contains(&nanos) {
        return None;
    }
    let time = Timestamp::from_nanosecond(i128::from(timestamp.seconds) * NANOS + nanos).ok()?;
    time_from_outside(time)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_json_value_survives_the_wire() {
        let original = json!({
            "null": null, "flag": true, "whole": 1036, "part": 1.5, "text": "é",
            "list": [1, "two", {"three": 3}]
        });
        assert_eq!(json(&value(&original)), original);
    }

    #[test]
    fn a_time_survives_the_wire() {
        for text in [
            "2026-11-23T09:00:00.123456789Z",
            "1969-12-31T23:59:59.5Z",
            "0001-01-01T00:00:00Z",
            "9999-12-30T22:00:00Z",
        ] {
            let time: Timestamp = text.parse().unwrap();
            let message = timestamp(time);
            assert!(message.nanos >= 0, "{text}");
            assert_eq!(super::time(&message), Some(time));
        }
    }

    #[test]
    fn what_is_no_time_is_not_taken_for_one() {
        for (seconds, nanos) in [
            (0, -1),
            (0, 1_000_000_000),
            (i64::MAX, 0),
            (i64::MIN, 0),
            (-62_135_596_801, 0),
            (253_402_300_800, 0),
        ] {
            let message = prost_types::Timestamp { seconds, nanos };
            assert_eq!(super::time(&message), None, "{message:?}");
        }
    }
}
