//! A day and a time of day as forms hold them.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{forms::FormState, text};

/// Reads "2:30pm", "2.30 pm", "9am", "14:30", "1430", "midday" or "midnight".
pub fn time_of_day(typed: &str) -> Option<(u32, u32)> {
    let typed = typed.trim().to_lowercase().replace(' ', "");
    match typed.as_str() {
        "midday" | "noon" => return Some((12, 0)),
        "midnight" => return Some((0, 0)),
        _ => {}
    }
    let (digits, half) = if let Some(rest) = typed.strip_suffix("am") {
        (rest, Some(0))
    } else if let Some(rest) = typed.strip_suffix("pm") {
        (rest, Some(12))
    } else {
        (typed.as_str(), None)
    };
    let (hour, minute) = match digits.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour.parse().ok()?, minute.parse().ok()?),
        Some(_) => return None,
        None if digits.len() == 4 && half.is_none() && digits.is_ascii() => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        None if half.is_some() => (digits.parse::<u32>().ok()?, 0),
        None => return None,
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// "09:00" for a contract that holds times of day; empty stays empty.
pub fn clock(form: &mut FormState, field: &str) -> String {
    let typed = form.get(field).to_owned();
    if typed.is_empty() {
        return typed;
    }
    match time_of_day(&typed) {
        Some((hour, minute)) => format!("{hour:02}:{minute:02}"),
        None => {
            form.fail(field, "Enter a time, like 9:30am or 14:30");
            String::new()
        }
    }
}

/// The instant of the fields `date` and `time`, which must be there.
pub fn required(form: &mut FormState, date: &str, time: &str) -> Option<DateTime<Utc>> {
    let day = form.required_date(date, "Date", "Enter the date");
    let hour = time_of_day(form.get(time));
    if hour.is_none() {
        form.fail(time, "Enter a time, like 9:30am or 14:30");
    }
    instant(form, day?, hour?, time)
}

/// The same; both may be empty. Without a time the day counts from midday, or from now where it is today.
pub fn optional(form: &mut FormState, date: &str, time: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let day = form.date(date, "Date")?;
    if form.get(time).is_empty() {
        let midday = text::from_local(day, 12, 0)?;
        return Some(if text::local_date(now) == day { now.min(midday) } else { midday });
    }
    let Some(hour) = time_of_day(form.get(time)) else {
        form.fail(time, "Enter a time, like 9:30am or 14:30");
        return None;
    };
    instant(form, day, hour, time)
}

fn instant(form: &mut FormState, day: NaiveDate, (hour, minute): (u32, u32), field: &str) -> Option<DateTime<Utc>> {
    let at = text::from_local(day, hour, minute);
    if at.is_none() {
        form.fail(field, "The clocks go forward in this hour: enter another time");
    }
    at
}

/// Fills date and time in beforehand.
pub fn filled(form: FormState, date: &str, time: &str, at: DateTime<Utc>) -> FormState {
    form.with_date(date, Some(text::local_date(at))).with(time, text::time(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::FormData;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (typed, read) in [
            ("2:30pm", Some((14, 30))), ("2.30 PM", Some((14, 30))), ("9am", Some((9, 0))), ("12am", Some((0, 0))), ("14:30", Some((14, 30))),
            ("1430", Some((14, 30))), ("midday", Some((12, 0))), ("12:15pm", Some((12, 15))), ("25:00", None), ("9", None), ("13pm", None),
            ("9:5", None), ("é9am", None), ("", None),
        ] {
            assert_eq!(time_of_day(typed), read, "{typed}");
        }
    }

    #[test]
    fn dates_and_times_become_instants_on_the_wall_clock() {
        let mut form = FormState::sent(FormData::parse(b"date-day=4&date-month=5&date-year=2027&time=2:30pm"));
        assert_eq!(required(&mut form, "date", "time").map(|at| at.to_rfc3339()), Some("2027-05-04T13:30:00+00:00".to_owned()));
        let mut skipped = FormState::sent(FormData::parse(b"date-day=28&date-month=3&date-year=2027&time=1:30am"));
        assert_eq!(required(&mut skipped, "date", "time"), None);
        assert!(!skipped.is_valid());
        let mut empty = FormState::sent(FormData::parse(b""));
        assert_eq!(optional(&mut empty, "date", "time", DateTime::UNIX_EPOCH), None);
        assert!(empty.is_valid());
    }
}
