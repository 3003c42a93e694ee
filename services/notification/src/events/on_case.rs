//! Who owns a case and who works it, and mail to those that it is allocated to.

use chrono::DateTime;
use platform::{Result, Tx, events::Received, ids::parse_id};
use proto::events::v1::{AllocationEnded, BreakGlassUsed, CaseAllocated, CaseOpened};

use crate::{
    domain::{message::NewMessage, template::Name},
    store::{audience, messages},
};

pub(super) async fn opened(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: CaseOpened = event.decode()?;
    let (case, owner) = (parse_id("case_id", &notice.case_id)?, parse_id("owner_node_id", &notice.owner_node_id)?);
    audience::keep_owner(tx, case, owner, event.version).await
}

/// Says nothing where the allocation's end came first.
pub(super) async fn allocated(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: CaseAllocated = event.decode()?;
    let (case, user) = (parse_id("case_id", &notice.case_id)?, parse_id("user_id", &notice.user_id)?);
    let allocation = parse_id("allocation_id", &notice.allocation_id)?;
    let until = notice.until.and_then(|t| DateTime::from_timestamp(t.seconds, u32::try_from(t.nanos).ok()?));
    if audience::allocate(tx, allocation, case, user, &notice.side, &notice.case_reference, until).await? {
        let mail = NewMessage::to_staff(Name::CaseAllocated, user, case, notice.case_reference, tx.now());
        messages::insert(tx, &mail, event.id).await?;
    }
    Ok(())
}

/// Says nothing where the begin was never told.
pub(super) async fn allocation_ended(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: AllocationEnded = event.decode()?;
    let (case, user) = (parse_id("case_id", &notice.case_id)?, parse_id("user_id", &notice.user_id)?);
    let allocation = parse_id("allocation_id", &notice.allocation_id)?;
    if let Some(reference) = audience::end_allocation(tx, allocation, case, user).await? {
        let mail = NewMessage::to_staff(Name::AllocationEnded, user, case, reference, tx.now());
        messages::insert(tx, &mail, event.id).await?;
    }
    Ok(())
}

/// Tells who supervises the case. The mail names neither case nor colleague: they stand on the page behind its link.
pub(super) async fn break_glass_used(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: BreakGlassUsed = event.decode()?;
    let case = parse_id("case_id", &notice.case_id)?;
    for user in &notice.tell_user_ids {
        let mail = NewMessage::to_staff(Name::BreakGlassUsed, parse_id("tell_user_ids", user)?, case, String::new(), tx.now());
        messages::insert(tx, &mail, event.id).await?;
    }
    Ok(())
}
