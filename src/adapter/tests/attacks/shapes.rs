//! Requests of odd shapes.

use super::*;

#[tokio::test]
async fn odd_bodies_are_reported_and_refused_if_they_are_not_json() {
    let fixture = Fixture::new().await;
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let utf_16: Vec<u8> = confirmed("a-1")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut latin_1 = confirmed("a-1").into_bytes();
    latin_1[2] = 0xE9;
    let number = |number: &str| {
        confirmed("a-1").replace(
            "\"sendToLucca\"",
            &format!("\"salary\":{number},\"sendToLucca\""),
        )
    };
    let digits = "9".repeat(400);
    let unholdable = "report  KIND_UNREADABLE UNHOLDABLE_VALUE ";
    let twice = "report  KIND_UNREADABLE DUPLICATE_KEY ";
    let not_json = "report  KIND_UNREADABLE NOT_JSON ";
    let too_deep = "report  KIND_UNREADABLE TOO_DEEP ";
    let created = "create a-1 Dupont";
    let mut heard = Vec::new();
    for (name, body, status, call) in [
        (
            "a byte order mark",
            ("\u{FEFF}".to_owned() + &confirmed("a-1")).into(),
            200,
            Some(created),
        ),
        ("UTF-16", utf_16, 200, Some(created)),
        ("Latin-1 that is not declared", latin_1, 400, Some(not_json)),
        (
            "a large number",
            number("123456789012345678901234567890").into(),
            200,
            Some(created),
        ),
        (
            "a number beyond all bounds",
            number("1e999").into(),
            200,
            Some(unholdable),
        ),
        ("400 digits", number(&digits).into(), 200, Some(unholdable)),
        (
            "a key twice",
            br#"{"type":"test","type":"hire.confirmed"}"#.to_vec(),
            200,
            Some(twice),
        ),
        (
            "deep",
            nested(31).into(),
            200,
            Some("report  KIND_UNREADABLE TYPE_MISSING type"),
        ),
        ("too deep", nested(32).into(), 400, Some(too_deep)),
        ("an abyss", nested(100_000).into(), 400, Some(too_deep)),
        ("a form", b"payload=%7B%7D".to_vec(), 400, Some(not_json)),
        ("nothing", Vec::new(), 400, Some(not_json)),
        ("no number", number("NaN").into(), 400, Some(not_json)),
    ] {
        let forged = Forged::to("/webhooks/acme/s3cret", body);
        assert_eq!(forged.send(&fixture).await, status, "{name}");
        heard.extend(call);
        assert_eq!(fixture.fake.heard(heard.len()).await, heard, "{name}");
    }
}

#[tokio::test]
async fn json_is_taken_whatever_its_content_type() {
    let fixture = Fixture::new().await;
    for (number, kind) in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "nonsense",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let body = confirmed(&format!("a-{number}"));
        let forged = Forged::to("/webhooks/acme/s3cret", body).with("content-type", kind);
        assert_eq!(forged.send(&fixture).await, 200, "{kind}");
    }
    fixture.fake.heard(4).await;
}

#[tokio::test]
async fn a_packed_body_is_refused_unread() {
    let fixture = Fixture::new().await;
    for encoding in ["content-encoding: gzip", "content-encoding: identity, br"] {
        let head = format!(
            "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\n{encoding}\r\ncontent-length: 1000\r\n\r\n"
        );
        let told = send_raw(&fixture, head.as_bytes()).await;
        assert!(told.starts_with("HTTP/1.1 415 "), "{told}");
        assert!(told.contains("accept-encoding: identity\r\n"), "{told}");
    }
    let request = "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\n\
                   transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    let mut connection = connect_from(&fixture, "127.0.0.1").await;
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut told = [0; 13];
    let read = connection.read_exact(&mut told);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert_eq!(&told, b"HTTP/1.1 415 ");
}

#[tokio::test]
async fn a_webhook_that_does_not_name_exactly_one_host_is_refused() {
    let fixture = Fixture::new().await;
    let body = confirmed("a-1");
    for (hosts, status) in [
        ("", 400),
        ("host: \r\n", 400),
        ("host: x\r\nhost: x\r\n", 400),
        ("host: x\r\nhost: y\r\n", 400),
        ("host: x\r\n", 200),
    ] {
        let length = body.len();
        let request = format!(
            "POST /webhooks/acme/s3cret HTTP/1.1\r\n{hosts}connection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        let told = send_raw(&fixture, request.as_bytes()).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(told.starts_with(&expected), "{hosts:?}: {told}");
    }
    assert_eq!(fixture.fake.heard(1).await, ["create a-1 Dupont"]);
}

#[tokio::test]
async fn a_body_announced_too_large_is_refused_without_being_asked_for() {
    let fixture = Fixture::new().await;
    let head = "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
                content-length: 300000\r\n\r\n";
    let told = send_raw(&fixture, head.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 413 "), "{told}");
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let fixture = Fixture::new().await;
    let request = |headers: &str| {
        format!(
            "POST /webhooks/acme/s3cret HTTP/1.1\r\nhost: x\r\n{headers}content-length: 2\r\n\r\n{{}}"
        )
    };
    let many: String = (0..200)
        .map(|number| format!("x-{number}: y\r\n"))
        .collect();
    let large = format!("x: {}\r\n", "y".repeat(40_000));
    for headers in [many, large] {
        let mut connection = connect_from(&fixture, "127.0.0.1").await;
        connection
            .write_all(request(&headers).as_bytes())
            .await
            .unwrap();
        let mut told = [0; 13];
        let read = connection.read_exact(&mut told);
        timeout(PATIENCE, read).await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&told), "HTTP/1.1 431 ");
    }
}

#[tokio::test]
async fn other_methods_and_paths_tell_nothing_about_tenants() {
    let fixture = Fixture::new().await;
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let mut answers = Vec::new();
        for path in ["/webhooks/acme/s3cret", "/webhooks/nobody/s3cret"] {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let request = fixture.http.request(method, fixture.url(path));
            let response = request.send().await.unwrap();
            let allow = response.headers().get("allow").cloned();
            let status = response.status().as_u16();
            answers.push((status, allow, response.text().await.unwrap()));
        }
        assert_eq!(answers[0], answers[1], "{method}");
        let (status, allow, _) = &answers[0];
        assert_eq!(*status, 405, "{method}");
        assert_eq!(allow.as_ref().unwrap(), "POST", "{method}");
    }
    let mut answers = Vec::new();
    for path in ["/webhooks/acme/s3cret/x", "/webhooks/nobody/x/x", "/acme"] {
        let response = fixture.post(path, "{}").send().await.unwrap();
        answers.push((response.status().as_u16(), response.text().await.unwrap()));
    }
    assert_eq!(answers[0].0, 404);
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
}
