//! The one place of this service that knows in which time zone people live. Instants are UTC everywhere else.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;

/// The date as people say it, for instance `Tuesday 5 May 2026`.
pub fn date(at: DateTime<Utc>) -> String {
    at.with_timezone(&London).format("%A %-d %B %Y").to_string()
}

/// The time of day as people say it, for instance `2:30pm`.
pub fn time(at: DateTime<Utc>) -> String {
    at.with_timezone(&London).format("%-I:%M%P").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter_are_told_by_the_wall_clock() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!((date(at("2026-05-05T13:30:00Z")), time(at("2026-05-05T13:30:00Z"))), ("Tuesday 5 May 2026".into(), "2:30pm".into()));
        assert_eq!(time(at("2026-12-01T09:05:00Z")), "9:05am");
        assert_eq!(date(at("2026-06-30T23:30:00Z")), "Wednesday 1 July 2026");
    }
}
