//! The ground that is measured on: a temporary folder with private servers and a small demonstration, and the processes
//! of this program that serve it.

use std::{collections::HashSet, fs, path::{Path, PathBuf}, process::Stdio, time::{Duration, Instant}};

use anyhow::{Context, Result, bail};
use figment::{Figment, providers::Serialized};
use platform::{Clock, config};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::Options;
use crate::{demo::{self, DemoFile, DemoTenant}, layout::{self, Plan, SERVICES}, ports, servers::{self, Servers}, setup, stack};

/// How long a process may take until it answers.
const START: Duration = Duration::from_secs(60);
/// How long it may take to end before it is killed.
const STOP: Duration = Duration::from_secs(20);

/// The folder, its servers and what the demonstration tells.
pub struct Ground {
    folder: TempDir,
    /// Its servers.
    pub servers: Servers,
    /// The demonstration's larger tenant.
    pub tenant: DemoTenant,
}

impl Ground {
    /// Starts the servers, brings the databases to their schema and loads a small demonstration.
    ///
    /// # Errors
    /// What keeps one of them from it.
    pub async fn lay(options: &Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("accord-bench-").tempdir()?;
        let dir = setup::prepare(folder.path())?;
        eprintln!("==> Private servers and a demonstration of {} cases", options.cases);
        let servers = servers::start(&dir, &servers::Options { fast: false }).await?;
        let laid = async {
            let packages = setup::default_dir().join("web");
            layout::lay_out(&Plan { dir: &dir, servers: &servers, web_port: 0, grpc_port: 0, packages, now: Clock::system().now() }).await?;
            let figment = config::figment(Some(&layout::config_file(&dir)));
            stack::migrate(&figment).await?;
            demo::load(&dir, &figment, options.cases).await?;
            let file: DemoFile = serde_json::from_slice(&fs::read(dir.join("demo.json"))?)?;
            file.tenants.into_iter().next().context("the demonstration has no tenant")
        }
        .await;
        match laid {
            Ok(tenant) => Ok(Self { folder, servers, tenant }),
            Err(error) => {
                servers::remove(&dir).await?;
                Err(error)
            }
        }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration file of the stack.
    pub fn config(&self) -> PathBuf {
        layout::config_file(self.dir())
    }

    /// A database as its superuser, for what no service may do: filling, counting, logging.
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub async fn database(&self, service: &str) -> Result<PgConnection> {
        let url = self.servers.postgres.superuser_url.rsplit_once('/').context("an address without a database")?.0.to_owned();
        Ok(PgConnection::connect(&format!("{url}/accord_{service}")).await?)
    }

    /// The epoch of the tenant's permissions, for tokens.
    ///
    /// # Errors
    /// Where the database does not tell.
    pub async fn epoch(&self) -> Result<u64> {
        let mut connection = self.database("identity").await?;
        let tenant: uuid::Uuid = self.tenant.id.parse()?;
        let epoch: i64 = sqlx::query_scalar("SELECT epoch FROM platform.authz_epoch WHERE tenant_id = $1").bind(tenant).fetch_one(&mut connection).await?;
        Ok(u64::try_from(epoch)?)
    }

    /// Starts a process of this program: `words` as on the command line, on the named core where one is named.
    ///
    /// # Errors
    /// Where it does not come up; its log's last lines are in the words.
    pub async fn serve(&self, words: &[&str], core: Option<usize>, looks: bool) -> Result<Served> {
        let log = self.dir().join("served.log");
        let output = setup::open_log(&log)?;
        let mut command = on_core(core, &std::env::current_exe()?);
        command.args(words).arg("--config").arg(self.config()).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).kill_on_drop(true);
        let mut taken = HashSet::new();
        let mut address = || ports::choose(&mut taken).map(|port| format!("127.0.0.1:{port}"));
        let (admin, web, edge) = (address()?, address()?, address()?);
        command.env("ACCORD__ADMIN__LISTEN", &admin).env("ACCORD__GATEWAY__WEB__LISTEN", &web).env("ACCORD__GATEWAY__GRPC__LISTEN", &edge);
        command.env("ACCORD__AUDIT__LOOKS", if looks { "true" } else { "false" });
        let mut peers = Vec::new();
        for service in SERVICES {
            let at = address()?;
            command.env(format!("ACCORD__{}__LISTEN", service.to_uppercase()), &at);
            peers.push((service, at));
        }
        let spawned = Instant::now();
        let child = command.spawn().context("this program cannot be started again")?;
        let web = format!("https://localhost:{}", web.rsplit_once(':').map_or("", |(_, port)| port));
        Ok(Served { child, spawned, admin: format!("http://{admin}"), web, peers, log })
    }

    /// The configuration with the addresses of a served process.
    pub fn figment(&self, served: &Served) -> Figment {
        let mut figment = config::figment(Some(&self.config()));
        for (service, address) in &served.peers {
            figment = figment.merge(Serialized::default(&format!("peers.{service}"), address));
        }
        figment
    }

    /// Stops the servers and deletes everything.
    ///
    /// # Errors
    /// Where something cannot be stopped or deleted.
    pub async fn remove(self) -> Result<()> {
        servers::remove(self.folder.path()).await?;
        self.folder.close().context("the temporary folder cannot be deleted")
    }
}

/// A command that runs on one core only, where one is named.
pub fn on_core(core: Option<usize>, program: &Path) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(core.to_string()).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// A process of this program that serves.
pub struct Served {
    child: Child,
    /// When it was started.
    pub spawned: Instant,
    admin: String,
    /// Address of its pages.
    pub web: String,
    /// Where its services listen.
    pub peers: Vec<(&'static str, String)>,
    log: PathBuf,
}

impl Served {
    /// Waits until it is ready.
    ///
    /// # Errors
    /// After a minute, or when it ended.
    pub async fn ready(&mut self) -> Result<()> {
        let client = reqwest::Client::builder().build()?;
        let url = format!("{}/readyz", self.admin);
        self.answers(&client, &url).await.map(drop)
    }

    /// Waits until an address answers with success, and tells how long after the start that was.
    ///
    /// # Errors
    /// As [`Served::ready`].
    pub async fn answers(&mut self, client: &reqwest::Client, url: &str) -> Result<Duration> {
        while self.spawned.elapsed() < START {
            if client.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(self.spawned.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                let text = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("the measured process ended ({status}): {}", text.lines().last().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the measured process did not answer at {url} within a minute")
    }

    /// Resident memory in MB, as the kernel counts it.
    ///
    /// # Errors
    /// Where it has ended.
    pub fn memory(&self) -> Result<f64> {
        let pid = self.child.id().context("the measured process has ended")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("the kernel tells no VmRSS")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("the kernel tells no VmRSS")?.parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Ends it as an operator would.
    ///
    /// # Errors
    /// Where it cannot be ended.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            kill_process(pid, Signal::TERM)?;
        }
        if tokio::time::timeout(STOP, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// A client of the pages that trusts the folder's authority and nothing else.
///
/// # Errors
/// Where the certificate cannot be read.
pub fn browser(ca: &Path) -> Result<reqwest::Client> {
    let certificate = reqwest::Certificate::from_pem(&fs::read(ca)?)?;
    Ok(reqwest::Client::builder().tls_certs_only([certificate]).redirect(reqwest::redirect::Policy::none()).build()?)
}
