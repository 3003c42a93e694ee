//! What other services tell, and the messages that follow from it.

mod on_audit;
mod on_account;
mod on_case;
mod on_meeting;
mod on_referral;

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error,
    events::{Consumer, Failure, Received},
    jobs::Wake,
};

/// The consumer of every notice that makes or takes back a message.
pub struct Messages {
    /// The service's database.
    pub db: Db,
    /// Starts the sender.
    pub wake: Wake,
}

impl Consumer for Messages {
    fn name(&self) -> &'static str {
        "notification.messages"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let Some(mut tx) = event.begin(&self.db, ctx, self.name()).await? else { return Ok(()) };
            match event.type_name.rsplit('.').next().unwrap_or_default() {
                "ReferralSubmitted" => on_referral::submitted(&mut tx, event).await?,
                "ReferralReturnedForInformation" => on_referral::returned(&mut tx, event).await?,
                "ReferralAccepted" => on_referral::accepted(&mut tx, event).await?,
                "ReferralEnded" => on_referral::ended(&mut tx, event).await?,
                "CaseOpened" => on_case::opened(&mut tx, event).await?,
                "CaseAllocated" => on_case::allocated(&mut tx, event).await?,
                "AllocationEnded" => on_case::allocation_ended(&mut tx, event).await?,
                "BreakGlassUsed" => on_case::break_glass_used(&mut tx, event).await?,
                "MeetingScheduled" => on_meeting::scheduled(&mut tx, event).await?,
                "MeetingCancelled" => on_meeting::cancelled(&mut tx, event).await?,
                "AuditCheckpointMade" => on_audit::checkpoint_made(&mut tx, &self.db, event).await?,
                "EnrolmentOpened" => on_account::enrolment_opened(&mut tx, event).await?,
                "AccountNotice" => on_account::happened(&mut tx, event).await?,
                _ => return Err(Failure::Fail(Error::fault(format!("nobody here knows {}", event.type_name)))),
            }
            tx.commit().await?;
            self.wake.wake();
            Ok(())
        })
    }
}
