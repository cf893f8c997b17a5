//! Standard Webhooks 1.0.0, symmetric signatures (`v1`).
//!
//! The tolerance is that of the specification's reference libraries.

use aws_lc_rs::hmac;
use base64::Engine as _;
use jiff::Timestamp;

use super::{
    request::{RawRequest, Refused, single},
    secrets::{is_signature, signing_key},
};
use crate::domain::{secret::BASE64, tenant::Secret};

/// How old, or how far in the future, a signature may be, in seconds, inclusive.
pub const TOLERANCE_SECONDS: u64 = 300;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// The names that Svix, whose scheme became the standard, gives to the same headers.
const OF_SVIX: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];

/// The delivery's id, if any of the secrets made any of the signatures.
pub(super) fn verify(
    secrets: &[&Secret],
    request: &RawRequest<'_>,
    now: Timestamp,
) -> Result<String, Refused> {
    let standard = [ID, TIMESTAMP, SIGNATURE];
    let is_standard = standard
        .iter()
        .any(|name| request.headers.contains_key(*name));
    let names = if is_standard { standard } else { OF_SVIX };
    let [id, timestamp, signatures] = names.map(|name| single(request.headers, name));
    let (id, timestamp, signatures) = (id?, timestamp?, signatures?);
    // A full stop separates what is signed: one inside the id would let the same
    // signature stand for another id.
    if id.is_empty() || id.contains('.') {
        return Err(Refused::Malformed);
    }
    let seconds = seconds(timestamp).ok_or(Refused::Malformed)?;
    if now.as_second().abs_diff(seconds) > TOLERANCE_SECONDS {
        return Err(Refused::Stale);
    }
    let message = [
        id.as_bytes(),
        b".",
        timestamp.as_bytes(),
        b".",
        request.body,
    ]
    .concat();
    // Once for each secret, however many signatures were sent: a long list must not cost more.
    let right: Vec<_> = secrets
        .iter()
        .filter_map(|secret| secret.value.standard_webhooks_key())
        .map(|key| hmac::sign(&signing_key(&key), &message))
        .collect();
    let signed = signatures
        .split(' ')
        .filter_map(|entry| entry.strip_prefix("v1,"))
        .filter_map(|encoded| BASE64.decode(encoded).ok())
        .any(|sent| right.iter().any(|right| is_signature(right, &sent)));
    if signed {
        Ok(id.to_owned())
    } else {
        Err(Refused::Wrong)
    }
}

