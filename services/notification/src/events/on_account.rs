//! Mail about a user's own account: the link that lets them in, and what happened to the account.

use platform::{Error, Result, Tx, events::Received, ids::parse_id};
use proto::events::v1::{AccountNotice, EnrolmentOpened};

use crate::{
    domain::{account::Notice, message::NewMessage},
    store::messages,
};

pub(super) async fn enrolment_opened(tx: &mut Tx, event: &Received) -> Result<()> {
    let opened: EnrolmentOpened = event.decode()?;
    let (enrolment, user) = (parse_id("enrolment_id", &opened.enrolment_id)?, parse_id("user_id", &opened.user_id)?);
    messages::insert(tx, &NewMessage::enrolment_link(user, enrolment, tx.now()), event.id).await?;
    Ok(())
}

pub(super) async fn happened(tx: &mut Tx, event: &Received) -> Result<()> {
    let happened: AccountNotice = event.decode()?;
    let user = parse_id("user_id", &happened.user_id)?;
    let notice = Notice::parse(&happened.what).ok_or_else(|| Error::invalid().field("what", "This is none of the words."))?;
    messages::insert(tx, &NewMessage::account_notice(user, notice, event.occurred_at, tx.now()), event.id).await?;
    Ok(())
}
