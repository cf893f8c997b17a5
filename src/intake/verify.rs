//! Whether a webhook comes from whom it should. Fails closed.

use http::header;
use jiff::Timestamp;

use super::{
    hmac,
    request::{RawRequest, Refused, single},
    secrets::is_secret,
    standard_webhooks,
};
use crate::domain::{
    secret::SecretText,
    tenant::{Proof, Secret},
};

/// An authentic request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The delivery's id, if it was signed. An id that is not signed is not used: anyone who
    /// saw one delivery could reuse it to have a later one taken for a repetition.
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
    // All of them, even after one has failed: the time it takes must not tell which.
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

/// A proof for a tenant that does not exist: verifying takes as long as for one that does.
pub fn decoy() -> Proof {
    let secret = Secret {
        id: String::new(),
        value: SecretText::new("whsec_bm9ib2R5bm9ib2R5bm9ib2R5bm9ib2R5".to_owned()),
        expire_time: None,
        create_time: Timestamp::UNIX_EPOCH,
    };
    Proof::StandardWebhooks {
        secrets: vec![secret],
    }
}

/// The delivery's id, if the proof covers it.
fn check(
    proof: &Proof,
    request: &RawRequest<'_>,
    now: Timestamp,
) -> Result<Option<String>, Refused> {
    let usable = |it: &&Secret| it.is_live(now) && !it.value.expose().is_empty();
    let live: Vec<&Secret> = proof.secrets().iter().filter(usable).collect();
    if live.is_empty() {
        return Err(Refused::NoLiveSecret);
    }
    let sent_as_it_is = |sent: &str| {
        let right = live.iter().any(|secret| is_secret(&secret.value, sent));
        right.then_some(None).ok_or(Refused::Wrong)
    };
    match proof {
        Proof::StandardWebhooks { .. } => standard_webhooks::verify(&live, request, now).map(Some),
        Proof::Hmac {
            header,
            prefix,
            encoding,
            ..
        } => {
            let sent = single(request.headers, header)?;
            hmac::verify(&live, sent, prefix, *encoding, request.body).map(|()| None)
        }
        Proof::Bearer { .. } => {
            let sent = single(request.headers, header::AUTHORIZATION.as_str())?;
            let (scheme, credentials) = sent.split_once(' ').ok_or(Refused::Malformed)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refused::Malformed);
            }
            sent_as_it_is(credentials.trim())
        }
        Proof::ApiKey { header, .. } => sent_as_it_is(single(request.headers, header)?),
        Proof::PathSecret { .. } => sent_as_it_is(request.path_secret.ok_or(Refused::Missing)?),
    }
}

#[cfg(test)]
pub(super) mod fixtures {
    use super::*;

    /// A secret that expires at this second.
    pub(in crate::intake) fn secret(value: &str, expires: Option<i64>) -> Secret {
        Secret {
            id: String::new(),
            value: SecretText::new(value.to_owned()),
            expire_time: expires.map(|second| Timestamp::from_second(second).unwrap()),
            create_time: Timestamp::UNIX_EPOCH,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{fixtures::secret, *};
    use crate::domain::tenant::Encoding;

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

    fn token(expires: Option<i64>) -> Secret {
        secret("secret", expires)
    }

    fn bearer() -> Proof {
        Proof::Bearer { token: token(None) }
    }

    fn path() -> Proof {
        Proof::PathSecret { value: token(None) }
    }

    fn api_key() -> Proof {
        Proof::ApiKey {
            header: "X-Api-Key".to_owned(),
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
        for secrets in [vec![], vec![secret("s", Some(999))], vec![secret("", None)]] {
            let proof = Proof::StandardWebhooks {
                secrets: secrets.clone(),
            };
            assert_eq!(try_with(&[proof], &[], None), Err(Refused::NoLiveSecret));
            let proof = Proof::Hmac {
                header: "signature".to_owned(),
                prefix: String::new(),
                encoding: Encoding::Hex,
                secrets,
            };
            assert_eq!(try_with(&[proof], &[], None), Err(Refused::NoLiveSecret));
        }
    }

    #[test]
    fn a_decoy_is_refused_like_any_wrong_proof() {
        assert_eq!(try_with(&[decoy()], &[], None), Err(Refused::Missing));
        assert!(decoy().secrets()[0].value.standard_webhooks_key().is_some());
    }

    #[test]
    fn a_secret_that_cannot_be_a_key_signs_nothing() {
        let pairs = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1000"),
            ("webhook-signature", "v1,"),
        ];
        for value in [
            "secret",
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "whsec_é",
            "whsec_",
        ] {
            let proof = Proof::StandardWebhooks {
                secrets: vec![secret(value, None)],
            };
            assert_eq!(try_with(&[proof], &pairs, None), Err(Refused::Wrong));
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
