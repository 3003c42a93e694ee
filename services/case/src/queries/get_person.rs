//! One person.

use chrono::{DateTime, Utc};
use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{Action, people::v1::GetPersonRequest};
use uuid::Uuid;

use crate::{
    domain::fields::Fields,
    queries::person_access,
    store::{erasures, opened::{self, Depth, Opened}, participations, people},
};

/// A person as an answer shows them.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The person, as deep as the answer needs.
    pub person: Opened,
    /// Their cases that the caller may see, with their references.
    pub cases: Vec<(Uuid, String)>,
    /// When they were erased: then nothing but the reference is left.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Reads one person; of an erased one when they were erased.
///
/// # Errors
/// `NotFound` where no visible case shows them.
pub async fn get_person(db: &Db, ctx: &Ctx, req: GetPersonRequest) -> Result<Shown> {
    let mut check = Fields::new();
    let id = check.id("person_id", &req.person_id);
    check.finish()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[id]).await?;
    person_access::decide_person(ctx, Action::Read, id, &rows)?;
    let erased_at = erasures::erased_at(&mut tx, id).await?;
    let person = match erased_at {
        None => opened::get_many(&mut tx, &[id], Depth::Whole).await?.pop(),
        Some(_) => people::get_many(&mut tx, &[id]).await?.pop().map(Opened::nothing_of),
    };
    let person = person.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(Shown { person, cases: person_access::visible_cases(ctx, id, &rows), erased_at })
}
