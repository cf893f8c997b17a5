//! `onboarding dev`: runs everything on loopback in one process and sends sample hires through
//! it.

mod data;
mod sample;
mod story;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Args;
use tonic::transport::Channel;

use super::{
    Failure, adapter,
    serve::serve_http,
    terminal::{complain, say},
    until_told,
};
use crate::{
    adapter::Adapter,
    config::{Settings, StoreUrl, check_listener},
    pb::v1::{self, operations_service_client::OperationsServiceClient},
    sandbox::{Options as SandboxOptions, Sandbox, StartError},
    server::Server,
    shutdown::Shutdown,
    telemetry::Metrics,
};

use data::Data;

const OPEN: &str = "`dev` lets everybody do everything: leave this setting out";

/// The id of the tenant that `dev` creates.
pub(super) const TENANT: &str = "demo";

/// Options of `dev`.
#[derive(Debug, Args)]
pub struct Options {
    /// Listen on addresses that are not loopback: everybody who reaches them may do everything.
    #[arg(long)]
    insecure_dev: bool,
    /// Exit after the sample hires: 0 only if they reached CREATED. Takes free ports and
    /// starts with an empty database.
    #[arg(long)]
    once: bool,
    /// Delete the databases that an earlier run left in the directory, and start anew.
    #[arg(long)]
    fresh: bool,
    /// Where everything is kept.
    #[arg(long, value_name = "DIRECTORY", default_value = "onboarding-data")]
    data: PathBuf,
}

/// The running system.
struct House {
    sandbox: Sandbox,
    grpc: SocketAddr,
    webhooks: SocketAddr,
    channel: Channel,
    data: Data,
    shutdown: Shutdown,
}

/// Starts everything, follows the sample hires to Lucca, and keeps running unless `--once`.
pub async fn run(mut settings: Settings, options: Options) -> Result<ExitCode, Failure> {
    let mut directory = options.data;
    if options.once {
        directory.push("once");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.server.grpc_listen = any;
        settings.server.http_listen = any;
        settings.adapter.listen = any;
        settings.adapter.http_listen = any;
        settings.sandbox.listen = any;
    }
    check_listeners(&settings, options.insecure_dev)?;
    if options.once || options.fresh {
        data::clear(&directory)?;
    }
    // Everything is on loopback, and without TLS the commands that are printed stay short.
    settings.tls.files = None;
    let data = Data::open(&directory)?;
    let house = build(&mut settings, data).await?;
    let shown = story::tell(&house).await;
    if options.once {
        house.shutdown.finish(settings.server.shutdown_grace).await;
        house.sandbox.stop().await;
        shown?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Err(failure) = shown {
        complain(&failure.to_string());
    }
    story::invite(&house);
    let House {
        sandbox, shutdown, ..
    } = house;
    let code = until_told(&shutdown, &settings).await;
    sandbox.stop().await;
    Ok(code)
}

/// Refuses addresses that other machines can reach, because `dev` asks nobody who they are.
fn check_listeners(settings: &Settings, insecure: bool) -> Result<(), Failure> {
    let (server, adapter) = (&settings.server, &settings.adapter);
    for (setting, address) in [
        ("server.grpc_listen", server.grpc_listen),
        ("server.http_listen", server.http_listen),
        ("adapter.listen", adapter.listen),
        ("adapter.http_listen", adapter.http_listen),
    ] {
        if let Err(exposed) = check_listener(address, insecure) {
            let advice = exposed.advice(OPEN, "--insecure-dev");
            return Err(Failure::unusable(format!("{setting}: {advice}")));
        }
        if check_listener(address, false).is_err() {
            tracing::warn!(
                "{setting} is open to other machines, and `dev` lets everybody do everything"
            );
        }
    }
    Ok(())
}

async fn build(settings: &mut Settings, data: Data) -> Result<House, Failure> {
    let shutdown = Shutdown::new();
    let sandbox = Sandbox::start(SandboxOptions {
        listen: settings.sandbox.listen,
        api_key: data.secrets.lucca_api_key.clone(),
        ..SandboxOptions::default()
    })
    .await
    .map_err(|error| match error {
        StartError::NotLoopback(_) => Failure::unusable(error),
        error => taken("sandbox.listen", settings.sandbox.listen, &error),
    })?;
    settings.store.url = StoreUrl::Sqlite(data.path("onboarding.db"));
    settings.store.encryption_keys = vec![data.secrets.encryption_key.clone().into()];
    let host = sandbox.address().to_string();
    settings
        .lucca
        .allow_insecure(&host)
        .map_err(Failure::unusable)?;
    let server = Server::bind(settings)
        .await
        .map_err(|error| taken("server.grpc_listen", settings.server.grpc_listen, &error))?;
    let grpc = server.address();
    let http = settings.server.http_listen;
    let ready = serve_http(http, server.metrics(), &shutdown)
        .await
        .map_err(|error| taken("server.http_listen", http, &error))?;
    ready.send_replace(true);
    server.spawn(&shutdown);

    settings.adapter.spool = data.path("spool.db");
    settings.adapter.encryption_keys = vec![data.secrets.encryption_key.clone().into()];
    settings.adapter.onboarding_endpoint = format!("http://{grpc}")
        .parse()
        .map_err(|_| Failure::new("the gRPC address cannot be used"))?;
    let webhooks = Adapter::bind(settings, Metrics::new())
        .await
        .map_err(|error| taken("adapter.listen", settings.adapter.listen, &error))?;
    let address = webhooks.address();
    adapter::spawn(&shutdown, webhooks);
    let channel = Channel::from_shared(format!("http://{grpc}"))
        .map_err(Failure::new)?
        .connect()
        .await
        .map_err(Failure::new)?;
    let (lucca, directory) = (sandbox.url(), data.directory.display());
    if has_hires(channel.clone()).await? {
        return Err(Failure::unusable(format!(
            "{directory} has the hires of an earlier run, but their employees were in its sandbox, which has ended.\n\
             Start anew with --fresh, which deletes those hires, or name another directory with --data."
        )));
    }
    say(&format!(
        "Everything runs on this machine:
  Lucca sandbox   {lucca}   a made-up company of 300 people; starts anew each time
  gRPC service    {grpc}
  webhooks        http://{address}/webhooks/{TENANT}
  data            {directory}"
    ));
    Ok(House {
        sandbox,
        grpc,
        webhooks: address,
        channel,
        data,
        shutdown,
    })
}

/// Whether the database has hires. The sandbox is new, so their employees are not in it.
async fn has_hires(channel: Channel) -> Result<bool, Failure> {
    let request = v1::ListOnboardingsRequest {
        page_size: 1,
        ..v1::ListOnboardingsRequest::default()
    };
    let mut client = OperationsServiceClient::new(channel);
    let listed = client.list_onboardings(request).await;
    let listed = listed.map_err(story::refused)?.into_inner();
    Ok(!listed.onboardings.is_empty() || !listed.unreadable.is_empty())
}

fn taken(setting: &str, address: SocketAddr, error: &dyn std::error::Error) -> Failure {
    Failure::new(format!(
        "{error}\n(if something else listens on {address}, set {setting} to another address)"
    ))
}
