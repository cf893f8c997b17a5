use crate::domain::cause::Cause;
use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{io::AsyncReadExt as _, net::TcpListener};

use super::*;
use crate::{
    domain::lucca_url::{HostRules, LuccaUrl},
    lucca::{HttpRules, origin::Origins},
};

/// Gives one answer after the other, and counts the questions.
struct Changing {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: AtomicUsize,
}

impl Changing {
    fn new(answers: impl IntoIterator<Item = Vec<SocketAddr>>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait::async_trait]
impl Lookup for Changing {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        assert_eq!(name, "acme.ilucca.net");
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers.lock().unwrap().pop_front().unwrap())
    }
}

/// Listens, sends the first byte of each connection to the test, and cuts it.
async fn listener(address: &str) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<u8>) {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let bound = listener.local_addr().unwrap();
    let (came, seen) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = came.send(stream.read_u8().await.unwrap_or_default());
        }
    });
    (bound, seen)
}

fn rules(lookup: Arc<dyn Lookup>) -> HttpRules {
    HttpRules {
        hosts: HostRules::new(["ilucca.net"], ["127.0.0.1"]).unwrap(),
        lookup,
        request_timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(3),
    }
}

/// Loopback has many addresses: here one of them is the internet.
fn outside(address: IpAddr) -> bool {
    address == IpAddr::from([127, 0, 0, 2])
}

#[tokio::test]
async fn a_name_whose_address_changes_after_the_check_is_not_called() {
    let (public, mut came_public) = listener("127.0.0.2").await;
    let (private, mut came_private) = listener("127.0.0.3").await;
    let answers = [
        vec![public],
        vec![private],
        vec![public, private],
        vec![public],
    ];
    let lookup = Changing::new(answers);
    let names = PublicOnly::new(lookup.clone()).judging(outside);
    let origins = Origins::with(&rules(lookup.clone()), names).unwrap();
    let url = LuccaUrl::parse("https://acme.ilucca.net").unwrap();
    let clients = origins.clients(&url).unwrap();
    let mut reasons = Vec::new();
    for client in [
        &clients.reads,
        &clients.writes,
        &clients.reads,
        &clients.reads,
    ] {
        let error = client.get(url.as_str()).send().await.unwrap_err();
        reasons.push(crate::lucca::http::cause(&error));
    }
    let refused = Cause::NotPublic;
    assert_eq!(reasons[1..3], [refused, refused]);
    assert!(
        reasons[0] != refused && reasons[3] != refused,
        "{reasons:?}"
    );
    // Each connection has asked once and went where the answer led: with a ClientHello
    // (record type 22), not with a key in the clear.
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 4);
    assert_eq!(
        (came_public.recv().await, came_public.recv().await),
        (Some(22), Some(22))
    );
    assert!(came_private.try_recv().is_err());
}

#[tokio::test]
async fn a_name_of_lucca_that_leads_to_loopback_is_not_called() {
    let (loopback, mut came) = listener("127.0.0.1").await;
    let lookup = Changing::new([vec![loopback], vec!["[::1]:1".parse().unwrap()]]);
    let origins = Origins::new(&rules(lookup)).unwrap();
    let url = LuccaUrl::parse("https://acme.ilucca.net").unwrap();
    let clients = origins.clients(&url).unwrap();
    for client in [&clients.reads, &clients.writes] {
        let error = client.get(url.as_str()).send().await.unwrap_err();
        assert_eq!(crate::lucca::http::cause(&error), Cause::NotPublic);
    }
    assert!(came.try_recv().is_err());
}

#[tokio::test]
async fn an_exempt_host_is_called_at_any_address() {
    let (loopback, mut came) = listener("127.0.0.1").await;
    let origins = Origins::new(&rules(Changing::new([]))).unwrap();
    let url = LuccaUrl::parse(&format!("http://{loopback}")).unwrap();
    let clients = origins.clients(&url).unwrap();
    clients.reads.get(url.as_str()).send().await.unwrap_err();
    assert_eq!(came.recv().await, Some(b'G'));
}
