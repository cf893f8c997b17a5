//! Bodies that are not in UTF-8.

use std::borrow::Cow;

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

/// What Windows-1252 has for the bytes 0x80 to 0x9F; the others are as in Unicode.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// Where ISO 8859-15 differs from ISO 8859-1.
const LATIN_9: [(u8, char); 8] = [
    (0xA4, '€'),
    (0xA6, 'Š'),
    (0xA8, 'š'),
    (0xB4, 'Ž'),
    (0xB8, 'ž'),
    (0xBC, 'Œ'),
    (0xBD, 'œ'),
    (0xBE, 'Ÿ'),
];

/// The charsets in which bodies are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    Utf8,
    Windows1252,
    Latin9,
    /// By its byte order mark, otherwise big-endian.
    Utf16,
    Utf16Le,
}

impl Charset {
    /// The charset of a label.
    fn of(label: &str) -> Option<Self> {
        let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        Some(match label.as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Self::Utf8,
            // As browsers do: who names Latin 1 means Windows-1252.
            "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" | "l1" | "windows-1252"
            | "cp1252" | "cp-1252" => Self::Windows1252,
            "iso-8859-15" | "iso8859-15" | "latin9" | "latin-9" => Self::Latin9,
            "utf-16" | "utf16" | "utf-16be" | "utf16be" => Self::Utf16,
            "utf-16le" | "utf16le" => Self::Utf16Le,
            _ => return None,
        })
    }

    fn decode(self, body: &[u8]) -> Option<String> {
        let single = |of: fn(u8) -> char| body.iter().map(|byte| of(*byte)).collect();
        match self {
            Self::Utf8 => None,
            Self::Windows1252 => Some(single(windows_1252)),
            Self::Latin9 => Some(single(latin_9)),
            Self::Utf16 => utf_16(body, u16::from_be_bytes),
            Self::Utf16Le => utf_16(body, u16::from_le_bytes),
        }
    }
}

/// Whether a label names a charset. Some senders write one into `Content-Encoding`.
#[must_use]
pub fn is_charset(label: &str) -> bool {
    Charset::of(label).is_some()
}

/// A body in UTF-8, if its headers or its first bytes tell another charset. A body that is
/// UTF-8 stays as it is, whatever the headers say.
#[must_use]
pub fn to_utf_8<'a>(headers: &HeaderMap, body: &'a [u8]) -> Cow<'a, [u8]> {
    let marked = match body {
        [0xFE, 0xFF, ..] | [0, b'{', ..] => Some(Charset::Utf16),
        [0xFF, 0xFE, ..] | [b'{', 0, ..] => Some(Charset::Utf16Le),
        _ => None,
    };
    // Text in UTF-16 has zero bytes, which no JSON has.
    if marked.is_none() && std::str::from_utf8(body).is_ok() && !body.contains(&0) {
        return Cow::Borrowed(body);
    }
    let charset = marked.or_else(|| named(headers));
    match charset.and_then(|charset| charset.decode(body)) {
        Some(text) => Cow::Owned(text.into_bytes()),
        None => Cow::Borrowed(body),
    }
}

/// The charset that the headers name.
fn named(headers: &HeaderMap) -> Option<Charset> {
    let text = |name| headers.get(name)?.to_str().ok();
    let parameter = text(CONTENT_TYPE).and_then(|of_type| {
        let parameters = of_type.split(';').skip(1);
        let mut pairs = parameters.filter_map(|it| it.split_once('='));
        let charset = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        Charset::of(charset?.1)
    });
    parameter.or_else(|| Charset::of(text(CONTENT_ENCODING)?))
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

fn latin_9(byte: u8) -> char {
    let differing = LATIN_9.iter().find(|(of, _)| *of == byte);
    differing.map_or(char::from(byte), |(_, letter)| *letter)
}

fn utf_16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = body.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|bytes| unit(*bytes)).collect();
    let text = rest.is_empty().then(|| String::from_utf16(&units).ok())??;
    Some(text.trim_start_matches('\u{FEFF}').to_owned())
}

/// The byte that Windows-1252 has for a character.
pub(super) fn windows_1252_byte(letter: char) -> Option<u8> {
    match u8::try_from(u32::from(letter)) {
        Ok(byte) if !(0x80..=0x9F).contains(&byte) => Some(byte),
        _ => {
            let index = HIGH.iter().position(|it| *it == letter)?;
            u8::try_from(0x80 + index).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn read(header: Option<(HeaderName, &str)>, body: &[u8]) -> Vec<u8> {
        let headers = header.map(|(name, value)| (name, value.parse().unwrap()));
        to_utf_8(&HeaderMap::from_iter(headers), body).into_owned()
    }

    #[test]
    fn a_body_in_a_known_charset_is_read() {
        let text = "Éloïse Lœuf";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let windows = b"\xC9lo\xEFse L\x9Cuf";
        let latin_9 = b"\xC9lo\xEFse L\xBDuf";
        let table: [(&str, &[u8]); 9] = [
            ("application/json", text.as_bytes()),
            ("application/json; charset=utf-8", text.as_bytes()),
            // What the header says is wrong.
            ("application/json; charset=iso-8859-1", text.as_bytes()),
            ("application/json; charset=ISO-8859-1", windows),
            ("application/json; charset=\"windows-1252\"", windows),
            ("text/plain; x=y; Charset=cp1252", windows),
            ("application/json;charset=iso-8859-15", latin_9),
            ("application/json; charset=utf-16", &wide),
            ("application/json; charset=utf-16le", &little),
        ];
        for (header, body) in table {
            let read = read(Some((CONTENT_TYPE, header)), body);
            assert_eq!(String::from_utf8(read).unwrap(), text, "{header}");
        }
        let marked = [b"\xFF\xFE", little.as_slice()].concat();
        assert_eq!(read(None, &marked), text.as_bytes());
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let object: Vec<u8> = "{é}".encode_utf16().flat_map(unit).collect();
            assert_eq!(read(None, &object), "{é}".as_bytes());
        }
        let read = read(Some((CONTENT_ENCODING, "ISO-8859-1")), windows);
        assert_eq!(read, text.as_bytes());
    }

    #[test]
    fn a_body_in_an_unknown_charset_stays_as_it_is() {
        for header in [
            None,
            Some((CONTENT_TYPE, "application/json; charset=ebcdic")),
            Some((CONTENT_TYPE, "application/json; charset=utf-8")),
            Some((CONTENT_ENCODING, "gzip")),
        ] {
            assert_eq!(read(header, b"\xC9lo\xEFse"), b"\xC9lo\xEFse");
        }
        let odd = Some((CONTENT_TYPE, "application/json; charset=utf-16"));
        assert_eq!(read(odd, b"\0{\0"), b"\0{\0");
    }
}
