//! The shred list: every destruction of a data key, outside the databases (security.md 3.3).
//!
//! A restored backup holds the keys of people who were erased after it was made. So each destruction is appended to a file
//! of the service in a folder that no database backup covers, before its transaction commits; a service that finds keys
//! in its database that the list says are destroyed is not ready until the list was replayed. Lines hold ids only, and
//! each is authenticated with all before it under a key of the root, so that no line can be changed, added or taken away
//! from the middle; lines that were cut off at the end are noticed by the numbers that the database keeps.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Keys, cipher::{self, Key}};
use crate::{Clock, Db, Error, Result, Tx, app::Service, config::section, jobs::JobCtx};

section!(
    /// `[shred_list]`: where destructions of keys are written down, outside the databases.
    ShredSection, "shred_list", {
        /// A folder that lives apart from the databases and their backups, shared by all processes; each service keeps one
        /// file in it. Without it nobody can be erased.
        folder: PathBuf = PathBuf::new(),
        /// After a restore: replays the list before the service becomes ready, instead of refusing.
        restore: bool = false,
    }
);

/// Reason of an erasure that cannot be written down.
pub const NO_SHRED_LIST: &str = "NO_SHRED_LIST";

/// One destruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number from 1, without gaps.
    pub n: i64,
    /// When, to the millisecond.
    pub at: String,
    /// The service whose keys were destroyed.
    pub service: String,
    /// The tenant.
    pub tenant: Uuid,
    /// What caused it: the erasure.
    pub cause: Uuid,
    /// Subjects whose keys were destroyed.
    pub subjects: Vec<Uuid>,
    /// HMAC of this entry and of the one before, hexadecimal.
    mac: String,
}

impl Entry {
    fn authenticate(&self, key: &Key, before: &str) -> String {
        let subjects: Vec<String> = self.subjects.iter().map(Uuid::to_string).collect();
        let text = format!("{before}|{}|{}|{}|{}|{}|{}", self.n, self.at, self.service, self.tenant, self.cause, subjects.join(","));
        hex::encode(cipher::mac(key, text.as_bytes()))
    }
}

/// The list of one service.
#[derive(Clone)]
pub struct ShredList {
    file: PathBuf,
    service: &'static str,
    keys: Keys,
}

impl ShredList {
    /// The service's file in the folder.
    pub fn new(folder: &Path, service: &'static str, keys: Keys) -> Self {
        Self { file: folder.join(format!("{service}.shred")), service, keys }
    }

    async fn key(&self) -> Result<Key> {
        self.keys.derived("shred-list", Uuid::nil()).await
    }

    /// Every entry, oldest first; none where nothing was ever destroyed.
    ///
    /// # Errors
    /// `Internal` where a line was changed, added or taken away; `Unavailable` where the file or the root key is away.
    pub async fn read(&self) -> Result<Vec<Entry>> {
        let (key, list) = (self.key().await?, self.clone());
        blocking(move || match File::open(&list.file) {
            Ok(mut file) => {
                file.lock_shared().map_err(|e| list.away(&e))?;
                Ok(list.verified(&key, &mut file)?.0)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(list.away(&error)),
        })
        .await
    }

    /// Appends a destruction, on the disk when this answers, and answers its number. The same destruction again, as after
    /// a transaction that failed to commit, is the same entry.
    async fn append(&self, tenant: Uuid, cause: Uuid, subjects: &[Uuid], at: DateTime<Utc>) -> Result<i64> {
        let (key, list, mut subjects) = (self.key().await?, self.clone(), subjects.to_vec());
        subjects.sort_unstable();
        blocking(move || {
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&list.file);
            let mut file = file.map_err(|e| list.away(&e))?;
            file.lock().map_err(|e| list.away(&e))?;
            let (entries, end) = list.verified(&key, &mut file)?;
            if let Some(there) = entries.iter().find(|e| (e.tenant, e.cause) == (tenant, cause) && e.subjects == subjects) {
                return Ok(there.n);
            }
            let last = entries.last();
            let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            let n = last.map_or(0, |e| e.n) + 1;
            let mut entry = Entry { n, at, service: list.service.to_owned(), tenant, cause, subjects, mac: String::new() };
            entry.mac = entry.authenticate(&key, last.map_or("", |e| e.mac.as_str()));
            let mut line = serde_json::to_string(&entry).map_err(|_| Error::fault("a line of the shred list"))?;
            line.push('\n');
            // What stands behind the last whole line is of a write that a crash cut off, and of no transaction.
            let write = |file: &mut File| -> std::io::Result<()> {
                file.set_len(end)?;
                file.seek(SeekFrom::Start(end))?;
                file.write_all(line.as_bytes())?;
                file.sync_all()
            };
            write(&mut file).map_err(|e| list.away(&e))?;
            Ok(n)
        })
        .await
    }

