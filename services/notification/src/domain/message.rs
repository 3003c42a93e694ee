//! A message as a row knows it: whom it is for and what it is about, but neither address nor text.

use chrono::{DateTime, TimeDelta, Utc};
use platform::local_time;
use uuid::Uuid;

use super::{
    account::Notice,
    state::State,
    template::{Decision, Name, Values},
};

/// A way to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
}

impl Channel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// The word that is stored, answered and asked with; also the code of list consent_purpose that it needs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }

    /// Reads the word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

/// Whom it is for. Each kind has a safety gate of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Who sent the referral; the referral service is asked.
    Referrer(Uuid),
    /// A participant of a case; the case service is asked.
    Participant(Uuid),
    /// A user, kind `staff`; identity is asked.
    Staff(Uuid),
}

impl Recipient {
    /// Id of the referral, participant or user.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Referrer(id) | Self::Participant(id) | Self::Staff(id) => id,
        }
    }
}

/// A message that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// What it says.
    pub template: Name,
    /// How it goes.
    pub channel: Channel,
    /// Whom it is for.
    pub recipient: Recipient,
    /// The case, where it is about one.
    pub case_id: Option<Uuid>,
    /// Side of the participant, BOTH, HARMED or HARMER; empty where it is for none, or not known.
    pub side: String,
    /// The meeting, where it is about one.
    pub meeting_id: Option<Uuid>,
    /// When to send.
    pub due_at: DateTime<Utc>,
    /// Start of the meeting, or the instant of what happened to the account.
    pub starts_at: Option<DateTime<Utc>>,
    /// Reference of the case.
    pub case_reference: String,
    /// The decision that is told.
    pub decision: Option<Decision>,
    /// The enrolment whose link is sent.
    pub enrolment_id: Option<Uuid>,
    /// What happened to the account.
    pub notice: Option<Notice>,
}

impl NewMessage {
    /// To who sent a referral, at once.
    pub fn to_referrer(template: Name, channel: Channel, referral: Uuid, decision: Option<Decision>, now: DateTime<Utc>) -> Self {
        let recipient = Recipient::Referrer(referral);
        Self { template, channel, recipient, case_id: None, side: String::new(), meeting_id: None, due_at: now, starts_at: None, case_reference: String::new(), decision, enrolment_id: None, notice: None }
    }

    /// To a user about a case, at once.
    pub fn to_staff(template: Name, user: Uuid, case: Uuid, case_reference: String, now: DateTime<Utc>) -> Self {
        let (channel, recipient) = (Channel::Email, Recipient::Staff(user));
        Self { template, channel, recipient, case_id: Some(case), side: String::new(), meeting_id: None, due_at: now, starts_at: None, case_reference, decision: None, enrolment_id: None, notice: None }
    }

    /// To a user about the system itself.
    pub fn about_the_system(template: Name, user: Uuid, due_at: DateTime<Utc>) -> Self {
        Self::to_account(template, user, due_at)
    }

    /// The link of an enrolment to its own account, at once.
    pub fn enrolment_link(user: Uuid, enrolment: Uuid, now: DateTime<Utc>) -> Self {
        Self { enrolment_id: Some(enrolment), ..Self::to_account(Name::EnrolmentLink, user, now) }
    }

    /// What happened to an account at an instant, to its owner, at once.
    pub fn account_notice(user: Uuid, notice: Notice, happened_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { notice: Some(notice), starts_at: Some(happened_at), ..Self::to_account(Name::AccountNotice, user, now) }
    }

    fn to_account(template: Name, user: Uuid, now: DateTime<Utc>) -> Self {
        let (channel, recipient) = (Channel::Email, Recipient::Staff(user));
        Self {
            template, channel, recipient, case_id: None, side: String::new(), meeting_id: None, due_at: now, starts_at: None, case_reference: String::new(),
            decision: None, enrolment_id: None, notice: None,
        }
    }

    /// When it is too late to send it: when the meeting begins, after the life of an enrolment link, otherwise after three days.
    pub fn expires_at(&self) -> DateTime<Utc> {
        match self.template {
            Name::EnrolmentLink => self.due_at + TimeDelta::hours(24),
            Name::AccountNotice => self.due_at + TimeDelta::days(3),
            _ => self.starts_at.unwrap_or(self.due_at + TimeDelta::days(3)),
        }
    }
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id; also the reference at the provider and the Message-ID.
    pub id: Uuid,
    /// What it says, how, to whom and when.
    pub is: NewMessage,
    /// What became of it.
    pub state: State,
    /// Why, a code.
    pub reason: String,
    /// Since when.
    pub state_since: DateTime<Utc>,
    /// From then on it is not sent.
    pub expires_at: DateTime<Utc>,
    /// The event that asked for it.
    pub event_id: Uuid,
    /// How often sending began.
    pub attempts: i32,
    /// Grows with each change.
    pub version: i64,
    /// The provider's id.
    pub provider_ref: Option<String>,
    /// Parts of the text message.
    pub parts: Option<i16>,
    /// Another message took its place.
    pub superseded: bool,
}