fn seconds(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName};
    use serde_json::Value;

    use super::*;
    use crate::intake::verify::fixtures::secret;

    struct Case {
        secret: String,
        id: String,
        timestamp: String,
        signature: String,
        body: String,
    }

    fn vectors() -> Vec<Case> {
        let file = include_str!("../../tests/data/standard-webhooks-vectors.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let text = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
        let cases = file["vectors"].as_array().unwrap().iter();
        cases
            .map(|case| Case {
                secret: text(case, "secret"),
                id: text(case, "webhook-id"),
                timestamp: case["webhook-timestamp"].to_string(),
                signature: text(case, "webhook-signature"),
                body: text(case, "body"),
            })
            .collect()
    }

    fn vector() -> Case {
        vectors().remove(0)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn time(case: &Case) -> i64 {
        case.timestamp.parse().unwrap()
    }

    fn headers(case: &Case) -> HeaderMap {
        HeaderMap::from_iter(
            [
                (ID, &case.id),
                (TIMESTAMP, &case.timestamp),
                (SIGNATURE, &case.signature),
            ]
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())),
        )
    }

    fn check_headers(case: &Case, headers: &HeaderMap, now: i64) -> Result<String, Refused> {
        let (other, secret) = (secret("whsec_b3RoZXI=", None), secret(&case.secret, None));
        let request = RawRequest {
            headers,
            path_secret: None,
            body: case.body.as_bytes(),
        };
        verify(&[&other, &secret], &request, at(now))
    }

    fn check(case: &Case) -> Result<String, Refused> {
        check_headers(case, &headers(case), time(&vector()))
    }

    #[test]
    fn published_vectors_pass() {
        let vectors = vectors();
        assert_eq!(vectors.len(), 2);
        for case in vectors {
            let now = time(&case);
            assert_eq!(
                check_headers(&case, &headers(&case), now),
                Ok(case.id.clone())
            );
        }
    }

    #[test]
    fn a_signature_with_a_stale_timestamp_is_refused() {
        let case = vector();
        let now = time(&case);
        for (shift, answer) in [
            (-301, Err(Refused::Stale)),
            (-300, Ok(case.id.clone())),
            (300, Ok(case.id.clone())),
            (301, Err(Refused::Stale)),
        ] {
            let found = check_headers(&case, &headers(&case), now + shift);
            assert_eq!(found, answer, "{shift}");
        }
    }

    #[test]
    fn one_good_signature_in_a_list_is_enough() {
        let mut case = vector();
        case.signature = format!("v1,AAAA v2,x v1a,y rubbish v1,%% {}", case.signature);
        assert_eq!(check(&case), Ok(case.id.clone()));
    }

    #[test]
    fn bad_signatures_are_refused() {
        let good = vector().signature;
        let encoded = good.strip_prefix("v1,").unwrap();
        for signature in [
            "v1,".to_owned(),
            String::new(),
            "v1".to_owned(),
            encoded.to_owned(),
            format!("v2,{encoded}"),
            format!("v1a,{encoded}"),
            format!("V1,{encoded}"),
            good[..good.len() - 5].to_owned(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned(),
        ] {
            let mut case = vector();
            case.signature = signature;
            assert_eq!(check(&case), Err(Refused::Wrong), "{}", case.signature);
        }
    }

    #[test]
    fn whatever_is_signed_cannot_be_changed() {
        let mut body = vector();
        body.body.push(' ');
        assert_eq!(check(&body), Err(Refused::Wrong));
        let mut id = vector();
        id.id.push('x');
        assert_eq!(check(&id), Err(Refused::Wrong));
        let mut timestamp = vector();
        timestamp.timestamp = (time(&timestamp) + 1).to_string();
        assert_eq!(check(&timestamp), Err(Refused::Wrong));
        let mut secret = vector();
        secret.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        assert_eq!(check(&secret), Err(Refused::Wrong));
    }

    #[test]
    fn each_header_must_be_there_once() {
        let case = vector();
        for name in [ID, TIMESTAMP, SIGNATURE] {
            let mut without = headers(&case);
            without.remove(name);
            let mut twice = headers(&case);
            twice.append(name, twice[name].clone());
            let now = time(&case);
            assert_eq!(check_headers(&case, &without, now), Err(Refused::Missing));
            assert_eq!(check_headers(&case, &twice, now), Err(Refused::Malformed));
        }
    }

    #[test]
    fn headers_by_the_names_of_svix_are_the_same_and_never_mixed() {
        let case = vector();
        let standard = headers(&case);
        let renamed = |names: &[(&str, &'static str)]| {
            let mut headers = standard.clone();
            for (from, to) in names {
                let value = headers.remove(*from).unwrap();
                headers.insert(*to, value);
            }
            headers
        };
        let now = time(&case);
        let all: Vec<(&str, &'static str)> = [ID, TIMESTAMP, SIGNATURE]
            .into_iter()
            .zip(OF_SVIX)
            .collect();
        assert_eq!(
            check_headers(&case, &renamed(&all), now),
            Ok(case.id.clone())
        );
        for some in [&all[..1], &all[1..], &all[..2]] {
            let mixed = check_headers(&case, &renamed(some), now);
            assert_eq!(mixed, Err(Refused::Missing));
        }
        // Svix headers beside the standard ones count for nothing.
        let mut both = standard.clone();
        both.insert(OF_SVIX[0], "other".parse().unwrap());
        assert_eq!(check_headers(&case, &both, now), Ok(case.id.clone()));
        let wrong = renamed(&all);
        assert_eq!(check_headers(&case, &wrong, now + 301), Err(Refused::Stale));
    }

    #[test]
    fn odd_ids_and_timestamps_are_refused() {
        for id in ["", "msg.1"] {
            let mut case = vector();
            case.id = id.to_owned();
            assert_eq!(check(&case), Err(Refused::Malformed), "{id}");
        }
        for timestamp in [
            "",
            "x",
            "-1",
            "+1649367553",
            "1649367553.0",
            "99999999999999999999",
        ] {
            let mut case = vector();
            case.timestamp = timestamp.to_owned();
            assert_eq!(check(&case), Err(Refused::Malformed), "{timestamp}");
        }
    }
}
