//! Why somebody may or may not see a case, a participant or a person: the same facts as every decision about them.

use access::{decide::Subject, explain::explain as explained, facts::Facts};
use platform::{Ctx, Db, Error, Result, Tx, ids};
use proto::{
    Action, PrincipalKind, ResourceType,
    authz::v1::AccessExplanation,
    case::v1::{ExplainAccessRequest, ExplainAccessResponse},
};
use uuid::Uuid;

use super::person_access::{participant_facts, person_facts};
use crate::{domain::guard::Guard, store::{cases, guards, participations}};

/// Explains. A record at a node whose access the caller does not answer for is answered like one that does not exist.
///
/// # Errors
/// `PermissionDenied` for who answers for access nowhere; `NotFound`; `InvalidArgument`.
pub async fn explain(db: &Db, ctx: &Ctx, req: ExplainAccessRequest) -> Result<ExplainAccessResponse> {
    ctx.require_answering_for_access()?;
    let (user, id) = (ids::parse_id("user_id", &req.user_id)?, ids::parse_id("record_id", &req.record_id)?);
    let asked = Asked { ctx, user, action: if req.action() == Action::Unspecified { Action::Read } else { req.action() } };
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let explanations: Vec<AccessExplanation> = match req.resource() {
        ResourceType::Case => {
            let worked = cases::load(&mut tx, id).await?;
            let theirs = guard(&mut tx, id, user).await?;
            asked.one(&worked.seen_by(theirs.conflict, theirs.broken_glass).facts(), Some(id)).into_iter().collect()
        }
        ResourceType::Participant => {
            let mut row = participations::of_participant(&mut tx, id).await?.ok_or_else(Error::not_found)?;
            row.guard = guard(&mut tx, row.case_id, user).await?;
            asked.one(&participant_facts(&row), Some(row.case_id)).into_iter().collect()
        }
        ResourceType::Person => {
            let mut rows = participations::of_people(&mut tx, &[id]).await?;
            for row in &mut rows {
                row.guard = guard(&mut tx, row.case_id, user).await?;
            }
            rows.iter().filter_map(|row| asked.one(&person_facts(row), Some(row.case_id))).collect()
        }
        _ => return Err(Error::invalid().field("resource", "Choose a case, a participant or a person.")),
    };
    tx.commit().await?;
    if explanations.is_empty() {
        return Err(Error::not_found());
    }
    ctx.told_of(req.resource(), id);
    Ok(ExplainAccessResponse { explanations })
}

/// Conflict and break-glass are somebody's own: those of whom the question is about, not of who asks.
async fn guard(tx: &mut Tx, case_id: Uuid, user: Uuid) -> Result<Guard> {
    guards::of_cases_for(tx, &[case_id], Some(user)).await?.pop().ok_or_else(Error::not_found)
}

struct Asked<'a> {
    ctx: &'a Ctx,
    user: Uuid,
    action: Action,
}

impl Asked<'_> {
    /// The explanation of one record, where the caller answers for access at the node that owns it.
    fn one(&self, facts: &Facts<'_>, case_id: Option<Uuid>) -> Option<AccessExplanation> {
        facts.owner_node.filter(|node| self.ctx.answers_for_access(*node))?;
        let subject = Subject { id: self.user, kind: PrincipalKind::User, at: self.ctx.now().timestamp() };
        let snapshot = self.ctx.snapshot()?;
        Some(explained(snapshot, &subject, self.action, facts).to_wire(self.user, facts, case_id))
    }
}
