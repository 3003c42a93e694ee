//! `accord audit`: proves that the trail of every service is what was sealed.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use figment::Figment;
use platform::{
    Clock,
    audit::{
        AuditSection,
        seal::{proof::Proof, signer::Trusted, verify::{Ask, AuditTrailOf, Report}},
    },
    config::Reader,
};
use uuid::Uuid;

use super::{Dir, configured::Config};
use crate::{for_each_service, layout};

/// Arguments of `accord audit`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    what: What,
}

/// What can be proved.
#[derive(clap::Subcommand)]
enum What {
    /// Check every batch, event and checkpoint of every service; the exit code is 1 where something does not fit
    Verify(Verify),
    /// Check a proof that `verify --event` printed, without any database
    CheckProof {
        /// The file with the proof, in JSON
        proof: PathBuf,
        /// PEM file with the public keys that are believed [default: audit.seal_public_keys of the configuration]
        #[arg(long)]
        keys: Option<PathBuf>,
    },
}

#[derive(clap::Args)]
struct Verify {
    #[command(flatten)]
    dir: Dir,
    /// Print the inclusion proof of this event instead
    #[arg(long, value_name = "ID")]
    event: Option<Uuid>,
    /// Folder with the checkpoints that left the system [default: audit.checkpoints of the configuration]
    #[arg(long, value_name = "DIR")]
    checkpoints: Option<PathBuf>,
    /// PEM file with the public keys that are believed [default: audit.seal_public_keys of the configuration]
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Seconds that an event may be in no batch
    #[arg(long, default_value_t = 30)]
    grace: u32,
}

/// Verifies the trail, or checks a proof.
///
/// # Errors
/// Where something cannot be read: then nothing is proved.
pub async fn run(args: Args) -> Result<ExitCode> {
    match args.what {
        What::Verify(ask) => {
            let figment = figment(&args.config, &ask.dir)?;
            match ask.event {
                Some(event) => prove(&figment, event).await,
                None => verify(&figment, &ask).await,
            }
        }
        What::CheckProof { proof, keys } => {
            let text = std::fs::read_to_string(&proof).with_context(|| format!("{} cannot be read", proof.display()))?;
            let parsed: Proof = serde_json::from_str(&text).with_context(|| format!("{} holds no proof", proof.display()))?;
            let trusted = trusted(keys, || section(&args.config.figment()?))?;
            match parsed.check(&trusted) {
                Ok(_) => {
                    println!("The proof holds: the event is in batch {} of {}, tenant {}, which key {} has signed.", parsed.batch, parsed.service, parsed.tenant, parsed.key_id);
                    Ok(ExitCode::SUCCESS)
                }
                Err(reason) => {
                    println!("The proof does not hold: {reason}.");
                    Ok(ExitCode::FAILURE)
                }
            }
        }
    }
}

/// The given configuration, or that of the private stack in the folder.
fn figment(config: &Config, dir: &Dir) -> Result<Figment> {
    if config.is_given() {
        return config.figment();
    }
    let file = layout::config_file(&dir.path_ref());
    Ok(platform::config::figment(file.is_file().then_some(file.as_path())))
}

fn section(figment: &Figment) -> Result<AuditSection> {
    let mut reader = Reader::new(figment);
    let section = reader.section();
    reader.finish()?;
    Ok(section)
}

fn trusted(given: Option<PathBuf>, configured: impl FnOnce() -> Result<AuditSection>) -> Result<Trusted> {
    let file = match given {
        Some(file) => file,
        None => configured()?.seal_public_keys,
    };
    if file.as_os_str().is_empty() {
        bail!("name the public keys that you believe: --keys FILE, or audit.seal_public_keys in the configuration.");
    }
    Trusted::from_file(&file).map_err(|e| anyhow::anyhow!("{e:?}"))
}

async fn verify(figment: &Figment, args: &Verify) -> Result<ExitCode> {
    let section = section(figment)?;
    let trusted = trusted(args.keys.clone(), || Ok(section.clone()))?;
    let configured = Some(section.checkpoints.clone()).filter(|folder| !folder.as_os_str().is_empty());
    let checkpoints = args.checkpoints.clone().or(configured);
    if checkpoints.is_none() {
        println!("No folder of checkpoints is given: that the newest batches were removed cannot be found.");
    }
    let ask = Ask { trusted: &trusted, checkpoints: checkpoints.as_deref(), now: Clock::system().now(), grace: TimeDelta::seconds(args.grace.into()) };
    let (mut all, began) = (Report::default(), Instant::now());
    for_each_service!(S => {
        let trail = AuditTrailOf::open::<S>(figment).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let report = trail.verify(&ask).await.map_err(|e| anyhow::anyhow!("{}: {e:?}", trail.service()))?;
        println!("{}: {} events in {} batches of {} tenants; {} checkpoints; {} findings.", trail.service(), report.events, report.batches, report.tenants, report.checkpoints, report.findings.len());
        all.events += report.events;
        all.batches += report.batches;
        all.findings.extend(report.findings);
    });
    let seconds = began.elapsed().as_secs_f64();
    println!("Read {} events in {seconds:.1} s: {:.0} events/s.", all.events, all.events as f64 / seconds.max(0.001));
    for finding in &all.findings {
        println!("{finding}");
    }
    if all.findings.is_empty() {
        println!("The trail is whole: nothing was altered, removed or inserted since it was sealed.");
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}

async fn prove(figment: &Figment, event: Uuid) -> Result<ExitCode> {
    let mut found = None;
    for_each_service!(S => {
        if found.is_none() {
            let trail = AuditTrailOf::open::<S>(figment).map_err(|e| anyhow::anyhow!("{e:?}"))?;
            found = trail.prove(event).await.map_err(|e| anyhow::anyhow!("{}: {e:?}", trail.service()))?;
        }
    });
    match found {
        Some(proof) => {
            println!("{}", serde_json::to_string_pretty(&proof)?);
            Ok(ExitCode::SUCCESS)
        }
        None => bail!("no service has a sealed event {event}."),
    }
}
