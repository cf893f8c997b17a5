//! Whether a webhook comes from whom it should. Fails closed.

use http::{HeaderName, header};
use jiff::Timestamp;

use super::{
    hmac::{self, Encoding},
    request::{RawRequest, Refused, single},
    secrets::{SigningSecret, Token},
    standard_webhooks,
};

/// One proof a request must carry.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Standard Webhooks 1.0.0.
    StandardWebhooks {
        /// Any live one will do.
        secrets: Vec<SigningSecret>,
    },
    /// HMAC-SHA256 over the raw body, in a header.
    Hmac {
        /// The header.
        header: HeaderName,
        /// What stands before the signature; may be empty.
        prefix: String,
        /// How the signature is written.
        encoding: Encoding,
        /// Any live one will do.
        secrets: Vec<SigningSecret>,
    },
    /// `Authorization: Bearer …`.
    Bearer {
        /// The token.
        token: Token,
    },
    /// A key in a header.
    ApiKey {
        /// The header.
        header: HeaderName,
        /// The key.
        value: Token,
    },
    /// A secret as the last segment of the path.
    PathSecret {
        /// The segment.
        value: Token,
    },
}

/// An authentic request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The delivery's id, if it was signed. An id that is not signed is not used: with it
    /// anyone who saw one delivery could have a later one taken for its repetition.
    pub delivery_id: Option<String>,
}

/// Checks every proof over the raw request. Without any proof nothing is authentic.
///
/// # Errors
/// The first proof that failed, as [`Refused`].
pub fn verify(
    proofs: &[Proof],
    request: &RawRequest<'_>,
    now: Timestamp,
) -> Result<Verified, Refused> {
    if proofs.is_empty() {
        return Err(Refused::NothingConfigured);
    }
    let mut verified = Verified::default();
    let mut refused = None;
    // All of them, also after one has failed: the time it takes must not tell which.
    for proof in proofs {
        match check(proof, request, now) {
            Ok(Some(id)) => {
                verified.delivery_id.get_or_insert(id);
            }
            Ok(None) => {}
            Err(reason) => {
                refused.get_or_insert(reason);
            }
        }
    }
    refused.map_or(Ok(verified), Err)
}

/// The delivery's id, if the proof covers it.
fn check(
    proof: &Proof,
    request: &RawRequest<'_>,
    now: Timestamp,
) -> Result<Option<String>, Refused> {
    match proof {
        Proof::StandardWebhooks { secrets } => {
            standard_webhooks::verify(&live(secrets, now)?, request, now).map(Some)
        }
        Proof::Hmac {
            header,
            prefix,
            encoding,
            secrets,
        } => {
            let secrets = live(secrets, now)?;
            let sent = single(request.headers, header)?;
            hmac::verify(&secrets, sent, prefix, *encoding, request.body).map(|()| None)
        }
        Proof::Bearer { token } => {
            let sent = single(request.headers, &header::AUTHORIZATION)?;
            let (scheme, credentials) = sent.split_once(' ').ok_or(Refused::Malformed)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refused::Malformed);
            }
            matches(token, credentials.trim(), now)
        }
        Proof::ApiKey { header, value } => matches(value, single(request.headers, header)?, now),
        Proof::PathSecret { value } => {
            matches(value, request.path_secret.ok_or(Refused::Missing)?, now)
        }
    }
}

fn live(secrets: &[SigningSecret], now: Timestamp) -> Result<Vec<&SigningSecret>, Refused> {
    let live: Vec<_> = secrets
        .iter()
        .filter(|secret| secret.is_live(now))
        .collect();
    (!live.is_empty())
        .then_some(live)
        .ok_or(Refused::NoLiveSecret)
}