impl Message {
    /// Puts it into another state.
    ///
    /// # Errors
    /// Where there is no such move.
    pub fn turn(&mut self, state: State, reason: &str, now: DateTime<Utc>) -> Result<(), NoSuchMove> {
        if !self.state.may_become(state) {
            return Err(NoSuchMove(self.state, state));
        }
        (self.state, self.state_since) = (state, now);
        reason.clone_into(&mut self.reason);
        Ok(())
    }

    /// Whether a second copy is better than none. A text and a mail to a participant go at most once: a second one may
    /// endanger; mail to staff and to who sent a referral goes at least once, with the same Message-ID (`security.md` 5.3).
    pub const fn may_be_repeated(&self) -> bool {
        matches!(self.is.channel, Channel::Email) && !matches!(self.is.recipient, Recipient::Participant(_))
    }

    /// When to try again: after 5 seconds, doubling to 15 minutes.
    pub fn again_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let doubled = 5_i64 << self.attempts.clamp(1, 9).saturating_sub(1);
        now + TimeDelta::seconds(doubled.min(900))
    }

    /// What the template's fields stand for. `reference` and `link` are known when the safety gate has answered.
    pub fn values(&self, reference: &str, link: &str) -> Values {
        Values {
            reference: reference.to_owned(),
            decision: self.is.decision,
            case_reference: self.is.case_reference.clone(),
            link: link.to_owned(),
            date: self.is.starts_at.map(date).unwrap_or_default(),
            time: self.is.starts_at.map(time).unwrap_or_default(),
            checkpoints: String::new(),
            what: self.is.notice.map_or("", Notice::sentence),
        }
    }
}

/// The date as people say it, for instance `Tuesday 5 May 2026`.
fn date(at: DateTime<Utc>) -> String {
    local_time::local(at).format("%A %-d %B %Y").to_string()
}

/// The time of day as people say it, for instance `2:30pm`.
fn time(at: DateTime<Utc>) -> String {
    local_time::local(at).format("%-I:%M%P").to_string()
}

/// A move that is in no table: a fault of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message cannot go from {0:?} to {1:?}")]
pub struct NoSuchMove(State, State);

impl From<NoSuchMove> for platform::Error {
    fn from(error: NoSuchMove) -> Self {
        Self::fault(error)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn message(channel: Channel, recipient: Recipient) -> Message {
        let now = DateTime::UNIX_EPOCH;
        let is = NewMessage { recipient, ..NewMessage::to_referrer(Name::ReferralAcknowledgement, channel, Uuid::nil(), None, now) };
        Message {
            id: Uuid::from_u128(1), expires_at: is.expires_at(), is, state: State::Queued, reason: String::new(), state_since: now,
            event_id: Uuid::nil(), attempts: 0, version: 1, provider_ref: None, parts: None, superseded: false,
        }
    }

    #[test]
    fn only_mail_that_endangers_nobody_is_repeated() {
        let id = Uuid::nil();
        for (channel, recipient, expected) in [
            (Channel::Email, Recipient::Staff(id), true),
            (Channel::Email, Recipient::Referrer(id), true),
            (Channel::Email, Recipient::Participant(id), false),
            (Channel::Sms, Recipient::Referrer(id), false),
            (Channel::Sms, Recipient::Participant(id), false),
        ] {
            assert_eq!(message(channel, recipient).may_be_repeated(), expected, "{channel:?} {recipient:?}");
        }
    }

    #[test]
    fn summer_and_winter_are_told_by_the_wall_clock() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!((date(at("2026-05-05T13:30:00Z")), time(at("2026-05-05T13:30:00Z"))), ("Tuesday 5 May 2026".into(), "2:30pm".into()));
        assert_eq!(time(at("2026-12-01T09:05:00Z")), "9:05am");
        assert_eq!(date(at("2026-06-30T23:30:00Z")), "Wednesday 1 July 2026");
    }

    #[test]
    fn attempts_wait_longer_and_longer() {
        let mut m = message(Channel::Email, Recipient::Staff(Uuid::nil()));
        let waits: Vec<i64> = (1..12).map(|n| { m.attempts = n; (m.again_at(DateTime::UNIX_EPOCH) - DateTime::UNIX_EPOCH).num_seconds() }).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    }

    #[test]
    fn a_move_that_is_not_in_the_table_is_refused() {
        let mut m = message(Channel::Sms, Recipient::Staff(Uuid::nil()));
        assert!(m.turn(State::Sent, "", DateTime::UNIX_EPOCH).is_err());
        assert!(m.turn(State::Sending, "", DateTime::UNIX_EPOCH).is_ok());
    }
}
