//! The safety gate: whether a message may leave now and where to, asked of who owns the recipient at the moment of sending.

use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::{
    Ctx, Result,
    grpc::{Peers, call::outgoing},
};
use proto::{
    identity::v1::{ResolveEnrolmentForSendingRequest, ResolveStaffForSendingRequest, user_service_client::UserServiceClient},
    people::v1::{ResolveForSendingRequest, people_service_client::PeopleServiceClient},
    referral::v1::{ResolveReferrerForSendingRequest, referral_service_client::ReferralServiceClient},
};
use tonic::{Code, Status};

use crate::domain::{
    message::{Message, Recipient},
    template::Name,
};

/// Time that the gate has for its answer.
const TIME: Duration = Duration::from_secs(5);

/// The secret of a link, which no log shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Key(pub String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may leave, now.
    Allowed {
        /// Address or number.
        address: String,
        /// Reference of the referral, where the message is about one.
        reference: String,
        /// The tenant's word in addresses, for staff.
        tenant_slug: String,
        /// Secret of an enrolment link; empty for every other message.
        key: Key,
    },
    /// It may not, for this reason.
    Refused(String),
    /// Not before this instant.
    NotBefore(DateTime<Utc>),
    /// The gate is away: unknown is never yes.
    Away,
}

/// The three services that know recipients.
#[derive(Clone)]
pub struct Gate {
    peers: Peers,
}

impl Gate {
    /// Through these channels.
    pub fn new(peers: Peers) -> Self {
        Self { peers }
    }

    /// Asks. `ctx` names the event that caused the message, which the other service audits.
    pub async fn ask(&self, ctx: &Ctx, message: &Message) -> Answer {
        match tokio::time::timeout(TIME, self.resolve(ctx, message)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(status)) if matches!(status.code(), Code::NotFound | Code::InvalidArgument | Code::FailedPrecondition) => Answer::Refused("UNKNOWN_RECIPIENT".into()),
            Ok(Err(status)) => {
                tracing::warn!(message = %message.id, code = ?status.code(), "the safety gate did not answer");
                Answer::Away
            }
            Err(_) => Answer::Away,
        }
    }

    async fn resolve(&self, ctx: &Ctx, message: &Message) -> Result<Answer, Status> {
        let channel = message.is.channel.code();
        match message.is.recipient {
            Recipient::Staff(_) if message.is.template == Name::EnrolmentLink => {
                let mut identity = UserServiceClient::new(self.peers.channel("identity")?);
                let enrolment_id = message.is.enrolment_id.unwrap_or_default().to_string();
                let answer = identity.resolve_enrolment_for_sending(outgoing(ctx, ResolveEnrolmentForSendingRequest { enrolment_id })).await?.into_inner();
                let keyed = answer.allowed && !answer.enrolment_secret.is_empty();
                Ok(match verdict(keyed, &answer.reason, answer.email, String::new(), answer.tenant_slug, None) {
                    Answer::Allowed { address, reference, tenant_slug, .. } => Answer::Allowed { address, reference, tenant_slug, key: Key(answer.enrolment_secret) },
                    other => other,
                })
            }
            Recipient::Staff(user) => {
                let mut identity = UserServiceClient::new(self.peers.channel("identity")?);
                let request = ResolveStaffForSendingRequest { user_id: user.to_string(), about_account: message.is.template == Name::AccountNotice };
                let answer = identity.resolve_staff_for_sending(outgoing(ctx, request)).await?.into_inner();
                Ok(verdict(answer.allowed, &answer.reason, answer.email, String::new(), answer.tenant_slug, None))
            }
            Recipient::Referrer(referral) => {
                let mut client = ReferralServiceClient::new(self.peers.channel("referral")?);
                let request = ResolveReferrerForSendingRequest { referral_id: referral.to_string(), channel: channel.into() };
                let answer = client.resolve_referrer_for_sending(outgoing(ctx, request)).await?.into_inner();
                Ok(verdict(answer.allowed, &answer.reason, answer.address, answer.reference, String::new(), None))
            }
            Recipient::Participant(participant) => {
                let mut client = PeopleServiceClient::new(self.peers.channel("case")?);
                // What tells of a cancelled meeting is not about one that must take place.
                let meeting = message.is.meeting_id.filter(|_| message.is.template != Name::MeetingCancelled);
                let request = ResolveForSendingRequest {
                    participant_id: participant.to_string(),
                    purpose: channel.into(),
                    channel: channel.into(),
                    meeting_id: meeting.map(|id| id.to_string()).unwrap_or_default(),
                };
                let answer = client.resolve_for_sending(outgoing(ctx, request)).await?.into_inner();
                let not_before = answer.not_before.and_then(|t| DateTime::from_timestamp(t.seconds, u32::try_from(t.nanos).ok()?));
                Ok(verdict(answer.allowed, &answer.reason, answer.address, String::new(), String::new(), not_before))
            }
        }
    }
}

/// Only a yes with an address is a yes.
fn verdict(allowed: bool, reason: &str, address: String, reference: String, tenant_slug: String, not_before: Option<DateTime<Utc>>) -> Answer {
    if allowed && !address.trim().is_empty() {
        return Answer::Allowed { address, reference, tenant_slug, key: Key::default() };
    }
    match not_before {
        Some(at) if !allowed => Answer::NotBefore(at),
        _ => Answer::Refused(code(reason)),
    }
}

/// A code of the gate; anything else could be content and is not kept.
fn code(reason: &str) -> String {
    let is_code = !reason.is_empty() && reason.len() <= 64 && reason.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if is_code { reason.to_owned() } else { "REFUSED".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(allowed: bool, reason: &str, address: &str, not_before: Option<DateTime<Utc>>) -> Answer {
        verdict(allowed, reason, address.into(), String::new(), String::new(), not_before)
    }

    #[test]
    fn unknown_is_no() {
        let at = DateTime::UNIX_EPOCH;
        assert!(matches!(ask(true, "", "a@example.org", None), Answer::Allowed { .. }));
        assert_eq!(ask(true, "", " ", None), Answer::Refused("REFUSED".into()));
        assert_eq!(ask(false, "NO_CONSENT", "a@example.org", None), Answer::Refused("NO_CONSENT".into()));
        assert_eq!(ask(false, "OUTSIDE_SAFE_HOURS", "", Some(at)), Answer::NotBefore(at));
        assert_eq!(ask(false, "he said no", "", None), Answer::Refused("REFUSED".into()));
    }
}
