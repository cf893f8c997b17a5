//! Thousands of connections that ask nothing.

use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{mib, millis, service::Service};

/// The beginning of HTTP/2: such a connection may idle.
const BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Descriptors for everything else.
const RESERVE: u64 = 100;

const PATIENCE: Duration = Duration::from_secs(5);

pub async fn run(service: &Service, wanted: usize) -> Result<(), Box<dyn std::error::Error>> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised)?;
    let room = limit.maximum.unwrap_or(u64::MAX).saturating_sub(RESERVE);
    let wanted = wanted.min(usize::try_from(room).unwrap_or(usize::MAX));
    let before = service.memory();
    let began = Instant::now();
    let mut idle = Vec::with_capacity(wanted);
    let mut failed = 0;
    for _ in 0..wanted {
        match timeout(PATIENCE, TcpStream::connect(service.grpc)).await {
            Ok(Ok(mut stream)) => {
                let _ = stream.write_all(BEGINNING).await;
                idle.push(stream);
            }
            _ => failed += 1,
        }
    }
    println!(
        "idle connections: {} opened in {:.1} s, {failed} did not come about",
        idle.len(),
        began.elapsed().as_secs_f64(),
    );
    let mut took = Vec::new();
    for _ in 0..20 {
        let asked = Instant::now();
        let channel = service.connect().await?;
        let check = HealthClient::new(channel)
            .check(HealthCheckRequest::default())
            .await;
        check?;
        took.push(asked.elapsed());
    }
    println!(
        "a new connection and its first answer meanwhile, 20 times: p50 {}, longest {}",
        millis(crate::load::percentile(&took, 50.0)),
        millis(took.iter().max().copied()),
    );
    println!(
        "memory of the service: {} before, {} with them",
        mib(before),
        mib(service.memory())
    );
    for line in service.connections().await? {
        println!("{line}");
    }
    drop(idle);
    Ok(())
}
