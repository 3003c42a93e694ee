//! The days that a report is about.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use platform::local_time;

/// Months that a report may span.
pub const LONGEST: usize = 60;

/// A period of whole days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// What is wrong with a period: the field and what to do.
pub type Wrong = (&'static str, &'static str);

impl Period {
    /// Reads ISO dates; empty ones are the last 12 months up to today.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn read(from: &str, to: &str, now: DateTime<Utc>) -> Result<Self, Vec<Wrong>> {
        let today = local_time::today(now);
        let mut wrong = Vec::new();
        let mut date = |field, text: &str, default| match text {
            "" => default,
            text => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|d| (2000..2100).contains(&d.year())).unwrap_or_else(|| {
                wrong.push((field, "Write a date as 2026-05-31."));
                default
            }),
        };
        let to = date("to", to, today);
        let first = to.with_day(1).unwrap_or(to);
        let from = date("from", from, first.checked_sub_months(Months::new(11)).unwrap_or(first));
        let period = Self { from, to };
        if wrong.is_empty() && from > to {
            wrong.push(("from", "The first day must not be after the last."));
        } else if wrong.is_empty() && period.months().len() > LONGEST {
            wrong.push(("from", "Ask for 60 months at the most."));
        }
        if wrong.is_empty() { Ok(period) } else { Err(wrong) }
    }

    /// The first instant of the period.
    pub fn start(self) -> DateTime<Utc> {
        midnight(self.from)
    }

    /// The first instant after it.
    pub fn end(self) -> DateTime<Utc> {
        midnight(self.to.checked_add_days(Days::new(1)).unwrap_or(self.to))
    }

    /// First days of the months that it touches.
    pub fn months(self) -> Vec<NaiveDate> {
        let first = |d: NaiveDate| d.with_day(1).unwrap_or(d);
        let last = first(self.to);
        std::iter::successors(Some(first(self.from)), |m| m.checked_add_months(Months::new(1))).take_while(|m| *m <= last).take(LONGEST + 1).collect()
    }

    /// The first instants of those months, rising.
    pub fn month_starts(self) -> Vec<DateTime<Utc>> {
        self.months().into_iter().map(midnight).collect()
    }
}

/// The instant at which a day begins by the wall clock; an hour later where it skips midnight.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    local_time::instant(day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-07-15T12:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn nothing_said_is_the_last_twelve_months() {
        let period = Period::read("", "", now()).expect("a period");
        assert_eq!((period.from.to_string(), period.to.to_string()), ("2025-08-01".into(), "2026-07-15".into()));
        assert_eq!(period.months().len(), 12);
    }

    #[test]
    fn days_begin_by_the_wall_clock() {
        let period = Period::read("2026-03-01", "2026-04-30", now()).expect("a period");
        assert_eq!(period.start().to_rfc3339(), "2026-03-01T00:00:00+00:00");
        assert_eq!(period.end().to_rfc3339(), "2026-04-30T23:00:00+00:00");
        assert_eq!(period.month_starts().len(), 2);
    }

    #[test]
    fn every_mistake_is_named() {
        let fields = |from, to| Period::read(from, to, now()).err().map(|w| w.into_iter().map(|(f, _)| f).collect::<Vec<_>>());
        assert_eq!(fields("x", "31/12/2026"), Some(vec!["to", "from"]));
        assert_eq!(fields("2026-08-01", "2026-07-01"), Some(vec!["from"]));
        assert_eq!(fields("2010-01-01", "2026-07-01"), Some(vec!["from"]));
        assert_eq!(fields("0001-01-01", ""), Some(vec!["from"]));
    }
}
