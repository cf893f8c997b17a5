//! A proxy before PostgreSQL.

use tokio_postgres::config::Host;
use url::Url;

use super::{Proxy, Server};

/// The server of a URL.
pub fn server(url: &str) -> Server {
    let config: tokio_postgres::Config = url.parse().expect("a URL of PostgreSQL");
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first() {
        Some(Host::Unix(directory)) => Server::Unix(directory.join(format!(".s.PGSQL.{port}"))),
        Some(Host::Tcp(name)) => {
            use std::net::ToSocketAddrs as _;
            let mut addresses = (name.as_str(), port)
                .to_socket_addrs()
                .expect("a known host");
            Server::Tcp(addresses.next().expect("an address"))
        }
        None => panic!("no host"),
    }
}

/// The same URL, but through a proxy.
pub fn through(url: &str, proxy: &Proxy) -> String {
    let mut url: Url = url.parse().expect("a URL");
    let address = proxy.address();
    url.set_host(Some(&address.ip().to_string()))
        .expect("a host");
    url.set_port(Some(address.port())).expect("a port");
    url.into()
}
