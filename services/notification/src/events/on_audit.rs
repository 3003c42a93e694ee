//! Checkpoints of the audit trails: one mail a day to each data protection officer, with those of all services.

use access::snapshot::{Role, Snapshot};
use chrono::TimeDelta;
use platform::{Db, Error, Result, Tx, events::Received, local_time};
use prost::Message as _;
use proto::{Action, ResourceType, authz, authz::v1::Scope, events::v1::AuditCheckpointMade};
use uuid::Uuid;

use crate::{
    domain::{message::NewMessage, template::Name},
    store::{checkpoints, messages},
};

/// The services tell theirs at about the same time; the mail waits for all of them.
const GATHER: TimeDelta = TimeDelta::minutes(15);
/// The longest text of a checkpoint.
const LONGEST: usize = 4_096;

pub(super) async fn checkpoint_made(tx: &mut Tx, db: &Db, event: &Received) -> Result<()> {
    let notice: AuditCheckpointMade = event.decode()?;
    let size = i64::try_from(notice.size).map_err(|_| Error::fault("a checkpoint of an impossible size"))?;
    if notice.note.len() > LONGEST || notice.note.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Error::fault("a checkpoint that is none"));
    }
    checkpoints::keep(tx, &notice.service, size, &notice.note).await?;
    let Some((_, snapshot)) = db.stored_snapshot(tx.tenant()).await? else { return Ok(()) };
    let snapshot = authz::v1::Snapshot::decode(snapshot.as_slice()).map_err(|e| Error::fault("a stored snapshot does not decode").source(e))?;
    let snapshot = Snapshot::compile(&snapshot).map_err(|e| Error::fault("a stored snapshot does not compile").source(e))?;
    let (now, day) = (tx.now(), day_id(tx.tenant(), &local_time::today(tx.now()).to_string()));
    for officer in officers(&snapshot, now.timestamp()) {
        // The first checkpoint of the day makes the mail; the others are in it when it is sent.
        messages::insert(tx, &NewMessage::about_the_system(Name::AuditCheckpoints, officer, now + GATHER), day).await?;
    }
    Ok(())
}

/// Who oversees data protection: the holders of the built-in role, or else everybody who may read the trail of the whole tenant.
fn officers(snapshot: &Snapshot, at: i64) -> Vec<Uuid> {
    let root = snapshot.root();
    let may_read = |role: &Role| {
        role.grants.iter().any(|g| g.resource == ResourceType::AuditEvent && g.scope == Scope::All && g.actions.contains(Action::List))
    };
    let named = snapshot.holders(at, |role, node| node.id == root && role.built_in == "data_protection_officer" && may_read(role));
    if named.is_empty() { snapshot.holders(at, |role, node| node.id == root && may_read(role)) } else { named }
}

/// The same id for the same tenant and day, so that a day has one mail for each officer.
fn day_id(tenant: Uuid, day: &str) -> Uuid {
    let mut bytes = *tenant.as_bytes();
    for (n, byte) in day.bytes().enumerate() {
        bytes[n % 16] ^= byte.rotate_left(u32::try_from(n / 16).unwrap_or(0));
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_a_tenant_has_one_id() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(day_id(a, "2027-05-04"), day_id(a, "2027-05-04"));
        assert_ne!(day_id(a, "2027-05-04"), day_id(a, "2027-05-05"));
        assert_ne!(day_id(a, "2027-05-04"), day_id(b, "2027-05-04"));
    }
}
