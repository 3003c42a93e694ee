//! Reminders of meetings. An event that is older than what is known changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx, events::Received, ids::parse_id};
use proto::events::v1::{MeetingCancelled, MeetingScheduled};
use uuid::Uuid;

use crate::{
    domain::{
        meeting::{self, Change, Existing},
        message::{Channel, Message, NewMessage, Recipient},
        state::State,
        template::Name,
    },
    store::{meetings, messages},
};

/// A participant and a channel.
type Whom = (Uuid, Channel);

pub(super) async fn scheduled(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: MeetingScheduled = event.decode()?;
    let (id, case) = (parse_id("meeting_id", &notice.meeting_id)?, parse_id("case_id", &notice.case_id)?);
    let starts_at = notice
        .starts_at
        .and_then(|t| DateTime::from_timestamp(t.seconds, u32::try_from(t.nanos).ok()?))
        .ok_or_else(|| Error::invalid().field("starts_at", "A meeting has a start."))?;
    let mut wanted: BTreeSet<Whom> = BTreeSet::new();
    let mut sides = BTreeMap::new();
    for reminder in &notice.reminders {
        let channel = Channel::parse(&reminder.channel).ok_or_else(|| Error::invalid().field("reminders.channel", "Write EMAIL or SMS."))?;
        let participant = parse_id("reminders.participant_id", &reminder.participant_id)?;
        wanted.insert((participant, channel));
        sides.insert(participant, reminder.side.clone());
    }
    if !meetings::advance(tx, id, event.version).await? {
        return Ok(());
    }
    let now = tx.now();
    let due = meeting::reminder_due(starts_at, now);
    let mut change = Rewrite { event: event.id, meeting: id, case, sides };
    for (whom, old) in in_force(tx, id).await? {
        let due = due.filter(|_| wanted.remove(&whom));
        let existing = existing(&old)?;
        change.apply(tx, whom, old, meeting::scheduled(Some(existing), starts_at, due, now), starts_at).await?;
    }
    for whom in wanted {
        let Some(due) = meeting::scheduled(None, starts_at, due, now).remind_at else { break };
        change.remind(tx, whom, starts_at, due).await?;
    }
    Ok(())
}

pub(super) async fn cancelled(tx: &mut Tx, event: &Received) -> Result<()> {
    let notice: MeetingCancelled = event.decode()?;
    let (id, case) = (parse_id("meeting_id", &notice.meeting_id)?, parse_id("case_id", &notice.case_id)?);
    if !meetings::advance(tx, id, event.version).await? {
        return Ok(());
    }
    let now = tx.now();
    let mut change = Rewrite { event: event.id, meeting: id, case, sides: BTreeMap::new() };
    for (whom, old) in in_force(tx, id).await? {
        let existing = existing(&old)?;
        change.apply(tx, whom, old, meeting::cancelled(existing, now), existing.starts_at).await?;
    }
    Ok(())
}

async fn in_force(tx: &mut Tx, meeting: Uuid) -> Result<Vec<(Whom, Message)>> {
    let ids = meetings::in_force(tx, meeting, Name::MeetingReminder).await?;
    let reminders = messages::by_ids(tx, &ids).await?;
    Ok(reminders.into_iter().map(|m| ((m.is.recipient.id(), m.is.channel), m)).collect())
}

fn existing(reminder: &Message) -> Result<Existing> {
    let starts_at = reminder.is.starts_at.ok_or_else(|| Error::fault("a reminder of a meeting without a start"))?;
    Ok(Existing { state: reminder.state, starts_at })
}

struct Rewrite {
    event: Uuid,
    meeting: Uuid,
    case: Uuid,
    /// Side of each participant.
    sides: BTreeMap<Uuid, String>,
}

impl Rewrite {
    async fn apply(&mut self, tx: &mut Tx, whom: Whom, mut old: Message, change: Change, starts_at: DateTime<Utc>) -> Result<()> {
        let now = tx.now();
        // Who is not asked any more is not in the event; the message before knows their side.
        self.sides.entry(whom.0).or_insert_with(|| old.is.side.clone());
        if change.cancel {
            old.turn(State::Cancelled, "MEETING_CHANGED", now)?;
            messages::save(tx, &mut old).await?;
        } else if let Some(due) = change.move_to {
            if old.state == State::Waiting {
                old.turn(State::Queued, "", now)?;
            }
            (old.is.due_at, old.is.starts_at, old.expires_at, old.event_id) = (due, Some(starts_at), starts_at, self.event);
            messages::save(tx, &mut old).await?;
        } else if change.supersede {
            old.superseded = true;
            messages::save(tx, &mut old).await?;
        }
        if change.take_back
            && let Some(told) = old.is.starts_at
        {
            self.take_back(tx, whom, told, now).await?;
        }
        match change.remind_at {
            Some(due) => self.remind(tx, whom, starts_at, due).await,
            None => Ok(()),
        }
    }

    async fn remind(&self, tx: &mut Tx, whom: Whom, starts_at: DateTime<Utc>, due: DateTime<Utc>) -> Result<()> {
        messages::insert(tx, &self.message(Name::MeetingReminder, whom, starts_at, due), self.event).await?;
        Ok(())
    }

    /// Tells that the date does not hold; an earlier message of that kind is set aside.
    async fn take_back(&self, tx: &mut Tx, whom: Whom, told: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
        let ids = meetings::in_force(tx, self.meeting, Name::MeetingCancelled).await?;
        for mut earlier in messages::by_ids(tx, &ids).await? {
            if (earlier.is.recipient.id(), earlier.is.channel) == whom {
                earlier.superseded = true;
                if earlier.state.is_pending() {
                    earlier.turn(State::Cancelled, "MEETING_CHANGED", now)?;
                }
                messages::save(tx, &mut earlier).await?;
            }
        }
        messages::insert(tx, &self.message(Name::MeetingCancelled, whom, told, now), self.event).await?;
        Ok(())
    }

    fn message(&self, template: Name, (participant, channel): Whom, starts_at: DateTime<Utc>, due_at: DateTime<Utc>) -> NewMessage {
        NewMessage {
            template,
            channel,
            recipient: Recipient::Participant(participant),
            case_id: Some(self.case),
            side: self.sides.get(&participant).cloned().unwrap_or_default(),
            meeting_id: Some(self.meeting),
            due_at,
            starts_at: Some(starts_at),
            case_reference: String::new(),
            decision: None,
            enrolment_id: None,
            notice: None,
        }
    }
}
