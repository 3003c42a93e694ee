//! The services and the gateway in one process: what `accord all` and `accord up` run.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use figment::{Figment, providers::Serialized};
use platform::{
    Clock,
    app::{self, Mode, Shared},
    config::{AdminSection, LimitsSection, Reader, TelemetrySection},
    grpc::admin::{self, Checks},
    lifecycle::Shutdown,
    telemetry::Telemetry,
};
use tokio::net::TcpListener;

/// Does the same for each of the five services.
#[macro_export]
macro_rules! for_each_service {
    ($service:ident => $body:expr) => {{
        {
            type $service = identity::IdentityService;
            $body
        }
        {
            type $service = referral::ReferralService;
            $body
        }
        {
            type $service = case::CaseService;
            $body
        }
        {
            type $service = notification::NotificationService;
            $body
        }
        {
            type $service = reporting::ReportingService;
            $body
        }
    }};
}

/// A running stack.
pub struct Stack {
    /// Where the gateway listens.
    pub gateway: gateway::Running,
    /// The admin port.
    pub admin: SocketAddr,
    /// What all services share.
    pub shared: Shared,
    /// The configuration with the addresses that the machine chose.
    pub figment: Figment,
    /// The services by name.
    pub services: Vec<(&'static str, app::Running)>,
}

/// What the services of this process share, and the admin port, which is served from here on.
///
/// # Errors
/// The configuration's mistakes, or the admin port cannot be had.
pub async fn shared(figment: &Figment, clock: Clock) -> Result<(Shared, SocketAddr)> {
    let mut reader = Reader::new(figment);
    let (telemetry, admin, limits): (TelemetrySection, AdminSection, LimitsSection) = (reader.section(), reader.section(), reader.section());
    reader.finish()?;
    let telemetry = Telemetry::init(&telemetry).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let shared = Shared { clock, shutdown: Shutdown::of(&limits), telemetry, checks: Checks::default() };
    let listener = TcpListener::bind(admin.listen).await.with_context(|| format!("admin.listen: cannot listen on {}", admin.listen))?;
    let address = listener.local_addr()?;
    let (telemetry, checks, shutdown) = (shared.telemetry.clone(), shared.checks.clone(), shared.shutdown.clone());
    tokio::spawn(async move {
        if let Err(error) = admin::serve(listener, telemetry, checks, shutdown).await {
            tracing::warn!(%error, "the admin port ended");
        }
    });
    Ok((shared, address))
}

/// Starts everything. Peers without an address are given those that were bound here.
///
/// # Errors
/// Whatever keeps a service from starting.
pub async fn start(figment: &Figment, clock: Clock) -> Result<Stack> {
    let (shared, admin) = shared(figment, clock).await?;
    let mut figment = figment.clone();
    let mut listeners = Vec::new();
    for_each_service!(S => {
        let listener = app::bind::<S>(&figment).await?;
        let name = <S as app::Service>::NAME;
        let key = format!("peers.{name}");
        if figment.extract_inner::<String>(&key).map_or(true, |address| address.is_empty()) {
            figment = figment.merge(Serialized::default(&key, listener.local_addr()?.to_string()));
        }
        listeners.push(listener);
    });
    let edges = gateway::bind(&figment).await?;
    let web_key = "notification.settings.web_url";
    if figment.extract_inner::<String>(web_key).map_or(true, |address| address.is_empty()) {
        figment = figment.merge(Serialized::default(web_key, web_address(edges.web.local_addr()?)));
    }
    let mut listeners = listeners.into_iter();
    let mut services = Vec::new();
    for_each_service!(S => {
        services.push((<S as app::Service>::NAME, app::start::<S>(&figment, &shared, Mode::ALL, listeners.next()).await?));
    });
    let gateway = gateway::start(&figment, &shared, edges).await?;
    Ok(Stack { gateway, admin, shared, figment, services })
}

/// The address that people on this machine open.
pub fn web_address(listen: SocketAddr) -> String {
    format!("https://localhost:{}", listen.port())
}

impl Stack {
    /// Where each service and the admin port listen, for `addresses.json`.
    pub fn addresses(&self) -> serde_json::Value {
        let mut map = serde_json::Map::new();
        for (name, running) in &self.services {
            if let Some(address) = running.grpc_addr {
                map.insert((*name).to_owned(), address.to_string().into());
            }
        }
        map.insert("admin".to_owned(), self.admin.to_string().into());
        map.into()
    }

    /// Waits until every service is ready.
    ///
    /// # Errors
    /// What is not ready after a minute.
    pub async fn ready(&self) -> Result<()> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            let failing = self.shared.checks.failing().await;
            if failing.is_empty() {
                return Ok(());
            }
            if tokio::time::Instant::now() > deadline {
                anyhow::bail!("not ready after a minute: {}", failing.join(", "));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops everything and waits for it.
    pub async fn stop(self) {
        self.shared.shutdown.start();
        self.shared.shutdown.complete().await;
    }

    /// Serves until a signal, then drains.
    ///
    /// # Errors
    /// Where signals cannot be listened for.
    pub async fn serve(self) -> Result<()> {
        self.shared.shutdown.listen_for_signals()?;
        self.shared.shutdown.complete().await;
        self.shared.telemetry.flush();
        Ok(())
    }
}

/// Brings every database to its schema.
///
/// # Errors
/// The first that fails.
pub async fn migrate(figment: &Figment) -> Result<()> {
    for_each_service!(S => {
        app::migrate::<S>(figment).await.with_context(|| format!("migrating {}", <S as app::Service>::NAME))?;
    });
    Ok(())
}
