//! The permissions of each tenant at the epoch a caller comes with.
//!
//! The row in the service's own database is the truth that `Tx::begin` compares with; the cache only saves reading
//! it. A restart needs no identity; a token that is newer than the row makes the service ask identity first.

use std::{collections::HashMap, sync::{Arc, RwLock}};

use access::snapshot::Snapshot;
use futures::future::BoxFuture;
use prost::Message;
use proto::authz::v1 as wire;
use uuid::Uuid;

use crate::{Error, Result};

/// Asks identity for a tenant's permissions, at least as new as the given epoch.
pub type SnapshotFetcher = Arc<dyn Fn(Uuid, u64) -> BoxFuture<'static, Result<wire::Snapshot>> + Send + Sync>;

/// An epoch and the encoded snapshot for it.
pub type EpochRow = (u64, Vec<u8>);

/// The rows of `platform.authz_epoch`.
pub trait EpochRows: Send + Sync + 'static {
    /// The row of a tenant.
    fn load(&self, tenant: Uuid) -> BoxFuture<'_, Result<Option<EpochRow>>>;

    /// Replaces the row where the given epoch is newer.
    fn store(&self, tenant: Uuid, epoch: u64, snapshot: Vec<u8>) -> BoxFuture<'_, Result<()>>;
}

/// The permissions of all tenants; clones share the cache.
#[derive(Clone)]
pub struct SnapshotSource(Arc<Inner>);

struct Inner {
    rows: Arc<dyn EpochRows>,
    fetcher: Option<SnapshotFetcher>,
    cache: RwLock<HashMap<Uuid, Arc<Snapshot>>>,
    /// One refresh at a time, so that a change of roles does not make every request ask identity.
    refresh: tokio::sync::Mutex<()>,
}

impl SnapshotSource {
    /// `rows` are those of the service's database; `fetcher` is `None` in identity, whose own rows are never behind.
    pub fn new(rows: Arc<dyn EpochRows>, fetcher: Option<SnapshotFetcher>) -> Self {
        Self(Arc::new(Inner { rows, fetcher, cache: RwLock::default(), refresh: tokio::sync::Mutex::default() }))
    }

    /// The permissions at exactly the epoch of a caller's token.
    ///
    /// # Errors
    /// `Unauthenticated` with reason STALE_TOKEN for an older epoch than the service knows; `Unavailable` where
    /// a newer one cannot be fetched.
    pub async fn get(&self, tenant: Uuid, epoch: u64) -> Result<Arc<Snapshot>> {
        if let Some(found) = at(self.cached(tenant), epoch)? {
            return Ok(found);
        }
        let _alone = self.0.refresh.lock().await;
        if let Some(found) = at(self.cached(tenant), epoch)? {
            return Ok(found);
        }
        if let Some(found) = at(self.stored(tenant).await?, epoch)? {
            return Ok(found);
        }
        let fetcher = self.0.fetcher.as_ref().ok_or_else(|| Error::unauthenticated().internal("a token of an epoch that does not exist"))?;
        let fetched = fetcher(tenant, epoch).await?;
        let held = self.take(tenant, &fetched).await?;
        at(Some(held), epoch)?.ok_or_else(|| Error::unavailable("identity does not know the token's epoch yet"))
    }

    /// The newest permissions that the service knows of, for work that no token stands behind.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest(&self, tenant: Uuid) -> Result<Option<Arc<Snapshot>>> {
        match self.cached(tenant) {
            Some(found) => Ok(Some(found)),
            None => self.stored(tenant).await,
        }
    }

    /// Takes a snapshot that identity sent, and answers the epoch that is held now, which may be newer.
    ///
    /// # Errors
    /// `InvalidArgument` where it cannot be compiled; those of the database.
    pub async fn advance(&self, tenant: Uuid, snapshot: &wire::Snapshot) -> Result<u64> {
        Ok(self.take(tenant, snapshot).await?.epoch())
    }

    async fn take(&self, tenant: Uuid, snapshot: &wire::Snapshot) -> Result<Arc<Snapshot>> {
        let compiled = compile(tenant, snapshot)?;
        self.0.rows.store(tenant, compiled.epoch(), snapshot.encode_to_vec()).await?;
        Ok(self.put(compiled))
    }

    fn cached(&self, tenant: Uuid) -> Option<Arc<Snapshot>> {
        self.0.cache.read().ok()?.get(&tenant).cloned()
    }

    async fn stored(&self, tenant: Uuid) -> Result<Option<Arc<Snapshot>>> {
        let Some((_, bytes)) = self.0.rows.load(tenant).await? else { return Ok(None) };
        let snapshot = wire::Snapshot::decode(bytes.as_slice()).map_err(|e| Error::fault("stored snapshot").source(e))?;
        Ok(Some(self.put(compile(tenant, &snapshot)?)))
    }

    /// Puts a snapshot into the cache unless a newer one is there; answers the one that is there then.
    fn put(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        let Ok(mut cache) = self.0.cache.write() else { return snapshot };
        let held = cache.entry(snapshot.tenant()).or_insert_with(|| snapshot.clone());
        if held.epoch() < snapshot.epoch() {
            *held = snapshot;
        }
        held.clone()
    }
}

