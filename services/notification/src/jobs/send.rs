//! Sends what is due.
//!
//! | step | committed before the next |
//! |---|---|
//! | take the message | state `SENDING` |
//! | ask the safety gate, as the event that caused the message | |
//! | call the provider with the message's id as reference | |
//! | store what came of it | `SENT`, `NOT_SENT`, `WAITING`, `FAILED` or `UNKNOWN` |
//!
//! What is found in `SENDING` after a minute was left behind by a crash: the provider is asked for it.

use std::time::Duration;

use futures::{StreamExt, future::BoxFuture, stream};
use platform::{
    Ctx, Error, Kind, Result, Tx,
    jobs::{Job, JobCtx, Wake},
};
use uuid::Uuid;

use super::settle::{self, Due};
use crate::{
    domain::{
        message::{Channel, Message, Recipient},
        sms,
        template::{self, Name},
    },
    gate::{Answer, Gate, Key},
    senders::{Found, Handed, Mail, Senders, Text},
    store::{checkpoints, messages},
};

/// Messages of one run; when there are more, another follows at once.
const MOST: i64 = 200;
/// Messages in work at once, so that one slow provider does not hold all others up.
const AT_ONCE: usize = 6;

/// The job.
pub struct SendDue {
    /// Started by the consumer that stored a message.
    pub wake: Wake,
    /// The safety gate.
    pub gate: Gate,
    /// The ways out.
    pub senders: Senders,
    /// Public address of the pages.
    pub web_url: String,
}

/// What came of a message after it was taken.
enum Outcome {
    Refused(String),
    Wait(String, chrono::DateTime<chrono::Utc>),
    Handed(Handed, Option<i16>),
    Found(Found),
}

impl Job for SendDue {
    fn name(&self) -> &'static str {
        "notification.send"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn wake(&self) -> Option<&Wake> {
        Some(&self.wake)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let due = jobs.db().due("notification.due_messages", jobs.clock().now(), MOST).await?;
            let many = due.len() as i64 == MOST;
            stream::iter(due)
                .for_each_concurrent(AT_ONCE, |(tenant, id)| async move {
                    if jobs.stopping() {
                        return;
                    }
                    match self.work(jobs, tenant, id).await {
                        Ok(()) => {}
                        Err(error) if error.kind() == Kind::Conflict => tracing::debug!(message = %id, "another process has the message"),
                        Err(error) => tracing::error!(message = %id, ?error, "a message could not be worked"),
                    }
                })
                .await;
            if many {
                jobs.wake();
            }
            Ok(())
        })
    }
}

impl SendDue {
    async fn work(&self, jobs: &JobCtx, tenant: Uuid, id: Uuid) -> Result<()> {
        let Some((mut message, due)) = take(jobs, &jobs.ctx_for(tenant, id), id).await? else { return Ok(()) };
        let ctx = jobs.ctx_for(tenant, message.event_id);
        let outcome = match due {
            Due::Send => self.send(jobs, &ctx, &message).await?,
            Due::Ask => Outcome::Found(match message.is.channel {
                Channel::Email => self.senders.email.find(tenant, id).await,
                Channel::Sms => self.senders.sms.find(tenant, id).await,
            }),
            Due::Store | Due::Nothing => return Ok(()),
        };
        // The provider may have used up the time: what came of it must be stored whatever happens.
        let ctx = jobs.ctx_for(tenant, message.event_id);
        let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await?;
        let now = tx.now();
        // It may have been set aside meanwhile, which changes its version and what may follow.
        let held = message.state;
        message = messages::lock_waiting(&mut tx, id).await?;
        if message.state != held {
            return Err(Error::stale_etag());
        }
        match outcome {
            Outcome::Refused(reason) => settle::refused(&mut message, &reason, now)?,
            Outcome::Wait(reason, until) => settle::wait(&mut message, &reason, until, now)?,
            Outcome::Handed(handed, parts) => {
                message.parts = parts;
                settle::handed(&mut message, handed, now)?;
            }
            Outcome::Found(found) => settle::found(&mut message, found, now)?,
        }
        messages::save(&mut tx, &mut message).await?;
        let again = message.state.is_pending() && message.is.due_at <= now;
        tx.commit().await?;
        if again {
            self.wake.wake();
        }
        Ok(())
    }

