//! Rows of `notification.message`.

use platform::{Error, Result, Tx};
use proto::{ResourceType, events::v1::MessageStateChanged};
use uuid::Uuid;

use crate::domain::{
    account::Notice,
    message::{Channel, Message, NewMessage, Recipient},
    state::State,
    template::{Decision, Name},
};

/// Adds a message; answers `false` where the event has made it already.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, message: &NewMessage, event: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let id = tx.ctx().new_id();
    let (mut referral, mut participant, mut user) = (None, None, None);
    match message.recipient {
        Recipient::Referrer(of) => referral = Some(of),
        Recipient::Participant(of) => participant = Some(of),
        Recipient::Staff(of) => user = Some(of),
    }
    let about = message.case_id.or(referral).or(user).ok_or_else(|| Error::fault("a message about neither case, referral nor account"))?;
    let rows = sqlx::query!(
        "insert into notification.message (tenant_id, id, template, channel, state, due_at, expires_at, state_since, created_at, about,
             case_id, referral_id, meeting_id, participant_id, user_id, recipient, event_id, starts_at, case_reference, accepted, side,
             enrolment_id, notice)
         values ($1, $2, $3, $4, 'QUEUED', $5, $6, $7, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         on conflict (tenant_id, event_id, template, recipient, channel) do nothing",
        tenant,
        id,
        message.template.code(),
        message.channel.code(),
        message.due_at,
        message.expires_at(),
        now,
        about,
        message.case_id,
        referral,
        message.meeting_id,
        participant,
        user,
        message.recipient.id(),
        event,
        message.starts_at,
        message.case_reference,
        message.decision.map(|d| d == Decision::Accepted),
        message.side,
        message.enrolment_id,
        message.notice.map_or("", Notice::code)
    )
    .execute(tx.conn())
    .await?;
    let made = rows.rows_affected() == 1;
    if made {
        tx.changed(ResourceType::Message, id);
    }
    Ok(made)
}

/// These messages, newest first.
///
/// # Errors
/// The database's; a word that no version of ours has stored.
pub async fn by_ids(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "select id, template, channel, state, reason, due_at, expires_at, state_since, case_id, referral_id, meeting_id, participant_id,
             user_id, event_id, attempts, version, provider_ref, parts, starts_at, case_reference, accepted, superseded, side, enrolment_id, notice
         from notification.message where tenant_id = $1 and id = any($2) order by id desc",
        tenant,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let odd = || Error::fault(format!("message {} holds a word that is not known", row.id));
            let recipient = match (row.referral_id, row.participant_id, row.user_id) {
                (_, Some(id), _) => Recipient::Participant(id),
                (_, _, Some(id)) => Recipient::Staff(id),
                (Some(id), _, _) => Recipient::Referrer(id),
                (None, None, None) => return Err(odd()),
            };
            Ok(Message {
                id: row.id,
                is: NewMessage {
                    template: Name::parse(&row.template).ok_or_else(odd)?,
                    channel: Channel::parse(&row.channel).ok_or_else(odd)?,
                    recipient,
                    case_id: row.case_id,
                    side: row.side,
                    meeting_id: row.meeting_id,
                    due_at: row.due_at,
                    starts_at: row.starts_at,
                    case_reference: row.case_reference,
                    decision: row.accepted.map(|yes| if yes { Decision::Accepted } else { Decision::NotTakenForward }),
                    enrolment_id: row.enrolment_id,
                    notice: if row.notice.is_empty() { None } else { Some(Notice::parse(&row.notice).ok_or_else(odd)?) },
                },
                state: State::parse(&row.state).ok_or_else(odd)?,
                reason: row.reason,
                state_since: row.state_since,
                expires_at: row.expires_at,
                event_id: row.event_id,
                attempts: row.attempts,
                version: row.version,
                provider_ref: row.provider_ref,
                parts: row.parts,
                superseded: row.superseded,
            })
        })
        .collect()
}

/// Locks one message and answers it; `None` where it is not there or somebody else works it.
///
/// # Errors
/// The database's.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Message>> {
    let tenant = tx.tenant();
    let free = sqlx::query_scalar!("select id from notification.message where tenant_id = $1 and id = $2 for update skip locked", tenant, id)
        .fetch_optional(tx.conn())
        .await?;
    match free {
        Some(id) => Ok(by_ids(tx, &[id]).await?.pop()),
        None => Ok(None),
    }
}

/// One message, locked; waits for who works it.
///
/// # Errors
/// `NotFound`, or the database's.
pub async fn lock_waiting(tx: &mut Tx, id: Uuid) -> Result<Message> {
    let tenant = tx.tenant();
    sqlx::query_scalar!("select id from notification.message where tenant_id = $1 and id = $2 for update", tenant, id)
        .fetch_optional(tx.conn())
        .await?;
    by_ids(tx, &[id]).await?.pop().ok_or_else(Error::not_found)
}

/// Stores what changed and tells other services of what they want to know.
///
/// # Errors
/// `Conflict` where somebody else changed it since it was read; the database's.
pub async fn save(tx: &mut Tx, message: &mut Message) -> Result<()> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "update notification.message set state = $4, reason = $5, due_at = $6, expires_at = $7, state_since = $8, attempts = $9,
             version = $3 + 1, provider_ref = $10, parts = $11, starts_at = $12, superseded = $13, event_id = $14
         where tenant_id = $1 and id = $2 and version = $3",
        tenant,
        message.id,
        message.version,
        message.state.code(),
        message.reason,
        message.is.due_at,
        message.expires_at,
        message.state_since,
        message.attempts,
        message.provider_ref,
        message.parts,
        message.is.starts_at,
        message.superseded,
        message.event_id
    )
    .execute(tx.conn())
    .await?;
    if rows.rows_affected() != 1 {
        return Err(Error::stale_etag());
    }
    message.version += 1;
    tx.changed(ResourceType::Message, message.id);
    if message.state.is_news() {
        publish(tx, message).await?;
    }
    Ok(())
}

async fn publish(tx: &mut Tx, message: &Message) -> Result<()> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let participant = match message.is.recipient {
        Recipient::Participant(id) => Some(id),
        Recipient::Referrer(_) | Recipient::Staff(_) => None,
    };
    let notice = MessageStateChanged {
        message_id: message.id.to_string(),
        case_id: text(message.is.case_id),
        participant_id: text(participant),
        meeting_id: text(message.is.meeting_id),
        template: message.is.template.code().into(),
        channel: message.is.channel.code().into(),
        state: message.state.code().into(),
        reason: message.reason.clone(),
    };
    tx.publish(message.id, message.version, &notice).await
}
