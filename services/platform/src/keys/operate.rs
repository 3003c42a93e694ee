//! What the operator's verbs do with the keys of one service (`accord keys ...`).

use figment::Figment;
use uuid::Uuid;

use super::{Keys, kms::FileKeyRing, section::KmsSection, shred::{self, Replayed, ShredList, ShredSection}};
use crate::{Clock, Db, Error, Result, Tx, app::Service, config::Reader, jobs::JobCtx};

/// The operator's way to one service's database and keys.
pub struct Operator {
    jobs: JobCtx,
}

impl Operator {
    /// With the configuration of the service: `[<service>.database]`, `[kms]` and `[shred_list]` are read.
    ///
    /// # Errors
    /// `Internal` with every mistake of the configuration.
    pub async fn open<S: Service>(figment: &Figment, clock: &Clock) -> Result<Self> {
        let mut reader = Reader::new(figment);
        let section = reader.service(S::NAME);
        let (kms, shred): (KmsSection, ShredSection) = (reader.section(), reader.section());
        reader.finish().map_err(Error::fault)?;
        let keys = Keys::open(&kms)?;
        let db = Db::connect(S::NAME, &section.database, keys.clone()).await?;
        if !shred.folder.as_os_str().is_empty() {
            db.use_shred_list(ShredList::new(&shred.folder, S::NAME, keys));
        }
        Ok(Self { jobs: shred::jobs(S::NAME, &db, clock) })
    }

    /// Gives a tenant a new key version; answers its number, `None` where the tenant has stored nothing in this service.
    /// New subjects lie under it at once, in every process; workers wrap the others again.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub async fn rotate_tenant(&self, tenant: Uuid) -> Result<Option<i32>> {
        let ctx = self.jobs.ctx_for(tenant, tenant);
        let mut tx = Tx::begin(self.jobs.db(), &ctx, ctx.permit()).await?;
        let version = tx.rotate_tenant_key().await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Wraps the keys of every tenant again that lie under an older root key; answers how many.
    ///
    /// # Errors
    /// The first tenant's that failed; the command may be given again.
    pub async fn rewrap_root(&self) -> Result<u64> {
        let mut done = 0;
        for tenant in self.jobs.tenants().await? {
            let ctx = self.jobs.ctx_for(tenant, tenant);
            let mut tx = Tx::begin(self.jobs.db(), &ctx, ctx.permit()).await?;
            done += tx.rewrap_tenant_keys().await?;
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Destroys again what the shred list says, after a restore.
    ///
    /// # Errors
    /// Of the list and the database; the command may be given again.
    pub async fn replay_shred_list<S: Service>(&self) -> Result<Replayed> {
        shred::replay::<S>(&self.jobs).await
    }

    /// Ends the connections.
    pub async fn close(self) {
        self.jobs.db().close().await;
    }
}

/// Adds a root key to the key ring file and makes it the current one; answers its name. A transit engine's root is rotated
/// there.
///
/// # Errors
/// `Internal` where the section names another kind or the file cannot be written.
pub fn rotate_key_ring(section: &KmsSection) -> Result<String> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    if section.kind != "file" {
        return Err(Error::fault("kms.kind: rotate the root key in the key management service, then come back with --rewrap-only"));
    }
    let mut ring = FileKeyRing::read(&section.path)?;
    let name = ring.rotate()?;
    let temporary = section.path.with_extension(format!("{}.new", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(zeroize::Zeroizing::new(ring.to_json()).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, &section.path)
    };
    write().map_err(|e| Error::fault(format!("kms.path: the key ring {} cannot be written: {}", section.path.display(), e.kind())))?;
    Ok(name)
}
