//! From when to when a role is held.

use chrono::{DateTime, TimeDelta, Utc};

/// The furthest day ahead on which a role may begin or end.
pub const FURTHEST: TimeDelta = TimeDelta::days(3653);

/// Where an assignment stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Begins later.
    Coming,
    /// Holds.
    Current,
    /// Over by its date, or taken away.
    Ended,
}

/// Where it stands at `now`. It holds from its first instant and no more at the instant of its end.
pub fn standing(from: DateTime<Utc>, to: Option<DateTime<Utc>>, taken: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Standing {
    if taken.is_some() || to.is_some_and(|to| to <= now) {
        Standing::Ended
    } else if from > now {
        Standing::Coming
    } else {
        Standing::Current
    }
}

/// What is wrong with a period: the field and what to do.
pub type Fault = (&'static str, &'static str);

/// The period that a giver asks for: a beginning that is unset or has passed is now.
///
/// # Errors
/// What is wrong with it.
pub fn asked(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(DateTime<Utc>, Option<DateTime<Utc>>), Fault> {
    let from = from.filter(|from| *from > now).unwrap_or(now);
    if from - now > FURTHEST {
        return Err(("valid_from", "The first day must be within 10 years."));
    }
    match to {
        Some(to) if to <= now => Err(("valid_to", "The end must be in the future.")),
        Some(to) if to <= from => Err(("valid_to", "The last day must not be before the first day.")),
        Some(to) if to - now > FURTHEST => Err(("valid_to", "The last day must be within 10 years. Leave it empty for a role without an end.")),
        to => Ok((from, to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    #[test]
    fn it_stands_by_the_instant() {
        let now = at(10);
        assert_eq!(standing(at(11), None, None, now), Standing::Coming);
        assert_eq!(standing(at(10), None, None, now), Standing::Current);
        assert_eq!(standing(at(1), Some(at(10)), None, now), Standing::Ended, "not at its end");
        assert_eq!(standing(at(1), Some(at(11)), None, now), Standing::Current);
        assert_eq!(standing(at(11), None, Some(at(9)), now), Standing::Ended, "taken away before it began");
    }

    #[test]
    fn a_period_is_checked() {
        let now = at(10);
        assert_eq!(asked(None, None, now), Ok((now, None)));
        assert_eq!(asked(Some(at(3)), Some(at(20)), now), Ok((now, Some(at(20)))), "the past is now");
        assert_eq!(asked(Some(at(12)), Some(at(20)), now), Ok((at(12), Some(at(20)))));
        assert_eq!(asked(None, Some(at(10)), now).unwrap_err().0, "valid_to");
        assert_eq!(asked(Some(at(12)), Some(at(12)), now).unwrap_err().0, "valid_to");
        assert_eq!(asked(Some(at(9000)), None, now).unwrap_err().0, "valid_from");
        assert_eq!(asked(None, Some(at(9000)), now).unwrap_err().0, "valid_to");
    }
}
