//! What becomes of a meeting's reminders when it is made, moved or cancelled.

use chrono::{DateTime, TimeDelta, Utc};

use super::state::State;

/// A reminder goes a day before.
const AHEAD: TimeDelta = TimeDelta::hours(24);

/// When a reminder is due: 24 hours before, at once where the meeting is sooner, never where it has begun.
pub fn reminder_due(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (starts_at > now).then(|| (starts_at - AHEAD).max(now))
}

/// The reminder that is there for a participant and channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Its state.
    pub state: State,
    /// The start that it tells.
    pub starts_at: DateTime<Utc>,
}

/// What to do about one participant and channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Cancel the reminder that is there; nobody got it.
    pub cancel: bool,
    /// Give the reminder that is there the new start and this time to be sent.
    pub move_to: Option<DateTime<Utc>>,
    /// Set the reminder that is there aside.
    pub supersede: bool,
    /// Make a reminder, due then.
    pub remind_at: Option<DateTime<Utc>>,
    /// Tell the participant, who may have got the reminder, that its date does not hold.
    pub take_back: bool,
}

/// The meeting is at `starts_at` now; `due` is when the participant is to be reminded of it, if at all.
pub fn scheduled(existing: Option<Existing>, starts_at: DateTime<Utc>, due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Change {
    let Some(old) = existing else { return Change { remind_at: due, ..Change::default() } };
    if old.starts_at == starts_at && due.is_some() && old.state != State::Cancelled {
        return Change::default();
    }
    if old.state.is_pending() {
        return Change { cancel: due.is_none(), move_to: due, ..Change::default() };
    }
    let take_back = old.state.may_have_arrived() && old.starts_at != starts_at && old.starts_at > now;
    Change { supersede: take_back || due.is_some(), take_back, remind_at: due, ..Change::default() }
}

/// The meeting does not take place.
pub fn cancelled(old: Existing, now: DateTime<Utc>) -> Change {
    Change { cancel: old.state.is_pending(), take_back: old.state.may_have_arrived() && old.starts_at > now, ..Change::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    #[test]
    fn a_reminder_goes_a_day_before_or_at_once() {
        assert_eq!(reminder_due(at(100), at(0)), Some(at(76)));
        assert_eq!(reminder_due(at(24), at(0)), Some(at(0)));
        assert_eq!(reminder_due(at(1), at(0)), Some(at(0)));
        assert_eq!(reminder_due(at(0), at(0)), None);
    }

    #[test]
    fn who_was_told_the_old_time_is_told_that_it_does_not_hold() {
        let sent = Existing { state: State::Sent, starts_at: at(10) };
        let change = scheduled(Some(sent), at(50), reminder_due(at(50), at(0)), at(0));
        assert_eq!(change, Change { supersede: true, take_back: true, remind_at: Some(at(26)), ..Change::default() });
        let change = scheduled(Some(sent), at(50), reminder_due(at(50), at(11)), at(11));
        assert!(!change.take_back, "the old time is over");
        assert_eq!(scheduled(Some(sent), at(10), Some(at(0)), at(0)), Change::default(), "nothing moved");
    }

    #[test]
    fn what_waits_moves_and_what_is_not_wanted_is_cancelled() {
        let queued = Existing { state: State::Queued, starts_at: at(100) };
        assert_eq!(scheduled(Some(queued), at(50), Some(at(26)), at(0)), Change { move_to: Some(at(26)), ..Change::default() });
        assert_eq!(scheduled(Some(queued), at(50), None, at(0)), Change { cancel: true, ..Change::default() });
        assert_eq!(cancelled(queued, at(0)), Change { cancel: true, ..Change::default() });
        assert_eq!(cancelled(Existing { state: State::NotSent, ..queued }, at(0)), Change::default(), "who was told nothing is told nothing");
    }

    proptest! {
        #[test]
        fn one_reminder_at_most_stays(state in prop::sample::select(State::ALL.to_vec()), old in -50..50i64, new in -50..50i64, wanted: bool) {
            let now = at(0);
            let due = if wanted { reminder_due(at(new), now) } else { None };
            let change = scheduled(Some(Existing { state, starts_at: at(old) }), at(new), due, now);
            prop_assert!(change.remind_at.is_none() || change.supersede, "a new one needs the old one's place");
            prop_assert!(!(change.cancel || change.move_to.is_some()) || state.is_pending());
            prop_assert!(!change.supersede || !state.is_pending(), "what is set aside is not sent");
            prop_assert!(due.is_none() || change.remind_at.is_some() || change.move_to.is_some() || (old == new && state != State::Cancelled));
        }
    }
}
