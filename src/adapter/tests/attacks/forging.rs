//! Requests that only look as if they came from whom they should.

use super::*;

fn right(id: &str) -> Forged {
    Forged::standard(&KEY, id, now(), &confirmed(id))
}

#[tokio::test]
async fn no_tampering_with_a_standard_webhook_passes() {
    let fixture = signed(|_| {}).await;
    fixture
        .fake
        .set_tenant("other", with(standard_webhooks(vec![whsec(&OTHER_KEY)])));
    let body = confirmed("a-1");
    let signature = v1(&KEY, "a-1", now(), &body);
    let encoded = signature.strip_prefix("v1,").unwrap().to_owned();
    let in_hex = hex(&STANDARD.decode(&encoded).unwrap());
    let signature_is = |text: &str| right("a-1").with("webhook-signature", text);
    let at = |id: &str, shift: i64| Forged::standard(&KEY, id, now() + shift, &confirmed(id));
    let to_other = Forged {
        path: "/webhooks/other".to_owned(),
        ..right("a-1")
    };
    let four = format!(
        "v1,AAAA v2,{encoded} v1a,x {}",
        v1(&KEY, "b-3", now(), &confirmed("b-3"))
    );
    let many = "v1,AAAA ".repeat(3_000);
    try_all(
        &fixture,
        vec![
            ("as it should be", right("b-0"), 200),
            (
                "one space more",
                right("a-1").saying(body.clone() + " "),
                401,
            ),
            ("no body", right("a-1").saying(""), 401),
            ("another body", right("a-1").saying(confirmed("a-2")), 401),
            ("another id", right("a-1").with("webhook-id", "a-2"), 401),
            ("an empty id", Forged::standard(&KEY, "", now(), &body), 401),
            (
                "an id with a stop",
                Forged::standard(&KEY, "a.1", now(), &body),
                401,
            ),
            ("no id", right("a-1").without("webhook-id"), 401),
            ("two ids", right("a-1").and("webhook-id", "a-1"), 401),
            (
                "an id in Latin-1",
                right("a-1").with("webhook-id", b"\xE9"),
                401,
            ),
            (
                "another time",
                right("a-1").with("webhook-timestamp", (now() + 1).to_string()),
                401,
            ),
            (
                "a time in words",
                right("a-1").with("webhook-timestamp", "now"),
                401,
            ),
            ("no time", right("a-1").without("webhook-timestamp"), 401),
            (
                "two times",
                right("a-1").and("webhook-timestamp", now().to_string()),
                401,
            ),
            // The adapter's clock moves on during the test: on this side not to the second.
            ("five minutes and a second early", at("a-1", 301 + 60), 401),
            ("almost five minutes early", at("b-1", 300), 200),
            ("five minutes and a second late", at("a-1", -301), 401),
            ("almost five minutes late", at("b-2", -270), 200),
            (
                "no signature",
                right("a-1").without("webhook-signature"),
                401,
            ),
            (
                "two signature headers",
                right("a-1").and("webhook-signature", &signature),
                401,
            ),
            (
                "a signature in Latin-1",
                right("a-1").with("webhook-signature", b"v1,\xFF"),
                401,
            ),
            ("an empty signature", signature_is(""), 401),
            ("a version only", signature_is("v1,"), 401),
            ("a signature without version", signature_is(&encoded), 401),
            (
                "an unknown version",
                signature_is(&format!("v2,{encoded}")),
                401,
            ),
            ("half a signature", signature_is(&signature[..24]), 401),
            ("hexadecimal", signature_is(&format!("v1,{in_hex}")), 401),
            (
                "one of four",
                right("b-3").with("webhook-signature", four),
                200,
            ),
            (
                "none of thousands",
                right("a-1").with("webhook-signature", many),
                401,
            ),
            (
                "another key",
                Forged::standard(&OTHER_KEY, "a-1", now(), &body),
                401,
            ),
            ("to another tenant", to_other, 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn no_tampering_with_an_hmac_passes() {
    let fixture = Fixture::new().await;
    let secrets = || vec![secret("the key of the sender")];
    let settings = with(hmac_of_body("sha256=", false, secrets()));
    fixture.fake.set_tenant("in-hex", settings);
    let settings = with(hmac_of_body("", true, secrets()));
    fixture.fake.set_tenant("in-base64", settings);
    let body = confirmed("a-1");
    let tag = |body: &str| sign(b"the key of the sender", body.as_bytes());
    let in_hex = hex(tag(&body).as_ref());
    let in_base64 = STANDARD.encode(tag(&body));
    let to = |tenant: &str, body: &str| Forged::to(&format!("/webhooks/{tenant}"), body);
    let hexed = |sent: &str| to("in-hex", &body).with("x-signature", sent);
    let based = |sent: &str| to("in-base64", &body).with("x-signature", sent);
    let other = hex(sign(b"the key of nobody", body.as_bytes()).as_ref());
    let right = hexed(&format!("sha256={in_hex}"));
    let passing = format!("sha256={}", hex(tag(&confirmed("b-1")).as_ref()));
    let passing_too = STANDARD.encode(tag(&confirmed("b-2")));
    try_all(
        &fixture,
        vec![
            (
                "hex",
                to("in-hex", &confirmed("b-1")).with("x-signature", passing),
                200,
            ),
            (
                "base64",
                to("in-base64", &confirmed("b-2")).with("x-signature", passing_too),
                200,
            ),
            ("another body", right.clone().saying(confirmed("a-2")), 401),
            ("no signature", to("in-hex", &body), 401),
            (
                "two signatures",
                right.clone().and("x-signature", format!("sha256={in_hex}")),
                401,
            ),
            (
                "in Latin-1",
                right.clone().with("x-signature", b"sha256=\xFF"),
                401,
            ),
            ("empty", hexed(""), 401),
            ("a prefix only", hexed("sha256="), 401),
            ("no prefix", hexed(&in_hex), 401),
            ("another prefix", hexed(&format!("sha1={in_hex}")), 401),
            (
                "cut in a byte",
                hexed(&format!("sha256={}", &in_hex[..63])),
                401,
            ),
            (
                "cut after a byte",
                hexed(&format!("sha256={}", &in_hex[..62])),
                401,
            ),
            ("base64 for hex", hexed(&format!("sha256={in_base64}")), 401),
            ("hex for base64", based(&in_hex), 401),
            ("cut base64", based(&in_base64[..40]), 401),
            ("another key", hexed(&format!("sha256={other}")), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn no_near_miss_of_a_token_passes() {
    use webhook_auth::{ApiKey, Bearer, Method};
    let fixture = Fixture::new().await;
    let token = || Some(secret("t0ken-of-the-sender"));
    let bearer = with(Method::Bearer(Bearer { token: token() }));
    fixture.fake.set_tenant("bearer", bearer);
    let api_key = with(Method::ApiKey(ApiKey {
        header: "x-api-key".to_owned(),
        value: token(),
    }));
    fixture.fake.set_tenant("api-key", api_key);
    let bearer =
        |sent: &[u8]| Forged::to("/webhooks/bearer", confirmed("a-1")).with("authorization", sent);
    let key =
        |sent: &[u8]| Forged::to("/webhooks/api-key", confirmed("a-1")).with("x-api-key", sent);
    let path = |secret: &str| Forged::to(&format!("/webhooks/acme{secret}"), confirmed("a-1"));
    let good = b"Bearer t0ken-of-the-sender".as_slice();
    try_all(
        &fixture,
        vec![
            ("bearer", bearer(good).saying(confirmed("b-1")), 200),
            ("bearer, cut", bearer(b"Bearer t0ken-of-the-sende"), 401),
            (
                "bearer, longer",
                bearer(b"Bearer t0ken-of-the-sender1"),
                401,
            ),
            (
                "bearer, other case",
                bearer(b"Bearer T0KEN-of-the-sender"),
                401,
            ),
            ("bearer, empty", bearer(b"Bearer "), 401),
            ("bearer, no scheme", bearer(b"t0ken-of-the-sender"), 401),
            ("bearer, basic", bearer(b"Basic t0ken-of-the-sender"), 401),
            (
                "bearer, twice",
                bearer(good).and("authorization", good),
                401,
            ),
            ("bearer, Latin-1", bearer(b"Bearer \xE9"), 401),
            ("bearer, none", bearer(good).without("authorization"), 401),
            (
                "key",
                key(b"t0ken-of-the-sender").saying(confirmed("b-2")),
                200,
            ),
            ("key, cut", key(b"t0ken-of-the-sende"), 401),
            ("key, empty", key(b""), 401),
            (
                "key, twice",
                key(b"t0ken-of-the-sender").and("x-api-key", "x"),
                401,
            ),
            ("key, none", key(b"x").without("x-api-key"), 401),
            ("path", path("/s3cret").saying(confirmed("b-3")), 200),
            (
                "path, encoded",
                path("/%733cret").saying(confirmed("b-4")),
                200,
            ),
            ("path, cut", path("/s3cre"), 401),
            ("path, longer", path("/s3cret%00"), 401),
            ("path, a query", path("?path_secret=s3cret"), 401),
            ("path, none", path(""), 401),
            ("path, doubled", path("//s3cret"), 404),
            ("path, more", path("/s3cret/s3cret"), 404),
        ],
    )
    .await;
}

#[tokio::test]
async fn of_several_proofs_all_must_pass_and_one_that_cannot_be_used_refuses_everything() {
    let fixture = Fixture::new().await;
    let path = || {
        webhook_auth::Method::PathSecret(webhook_auth::PathSecret {
            value: Some(secret("s3cret")),
        })
    };
    let both = |methods: Vec<Option<webhook_auth::Method>>| {
        let auth = methods.into_iter().map(|method| WebhookAuth { method });
        GetWebhookSettingsResponse {
            webhook: Some(Webhook {
                auth: auth.collect(),
                ..Webhook::default()
            }),
            ..with_path_secret("")
        }
    };
    let standard = || Some(standard_webhooks(vec![whsec(&KEY)]));
    for (tenant, settings) in [
        ("both", both(vec![standard(), Some(path())])),
        ("none", both(vec![])),
        (
            "unusable",
            both(vec![
                Some(path()),
                Some(standard_webhooks(vec![secret("?")])),
            ]),
        ),
        ("unknown", both(vec![Some(path()), None])),
        (
            "expired",
            both(vec![Some(standard_webhooks(vec![expiring(
                whsec(&KEY),
                -1,
            )]))]),
        ),
    ] {
        fixture.fake.set_tenant(tenant, settings);
    }
    let to = |path: &str, id: &str| Forged {
        path: format!("/webhooks/{path}"),
        ..right(id)
    };
    let unsigned = |it: Forged| it.without("webhook-signature");
    try_all(
        &fixture,
        vec![
            ("both", to("both/s3cret", "b-1"), 200),
            ("the signature only", to("both", "a-1"), 401),
            (
                "the signature and a wrong path",
                to("both/other", "a-1"),
                401,
            ),
            ("the path only", unsigned(to("both/s3cret", "a-1")), 401),
            ("no proof asked for", to("none/s3cret", "a-1"), 401),
            ("one that cannot be used", to("unusable/s3cret", "a-1"), 401),
            (
                "one this program does not know",
                to("unknown/s3cret", "a-1"),
                401,
            ),
            (
                "one whose secrets are gone",
                to("expired/s3cret", "a-1"),
                401,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn both_secrets_pass_during_a_rotation_and_the_old_one_dies_at_its_end() {
    let fixture = Fixture::new().await;
    let secrets = vec![whsec(&OTHER_KEY), expiring(whsec(&KEY), 3600)];
    fixture
        .fake
        .set_tenant("signed", with(standard_webhooks(secrets)));
    let secrets = vec![secret("new"), expiring(secret("old"), 3600)];
    fixture
        .fake
        .set_tenant("hmac", with(hmac_of_body("", false, secrets)));
    let hmac = |key: &str, id: &str| {
        let body = confirmed(id);
        let signature = hex(sign(key.as_bytes(), body.as_bytes()).as_ref());
        Forged::to("/webhooks/hmac", body).with("x-signature", signature)
    };
    let later = now() + 3600;
    try_all(
        &fixture,
        vec![
            ("the old one", right("b-1"), 200),
            (
                "the new one",
                Forged::standard(&OTHER_KEY, "b-2", now(), &confirmed("b-2")),
                200,
            ),
            ("the old key", hmac("old", "b-3"), 200),
            ("the new key", hmac("new", "b-4"), 200),
        ],
    )
    .await;
    fixture.pass(Duration::from_secs(3600));
    let old = Forged::standard(&KEY, "a-1", later, &confirmed("a-1"));
    assert_eq!(old.send(&fixture).await, 401);
    assert_eq!(hmac("old", "a-2").send(&fixture).await, 401);
    let new = Forged::standard(&OTHER_KEY, "b-5", later, &confirmed("b-5"));
    assert_eq!(new.send(&fixture).await, 200);
    assert_eq!(hmac("new", "b-6").send(&fixture).await, 200);
    fixture.fake.heard(7).await;
}
