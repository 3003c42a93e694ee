//! Makes a person with a data key of their own.

use chrono::NaiveDate;
use platform::{Result, db::Tx, ids};
use proto::{FieldClass, ResourceType};
use uuid::Uuid;

use crate::store::{opened::{self, Opened}, people, people_blobs::IdentityBlob};

/// Prefix of the references of people.
pub const PREFIX: &str = "P";

/// Inserts the person and answers them, locked.
///
/// # Errors
/// Of the database; `Unavailable` where the root key is away.
pub async fn insert(tx: &mut Tx, id: Uuid, identity: IdentityBlob, birth: Option<NaiveDate>) -> Result<Opened> {
    tx.create_subject(id, "person").await?;
    let blob = tx.seal(id, FieldClass::Identity, id, &identity).await?;
    people::insert(tx, id, &ids::reference(PREFIX, id), &blob).await?;
    let mut person = opened::get_for_update(tx, id).await?;
    person.birth.date = birth.map(|d| d.to_string()).unwrap_or_default();
    opened::save(tx, &mut person).await?;
    tx.changed(ResourceType::Person, id);
    Ok(person)
}
