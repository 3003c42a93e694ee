//! `accord keys`: rotation of keys, and the shred list after a restore.

use std::process::ExitCode;

use anyhow::{Result, bail};
use identity::operator;
use platform::{
    Clock,
    app,
    config::{KmsSection, Reader},
    keys::operate::{self, Operator},
};
use uuid::Uuid;

use super::configured::Config;
use crate::for_each_service;

/// Arguments of `accord keys`.
#[derive(clap::Args)]
pub struct Keys {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    what: What,
}

/// What can be done with keys.
#[derive(clap::Subcommand)]
enum What {
    /// Make a new version of a tenant's keys, or of the root key; running workers wrap what lies under the old one again
    Rotate(Rotate),
    /// Destroy again what the shred list says was destroyed: after each restore, before anything is served
    ReplayShredList,
}

/// What is rotated.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Rotate {
    /// The tenant, by its word in the address or its id
    #[arg(long)]
    tenant: Option<String>,
    /// Add a root key to the key ring file, and wrap every tenant's keys by it
    #[arg(long)]
    root: bool,
    /// Wrap every tenant's keys by the newest root key, which a transit engine has made
    #[arg(long)]
    rewrap_only: bool,
}

/// Rotates keys or replays the shred list, in every service.
///
/// # Errors
/// Where a database or the root key is away; the command may be given again.
pub async fn keys(args: Keys) -> Result<ExitCode> {
    let figment = args.config.figment()?;
    let clock = Clock::system();
    let words = |e: platform::Error| anyhow::anyhow!("{e:?}");
    match args.what {
        What::Rotate(Rotate { tenant: Some(tenant), .. }) => {
            let tenant = tenant_id(&figment, &clock, &tenant).await?;
            for_each_service!(S => {
                let operator = Operator::open::<S>(&figment, &clock).await.map_err(words)?;
                match operator.rotate_tenant(tenant).await.map_err(words)? {
                    Some(version) => println!("{}: version {version} is used from now on.", <S as app::Service>::NAME),
                    None => println!("{}: the tenant has stored nothing here.", <S as app::Service>::NAME),
                }
                operator.close().await;
            });
        }
        What::Rotate(Rotate { root, .. }) => {
            if root {
                let mut reader = Reader::new(&figment);
                let section: KmsSection = reader.section();
                reader.finish()?;
                println!("The root key {} is used from now on. Keep the old ones in the ring: backups need them.", operate::rotate_key_ring(&section).map_err(words)?);
            }
            for_each_service!(S => {
                let operator = Operator::open::<S>(&figment, &clock).await.map_err(words)?;
                println!("{}: {} keys of tenants lie under the newest root key.", <S as app::Service>::NAME, operator.rewrap_root().await.map_err(words)?);
                operator.close().await;
            });
        }
        What::ReplayShredList => {
            for_each_service!(S => {
                let operator = Operator::open::<S>(&figment, &clock).await.map_err(words)?;
                let replayed = operator.replay_shred_list::<S>().await.map_err(words)?;
                println!("{}: {} entries, {} keys destroyed again.", <S as app::Service>::NAME, replayed.entries, replayed.destroyed);
                operator.close().await;
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn tenant_id(figment: &figment::Figment, clock: &Clock, tenant: &str) -> Result<Uuid> {
    if let Ok(id) = Uuid::parse_str(tenant) {
        return Ok(id);
    }
    let identity = operator::Operator::open(figment, clock.clone()).await.map_err(|e| anyhow::anyhow!("{e:?}"))?;
    match identity.tenant(tenant).await {
        Ok(id) => Ok(id),
        Err(error) if error.kind() == platform::Kind::NotFound => bail!("there is no tenant `{tenant}`: give its word in the address (/t/<word>/) or its id."),
        Err(error) => Err(anyhow::anyhow!("{error:?}")),
    }
}
