//! The verbs that run against configured servers: `accord all` and `accord <service> ...`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use figment::Figment;
use identity::operator::{self, NewTenant, Operator};
use platform::{
    Clock,
    app::{self, Mode},
    config::{self, BrokerSection, Reader},
    events::{Broker, dead},
};
use proto::identity::v1::TenantKind;

use crate::{for_each_service, stack};

/// Where the configuration is.
#[derive(clap::Args)]
pub struct Config {
    /// The configuration file; `ACCORD__SECTION__KEY` of the environment goes over it
    #[arg(long = "config", env = "ACCORD_CONFIG", value_name = "FILE", global = true)]
    file: Option<PathBuf>,
}

impl Config {
    /// Whether a file was named.
    pub fn is_given(&self) -> bool {
        self.file.is_some()
    }

    /// The merged layers.
    ///
    /// # Errors
    /// Where the named file is not there.
    pub fn figment(&self) -> Result<Figment> {
        if let Some(file) = &self.file {
            std::fs::metadata(file).with_context(|| format!("the configuration file {} cannot be read", file.display()))?;
        }
        Ok(config::figment(self.file.as_deref()))
    }
}

/// Arguments of `accord all`.
#[derive(clap::Args)]
pub struct All {
    #[command(flatten)]
    config: Config,
}

/// Serves everything in one process until a signal.
///
/// # Errors
/// Whatever keeps a service from starting.
pub async fn all(args: All) -> Result<ExitCode> {
    let stack = stack::start(&args.config.figment()?, Clock::system()).await?;
    eprintln!("Accord serves pages at {} and partner systems at {}.", stack.gateway.web, stack.gateway.grpc);
    stack.serve().await?;
    Ok(ExitCode::SUCCESS)
}

/// Arguments of `accord <service>`.
#[derive(clap::Args)]
pub struct Service {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    what: What,
}

/// What one service can be asked to do.
#[derive(clap::Subcommand)]
enum What {
    /// Serve gRPC (of the gateway: pages and the partner edge)
    Serve,
    /// Work on events and jobs
    Worker,
    /// Bring the database to its schema, as its owner
    Migrate,
    /// Read the configuration and report every mistake
    CheckConfig,
}