fn matches(token: &Token, sent: &str, now: Timestamp) -> Result<Option<String>, Refused> {
    if !token.is_live(now) {
        Err(Refused::NoLiveSecret)
    } else if token.is(sent.as_bytes()) {
        Ok(None)
    } else {
        Err(Refused::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const BODY: &[u8] = br#"{"type":"test"}"#;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn token(expires: Option<i64>) -> Token {
        Token::new("secret", expires.map(at)).unwrap()
    }

    fn bearer() -> Proof {
        Proof::Bearer { token: token(None) }
    }

    fn path() -> Proof {
        Proof::PathSecret { value: token(None) }
    }

    fn api_key() -> Proof {
        Proof::ApiKey {
            header: HeaderName::from_static("x-api-key"),
            value: token(None),
        }
    }

    fn try_with(
        proofs: &[Proof],
        pairs: &[(&'static str, &str)],
        path_secret: Option<&str>,
    ) -> Result<Verified, Refused> {
        let headers = headers(pairs);
        let request = RawRequest {
            headers: &headers,
            path_secret,
            body: BODY,
        };
        verify(proofs, &request, at(1000))
    }

    #[test]
    fn without_a_configured_proof_everything_is_refused() {
        assert_eq!(try_with(&[], &[], None), Err(Refused::NothingConfigured));
    }

    #[test]
    fn tokens_in_header_and_path_are_compared() {
        let auth = "authorization";
        let key = "x-api-key";
        for (proof, pairs, path_secret, answer) in [
            (bearer(), vec![(auth, "Bearer secret")], None, Ok(())),
            (bearer(), vec![(auth, "bearer secret")], None, Ok(())),
            (
                bearer(),
                vec![(auth, "Bearer secreT")],
                None,
                Err(Refused::Wrong),
            ),
            (bearer(), vec![(auth, "Bearer ")], None, Err(Refused::Wrong)),
            (
                bearer(),
                vec![(auth, "Basic secret")],
                None,
                Err(Refused::Malformed),
            ),
            (
                bearer(),
                vec![(auth, "secret")],
                None,
                Err(Refused::Malformed),
            ),
            (bearer(), vec![], Some("secret"), Err(Refused::Missing)),
            (
                bearer(),
                vec![(auth, "Bearer secret"), (auth, "Bearer x")],
                None,
                Err(Refused::Malformed),
            ),
            (api_key(), vec![(key, "secret")], None, Ok(())),
            (api_key(), vec![(key, "secret2")], None, Err(Refused::Wrong)),
            (api_key(), vec![(key, "")], None, Err(Refused::Wrong)),
            (api_key(), vec![], None, Err(Refused::Missing)),
            (path(), vec![], Some("secret"), Ok(())),
            (path(), vec![], Some("Secret"), Err(Refused::Wrong)),
            (path(), vec![], None, Err(Refused::Missing)),
        ] {
            let found = try_with(std::slice::from_ref(&proof), &pairs, path_secret).map(|_| ());
            assert_eq!(found, answer, "{proof:?} {pairs:?}");
        }
    }

    #[test]
    fn every_proof_must_pass() {
        let proofs = [bearer(), path()];
        let right = [("authorization", "Bearer secret")];
        assert!(try_with(&proofs, &right, Some("secret")).is_ok());
        assert_eq!(try_with(&proofs, &right, Some("x")), Err(Refused::Wrong));
        assert_eq!(
            try_with(&proofs, &[], Some("secret")),
            Err(Refused::Missing)
        );
    }

    #[test]
    fn a_proof_without_a_live_secret_refuses() {
        let expired = Proof::PathSecret {
            value: token(Some(1000)),
        };
        let live = Proof::PathSecret {
            value: token(Some(1001)),
        };
        assert!(try_with(&[live], &[], Some("secret")).is_ok());
        assert_eq!(
            try_with(&[expired], &[], Some("secret")),
            Err(Refused::NoLiveSecret)
        );
        for secrets in [
            vec![],
            vec![SigningSecret::plain("s", Some(at(999))).unwrap()],
        ] {
            let proof = Proof::StandardWebhooks {
                secrets: secrets.clone(),
            };
            assert_eq!(try_with(&[proof], &[], None), Err(Refused::NoLiveSecret));
            let proof = Proof::Hmac {
                header: HeaderName::from_static("signature"),
                prefix: String::new(),
                encoding: Encoding::Hex,
                secrets,
            };
            assert_eq!(try_with(&[proof], &[], None), Err(Refused::NoLiveSecret));
        }
    }

    #[test]
    fn only_a_signed_delivery_id_is_used() {
        let pairs = [("authorization", "Bearer secret"), ("webhook-id", "msg_1")];
        assert_eq!(
            try_with(&[bearer()], &pairs, None),
            Ok(Verified { delivery_id: None })
        );
    }
}
