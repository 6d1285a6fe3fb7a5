//! `postern serve`: the gateway with its workers.
//!
//! Starts in the order in which things can fail: port, policy, store, keys; and serves nothing before all of it is
//! checked. Ends in the reverse order, after the requests under way are answered and the jobs are given back.

mod demo;
mod readiness;
mod shutdown;

pub(super) use self::shutdown::signal;

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Outcome;
use super::context::{Context, is_sqlite};
use crate::access::rate::CostLimiter;
use crate::api::execute::{Gateway, Parts};
use crate::api::guard;
use crate::api::promises::Promises;
use crate::api::trusted::TrustedDocuments;
use crate::config::{Allowed, Config};
use crate::error::{Code, Refusal, Result, quote};
use crate::http::joints::{Arrivals, Bundles, RingKeys};
use crate::http::server::{Limits, Services, serve};
use crate::keys::jwks_source::JwksSource;
use crate::keys::verifier::{Provider, TokenVerifier};
use crate::store::queue::{self, Queue};
use crate::store::{Dialect, StoreLock};
use crate::work::audit::ReadLog;
use crate::work::identify::Identifier;
use crate::work::installation::{Installation, advance, connect, load_catalog};
use crate::work::{founding, upkeep, worker};

/// Askers whose spending is remembered at one time.
const MOST_PAYERS: usize = 100_000;

/// Seconds that requests under way get at shutdown.
const SHUTDOWN_SECONDS: u64 = 10;

/// Run the gateway with its workers
///
/// Without a database it keeps everything in an embedded store in --data, which is made at the first start. On
/// PostgreSQL the schema must have been made by `postern migrate`, or give --migrate. Refuses to start while a column
/// or a reference is undecided, with another key ring than the database was made with, and while another gateway
/// serves the same embedded store. Ends at SIGINT or SIGTERM after the requests under way; a second signal ends it at
/// once.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern serve --demo\n\
    Example: postern serve --database-url postgres://postern@localhost/mail --listen 0.0.0.0:8080")]
pub(super) struct Serve {
    /// Serve made-up data with ready-made users from ./postern-demo, and print what to try
    #[arg(long)]
    pub(super) demo: bool,
    /// Make or advance the schema of a PostgreSQL database first
    #[arg(long)]
    migrate: bool,
}

/// Runs the command.
pub(super) async fn run(command: Serve, context: &Context) -> Result<Outcome> {
    let stop = shutdown::on_signals();
    let config = &context.config;
    let (listener, address) = listen(&config.listen).await?;
    let (installation, lock) = open(&command, config).await?;
    if installation.database.dialect() == Dialect::Sqlite {
        // Nobody else works on an embedded store: what was under way when the last gateway died is free at once.
        for queue in Queue::ALL {
            queue::free_all(&installation.database, queue).await?;
        }
    }
    let welcome = match command.demo {
        true => Some(demo::found(context, &installation, address).await?),
        false => None,
    };
    founding::platform(&installation).await?;
    upkeep::look_for_drift(&installation).await?;
    let identifier = Arc::new(identifier(config, &installation).await?);
    let log = Arc::new(ReadLog::new(installation.clone()));
    let services = services(config, &installation, &identifier, &log)?;
    let tasks = Tasks::begin(&installation, &log, &stop);
    match welcome {
        Some(welcome) => context.output.result(welcome.text, &welcome.value)?,
        None => {
            let url = format!("http://{address}");
            context
                .output
                .result(format!("Postern listens on {url}"), &json!({ "listening": url }))?;
        }
    }
    let limits = Limits {
        shutdown_seconds: SHUTDOWN_SECONDS,
        ..Limits::default()
    };
    let served = serve(listener, services, limits, stop.clone().cancelled_owned()).await;
    stop.cancel();
    tasks.end().await;
    installation.database.close().await;
    drop(lock);
    tracing::info!("ended");
    served.map(|()| Outcome::Done)
}

