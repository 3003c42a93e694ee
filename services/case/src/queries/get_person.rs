//! One person.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{Action, people::v1::GetPersonRequest};
use uuid::Uuid;

use crate::{
    domain::fields::Fields,
    queries::person_access,
    store::{opened::{self, Depth, Opened}, participations},
};

/// A person as an answer shows them.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The person, as deep as the answer needs.
    pub person: Opened,
    /// Their cases that the caller may see, with their references.
    pub cases: Vec<(Uuid, String)>,
}

/// Reads one person.
///
/// # Errors
/// `NotFound` where no visible case shows them, or they were erased.
pub async fn get_person(db: &Db, ctx: &Ctx, req: GetPersonRequest) -> Result<Shown> {
    let mut check = Fields::new();
    let id = check.id("person_id", &req.person_id);
    check.finish()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[id]).await?;
    person_access::decide_person(ctx, Action::Read, id, &rows)?;
    let person = opened::get_many(&mut tx, &[id], Depth::Whole).await?.pop().ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(Shown { person, cases: person_access::visible_cases(ctx, id, &rows) })
}
