//! What a decision is told of a referral, and what the caller may do with it now.

use access::{class::ClassSet, decide::Decision, facts::Facts};
use platform::{Ctx, Error, Result};
use proto::{Action, ResourceType};
use uuid::Uuid;

use crate::domain::{
    referral::Referral,
    state::{Move, Right},
};

/// The facts of a referral that is worked at a node and was sent by somebody, or by the public.
pub fn facts_of(owner_node: Uuid, made_by: Option<Uuid>) -> Facts<'static> {
    let facts = Facts::new(ResourceType::Referral).owned_by(owner_node);
    match made_by {
        Some(subject) => facts.made(subject),
        None => facts,
    }
}

/// The facts of a referral.
pub fn facts(r: &Referral) -> Facts<'static> {
    facts_of(r.owner_node, r.made_by)
}

/// The words of the moves that the state and the caller's rights allow.
pub fn allowed_actions(ctx: &Ctx, r: &Referral) -> Vec<String> {
    let facts = facts(r);
    let (triage, update) = (ctx.may(Action::Triage, &facts), ctx.may(Action::Update, &facts));
    Move::ALL
        .into_iter()
        .filter(|step| match step.right() {
            Right::Triage => triage,
            Right::Update => update,
            Right::Service => false,
        })
        .filter(|step| r.can(*step))
        .filter_map(Move::offered_as)
        .map(str::to_owned)
        .collect()
}

/// Refuses to write what the caller may not write.
///
/// # Errors
/// `PermissionDenied`.
pub fn may_write(decision: &Decision, classes: ClassSet) -> Result<()> {
    if decision.write.contains_all(classes) { Ok(()) } else { Err(Error::denied()) }
}