/// Binds the port before anything else is done, so that a port in use is learnt at once.
async fn listen(wanted: &str) -> Result<(TcpListener, SocketAddr)> {
    let refused = |reason: String| {
        Refusal::new(
            Code::InvalidSetting,
            format!("--listen: {}: {reason}", quote(wanted)),
        )
    };
    let listener = TcpListener::bind(wanted)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                refused("another program listens there; give another port".to_owned())
            }
            std::io::ErrorKind::InvalidInput => refused("write it like 127.0.0.1:8080".to_owned()),
            _ => refused(error.to_string()),
        })?;
    let address = listener
        .local_addr()
        .map_err(|error| refused(error.to_string()))?;
    Ok((listener, address))
}

/// Opens the installation. The lock comes before anything that changes the store: a second gateway, perhaps of a newer
/// version, must not advance the schema under the first.
async fn open(command: &Serve, config: &Config) -> Result<(Installation, Option<StoreLock>)> {
    let is_sqlite = is_sqlite(config);
    // Before the store is made: a policy with faults leaves nothing behind.
    let catalog = load_catalog(config.policy.as_deref())?;
    let database = connect(config, is_sqlite).await?;
    let lock = StoreLock::take(&database, &config.clock)?;
    if command.migrate || is_sqlite {
        for version in advance(&database, &catalog).await? {
            tracing::info!(version, "the schema was advanced");
        }
    }
    database.close().await;
    Ok((Installation::open(config, false).await?, lock))
}

async fn identifier(config: &Config, installation: &Installation) -> Result<Identifier> {
    let mut providers = Vec::new();
    let accounts = config
        .provider
        .as_ref()
        .and_then(|provider| provider.accounts.clone());
    if let Some(provider) = &config.provider {
        providers.push(Provider {
            issuer: provider.issuer.clone(),
            audience: provider.audience.clone(),
            source: JwksSource::open(&provider.jwks, config.clock).await?,
        });
    }
    let verifier = TokenVerifier::new(&installation.keys, providers, config.clock)?;
    let Installation {
        database,
        catalog,
        clock,
        ..
    } = installation.clone();
    Ok(Identifier::new(database, catalog, verifier, clock).speaking_for(accounts))
}

fn services(
    config: &Config,
    installation: &Installation,
    identifier: &Arc<Identifier>,
    log: &Arc<ReadLog>,
) -> Result<Services> {
    let Allowed {
        rate,
        trusted_documents,
        introspection,
        ..
    } = &config.allowed;
    let trusted = match trusted_documents {
        Some(path) => Some(TrustedDocuments::read(path)?),
        None => None,
    };
    let gateway = Gateway::new(Parts {
        catalog: installation.catalog.clone(),
        database: installation.database.clone(),
        ids: installation.keys.id_keys(),
        cursors: installation.keys.cursor_keys(),
        identify: identifier.clone(),
        mutations: Arc::new(Promises::new(installation.clone(), installation.new_job.clone())?),
        log: log.clone(),
        limits: guard::Limits::default(),
        time: config.request_time,
        rate: rate.map(|(burst, per_second)| CostLimiter::new(burst, per_second, MOST_PAYERS)),
        trusted,
        introspection: *introspection,
        clock: config.clock,
    })?;
    Ok(Services {
        graphql: Arc::new(gateway),
        downloads: Arc::new(Bundles::new(installation.clone(), identifier.clone())),
        uploads: Arc::new(Arrivals::new(installation.clone(), identifier.clone())),
        keys: Arc::new(RingKeys(installation.clone())),
        readiness: Arc::new(readiness::Components(installation.clone())),
        origins: config.allowed.origins.clone(),
    })
}

/// What runs beside the server.
struct Tasks {
    running: TaskTracker,
    log: Arc<ReadLog>,
}

impl Tasks {
    fn begin(installation: &Installation, log: &Arc<ReadLog>, stop: &CancellationToken) -> Tasks {
        let running = TaskTracker::new();
        running.spawn(worker::work(installation.clone(), stop.clone()));
        running.spawn(upkeep::keep_up(installation.clone(), stop.clone()));
        let writer = log.clone();
        running.spawn(async move { writer.run().await });
        Tasks {
            running,
            log: log.clone(),
        }
    }

    /// Ends the tasks; the log last, because the others' last words belong into it.
    async fn end(self) {
        self.log.stop();
        self.running.close();
        let time = std::time::Duration::from_secs(SHUTDOWN_SECONDS);
        if tokio::time::timeout(time, self.running.wait()).await.is_err() {
            tracing::warn!("gave up on tasks that did not end");
        }
    }
}
