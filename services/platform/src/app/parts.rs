//! What a service is built with, read from the configuration.

use std::{path::Path, sync::{Arc, OnceLock}, time::Duration};

use access::policy::PolicyTable;
use figment::Figment;
use proto::identity::v1::{GetSnapshotRequest, organisation_service_client::OrganisationServiceClient};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use super::{Service, Shared, failed, glue, nobody};
use crate::{
    Clock, Db, Error, Result,
    audit::AuditSection,
    config::{BrokerSection, ConfigErrors, KmsSection, LimitsSection, PeersSection, Reader, RedisSection, Section, ServiceSection, ShredSection, TlsSection, TokensSection},
    grpc::{Peers, SnapshotFetcher, SnapshotSource, call::as_workload_of, retry_read},
    keys::{Keys, shred::ShredList},
    lifecycle::Shutdown,
    telemetry::Telemetry,
    tls::{Identity, TlsFiles},
};

/// Time identity has to answer with a snapshot; below the deadline of the request that waits for it.
const SNAPSHOT: Duration = Duration::from_secs(2);

/// Every section that a service reads.
pub(super) struct Sections {
    pub(super) service: ServiceSection,
    pub(super) tls: TlsSection,
    pub(super) tokens: TokensSection,
    pub(super) broker: BrokerSection,
    pub(super) redis: RedisSection,
    pub(super) kms: KmsSection,
    pub(super) shred: ShredSection,
    pub(super) limits: LimitsSection,
    pub(super) audit: AuditSection,
    pub(super) peers: PeersSection,
}

impl Sections {
    pub(super) fn read<S: Service>(figment: &Figment) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(figment);
        let sections = Self {
            service: reader.service(S::NAME),
            tls: reader.section(),
            tokens: reader.section(),
            broker: reader.section(),
            redis: reader.section(),
            kms: reader.section(),
            shred: reader.section(),
            limits: reader.section(),
            audit: reader.section(),
            peers: reader.section(),
        };
        S::check(&mut reader);
        for (key, given) in [
            (format!("{}.database.app_url", S::NAME), sections.service.database.app_url.is_set()),
            (format!("{}.database.platform_url", S::NAME), sections.service.database.platform_url.is_set()),
            ("broker.url".to_owned(), sections.broker.url.is_set()),
            ("tls.ca".to_owned(), is_named(&sections.tls.ca)),
            ("tokens.public_keys".to_owned(), is_named(&sections.tokens.public_keys)),
        ] {
            if !given {
                reader.mistake(format!("{key}: is not set"));
            }
        }
        reader.finish()?;
        Ok(sections)
    }
}

fn is_named(file: &Path) -> bool {
    !file.as_os_str().is_empty()
}

/// What a service is built with. Clones share everything.
#[derive(Clone)]
pub struct Deps {
    /// The merged layers of the configuration; a service reads its own settings with [`Deps::settings`].
    pub figment: Figment,
    /// The service's name.
    pub name: &'static str,
    /// Its section.
    pub section: ServiceSection,
    /// Its database.
    pub db: Db,
    /// Its keys.
    pub keys: Keys,
    /// The time.
    pub clock: Clock,
    /// The other services.
    pub peers: Peers,
    /// The stop of the process, for tasks of the service's own.
    pub shutdown: Shutdown,
    /// The cache, where one is configured. It connects at the first use; that it is away must fail no request.
    pub redis: Option<ConnectionManager>,
    /// Prefix of every key in the cache.
    pub redis_prefix: String,
    /// Logs, traces and metrics of the process.
    pub telemetry: Telemetry,
    /// The tenants' permissions; identity advances its own here.
    pub snapshots: SnapshotSource,
    /// The service's certificate.
    pub identity: Identity,
}

impl Deps {
    /// The service's settings, `[<service>.settings]`.
    ///
    /// # Errors
    /// `Internal` with every mistake; `start` has reported them before when [`Service::check`] reads the same section.
    pub fn settings<T: Section>(&self) -> Result<T> {
        let mut reader = Reader::new(&self.figment);
        let settings = reader.section_at(&format!("{}.settings", self.name));
        reader.finish().map_err(Error::fault)?;
        Ok(settings)
    }

    pub(super) async fn make<S: Service>(figment: &Figment, sections: &Sections, shared: &Shared) -> anyhow::Result<Self> {
        let wrong = |e: Error| failed(S::NAME, &e);
        let identity = Identity::load(TlsFiles::of(&sections.service, &sections.tls)).map_err(wrong)?;
        identity.watch(&shared.shutdown);
        let keys = Keys::open(&sections.kms).map_err(wrong)?;
        let db = Db::connect_with(S::NAME, &sections.service.database, keys.clone(), sections.audit.looks).await.map_err(wrong)?;
        if is_named(&sections.shred.folder) {
            db.use_shred_list(ShredList::new(&sections.shred.folder, S::NAME, keys.clone()));
        }
        let peers = Peers::connect(&sections.peers, &identity).map_err(wrong)?;
        let fetcher = (S::NAME != "identity").then(|| fetcher(peers.clone()));
        let snapshots = SnapshotSource::new(Arc::new(glue::Epochs::new(&db, &shared.clock)), fetcher);
        Ok(Self {
            figment: figment.clone(),
            name: S::NAME,
            section: sections.service.clone(),
            db,
            keys,
            clock: shared.clock.clone(),
            peers,
            shutdown: shared.shutdown.clone(),
            redis: cache(&sections.redis)?,
            redis_prefix: sections.redis.prefix.clone(),
            telemetry: shared.telemetry.clone(),
            snapshots,
            identity,
        })
    }
}

fn cache(section: &RedisSection) -> anyhow::Result<Option<ConnectionManager>> {
    if !section.url.is_set() {
        return Ok(None);
    }
    // The address holds a password, so the error's own words are not repeated.
    let client = redis::Client::open(section.url.expose()).map_err(|_| anyhow::anyhow!("redis.url: this is not a redis address"))?;
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_connection_timeout(Some(Duration::from_millis(500)))
        .set_response_timeout(Some(Duration::from_millis(250)));
    Ok(Some(ConnectionManager::new_lazy_with_config(client, config)?))
}

fn fetcher(peers: Peers) -> SnapshotFetcher {
    Arc::new(move |tenant, _epoch| {
        let peers = peers.clone();
        Box::pin(async move {
            let answer = retry_read(|| async {
                let mut client = OrganisationServiceClient::new(peers.channel("identity").map_err(tonic::Status::from)?);
                client.get_snapshot(as_workload_of(tenant, nobody(), SNAPSHOT, GetSnapshotRequest { tenant_id: tenant.to_string() })).await
            })
            .await?;
            answer.snapshot.ok_or_else(|| Error::unavailable("identity answered without a snapshot"))
        })
    })
}

/// Every method's policy, read once for the process.
pub(super) fn policies() -> anyhow::Result<Arc<PolicyTable>> {
    static POLICIES: OnceLock<Arc<PolicyTable>> = OnceLock::new();
    if let Some(policies) = POLICIES.get() {
        return Ok(policies.clone());
    }
    let table = PolicyTable::from_pool(proto::pool())
        .map_err(|errors| anyhow::anyhow!("the contracts lack annotations:\n{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    Ok(POLICIES.get_or_init(|| Arc::new(table)).clone())
}