/// `held` where it is of the wanted epoch, nothing where a newer one must be had.
fn at(held: Option<Arc<Snapshot>>, wanted: u64) -> Result<Option<Arc<Snapshot>>> {
    match held {
        Some(held) if held.epoch() > wanted => Err(Error::stale_token()),
        held => Ok(held.filter(|h| h.epoch() == wanted)),
    }
}

fn compile(tenant: Uuid, snapshot: &wire::Snapshot) -> Result<Snapshot> {
    let broken = |why: String| Error::invalid().field("snapshot", "This snapshot cannot be used.").internal(why);
    let compiled = Snapshot::compile(snapshot).map_err(|e| broken(e.to_string()))?;
    if compiled.tenant() == tenant { Ok(compiled) } else { Err(broken("it belongs to another tenant".into())) }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, atomic::{AtomicUsize, Ordering}};

    use super::*;
    use crate::error::{Kind, STALE_TOKEN};

    #[derive(Default)]
    struct Rows(Mutex<HashMap<Uuid, EpochRow>>);

    impl EpochRows for Rows {
        fn load(&self, tenant: Uuid) -> BoxFuture<'_, Result<Option<EpochRow>>> {
            Box::pin(async move { Ok(self.0.lock().unwrap().get(&tenant).cloned()) })
        }

        fn store(&self, tenant: Uuid, epoch: u64, snapshot: Vec<u8>) -> BoxFuture<'_, Result<()>> {
            Box::pin(async move {
                let mut rows = self.0.lock().unwrap();
                if rows.get(&tenant).is_none_or(|(held, _)| *held < epoch) {
                    rows.insert(tenant, (epoch, snapshot));
                }
                Ok(())
            })
        }
    }

    const TENANT: Uuid = Uuid::from_u128(1);

    fn snapshot(epoch: u64) -> wire::Snapshot {
        let root = wire::Node { id: Uuid::from_u128(2).to_string(), ..wire::Node::default() };
        wire::Snapshot { tenant_id: TENANT.to_string(), epoch, nodes: vec![root], ..wire::Snapshot::default() }
    }

    fn source(identity_has: u64) -> (SnapshotSource, Arc<Rows>, Arc<AtomicUsize>) {
        let (rows, asked) = (Arc::new(Rows::default()), Arc::new(AtomicUsize::new(0)));
        let count = asked.clone();
        let fetcher: SnapshotFetcher = Arc::new(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(snapshot(identity_has)) })
        });
        (SnapshotSource::new(rows.clone(), Some(fetcher)), rows, asked)
    }

    #[tokio::test]
    async fn a_newer_token_makes_the_service_ask_identity_once() {
        let (source, rows, asked) = source(5);
        for _ in 0..3 {
            assert_eq!(source.get(TENANT, 5).await.unwrap().epoch(), 5);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(rows.0.lock().unwrap()[&TENANT].0, 5);
        let restarted = SnapshotSource::new(rows, None);
        assert_eq!(restarted.get(TENANT, 5).await.unwrap().epoch(), 5, "a restart needs no identity");
    }

    #[tokio::test]
    async fn an_older_token_is_stale() {
        let (source, _, _) = source(5);
        assert_eq!(source.advance(TENANT, &snapshot(5)).await.unwrap(), 5);
        let error = source.get(TENANT, 4).await.unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Unauthenticated, STALE_TOKEN));
        assert_eq!(source.advance(TENANT, &snapshot(3)).await.unwrap(), 5, "an older snapshot changes nothing");
    }

    #[tokio::test]
    async fn an_epoch_that_nobody_knows_is_refused() {
        let (source, rows, _) = source(5);
        assert_eq!(source.get(TENANT, 6).await.unwrap_err().kind(), Kind::Unavailable);
        let identity = SnapshotSource::new(rows, None);
        assert_eq!(identity.get(TENANT, 6).await.unwrap_err().kind(), Kind::Unauthenticated);
    }

    #[tokio::test]
    async fn another_tenants_snapshot_is_refused() {
        let (source, _, _) = source(5);
        assert!(source.get(Uuid::from_u128(9), 5).await.is_err());
        assert!(source.newest(Uuid::from_u128(9)).await.unwrap().is_none());
    }
}
