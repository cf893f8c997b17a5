//! HMAC-SHA256 over the raw body, written in a header.

use aws_lc_rs::hmac;
use base64::Engine as _;
use data_encoding::HEXLOWER_PERMISSIVE;

use super::{request::Refused, secrets::signing_key};
use crate::domain::{
    secret::BASE64,
    tenant::{Encoding, Secret},
};

/// Whether any of the secrets made the signature. Their characters are the keys.
pub(super) fn verify(
    secrets: &[&Secret],
    sent: &str,
    prefix: &str,
    encoding: Encoding,
    body: &[u8],
) -> Result<(), Refused> {
    let written = sent.trim().strip_prefix(prefix).ok_or(Refused::Malformed)?;
    let signature = match encoding {
        Encoding::Hex => HEXLOWER_PERMISSIVE.decode(written.as_bytes()).ok(),
        Encoding::Base64 => BASE64.decode(written).ok(),
    }
    .ok_or(Refused::Malformed)?;
    let signed = secrets.iter().any(|secret| {
        let key = signing_key(secret.value.expose().as_bytes());
        hmac::verify(&key, body, &signature).is_ok()
    });
    signed.then_some(()).ok_or(Refused::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::verify::fixtures::secret;

    // RFC 4231, test case 2.
    const KEY: &str = "Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const HEX: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BASE64_TEXT: &str = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

    fn check(sent: &str, prefix: &str, encoding: Encoding) -> Result<(), Refused> {
        let (right, other) = (secret(KEY, None), secret("other", None));
        verify(&[&other, &right], sent, prefix, encoding, BODY)
    }

    #[test]
    fn the_signature_of_any_secret_passes_in_either_encoding() {
        assert_eq!(check(HEX, "", Encoding::Hex), Ok(()));
        assert_eq!(check(&HEX.to_uppercase(), "", Encoding::Hex), Ok(()));
        assert_eq!(
            check(&format!("sha256={HEX}"), "sha256=", Encoding::Hex),
            Ok(())
        );
        assert_eq!(
            check(&format!("sha256 {HEX}"), "sha256 ", Encoding::Hex),
            Ok(())
        );
        assert_eq!(check(BASE64_TEXT, "", Encoding::Base64), Ok(()));
        assert_eq!(
            check(BASE64_TEXT.trim_end_matches('='), "", Encoding::Base64),
            Ok(())
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let flipped = HEX.replace('5', "6");
        let malformed = Err(Refused::Malformed);
        for (sent, prefix, encoding, answer) in [
            (flipped.as_str(), "", Encoding::Hex, Err(Refused::Wrong)),
            (&HEX[..62], "", Encoding::Hex, Err(Refused::Wrong)),
            ("", "", Encoding::Hex, Err(Refused::Wrong)),
            (&HEX[..63], "", Encoding::Hex, malformed),
            ("zz", "", Encoding::Hex, malformed),
            ("é", "", Encoding::Hex, malformed),
            (HEX, "sha256=", Encoding::Hex, malformed),
            (HEX, "", Encoding::Base64, Err(Refused::Wrong)),
            (BASE64_TEXT, "", Encoding::Hex, malformed),
            ("*", "", Encoding::Base64, malformed),
        ] {
            assert_eq!(check(sent, prefix, encoding), answer, "{sent}");
        }
    }

    #[test]
    fn a_changed_body_is_refused() {
        let secret = secret(KEY, None);
        let changed = b"What do ya want for nothing?";
        assert_eq!(
            verify(&[&secret], HEX, "", Encoding::Hex, changed),
            Err(Refused::Wrong)
        );
    }
}
