//! The demonstration: two tenants with invented people and months of work, made by the same calls that the pages make.
//!
//! The whole stack runs with a clock that is led from the past to today, so that every instant in the data is one at
//! which the command really ran.

mod client;
mod invent;
mod plan;
mod refer;
mod story;
mod teller;
mod tenants;
mod work;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::TimeDelta;
use figment::Figment;
use platform::Clock;
use serde::{Deserialize, Serialize};

use crate::{setup, stack};

/// How far back the demonstration begins.
const MONTHS: i64 = 18;

/// What scripts and tests need to know of a stack: the content of `demo.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoFile {
    /// Address of the pages.
    pub web: String,
    /// Address of the partner edge, `https://host:port`.
    pub grpc: String,
    /// PEM file of the authority that issued every certificate.
    pub ca: PathBuf,
    /// The tenants; empty without a demonstration.
    pub tenants: Vec<DemoTenant>,
}

/// One tenant of the demonstration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoTenant {
    /// Word in the address.
    pub slug: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Path of the public form.
    pub form: String,
    /// Path of the sign-in page.
    pub sign_in: String,
    /// Everyone who can sign in.
    pub users: Vec<DemoUser>,
    /// Partner systems.
    pub service_accounts: Vec<DemoAccount>,
    /// Agencies and teams by name.
    pub nodes: Vec<DemoNode>,
    /// Folder of the mail that was sent.
    pub mail: PathBuf,
    /// Folder of the texts that were sent.
    pub texts: PathBuf,
}

/// An agency or team.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoNode {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Someone who can sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoUser {
    /// Account.
    pub id: String,
    /// Name.
    pub name: String,
    /// Address to sign in with.
    pub email: String,
    /// Password, made for this stack.
    pub password: String,
    /// Secret of the authenticator, base32.
    pub totp_secret: String,
    /// Built-in role.
    pub role: String,
    /// Agency.
    pub agency: String,
}

/// A partner system.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoAccount {
    /// Account.
    pub id: String,
    /// Name.
    pub name: String,
    /// PEM file of its certificate.
    pub certificate: PathBuf,
    /// PEM file of its key.
    pub key: PathBuf,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("demo.json")
}

fn read(dir: &Path) -> Option<DemoFile> {
    serde_json::from_slice(&std::fs::read(file(dir)).ok()?).ok()
}

fn write(dir: &Path, demo: &DemoFile) -> Result<()> {
    setup::write_private(&file(dir), &serde_json::to_vec_pretty(demo)?)
}

/// Whether the folder's stack has its demonstration. The file is written with tenants only when all of it is there.
pub fn is_loaded(dir: &Path) -> bool {
    read(dir).is_some_and(|demo| !demo.tenants.is_empty())
}

/// Writes where the running stack answers.
///
/// # Errors
/// When the file cannot be written.
pub fn write_addresses(dir: &Path, running: gateway::Running) -> Result<()> {
    let mut demo = read(dir).unwrap_or_default();
    demo.web = stack::web_address(running.web);
    demo.grpc = format!("https://localhost:{}", running.grpc.port());
    demo.ca = dir.join("pki/ca.pem");
    write(dir, &demo)
}

/// Prints how to sign in.
pub fn print_sign_in(dir: &Path, web: &str) {
    let Some(demo) = read(dir).filter(|demo| !demo.tenants.is_empty()) else {
        println!("  No tenant yet: ./accord operator create-tenant --help");
        return;
    };
    for tenant in &demo.tenants {
        println!("\n  {}: {web}{}   public form {web}{}", tenant.name, tenant.sign_in, tenant.form);
        for user in tenant.users.iter().filter(|u| matches!(u.role.as_str(), "agency_coordinator" | "facilitator" | "partnership_lead" | "tenant_administrator")).take(4) {
            println!("    {:<24} {:<38} {}", user.role, user.email, user.password);
        }
    }
    println!("\n  All users, passwords and authenticator secrets: {}", file(dir).display());
}

/// Makes the demonstration.
///
/// # Errors
/// The first call that does not do what it should.
pub async fn load(dir: &Path, figment: &Figment, cases: u32) -> Result<()> {
    let now = Clock::system().now();
    let clock = Clock::manual(now - TimeDelta::days(MONTHS * 30 + 3));
    let stack = stack::start(figment, clock.clone()).await?;
    stack.ready().await?;
    let outcome = async {
        let client = client::Client::open(&stack.figment, clock.clone())?;
        let tenants = tenants::make(dir, &client, figment).await.context("making the tenants")?;
        story::tell(&client, &tenants, cases, now, &stack).await.context("telling the cases")?;
        Ok::<_, anyhow::Error>(tenants)
    }
    .await;
    stack.stop().await;
    let tenants = outcome?;
    write(dir, &DemoFile { tenants: tenants.into_iter().map(|t| t.shown).collect(), ..DemoFile::default() })
}
