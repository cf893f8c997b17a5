use super::*;

const LUCCA: [&str; 2] = ["ilucca.net", "sandbox.eu1.luccasoftware.com"];

fn rules(exempt: &[&str]) -> HostRules {
    HostRules::new(LUCCA, exempt.iter().copied()).unwrap()
}

/// What becomes of an address: its normal form, or the sentence of its refusal.
fn judged(rules: &HostRules, text: &str) -> Result<String, String> {
    let url = LuccaUrl::parse(text).map_err(|error| error.to_string())?;
    let trust = rules.check(&url).map_err(|error| error.to_string())?;
    let mark = if trust == Trust::Exempt {
        " exempt"
    } else {
        ""
    };
    Ok(format!("{url}{mark}"))
}

#[test]
fn a_lucca_of_a_customer_is_taken_in_one_spelling() {
    let table = [
        ("https://acme.ilucca.net", "https://acme.ilucca.net"),
        (" HTTPS://ACME.iLucca.NET/ ", "https://acme.ilucca.net"),
        ("https://acme.ilucca.net:443", "https://acme.ilucca.net"),
        ("https://a.b-c.ilucca.net", "https://a.b-c.ilucca.net"),
        ("https://ilucca.net", "https://ilucca.net"),
        (
            "https://acme-test.sandbox.eu1.luccasoftware.com",
            "https://acme-test.sandbox.eu1.luccasoftware.com",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(judged(&rules(&[]), text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn every_attack_on_the_address_has_its_answer() {
    use HostRefusal as H;
    use ValueError as U;
    let table: [(&str, &dyn fmt::Display); 57] = [
        // Not where Lucca is.
        ("http://acme.ilucca.net", &H::NotHttps),
        ("https://evil.example", &H::NotLucca),
        ("https://evililucca.net", &H::NotLucca),
        ("https://ilucca.net.evil.example", &H::NotLucca),
        ("https://acme-ilucca.net", &H::NotLucca),
        ("https://net", &H::NotLucca),
        ("https://localhost", &H::NotLucca),
        ("https://metadata.google.internal", &H::NotLucca),
        ("https://accounts.luccasoftware.com", &H::NotLucca),
        ("https://eu1.luccasoftware.com", &H::NotLucca),
        // Other schemes and spellings of a scheme.
        ("ftp://acme.ilucca.net", &U::NotAWebAddress),
        ("file:///etc/passwd", &U::NotAWebAddress),
        ("gopher://acme.ilucca.net", &U::NotAWebAddress),
        ("javascript:alert(1)", &U::NotAWebAddress),
        ("https:acme.ilucca.net", &U::NotAWebAddress),
        ("https:/acme.ilucca.net", &U::NotAWebAddress),
        ("acme.ilucca.net", &U::NotAWebAddress),
        ("", &U::NotAWebAddress),
        ("https://", &U::NotAWebAddress),
        ("https:///", &U::NotAWebAddress),
        ("https:///acme.ilucca.net", &U::PathInAddress),
        // IP addresses, in all forms that some resolver or parser understands.
        ("https://127.0.0.1", &H::IpAddress),
        ("https://93.184.215.14", &H::IpAddress),
        ("https://169.254.169.254", &H::IpAddress),
        ("https://2130706433", &U::NumberForHost),
        ("https://017700000001", &U::NumberForHost),
        ("https://0x7f000001", &U::NumberForHost),
        ("https://0X7F.1", &U::NumberForHost),
        ("https://127.1", &U::NumberForHost),
        ("https://0177.0.0.1", &U::NumberForHost),
        ("https://127.0.0.0x1", &U::NumberForHost),
        ("https://acme.ilucca.net.1", &U::NumberForHost),
        ("https://[::1]", &H::IpAddress),
        ("https://[::ffff:127.0.0.1]", &H::IpAddress),
        ("https://[fe80::1%25eth0]", &U::NotAWebAddress),
        ("https://[::1].ilucca.net", &U::NotAWebAddress),
        ("https://::1", &U::NotAWebAddress),
        // What leads elsewhere than it reads.
        ("https://user@acme.ilucca.net", &U::UserInAddress),
        ("https://:pw@acme.ilucca.net", &U::UserInAddress),
        ("https://acme.ilucca.net@evil.example", &U::UserInAddress),
        (
            "https://acme.ilucca.net:443@evil.example",
            &U::UserInAddress,
        ),
        ("https://evil.example#@acme.ilucca.net", &U::UserInAddress),
        ("https://evil.example\\.ilucca.net", &U::PathInAddress),
        ("https://evil.example/.ilucca.net", &U::PathInAddress),
        ("https://evil.example?.ilucca.net", &U::PathInAddress),
        ("https://evil.example#.ilucca.net", &U::PathInAddress),
        ("https://acme.ilucca.net/../..", &U::PathInAddress),
        ("https://acme.ilucca.net%2eevil.example", &U::NotAWebAddress),
        ("https://acme.ilucca.net\t.evil.example", &U::NotAWebAddress),
        ("https://acme..ilucca.net", &U::NotAWebAddress),
        // Ports and dots.
        ("https://acme.ilucca.net:8443", &H::PortInAddress),
        ("https://acme.ilucca.net:0443", &U::BadPort),
        ("https://acme.ilucca.net:", &U::BadPort),
        ("https://acme.ilucca.net.", &U::DotAfterHost),
        // Look-alikes: Cyrillic letters, full-width dots, punycode.
        ("https://acme.іlucca.net", &U::NotAsciiAddress),
        ("https://acme。ilucca.net", &U::NotAsciiAddress),
        ("https://xn--80ak6aa92e.ilucca.net", &H::PunycodeInAddress),
    ];
    for (text, expected) in table {
        let expected = Err(expected.to_string());
        assert_eq!(judged(&rules(&[]), text), expected, "{text}");
    }
}

#[test]
fn a_host_of_the_settings_is_exempt_as_a_whole_with_its_port_if_it_names_one() {
    let rules = rules(&[
        "127.0.0.1:8090",
        "sandbox",
        "[::1]:1",
        "box_1:80",
        "a.net:443",
    ]);
    let table = [
        ("http://127.0.0.1:8090", true),
        ("https://127.0.0.1:8090", true),
        ("http://127.0.0.1:8091", false),
        ("http://127.0.0.1", false),
        ("http://sandbox:1234", true),
        ("https://sandbox", true),
        ("http://a.sandbox", false),
        ("http://[::1]:1", true),
        ("http://[0:0::1]:1", true),
        ("http://[::1]:2", false),
        ("http://box_1", true),
        ("https://box_1", false),
        ("https://a.net", true),
        ("http://a.net", false),
    ];
    for (text, exempt) in table {
        let judged = judged(&rules, text);
        assert_eq!(
            judged.is_ok_and(|it| it.ends_with("exempt")),
            exempt,
            "{text}"
        );
    }
}

#[test]
fn entries_that_could_never_match_are_refused() {
    for text in [
        "",
        "http://x",
        "a/b",
        "a/",
        "user@host",
        "a:b",
        "*",
        "a b",
        "127.1",
    ] {
        assert_eq!(HostRules::new([], [text]).unwrap_err(), text);
    }
    for text in [
        "",
        "net",
        "*.ilucca.net",
        ".ilucca.net",
        "https://a.net",
        "ilucca.net:443",
    ] {
        assert_eq!(HostRules::new([text], []).unwrap_err(), text);
    }
}
