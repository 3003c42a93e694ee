//! The one place that knows in which time zone people live: Europe/London. Instants are UTC everywhere else.
//!
//! Pure functions without a clock of their own, so that `domain/` may use them.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::London;

/// The wall clock's date and time at an instant.
pub fn local(at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&London).naive_local()
}

/// The wall clock's date at an instant.
pub fn today(at: DateTime<Utc>) -> NaiveDate {
    local(at).date()
}

/// The instant of a wall clock's time: the earlier one where the clock shows it twice; `None` where it skips it.
pub fn exact(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    London.from_local_datetime(&local).earliest().map(|t| t.with_timezone(&Utc))
}

/// As [`exact`], and an hour later by the wall clock where it skips the time.
pub fn instant(local: NaiveDateTime) -> DateTime<Utc> {
    exact(local).or_else(|| exact(local + TimeDelta::hours(1))).unwrap_or_else(|| local.and_utc())
}

/// The months of the wall clock from the one of `from` up to `to`, which is not in it: each with its first instant and its name,
/// `2027-05`.
pub fn months(from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
    let first = today(from).with_day(1).unwrap_or_else(|| today(from));
    (0..)
        .map_while(|n| first.checked_add_months(Months::new(n)))
        .map(|day| (instant(day.and_time(chrono::NaiveTime::MIN)), day.format("%Y-%m").to_string()))
        .take_while(|(begin, _)| *begin < to)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().expect("a local time")
    }

    #[test]
    fn summer_and_winter_are_an_hour_apart() {
        assert_eq!(local(at("2026-07-01T09:00:00Z")), wall("2026-07-01T10:00:00"));
        assert_eq!(local(at("2026-01-01T09:00:00Z")), wall("2026-01-01T09:00:00"));
        assert_eq!(today(at("2026-06-30T23:30:00Z")), wall("2026-07-01T00:00:00").date());
        for text in ["2026-07-01T09:00:00Z", "2026-01-01T09:00:00Z"] {
            assert_eq!(instant(local(at(text))), at(text));
        }
    }

    #[test]
    fn months_begin_at_local_midnight() {
        let found = months(at("2026-05-31T23:30:00Z"), at("2026-07-31T23:00:00Z"));
        assert_eq!(found, [(at("2026-05-31T23:00:00Z"), "2026-06".to_owned()), (at("2026-06-30T23:00:00Z"), "2026-07".to_owned())]);
    }

    #[test]
    fn the_two_odd_hours_of_the_year_have_an_answer() {
        assert_eq!(instant(wall("2026-03-29T01:30:00")), at("2026-03-29T01:30:00Z"), "skipped: an hour later by the wall clock");
        assert_eq!(instant(wall("2026-10-25T01:30:00")), at("2026-10-25T00:30:00Z"), "shown twice: the earlier one");
        assert_eq!(exact(wall("2026-03-29T01:30:00")), None);
        assert_eq!(exact(wall("2026-10-25T01:30:00")), Some(at("2026-10-25T00:30:00Z")));
    }
}
