//! The job that brings checkpoints out of the system: to a folder each minute (a mount of an object store whose objects cannot be
//! overwritten, for instance), and once a day as an event that notification mails to the data protection officers.

use std::{io::ErrorKind, path::{Path, PathBuf}, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use opentelemetry::{KeyValue, metrics::Counter};
use proto::events::v1::AuditCheckpointMade;
use tokio::{fs, io::AsyncWriteExt};
use uuid::Uuid;

use super::{checkpoint::Checkpoint, merkle::Peaks, sealer::failures, signer::Signer};
use crate::{
    Error, Result, Tx, ids,
    jobs::{Job, JobCtx},
    local_time,
    telemetry::{SERVICE, Telemetry},
};

/// Writes and sends checkpoints of one service.
pub struct Outside {
    service: &'static str,
    origin: String,
    folder: Option<PathBuf>,
    signer: Arc<dyn Signer>,
    failures: Counter<u64>,
}

/// The end of a tenant's chain, as far as a checkpoint needs it.
struct Head {
    tenant: Uuid,
    size: i64,
    events: i64,
    peaks: Vec<u8>,
    written: i64,
    is_due_to_tell: bool,
}

impl Outside {
    /// `folder` is where files go; none are written without it.
    pub fn new(service: &'static str, origin: &str, folder: Option<PathBuf>, signer: Arc<dyn Signer>, telemetry: &Telemetry) -> Self {
        Self { service, origin: origin.to_owned(), folder, signer, failures: failures(telemetry) }
    }

    async fn bring_out(&self, jobs: &JobCtx) -> Result<()> {
        let today = local_time::today(jobs.clock().now());
        let rows = sqlx::query!(
            "SELECT tenant_id, number, events, peaks, written, number > told AND (told_on IS NULL OR told_on < $1) AS \"is_due_to_tell!\"
             FROM platform.audit_head WHERE number > written OR number > told ORDER BY tenant_id",
            today
        )
        .fetch_all(jobs.db().platform())
        .await?;
        // What fails for one tenant must not keep another's from leaving; the first failure is told.
        let mut done = Ok(());
        for row in rows {
            if jobs.stopping() {
                break;
            }
            let head = Head { tenant: row.tenant_id, size: row.number, events: row.events, peaks: row.peaks, written: row.written, is_due_to_tell: row.is_due_to_tell };
            if let Err(error) = self.of_tenant(jobs, &head, today).await {
                tracing::error!(tenant = %head.tenant, ?error, "a checkpoint did not leave");
                done = done.and(Err(error));
            }
        }
        done
    }

    async fn of_tenant(&self, jobs: &JobCtx, head: &Head, today: chrono::NaiveDate) -> Result<()> {
        let is_to_write = head.size > head.written && self.folder.is_some();
        if !is_to_write && !head.is_due_to_tell {
            return Ok(());
        }
        let size = head.size.cast_unsigned();
        let peaks = Peaks::from_bytes(size, &head.peaks).ok_or_else(|| Error::fault("the head of the audit chain is broken; `accord audit verify` tells more"))?;
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            service: self.service.to_owned(),
            tenant: head.tenant,
            size,
            root: peaks.root(),
            events: head.events.cast_unsigned(),
        };
        let note = checkpoint.sign(self.signer.as_ref()).await?;
        if let Some(folder) = self.folder.as_ref().filter(|_| is_to_write) {
            let file = file(folder, self.service, head.tenant, size);
            write(&file, &note).await?;
            sqlx::query!("UPDATE platform.audit_head SET written = $2 WHERE tenant_id = $1 AND written < $2", head.tenant, head.size)
                .execute(jobs.db().platform())
                .await?;
        }
        if head.is_due_to_tell {
            self.tell(jobs, head, &note).await?;
            sqlx::query!("UPDATE platform.audit_head SET told = $2, told_on = $3 WHERE tenant_id = $1 AND told < $2", head.tenant, head.size, today)
                .execute(jobs.db().platform())
                .await?;
        }
        Ok(())
    }

    async fn tell(&self, jobs: &JobCtx, head: &Head, note: &str) -> Result<()> {
        let ctx = jobs.ctx_for(head.tenant, ids::new_id(jobs.clock().now()));
        let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await?;
        let event = AuditCheckpointMade { service: self.service.to_owned(), size: head.size.cast_unsigned(), note: note.to_owned() };
        tx.publish(head.tenant, head.size, &event).await?;
        tx.commit().await
    }
}

impl Job for Outside {
    fn name(&self) -> &'static str {
        "platform.checkpoints"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let done = self.bring_out(jobs).await;
            if done.is_err() {
                self.failures.add(1, &[KeyValue::new(SERVICE, self.service)]);
            }
            done
        })
    }
}

/// `<folder>/<service>/<tenant>/<size>.checkpoint`: one object for each, so that none is ever overwritten.
pub fn file(folder: &Path, service: &str, tenant: Uuid, size: u64) -> PathBuf {
    folder.join(service).join(tenant.to_string()).join(format!("{size:012}.checkpoint"))
}

async fn write(file: &Path, note: &str) -> Result<()> {
    let failed = |e: std::io::Error| Error::fault(format!("audit.checkpoints: {} cannot be written: {}", file.display(), e.kind()));
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).await.map_err(failed)?;
    }
    let mut open = match fs::OpenOptions::new().write(true).create_new(true).open(file).await {
        Ok(open) => open,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = fs::read_to_string(file).await.map_err(failed)?;
            if there == note {
                return Ok(());
            }
            // A crash while it was written leaves the beginning of the same text. Anything else is another history.
            if !note.starts_with(&there) {
                return Err(Error::fault(format!("audit.checkpoints: {} says something else; run `accord audit verify`", file.display())));
            }
            fs::OpenOptions::new().write(true).truncate(true).open(file).await.map_err(failed)?
        }
        Err(error) => return Err(failed(error)),
    };
    open.write_all(note.as_bytes()).await.map_err(failed)?;
    open.sync_all().await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_checkpoint_is_completed_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), "case", Uuid::nil(), 7);
        assert!(file.ends_with("case/00000000-0000-0000-0000-000000000000/000000000007.checkpoint"));
        for _ in 0..2 {
            write(&file, "whole text").await.unwrap();
        }
        std::fs::write(&file, "whole").unwrap();
        write(&file, "whole text").await.unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "whole text");
        assert!(write(&file, "another text").await.is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "whole text");
    }
}
