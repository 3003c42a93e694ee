//! Where the erasure of a person stands.

use chrono::{DateTime, Utc};
use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::people::v1::GetErasureRequest;

use crate::{
    domain::{erasure::Blocker, fields::Fields},
    queries::erasure_state,
    store::{
        erasures::{self, ConfirmationRow, ErasureRow, ExtentRow},
        participations, people,
    },
};

/// The answer.
pub struct ErasureView {
    /// Reference of the person.
    pub person_reference: String,
    /// The newest request with its confirmations.
    pub erasure: Option<(ErasureRow, Vec<ConfirmationRow>)>,
    /// What holds an erasure back.
    pub blockers: Vec<Blocker>,
    /// What would go.
    pub extent: ExtentRow,
    /// When the person was erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Reads it.
///
/// # Errors
/// `NotFound` where no visible case shows the person; `PermissionDenied`.
pub async fn get_erasure(db: &Db, ctx: &Ctx, req: GetErasureRequest) -> Result<ErasureView> {
    let mut check = Fields::new();
    let id = check.id("person_id", &req.person_id);
    check.finish()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[id]).await?;
    erasure_state::may_manage(ctx, id, &rows)?;
    let person = people::get_many(&mut tx, &[id]).await?.pop().ok_or_else(Error::not_found)?;
    let erasure = match erasures::newest_of(&mut tx, id).await? {
        Some(row) => {
            let confirmed = erasures::confirmations(&mut tx, row.id).await?;
            Some((row, confirmed))
        }
        None => None,
    };
    let view = ErasureView {
        person_reference: person.reference,
        erasure,
        blockers: erasure_state::blockers(&mut tx, ctx, id, &rows).await?,
        extent: erasures::extent(&mut tx, id).await?,
        erased_at: erasures::erased_at(&mut tx, id).await?,
    };
    tx.commit().await?;
    Ok(view)
}