    /// The entries and where the last whole line ends.
    fn verified(&self, key: &Key, file: &mut File) -> Result<(Vec<Entry>, u64)> {
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|e| self.away(&e))?;
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut entries: Vec<Entry> = Vec::new();
        for (n, line) in text[..whole].lines().enumerate() {
            let broken = || Error::fault(format!("line {} of the shred list {} is not what was written", n + 1, self.file.display()));
            let entry: Entry = serde_json::from_str(line).map_err(|_| broken())?;
            let before = entries.last().map_or("", |e| e.mac.as_str());
            let right: bool = entry.authenticate(key, before).as_bytes().ct_eq(entry.mac.as_bytes()).into();
            if !right || entry.n != n as i64 + 1 || entry.service != self.service {
                return Err(broken());
            }
            entries.push(entry);
        }
        Ok((entries, whole as u64))
    }

    fn away(&self, error: &std::io::Error) -> Error {
        Error::unavailable(format!("the shred list {}: {}", self.file.display(), error.kind()))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::fault("the shred list's task ended"))?
}

impl Tx {
    /// Destroys the keys of subjects for good and writes that on the shred list, before this transaction commits: should
    /// the commit fail, the list says more than the database, never less, and the same call again is the same entry.
    /// Answers how many had a key here until now. `cause` is the erasure.
    ///
    /// # Errors
    /// `FailedPrecondition` (`NO_SHRED_LIST`) where none is configured; `Unavailable` where it cannot be written.
    pub async fn shred(&mut self, cause: Uuid, subjects: &[Uuid]) -> Result<u64> {
        let list = self.shred_list()?;
        let live = self.live_subjects(subjects).await?;
        if live.is_empty() {
            return Ok(0);
        }
        let entry = list.append(self.tenant(), cause, &live, self.now()).await?;
        self.destroy_listed(&live, entry).await
    }

    /// Those of these subjects that have a key here, locked.
    ///
    /// # Errors
    /// Of the database.
    pub async fn live_subjects(&mut self, subjects: &[Uuid]) -> Result<Vec<Uuid>> {
        let tenant = self.tenant();
        let rows = sqlx::query_scalar!(
            "SELECT subject_id FROM keys.subject_key WHERE tenant_id = $1 AND subject_id = ANY($2) AND wrapped IS NOT NULL ORDER BY subject_id FOR UPDATE",
            tenant, subjects
        );
        Ok(rows.fetch_all(self.conn()).await?)
    }

    /// How many of these subjects have a key here, and the newest entry of the shred list that the tenant's rows name.
    async fn shredded(&mut self, subjects: &[Uuid]) -> Result<(i64, i64)> {
        let tenant = self.tenant();
        let row = sqlx::query!(
            r#"SELECT count(*) FILTER (WHERE wrapped IS NOT NULL AND subject_id = ANY($2)) AS "live!", coalesce(max(shred_entry), 0) AS "newest!"
               FROM keys.subject_key WHERE tenant_id = $1 AND (shred_entry IS NOT NULL OR subject_id = ANY($2))"#,
            tenant, subjects
        )
        .fetch_one(self.conn())
        .await?;
        Ok((row.live, row.newest))
    }
}

/// What a service does to erase subjects: it forgets what it keeps beside their blobs, and their keys are destroyed.
///
/// # Errors
/// As [`Tx::shred`] and [`Service::forget`].
pub async fn erase<S: Service>(tx: &mut Tx, cause: Uuid, subjects: &[Uuid]) -> Result<u64> {
    S::forget(tx, subjects).await?;
    tx.shred(cause, subjects).await
}

