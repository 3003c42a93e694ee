//! Rows as the contract shows them.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use proto::notification::v1 as wire;
use uuid::Uuid;

use crate::domain::message::{Message, Recipient};

/// The case or referral that decides who may see the message.
pub fn about(message: &Message) -> Uuid {
    message.is.case_id.unwrap_or_else(|| message.is.recipient.id())
}

/// The user that it is for, where it is for one.
pub fn user(message: &Message) -> Option<Uuid> {
    match message.is.recipient {
        Recipient::Staff(id) => Some(id),
        Recipient::Participant(_) | Recipient::Referrer(_) => None,
    }
}

/// A message without address and text.
pub fn message(message: &Message) -> wire::Message {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (mut referral, mut participant) = (None, None);
    match message.is.recipient {
        Recipient::Referrer(of) => referral = Some(of),
        Recipient::Participant(of) => participant = Some(of),
        Recipient::Staff(_) => {}
    }
    wire::Message {
        id: message.id.to_string(),
        masked_paths: Vec::new(),
        template: message.is.template.code().into(),
        channel: message.is.channel.code().into(),
        state: message.state.code().into(),
        reason: message.reason.clone(),
        due_at: Some(timestamp(message.is.due_at)),
        state_since: Some(timestamp(message.state_since)),
        case_id: id(message.is.case_id),
        referral_id: id(referral),
        meeting_id: id(message.is.meeting_id),
        participant_id: id(participant),
        user_id: id(user(message)),
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos().cast_signed() }
}
