//! One write each: replay → load for update → decide → domain → save → publish → commit.

pub mod accept;
pub mod appeal;
pub mod create;
pub mod drafts;
mod joining;
pub mod lapse;
pub mod mark_duplicate;
pub mod provide_information;
pub mod reject;
pub mod return_for_information;
pub mod start_triage;
pub mod submit_draft;
pub mod submit_referral;
pub mod transfer_out;
pub mod withdraw;

use access::{class::ClassSet, codes, decide::Decision, facts::Facts};
use platform::{Ctx, Db, Error, Result, Tx, ids};
use prost::Message;
use proto::{Action, FieldClass, ResourceType};
use uuid::Uuid;

use crate::{
    domain::{referral::REFERENCE_PREFIX, validation},
    events::publish,
    rights,
    store::{history, referrals, referrals::Stored, tokens},
};

/// What whoever writes questions, answers and notes on decisions must be allowed to write.
pub(crate) const NOTES: ClassSet = ClassSet::of(&[FieldClass::Notes]);

/// A command that begins, or the answer that it had before.
pub(crate) enum Begun<A> {
    Before(A),
    Now(Box<Tx>),
}

/// Opens the transaction and takes the idempotency key.
pub(crate) async fn begin<A: Message + Default>(db: &Db, ctx: &Ctx, request_id: &str, request: &impl Message) -> Result<Begun<A>> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    match tx.replay::<A>(request_id, request).await? {
        Some(answer) => {
            // The gate admitted the caller; a command's answer holds no record that would be decided on.
            ctx.may(Action::Read, &Facts::new(ResourceType::Referral));
            Ok(Begun::Before(answer))
        }
        None => Ok(Begun::Now(Box::new(tx))),
    }
}

/// Takes the lock of a referral, reads it and decides.
pub(crate) async fn load(tx: &mut Tx, action: Action, id: Uuid) -> Result<(Stored, Decision)> {
    referrals::lock(tx, id).await?;
    let stored = referrals::get(tx, id).await?;
    let decision = tx.ctx().decide(action, id, &rights::facts(&stored.referral))?;
    Ok((stored, decision))
}

/// As [`load`], of the version that the caller read.
pub(crate) async fn load_version(tx: &mut Tx, action: Action, id: &str, etag: &str) -> Result<(Stored, Decision)> {
    if etag.is_empty() {
        return Err(Error::invalid().field("etag", "Send the etag of the referral that you read."));
    }
    let id = ids::parse_id("referral_id", id)?;
    let (stored, decision) = load(tx, action, id).await?;
    if stored.referral.version.to_string() == etag { Ok((stored, decision)) } else { Err(Error::stale_etag()) }
}

/// Reads an id, or a reference in any spelling.
pub(crate) async fn find_id(tx: &mut Tx, typed: &str) -> Result<Uuid> {
    if let Ok(id) = Uuid::parse_str(typed.trim()) {
        return Ok(id);
    }
    let reference = ids::parse_reference(typed)
        .filter(|r| r.strip_prefix(REFERENCE_PREFIX).is_some_and(|rest| rest.starts_with('-')))
        .ok_or_else(|| Error::invalid().field("referral_id", "Enter the reference as you were given it, like RF-7K4M-2QX9-C"))?;
    referrals::id_of(tx, &reference).await
}

/// Saves a move with its trace, its notice and its fact. `note` is the note on the decision.
pub(crate) async fn save(tx: &mut Tx, stored: &Stored, note: Option<&str>) -> Result<()> {
    let r = &stored.referral;
    referrals::save(tx, r, note.filter(|n| !n.is_empty())).await?;
    history::add(tx, r).await?;
    if !r.state.is_open() {
        tokens::remove(tx, r.id).await?;
    }
    publish::notice(tx, r).await?;
    let harm = stored.harm(tx).await?;
    publish::fact(tx, r, &harm.harm_type).await?;
    tx.changed(ResourceType::Referral, r.id);
    Ok(())
}

/// Checks a reason that must be given.
pub(crate) fn reason(error: Error, code: &str) -> Error {
    if codes::is_valid("referral_reason", code) { error } else { error.field("reason", "Select a reason from the list") }
}

/// Checks a text that must be given.
pub(crate) fn text(error: Error, field: &str, value: &str, missing: &str) -> Error {
    if value.trim().is_empty() { error.field(field, missing) } else { note(error, field, value) }
}

/// Checks a text that may be left out.
pub(crate) fn note(error: Error, field: &str, value: &str) -> Error {
    if value.chars().count() > validation::TEXT { error.field(field, "This must be 10,000 characters or fewer") } else { error }
}
