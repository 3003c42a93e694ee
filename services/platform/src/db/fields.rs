//! Personal data of a transaction: one blob for each subject, field class and row.

use proto::FieldClass;
use prost::Message;
use uuid::Uuid;

use super::Tx;
use access::class::ClassSet;
use crate::{Error, Result, keys::{cipher, shred::ShredList}};

impl Tx {
    /// Makes the data key of a new subject (person, party, case text, document, user); `kind` is a short word for the
    /// record of processing. It is stored in this transaction, so a subject without a key cannot be committed.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub async fn create_subject(&mut self, subject: Uuid, kind: &str) -> Result<()> {
        let (tenant, now) = (self.tenant(), self.now());
        self.subjects.create(&mut self.inner, self.db.keys(), tenant, subject, kind, now).await
    }

    /// Seals the fields of one class; `value` is a message that holds them, `row` the id of the row that stores the blob.
    ///
    /// # Errors
    /// `FailedPrecondition` (`ERASED`) where the subject's key was destroyed.
    pub async fn seal<T: Message>(&mut self, subject: Uuid, class: FieldClass, row: Uuid, value: &T) -> Result<Vec<u8>> {
        let tenant = self.tenant();
        let key = self.subjects.get(&mut self.inner, self.db.keys(), tenant, subject).await?;
        let plain = zeroize::Zeroizing::new(value.encode_to_vec());
        let blob = cipher::seal_blob(key, subject, class, row, &plain)?;
        self.sealed = self.sealed.union(ClassSet::of(&[class]));
        Ok(blob)
    }

    /// Opens what [`Tx::seal`] sealed for the same subject, class and row.
    ///
    /// # Errors
    /// `FailedPrecondition` (`ERASED`) where the subject's key was destroyed; `Internal` where the blob is another's.
    pub async fn open<T: Message + Default>(&mut self, subject: Uuid, class: FieldClass, row: Uuid, blob: &[u8]) -> Result<T> {
        let tenant = self.tenant();
        let key = self.subjects.get(&mut self.inner, self.db.keys(), tenant, subject).await?;
        let plain = cipher::open_blob(key, subject, class, row, blob)?;
        T::decode(plain.as_slice()).map_err(|_| Error::fault("a blob does not decode"))
    }

    /// Destroys the keys of subjects that the shred list tells of in this entry.
    pub(crate) async fn destroy_listed(&mut self, subjects: &[Uuid], entry: i64) -> Result<u64> {
        let (tenant, now) = (self.tenant(), self.now());
        self.subjects.destroy(&mut self.inner, tenant, subjects, Some(entry), now).await
    }

    /// Where destructions are written down.
    pub(crate) fn shred_list(&self) -> Result<ShredList> {
        self.db.shred_list().cloned()
    }

    /// Reads the keys of all subjects of a list with one query, so that [`Tx::open`] needs none.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub async fn load_subject_keys(&mut self, subjects: &[Uuid]) -> Result<()> {
        let tenant = self.tenant();
        self.subjects.load(&mut self.inner, self.db.keys(), tenant, subjects).await
    }

    /// Destroys the keys of subjects for good, which makes every blob of theirs unreadable. Answers how many had a key
    /// until now; search tokens and plain rows are the caller's to remove. For what nobody could ask for after a restore,
    /// as an expired draft; of people, use [`Tx::shred`], which also writes it on the shred list.
    ///
    /// # Errors
    /// Of the database.
    pub async fn destroy_subjects(&mut self, subjects: &[Uuid]) -> Result<u64> {
        let (tenant, now) = (self.tenant(), self.now());
        self.subjects.destroy(&mut self.inner, tenant, subjects, None, now).await
    }
}
