use base64::engine::general_purpose::STANDARD as BASE64;

use super::*;

const CONTEXT: SealContext<'static> = SealContext {
    tenant: "acme",
    record: "onb-1",
    column: "body",
};
const PLAIN: &[u8] = b"eloise.dupont@example.com";

fn key(byte: u8) -> String {
    BASE64.encode([byte; KEY_LEN])
}

fn ring(bytes: &[u8]) -> Keyring {
    let keys: Vec<String> = bytes.iter().map(|b| key(*b)).collect();
    Keyring::from_base64(keys.iter().map(String::as_str)).unwrap()
}

#[test]
fn what_is_sealed_can_be_opened_in_its_place() {
    let ring = ring(&[1]);
    for plain in [PLAIN, b""] {
        let sealed = ring.seal(&CONTEXT, plain).unwrap();
        assert_eq!(ring.open(&CONTEXT, &sealed).unwrap(), plain);
    }
}

#[test]
fn the_plain_text_is_not_in_the_sealed_bytes_and_no_two_are_alike() {
    let ring = ring(&[1]);
    let (one, two) = (
        ring.seal(&CONTEXT, PLAIN).unwrap(),
        ring.seal(&CONTEXT, PLAIN).unwrap(),
    );
    assert!(!one.windows(6).any(|w| PLAIN.windows(6).any(|p| p == w)));
    assert_ne!(one, two);
    assert_eq!(one.len(), HEADER_LEN + PLAIN.len() + 16);
}

#[test]
fn a_sealed_value_opens_nowhere_else() {
    let ring = ring(&[1]);
    let sealed = ring.seal(&CONTEXT, PLAIN).unwrap();
    let elsewhere = [
        SealContext {
            tenant: "other",
            ..CONTEXT
        },
        SealContext {
            record: "onb-2",
            ..CONTEXT
        },
        SealContext {
            column: "name",
            ..CONTEXT
        },
        // The same text when put together, cut elsewhere.
        SealContext {
            tenant: "acmeo",
            record: "nb-1",
            column: "body",
        },
        SealContext {
            record: "onb-1b",
            column: "ody",
            ..CONTEXT
        },
    ];
    for place in elsewhere {
        assert_eq!(
            ring.open(&place, &sealed),
            Err(SealError::Tampered),
            "{place:?}"
        );
    }
}

#[test]
fn a_change_of_any_byte_is_noticed() {
    let ring = ring(&[1]);
    let sealed = ring.seal(&CONTEXT, PLAIN).unwrap();
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        let error = ring.open(&CONTEXT, &changed).unwrap_err();
        match index {
            0 => assert_eq!(error, SealError::Malformed),
            1..=KEY_ID_LEN => assert!(matches!(error, SealError::UnknownKey(_))),
            _ => assert_eq!(error, SealError::Tampered),
        }
    }
}

#[test]
fn bytes_cut_short_are_refused() {
    let ring = ring(&[1]);
    let sealed = ring.seal(&CONTEXT, PLAIN).unwrap();
    for length in 0..sealed.len() {
        assert!(
            ring.open(&CONTEXT, &sealed[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn an_older_key_still_opens_and_the_newest_seals() {
    let (before, during, after) = (ring(&[1]), ring(&[2, 1]), ring(&[2]));
    let old = before.seal(&CONTEXT, PLAIN).unwrap();
    assert_eq!(during.open(&CONTEXT, &old).unwrap(), PLAIN);
    let new = during.seal(&CONTEXT, PLAIN).unwrap();
    assert_eq!(after.open(&CONTEXT, &new).unwrap(), PLAIN);
    assert_eq!(
        after.open(&CONTEXT, &old),
        Err(SealError::UnknownKey(before.newest()))
    );
}

#[test]
fn keys_are_checked() {
    let (good, short) = (key(1), BASE64.encode([1; 16]));
    let unpadded = good.trim_end_matches('=').to_owned();
    let cases: [(&[&str], KeyError); 5] = [
        (&[], KeyError::Empty),
        (&[&good, "n/t base64!"], KeyError::NotBase64(2)),
        (&[&short], KeyError::WrongLength(1)),
        (&[&good, ""], KeyError::WrongLength(2)),
        (&[&good, &unpadded], KeyError::Repeated(2)),
    ];
    for (keys, expected) in cases {
        assert_eq!(
            Keyring::from_base64(keys.iter().copied()).unwrap_err(),
            expected
        );
    }
}

#[test]
fn debug_shows_no_key() {
    let ring = ring(&[0x41, 0x42]);
    let shown = format!("{ring:?}");
    assert!(!shown.contains(&key(0x41)) && !shown.contains("65, 65") && !shown.contains("AAAA"));
}