/// Runs one service alone.
///
/// # Errors
/// Whatever keeps it from starting.
pub async fn service<S: app::Service>(args: Service) -> Result<ExitCode> {
    let figment = args.config.figment()?;
    match args.what {
        What::Serve => run::<S>(&figment, Mode::SERVE).await?,
        What::Worker => run::<S>(&figment, Mode::WORKER).await?,
        What::Migrate => {
            app::migrate::<S>(&figment).await?;
            println!("The database of {} is at its schema.", S::NAME);
        }
        What::CheckConfig => {
            app::check_config::<S>(&figment)?;
            println!("The configuration of {} has no mistake.", S::NAME);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn run<S: app::Service>(figment: &Figment, mode: Mode) -> Result<()> {
    let (shared, _) = stack::shared(figment, Clock::system()).await?;
    let running = app::start::<S>(figment, &shared, mode, None).await?;
    if let Some(address) = running.grpc_addr {
        eprintln!("{} serves gRPC at {address}.", S::NAME);
    }
    shared.shutdown.listen_for_signals()?;
    shared.shutdown.complete().await;
    shared.telemetry.flush();
    Ok(())
}

/// Runs the gateway alone.
///
/// # Errors
/// Whatever keeps it from starting.
pub async fn gateway(args: Service) -> Result<ExitCode> {
    let figment = args.config.figment()?;
    match args.what {
        What::Serve => {
            let (shared, _) = stack::shared(&figment, Clock::system()).await?;
            let running = gateway::start(&figment, &shared, gateway::bind(&figment).await?).await?;
            eprintln!("gateway serves pages at {} and partner systems at {}.", running.web, running.grpc);
            shared.shutdown.listen_for_signals()?;
            shared.shutdown.complete().await;
            shared.telemetry.flush();
        }
        What::CheckConfig => {
            gateway::check_config(&figment)?;
            println!("The configuration of gateway has no mistake.");
        }
        What::Worker | What::Migrate => anyhow::bail!("the gateway has no events, jobs or database: it can only serve and check-config."),
    }
    Ok(ExitCode::SUCCESS)
}

/// Arguments of `accord operator`.
#[derive(clap::Args)]
pub struct OperatorArgs {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    what: Operate,
}

/// What only the operator at the machine does.
#[derive(clap::Subcommand)]
enum Operate {
    /// Make a tenant with the built-in roles
    CreateTenant {
        /// Word in the address: 3 to 40 lower-case letters, digits and inner hyphens
        #[arg(long)]
        slug: String,
        /// Name that pages show
        #[arg(long)]
        name: String,
        /// A partnership of agencies, or a single organisation
        #[arg(long, value_enum)]
        kind: Kind,
        /// Brand colour
        #[arg(long, default_value = "#1d5c63")]
        colour: String,
    },
    /// Invite the first administrator of a tenant; refused when there is one
    CreateAdministrator {
        /// The tenant's word in the address
        #[arg(long)]
        tenant: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// Their work address
        #[arg(long)]
        email: String,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Partnership,
    Single,
}

/// Makes a tenant or its first administrator; never an account with a known password.
///
/// # Errors
/// Every mistake in what was given.
pub async fn operator(args: OperatorArgs) -> Result<ExitCode> {
    let figment = args.config.figment()?;
    let words = |e: platform::Error| anyhow::anyhow!("{}", e.fields().first().map_or_else(|| e.public().to_owned(), |f| format!("{}: {}", f.field, f.message)));
    let operator = Operator::open(&figment, Clock::system()).await.map_err(words)?;
    match args.what {
        Operate::CreateTenant { slug, name, kind, colour } => {
            let (kind, agency_kind) = match kind {
                Kind::Partnership => (TenantKind::Partnership, String::new()),
                Kind::Single => (TenantKind::Single, "RJ_PROVIDER".to_owned()),
            };
            let new = NewTenant { slug: slug.clone(), name, kind, agency_kind, colour, demonstration: false, nodes: Vec::new() };
            operator::create_tenant(&operator, new).await.map_err(words)?;
            println!("The tenant is made. Next: accord operator create-administrator --tenant {slug} --name NAME --email ADDRESS");
        }
        Operate::CreateAdministrator { tenant, name, email } => {
            let made = operator::create_first_administrator(&operator, &tenant, &name, &email).await.map_err(words)?;
            println!("The link below works once, within 24 hours. Give it to the administrator by a safe way:");
            println!("  /t/{tenant}/enrol?key={}", made.enrolment_secret);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Arguments of `accord events`.
#[derive(clap::Args)]
pub struct Events {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    what: EventsWhat,
}

/// What can be done with events.
#[derive(clap::Subcommand)]
enum EventsWhat {
    /// Put the dead letters of a queue back
    Replay {
        /// The queue, for instance case.referral_accepted
        queue: String,
    },
    /// Stream all current facts again, so that reporting is rebuilt
    Resync,
}

/// Replays dead letters or streams facts again.
///
/// # Errors
/// Where broker or database are away.
pub async fn events(args: Events) -> Result<ExitCode> {
    let figment = args.config.figment()?;
    match args.what {
        EventsWhat::Replay { queue } => {
            let mut reader = Reader::new(&figment);
            let section: BrokerSection = reader.section();
            reader.finish()?;
            let broker = Broker::new(&section, "accord.replay");
            let count = dead::replay(&broker, &queue).await.map_err(|e| anyhow::anyhow!("{}: {e:?}", e.public()))?;
            println!("{count} messages went back to {queue}.");
        }
        EventsWhat::Resync => {
            let (shared, _) = stack::shared(&figment, Clock::system()).await?;
            for_each_service!(S => {
                if let Some(count) = app::resync::<S>(&figment, &shared).await? {
                    println!("{}: {count} facts are on their way.", <S as app::Service>::NAME);
                }
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}
