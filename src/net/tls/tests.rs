use std::fs;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::TlsAcceptor;

use super::{
    testing::{Authority, dns, uri},
    *,
};

/// What the server knows of the client's names, after each has said a byte to the other.
async fn talk(server: &ServerTls, client: &ClientTls, host: &str) -> Result<Vec<String>, String> {
    let (near, far): (DuplexStream, DuplexStream) = duplex(65_536);
    let acceptor = TlsAcceptor::from(server.config());
    let serving = async {
        let mut stream = acceptor.accept(far).await.map_err(|it| it.to_string())?;
        let byte = stream.read_u8().await.map_err(|it| it.to_string())?;
        stream.write_u8(byte).await.map_err(|it| it.to_string())?;
        let certificates = stream.get_ref().1.peer_certificates();
        let own = certificates.and_then(|chain| chain.first());
        Ok::<_, String>(own.map(names).unwrap_or_default())
    };
    let asking = async {
        let mut stream = client
            .connect(host, near)
            .await
            .map_err(|it| it.to_string())?;
        stream.write_u8(7).await.map_err(|it| it.to_string())?;
        stream.read_u8().await.map_err(|it| it.to_string())
    };
    let (names, byte) = tokio::join!(serving, asking);
    assert_eq!(byte?, 7);
    names
}

fn server(files: ServerFiles) -> ServerTls {
    ServerTls::load(files, H2).unwrap()
}

fn client(files: ClientFiles) -> ClientTls {
    ClientTls::load(files, Some(H2)).unwrap()
}

#[tokio::test]
async fn a_client_trusts_its_ca_and_the_name_it_asked_for_and_nothing_else() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = server(ours.server());
    let trusting = client(ours.client());
    let names = talk(&server, &trusting, "onboarding.example").await;
    assert_eq!(names, Ok(vec![]));
    let other_name = talk(&server, &trusting, "other.example").await;
    assert!(other_name.unwrap_err().contains("not valid for name"));
    let other_ca = talk(&server, &client(theirs.client()), "onboarding.example").await;
    assert!(other_ca.unwrap_err().contains("invalid peer certificate"));
}

#[tokio::test]
async fn who_speaks_another_protocol_gets_no_connection() {
    let ours = Authority::new();
    let server = server(ours.server());
    let speaks_http1 = ClientTls::load(ours.client(), Some(HTTP1)).unwrap();
    assert!(
        talk(&server, &speaks_http1, "onboarding.example")
            .await
            .is_err()
    );
    let says_nothing = ClientTls::load(ours.client(), None).unwrap();
    assert!(
        talk(&server, &says_nothing, "onboarding.example")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn names_of_a_client_are_told_if_its_certificate_is_of_the_right_ca() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let mut files = ours.server();
    files.client_ca = Some(ours.path("ca.pem"));
    let optional = server(files.clone());
    files.require_client_certificate = true;
    let required = server(files);
    let sans = [dns("Payroll.example"), uri("spiffe://example/payroll")];
    let known = client(ClientFiles {
        identity: Some(ours.issue("payroll", &sans)),
        ..ours.client()
    });
    let forged = client(ClientFiles {
        identity: Some(theirs.issue("payroll", &sans)),
        ..ours.client()
    });
    let expired = client(ClientFiles {
        identity: Some(ours.issue_expired("expired", &sans)),
        ..ours.client()
    });
    let nobody = client(ours.client());
    let expected = ["dns:payroll.example", "uri:spiffe://example/payroll"];
    for server in [&optional, &required] {
        let names = talk(server, &known, "onboarding.example").await.unwrap();
        assert_eq!(names, expected);
        assert!(talk(server, &forged, "onboarding.example").await.is_err());
        assert!(talk(server, &expired, "onboarding.example").await.is_err());
    }
    let names = talk(&optional, &nobody, "onboarding.example").await;
    assert_eq!(names, Ok(vec![]));
    assert!(
        talk(&required, &nobody, "onboarding.example")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_new_certificate_is_used_without_a_restart_and_a_bad_one_is_not() {
    let ours = Authority::new();
    let server = server(ours.server());
    let client = client(ours.client());
    assert!(!server.refresh().unwrap());
    // Half of the exchange: the key of the old certificate stays for a moment.
    let (cert, key) = (ours.path("server.pem"), ours.path("server.key"));
    let old_key = fs::read(&key).unwrap();
    ours.issue("server", &[dns("new.example")]);
    let new_key = fs::read(&key).unwrap();
    fs::write(&key, old_key).unwrap();
    let error = server.refresh().unwrap_err().to_string();
    assert!(error.contains("server.pem"), "{error}");
    // It is told once, and the old one stays in use.
    assert!(!server.refresh().unwrap());
    assert!(talk(&server, &client, "onboarding.example").await.is_ok());
    fs::write(&key, new_key).unwrap();
    assert!(server.refresh().unwrap());
    assert!(talk(&server, &client, "new.example").await.is_ok());
    assert!(talk(&server, &client, "onboarding.example").await.is_err());
    for broken in ["", "not PEM"] {
        fs::write(&cert, broken).unwrap();
        assert!(
            matches!(server.refresh(), Err(TlsError::Pem(..))),
            "{broken}"
        );
    }
    fs::remove_file(&cert).unwrap();
    assert!(matches!(server.refresh(), Err(TlsError::File(..))));
    assert!(talk(&server, &client, "new.example").await.is_ok());
}

#[tokio::test]
async fn a_client_reads_its_files_for_each_connection() {
    let (ours, next) = (Authority::new(), Authority::new());
    let client = client(ours.client());
    let moved = server(next.server());
    assert!(talk(&moved, &client, "onboarding.example").await.is_err());
    fs::copy(next.path("ca.pem"), ours.path("ca.pem")).unwrap();
    assert!(talk(&moved, &client, "onboarding.example").await.is_ok());
    fs::remove_file(ours.path("ca.pem")).unwrap();
    assert!(talk(&moved, &client, "onboarding.example").await.is_ok());
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_name_and_without_a_key() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let good = ours.server();
    let (_, other_key) = theirs.issue("other", &[dns("other.example")]);
    let load = |files: ServerFiles| ServerTls::load(files, H2).unwrap_err().to_string();
    let wrong = [
        ServerFiles {
            key: other_key,
            ..good.clone()
        },
        ServerFiles {
            key: good.cert.clone(),
            ..good.clone()
        },
        ServerFiles {
            cert: good.key.clone(),
            ..good.clone()
        },
        ServerFiles {
            cert: ours.path("nowhere.pem"),
            ..good.clone()
        },
        ServerFiles {
            client_ca: Some(good.key.clone()),
            ..good.clone()
        },
    ];
    for files in wrong {
        let text = load(files);
        assert!(text.contains(".pem") || text.contains(".key"), "{text}");
        assert!(!text.contains("PRIVATE") && text.len() < 300, "{text}");
    }
}
