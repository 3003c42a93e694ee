//! Who owns a case and who works it, and mail to those that it is allocated to.

use platform::{Result, Tx, events::Received, ids::parse_id};
use proto::events::v1::{AllocationEnded, CaseAllocated, CaseOpened};

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
    if audience::allocate(tx, allocation, case, user, &notice.side, &notice.case_reference).await? {
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