/// Whether the database agrees with the list. What the list says more, a restored database still holds.
///
/// # Errors
/// `Unavailable` where keys are there that the list says are destroyed, or the list lacks what the database knows of.
pub(crate) async fn check(jobs: &JobCtx) -> Result<()> {
    let entries = jobs.db().shred_list()?.read().await?;
    let mut by_tenant: BTreeMap<Uuid, Vec<Uuid>> = jobs.tenants().await?.into_iter().map(|t| (t, Vec::new())).collect();
    for entry in &entries {
        by_tenant.entry(entry.tenant).or_default().extend(&entry.subjects);
    }
    let (mut live, mut newest) = (0, 0);
    for (tenant, subjects) in by_tenant {
        let ctx = jobs.ctx_for(tenant, tenant);
        let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await?;
        let (there, entry) = tx.shredded(&subjects).await?;
        tx.commit().await?;
        live += there;
        newest = newest.max(entry);
    }
    if newest > entries.last().map_or(0, |e| e.n) {
        return Err(Error::unavailable("the shred list lacks entries that the database knows of: bring the whole list back"));
    }
    if live > 0 {
        return Err(Error::unavailable(format!("the database holds {live} keys that the shred list says are destroyed: run `accord keys replay-shred-list`")));
    }
    Ok(())
}

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Entries of the list.
    pub entries: usize,
    /// Keys that were there again and are destroyed now.
    pub destroyed: u64,
}

/// Destroys again what the list says; what is destroyed already stays as it is.
///
/// # Errors
/// Of the list and the database; the command may be given again.
pub(crate) async fn replay<S: Service>(jobs: &JobCtx) -> Result<Replayed> {
    let entries = jobs.db().shred_list()?.read().await?;
    let mut destroyed = 0;
    for entry in &entries {
        let ctx = jobs.ctx_for(entry.tenant, entry.cause);
        let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await?;
        let live = tx.live_subjects(&entry.subjects).await?;
        if !live.is_empty() {
            S::forget(&mut tx, &entry.subjects).await?;
            destroyed += tx.destroy_listed(&live, entry.n).await?;
        }
        tx.commit().await?;
    }
    Ok(Replayed { entries: entries.len(), destroyed })
}

/// The context that checks and replays run with.
pub(crate) fn jobs(service: &'static str, db: &Db, clock: &Clock) -> JobCtx {
    JobCtx::new(service, db.clone(), clock.clone(), crate::lifecycle::Shutdown::new(std::time::Duration::ZERO, std::time::Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{super::kms::FileKeyRing, *};

    fn list(folder: &Path) -> ShredList {
        ShredList::new(folder, "case", Keys::new(Arc::new(FileKeyRing::generate("k1").unwrap())))
    }

    async fn add(list: &ShredList, n: u128) -> i64 {
        list.append(Uuid::from_u128(7), Uuid::from_u128(n), &[Uuid::from_u128(n + 100), Uuid::from_u128(n + 99)], DateTime::UNIX_EPOCH).await.unwrap()
    }

    #[tokio::test]
    async fn entries_are_numbered_and_the_same_destruction_is_the_same_entry() {
        let folder = tempfile::tempdir().unwrap();
        let list = list(folder.path());
        assert!(list.read().await.unwrap().is_empty());
        assert_eq!((add(&list, 1).await, add(&list, 2).await, add(&list, 1).await), (1, 2, 1));
        let entries = list.read().await.unwrap();
        assert_eq!(entries.iter().map(|e| e.n).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(entries[0].subjects, [Uuid::from_u128(100), Uuid::from_u128(101)], "in order");
        // A crash in the middle of a write leaves half a line of a transaction that never committed.
        OpenOptions::new().append(true).open(folder.path().join("case.shred")).unwrap().write_all(b"{\"n\":3,").unwrap();
        assert_eq!(add(&list, 3).await, 3);
        assert_eq!(list.read().await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_changed_added_or_missing_line_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let list = list(folder.path());
        for n in 1..=3 {
            add(&list, n).await;
        }
        let file = folder.path().join("case.shred");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let other = Uuid::from_u128(101).to_string();
        for wrong in [
            text.replace(&other, &Uuid::from_u128(999).to_string()),
            text.replace("1970-01-01T00:00:00.000Z", "1971-01-01T00:00:00.000Z"),
            format!("{}\n{}\n", lines[0], lines[2]),
            format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]),
            format!("{}{}\n", text, lines[2]),
            format!("{}\n{}\n", lines[1], lines[2]),
        ] {
            std::fs::write(&file, wrong).unwrap();
            assert!(list.read().await.is_err());
            assert!(list.append(Uuid::nil(), Uuid::nil(), &[Uuid::nil()], DateTime::UNIX_EPOCH).await.is_err(), "nothing is written behind it");
        }
        std::fs::write(&file, &text).unwrap();
        let stranger = ShredList::new(folder.path(), "case", Keys::new(Arc::new(FileKeyRing::generate("k1").unwrap())));
        assert!(stranger.read().await.is_err(), "another root key");
    }
}