    async fn send(&self, jobs: &JobCtx, ctx: &Ctx, message: &Message) -> Result<Outcome> {
        let (address, reference, slug, key) = match self.gate.ask(ctx, message).await {
            Answer::Allowed { address, reference, tenant_slug, key } => (address, reference, tenant_slug, key),
            Answer::Refused(reason) => return Ok(Outcome::Refused(reason)),
            // Never at once: a clock that differs would ask without end.
            Answer::NotBefore(at) => return Ok(Outcome::Wait("OUTSIDE_SAFE_HOURS".into(), at.max(message.again_at(ctx.now())))),
            Answer::Away => return Ok(Outcome::Wait("SAFETY_GATE_AWAY".into(), message.again_at(ctx.now()))),
        };
        let mut values = message.values(&reference, &link(&self.web_url, &slug, &key, message));
        if message.is.template == Name::AuditCheckpoints {
            let mut tx = Tx::begin(jobs.db(), ctx, ctx.permit()).await?;
            values.checkpoints = checkpoints::all(&mut tx).await?;
            tx.commit().await?;
        }
        let rendered = match template::render(message.is.template, message.is.channel, &values) {
            Ok(rendered) => rendered,
            Err(error) => {
                tracing::error!(message = %message.id, %error, "a message has no text");
                return Ok(Outcome::Refused("NO_TEXT".into()));
            }
        };
        let (tenant, id) = (ctx.tenant(), message.id);
        Ok(match message.is.channel {
            Channel::Email => {
                let at_most_once = !message.may_be_repeated();
                let mail = Mail { tenant, id, to: address, subject: rendered.subject, body: rendered.body, at: ctx.now(), at_most_once };
                Outcome::Handed(self.senders.email.send(&mail).await, None)
            }
            Channel::Sms => {
                let parts = i16::try_from(sms::parts(&rendered.body)).ok();
                Outcome::Handed(self.senders.sms.send(&Text { tenant, id, to: address, body: rendered.body }).await, parts)
            }
        })
    }
}

/// Takes a message in a transaction of its own; `None` where there is nothing to do.
async fn take(jobs: &JobCtx, ctx: &Ctx, id: Uuid) -> Result<Option<(Message, Due)>> {
    let mut tx = Tx::begin(jobs.db(), ctx, ctx.permit()).await?;
    let Some(mut message) = messages::lock(&mut tx, id).await? else { return Ok(None) };
    let before = message.state;
    let due = settle::take(&mut message, tx.now())?;
    if due == Due::Nothing {
        return Ok(None);
    }
    if message.state != before {
        messages::save(&mut tx, &mut message).await?;
    }
    tx.commit().await?;
    Ok(Some((message, due)))
}

/// The page that a mail to staff leads to; only it tells more, and after a sign-in. That of an enrolment lets its reader set up the
/// account, once.
fn link(web_url: &str, slug: &str, key: &Key, message: &Message) -> String {
    let base = web_url.trim_end_matches('/');
    match (message.is.recipient, message.is.template, message.is.case_id) {
        (Recipient::Staff(_), _, _) if slug.is_empty() => base.to_owned(),
        (Recipient::Staff(_), Name::EnrolmentLink, _) if key.0.is_empty() => String::new(),
        (Recipient::Staff(_), Name::EnrolmentLink, _) => format!("{base}/t/{slug}/enrol?key={}", key.0),
        (Recipient::Staff(_), Name::AccountNotice, _) => format!("{base}/t/{slug}/account"),
        (Recipient::Staff(_), Name::CaseAllocated, Some(case)) => format!("{base}/t/{slug}/cases/{case}"),
        (Recipient::Staff(_), Name::BreakGlassUsed, _) => format!("{base}/t/{slug}/break-glass"),
        (Recipient::Staff(_), _, _) => format!("{base}/t/{slug}/cases"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::{account::Notice, message::{NewMessage, tests::message}};

    #[test]
    fn only_staff_get_a_link() {
        let case = Uuid::from_u128(5);
        let mut m = message(Channel::Email, Recipient::Staff(Uuid::nil()));
        m.is = NewMessage::to_staff(Name::CaseAllocated, Uuid::nil(), case, "RJ-1".into(), DateTime::UNIX_EPOCH);
        let none = Key::default();
        assert_eq!(link("https://accord.example.org/", "northmere", &none, &m), format!("https://accord.example.org/t/northmere/cases/{case}"));
        assert_eq!(link("https://accord.example.org", "", &none, &m), "https://accord.example.org");
        m.is.recipient = Recipient::Participant(Uuid::nil());
        assert_eq!(link("https://accord.example.org", "northmere", &none, &m), "");
    }

    #[test]
    fn only_an_enrolment_carries_its_key() {
        let user = Uuid::from_u128(5);
        let mut m = message(Channel::Email, Recipient::Staff(user));
        m.is = NewMessage::enrolment_link(user, Uuid::from_u128(6), DateTime::UNIX_EPOCH);
        let key = Key("a-secret".into());
        assert_eq!(link("https://accord.example.org", "northmere", &key, &m), "https://accord.example.org/t/northmere/enrol?key=a-secret");
        assert_eq!(link("https://accord.example.org", "northmere", &Key::default(), &m), "", "no link is better than one that opens nothing");
        m.is = NewMessage::account_notice(user, Notice::NewDevice, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        assert_eq!(link("https://accord.example.org", "northmere", &key, &m), "https://accord.example.org/t/northmere/account");
        assert!(!format!("{key:?}").contains("secret"));
    }
}
