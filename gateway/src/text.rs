//! How dates, times, amounts and codes are written for people, in the style of GOV.UK.
//!
//! Instants are UTC everywhere; people read them as the time on the wall in the United Kingdom.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use platform::local_time;

/// The day that an instant falls on in the United Kingdom.
#[must_use]
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    local_time::today(at)
}

/// The instant of a day and time on the wall in the United Kingdom. `None` in the hour that the clocks skip in
/// spring; in the hour that comes twice in autumn the first one is meant.
#[must_use]
pub fn from_local(day: NaiveDate, hour: u32, minute: u32) -> Option<DateTime<Utc>> {
    local_time::exact(day.and_hms_opt(hour, minute, 0)?)
}

/// "4 May 2027".
#[must_use]
pub fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// "Tuesday 4 May 2027".
#[must_use]
pub fn day_date(day: NaiveDate) -> String {
    day.format("%A %-d %B %Y").to_string()
}

/// "2:30pm", "9am", "midday", "midnight".
#[must_use]
pub fn time(at: DateTime<Utc>) -> String {
    let at = local_time::local(at);
    match (at.hour(), at.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (hour, minute) => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 {
                format!("{hour}{half}")
            } else {
                format!("{hour}:{minute:02}{half}")
            }
        }
    }
}

/// "4 May 2027 at 2:30pm".
#[must_use]
pub fn date_time(at: DateTime<Utc>) -> String {
    format!("{} at {}", date(local_date(at)), time(at))
}

/// "today", "yesterday", "tomorrow", "in 3 days", "3 days ago", seen from `today`.
#[must_use]
pub fn relative_day(day: NaiveDate, today: NaiveDate) -> String {
    match (day - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        n if n > 0 => format!("in {n} days"),
        n => format!("{} days ago", -n),
    }
}

/// Age in whole years on `today`; `None` when the date lies in the future.
#[must_use]
pub fn age(born: NaiveDate, today: NaiveDate) -> Option<u32> {
    let before_birthday = (today.month(), today.day()) < (born.month(), born.day());
    u32::try_from(today.year() - born.year() - i32::from(before_birthday)).ok()
}

/// "1 case", "3 cases", "no cases", with thousands separated by commas.
#[must_use]
pub fn plural(count: i64, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{} {many}", number(n)),
    }
}

/// "12,345".
#[must_use]
pub fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A code made readable when no label is known: "NOT_STARTED" and "not_started" become "Not started".
#[must_use]
pub fn humanise(code: &str) -> String {
    let lower = code.replace(['_', '-'], " ").to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The label of a code; a code that the list does not have is made readable.
#[must_use]
pub fn label(list: &str, code: &str) -> String {
    access::codes::label(list, code).map_or_else(|| humanise(code), str::to_owned)
}

/// An instant of a gRPC message; `None` when it is absent or out of range.
#[must_use]
pub fn instant(timestamp: Option<&prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    let timestamp = timestamp?;
    DateTime::from_timestamp(timestamp.seconds, u32::try_from(timestamp.nanos).ok()?)
}

/// An instant for a gRPC message.
#[must_use]
pub fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text)
            .expect("instant")
            .with_timezone(&Utc)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("date")
    }

    #[test]
    fn times_follow_the_clock_on_the_wall() {
        assert_eq!(time(at("2027-05-04T13:30:00Z")), "2:30pm");
        assert_eq!(time(at("2027-01-04T09:00:00Z")), "9am");
        assert_eq!(time(at("2027-05-04T11:00:00Z")), "midday");
        assert_eq!(
            date_time(at("2027-06-30T23:30:00Z")),
            "1 July 2027 at 12:30am"
        );
    }

    #[test]
    fn the_skipped_hour_of_spring_does_not_exist() {
        assert_eq!(from_local(day("2027-03-28"), 1, 30), None);
        assert_eq!(
            from_local(day("2027-07-01"), 9, 0),
            Some(at("2027-07-01T08:00:00Z"))
        );
    }

    #[test]
    fn amounts_and_codes_are_readable() {
        assert_eq!(plural(0, "case", "cases"), "no cases");
        assert_eq!(plural(12_345, "case", "cases"), "12,345 cases");
        assert_eq!(number(-1_000), "-1,000");
        assert_eq!(humanise("NOT_STARTED"), "Not started");
        assert_eq!(
            relative_day(day("2027-05-01"), day("2027-05-04")),
            "3 days ago"
        );
        assert_eq!(age(day("2010-05-05"), day("2027-05-04")), Some(16));
    }

    #[test]
    fn instants_survive_the_wire() {
        let now = at("2027-05-04T13:30:00.25Z");
        assert_eq!(instant(Some(&timestamp(now))), Some(now));
        assert_eq!(instant(None), None);
    }
}
