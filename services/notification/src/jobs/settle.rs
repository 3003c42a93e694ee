//! What an answer of the safety gate or of a provider makes of a message: no input, no output.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        message::{Message, NoSuchMove},
        state::State,
    },
    senders::{Found, Handed},
};

/// Time after which a message that is still being sent was left behind by a crash; longer than any sending takes.
pub const LEFT_BEHIND: TimeDelta = TimeDelta::seconds(60);

/// What is to be done with a message that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send it; it is in state sending now.
    Send,
    /// Ask the provider for it.
    Ask,
    /// Nothing more; store it.
    Store,
    /// It is not due.
    Nothing,
}

/// Takes a message that was found to be due.
///
/// # Errors
/// None that the table of moves allows.
pub fn take(m: &mut Message, now: DateTime<Utc>) -> Result<Due, NoSuchMove> {
    match m.state {
        State::Queued | State::Waiting if m.is.due_at > now => Ok(Due::Nothing),
        State::Queued | State::Waiting if m.expires_at <= now => {
            let reason = if m.reason.is_empty() { "EXPIRED".to_owned() } else { m.reason.clone() };
            m.turn(State::NotSent, &reason, now)?;
            Ok(Due::Store)
        }
        State::Queued | State::Waiting => {
            m.turn(State::Sending, "", now)?;
            m.attempts += 1;
            Ok(Due::Send)
        }
        State::Sending if m.state_since + LEFT_BEHIND <= now => {
            m.turn(State::Unknown, "INTERRUPTED", now)?;
            m.is.due_at = now;
            Ok(Due::Ask)
        }
        State::Unknown if m.is.due_at <= now => Ok(Due::Ask),
        _ => Ok(Due::Nothing),
    }
}

/// The safety gate refused.
///
/// # Errors
/// None that the table of moves allows.
pub fn refused(m: &mut Message, reason: &str, now: DateTime<Utc>) -> Result<(), NoSuchMove> {
    m.turn(State::NotSent, reason, now)
}

/// It waits for the gate, the provider or safe hours.
///
/// # Errors
/// None that the table of moves allows.
pub fn wait(m: &mut Message, reason: &str, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), NoSuchMove> {
    if m.superseded || until >= m.expires_at {
        return m.turn(State::NotSent, reason, now);
    }
    m.is.due_at = until;
    m.turn(State::Waiting, reason, now)
}

/// The provider was called.
///
/// # Errors
/// None that the table of moves allows.
pub fn handed(m: &mut Message, handed: Handed, now: DateTime<Utc>) -> Result<(), NoSuchMove> {
    match handed {
        Handed::Over(provider_ref) => {
            m.provider_ref = provider_ref;
            m.turn(State::Sent, "", now)
        }
        Handed::Refused(code) => m.turn(State::Failed, code, now),
        Handed::Later(code) => wait(m, code, m.again_at(now), now),
        Handed::Unknown(code) if m.may_be_repeated() => wait(m, code, m.again_at(now), now),
        Handed::Unknown(code) => {
            // A provider may take a moment to know its own message.
            m.is.due_at = now + TimeDelta::seconds(30);
            m.turn(State::Unknown, code, now)
        }
    }
}

/// The provider was asked for a message of which it is not known whether it left.
///
/// # Errors
/// None that the table of moves allows.
pub fn found(m: &mut Message, found: Found, now: DateTime<Utc>) -> Result<(), NoSuchMove> {
    match found {
        Found::Taken(provider_ref) => {
            m.provider_ref = provider_ref;
            m.turn(State::Sent, "", now)
        }
        Found::Delivered(provider_ref) => {
            m.provider_ref = provider_ref;
            m.turn(State::Delivered, "", now)
        }
        Found::Failed(code) => m.turn(State::Failed, code, now),
        Found::NotFound => resend(m, now),
        Found::CannotTell if m.may_be_repeated() => resend(m, now),
        Found::CannotTell => {
            m.attempts += 1;
            m.is.due_at = m.again_at(now);
            Ok(())
        }
    }
}

fn resend(m: &mut Message, now: DateTime<Utc>) -> Result<(), NoSuchMove> {
    if m.superseded || m.expires_at <= now {
        return m.turn(State::NotSent, "EXPIRED", now);
    }
    m.is.due_at = now;
    m.turn(State::Queued, "", now)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::message::{Channel, Recipient, tests::message};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn text() -> Message {
        message(Channel::Sms, Recipient::Participant(Uuid::nil()))
    }

    fn staff_mail() -> Message {
        message(Channel::Email, Recipient::Staff(Uuid::nil()))
    }

    #[test]
    fn a_text_that_a_crash_left_is_sent_again_only_when_the_provider_never_got_it() {
        let mut m = text();
        assert_eq!(take(&mut m, at(0)), Ok(Due::Send));
        assert_eq!(take(&mut m, at(59)), Ok(Due::Nothing), "it may still be on its way");
        assert_eq!(take(&mut m, at(60)), Ok(Due::Ask));
        assert_eq!((m.state, m.reason.as_str()), (State::Unknown, "INTERRUPTED"));

        let mut taken = m.clone();
        assert_eq!(found(&mut taken, Found::Taken(Some("p1".into())), at(61)), Ok(()));
        assert_eq!((taken.state, taken.provider_ref.as_deref()), (State::Sent, Some("p1")));

        let mut away = m.clone();
        assert_eq!(found(&mut away, Found::CannotTell, at(61)), Ok(()));
        assert_eq!(away.state, State::Unknown);
        assert!(away.is.due_at > at(61));

        assert_eq!(found(&mut m, Found::NotFound, at(61)), Ok(()));
        assert_eq!(m.state, State::Queued);
        assert_eq!(take(&mut m, at(61)), Ok(Due::Send));
    }

    #[test]
    fn mail_to_staff_is_sent_again_and_a_text_is_not() {
        let mut mail = staff_mail();
        assert_eq!(take(&mut mail, at(0)), Ok(Due::Send));
        assert_eq!(handed(&mut mail, Handed::Unknown("MAIL_SERVER_LOST"), at(1)), Ok(()));
        assert_eq!((mail.state, mail.is.due_at), (State::Waiting, at(6)));
        let mut m = text();
        assert_eq!(take(&mut m, at(0)), Ok(Due::Send));
        assert_eq!(handed(&mut m, Handed::Unknown("SMS_PROVIDER_LOST"), at(1)), Ok(()));
        assert_eq!(m.state, State::Unknown);
    }

    #[test]
    fn nothing_is_sent_when_its_time_is_over() {
        let mut m = text();
        m.expires_at = at(10);
        assert_eq!(take(&mut m, at(0)), Ok(Due::Send));
        assert_eq!(wait(&mut m, "OUTSIDE_SAFE_HOURS", at(20), at(1)), Ok(()));
        assert_eq!((m.state, m.reason.as_str()), (State::NotSent, "OUTSIDE_SAFE_HOURS"), "safe hours begin too late");
        let mut late = text();
        late.expires_at = at(10);
        assert_eq!(take(&mut late, at(10)), Ok(Due::Store));
        assert_eq!((late.state, late.reason.as_str()), (State::NotSent, "EXPIRED"));
        let mut aside = text();
        assert_eq!(take(&mut aside, at(0)), Ok(Due::Send));
        aside.superseded = true;
        assert_eq!(handed(&mut aside, Handed::Later("SMS_RATE_LIMIT"), at(1)), Ok(()));
        assert_eq!(aside.state, State::NotSent, "another message took its place");
    }
}
