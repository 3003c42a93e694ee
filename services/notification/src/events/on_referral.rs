//! Messages to who sent a referral. On which channel they may be reached, if at all, the safety gate says: one message for
//! each is made.

use platform::{Result, Tx, events::Received, ids::parse_id};
use proto::events::v1::{ReferralAccepted, ReferralEnded, ReferralReturnedForInformation, ReferralSubmitted};
use uuid::Uuid;

use crate::{
    domain::{
        message::{Channel, NewMessage},
        template::{Decision, Name},
    },
    store::{audience, messages},
};

pub(super) async fn submitted(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: ReferralSubmitted = event.decode()?;
    let referral = parse_id("referral_id", &notice.referral_id)?;
    let owner = parse_id("owner_node_id", &notice.owner_node_id)?;
    audience::keep_owner(tx, referral, owner, event.version).await?;
    tell(tx, event, Name::ReferralAcknowledgement, referral, None).await
}

pub(super) async fn returned(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: ReferralReturnedForInformation = event.decode()?;
    tell(tx, event, Name::ReferralInformationNeeded, parse_id("referral_id", &notice.referral_id)?, None).await
}

pub(super) async fn accepted(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: ReferralAccepted = event.decode()?;
    tell(tx, event, Name::ReferralDecision, parse_id("referral_id", &notice.referral_id)?, Some(Decision::Accepted)).await
}

/// Every end sounds the same, so that a message tells nothing of the reason. Who withdrew knows.
pub(super) async fn ended(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: ReferralEnded = event.decode()?;
    if notice.state == "WITHDRAWN" {
        return Ok(());
    }
    tell(tx, event, Name::ReferralDecision, parse_id("referral_id", &notice.referral_id)?, Some(Decision::NotTakenForward)).await
}

async fn tell(tx: &mut Tx, event: &Received, name: Name, referral: Uuid, decision: Option<Decision>) -> Result<()> {
    let now = tx.now();
    for channel in Channel::ALL {
        messages::insert(tx, &NewMessage::to_referrer(name, channel, referral, decision, now), event.id).await?;
    }
    Ok(())
}
