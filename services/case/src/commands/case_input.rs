//! Reading requests about cases: every wrong field is told, each with what to do.

use access::codes;
use chrono::{DateTime, NaiveDate, Utc};
use platform::{Error, Result, local_time};
use prost_types::Timestamp;
use uuid::Uuid;

use crate::domain::side::Side;

/// Longest text of one line.
pub const LINE: usize = 200;
/// Longest free text.
pub const FREE: usize = 10_000;

/// Collects what is wrong with a request. A method that finds a mistake answers something harmless, which is never used:
/// [`Check::done`] comes before.
#[derive(Default)]
pub struct Check {
    wrong: Vec<(String, String)>,
}

impl Check {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a wrong field.
    pub fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.wrong.push((field.into(), message.into()));
    }

    /// Takes over what another check found.
    pub fn add(&mut self, error: &Error) {
        for found in error.fields() {
            self.wrong(found.field.clone(), found.message.clone());
        }
    }

    /// An id.
    pub fn id(&mut self, field: &str, text: &str) -> Uuid {
        Uuid::parse_str(text).unwrap_or_else(|_| {
            self.wrong(field, "This is not an identifier.");
            Uuid::nil()
        })
    }

    /// An id, or nothing.
    pub fn optional_id(&mut self, field: &str, text: &str) -> Option<Uuid> {
        (!text.is_empty()).then(|| self.id(field, text))
    }

    /// A text without spaces around it, no longer than `most` characters.
    pub fn text(&mut self, field: &str, text: &str, most: usize) -> String {
        let text = text.trim();
        if text.chars().count() > most {
            self.wrong(field, format!("Enter no more than {most} characters."));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(field, "Remove the control characters from the text.");
        }
        text.to_owned()
    }

    /// A text that must not be empty.
    pub fn required(&mut self, field: &str, text: &str, most: usize, missing: &str) -> String {
        let text = self.text(field, text, most);
        if text.is_empty() {
            self.wrong(field, missing);
        }
        text
    }

    /// A code of a list.
    pub fn code(&mut self, field: &str, list: &str, code: &str) -> String {
        self.one(field, code, codes::is_valid(list, code))
    }

    /// A code of a list, or nothing.
    pub fn optional_code(&mut self, field: &str, list: &str, code: &str) -> String {
        self.one(field, code, code.is_empty() || codes::is_valid(list, code))
    }

    /// A code that was checked by its own rule.
    pub fn one(&mut self, field: &str, code: &str, valid: bool) -> String {
        if !valid {
            self.wrong(field, "Choose one of the list.");
        }
        code.to_owned()
    }

    /// Codes of a list, each once.
    pub fn codes(&mut self, field: &str, list: &str, given: &[String]) -> Vec<String> {
        if given.len() > 50 || given.iter().any(|c| !codes::is_valid(list, c)) {
            self.wrong(field, "Choose from the list.");
        }
        let mut codes = given.to_vec();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// A side.
    pub fn side(&mut self, field: &str, code: &str) -> Side {
        Side::parse(code).unwrap_or_else(|| {
            self.wrong(field, "Choose the person harmed, the person responsible, or both.");
            Side::Both
        })
    }

    /// An ISO date, or nothing.
    pub fn optional_date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        if text.is_empty() {
            return None;
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        if date.is_none() {
            self.wrong(field, "Enter a real date.");
        }
        date
    }

    /// An ISO date.
    pub fn date(&mut self, field: &str, text: &str) -> NaiveDate {
        if text.is_empty() {
            self.wrong(field, "Enter a date.");
        }
        self.optional_date(field, text).unwrap_or_default()
    }

    /// The last day of something as the instant at which that day is over, or nothing. It is not before today.
    pub fn last_day(&mut self, field: &str, text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let day = self.optional_date(field, text)?;
        let end = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0)).map(local_time::instant);
        if day < local_time::today(now) || end.is_none() {
            self.wrong(field, "Enter a date that is not in the past.");
        }
        end
    }

    /// An instant, or nothing.
    pub fn optional_at(&mut self, field: &str, at: Option<Timestamp>) -> Option<DateTime<Utc>> {
        let at = at?;
        let found = u32::try_from(at.nanos)
            .ok()
            .and_then(|nanos| DateTime::from_timestamp(at.seconds, nanos))
            // The database keeps microseconds and the years that people live in.
            .and_then(|t| DateTime::from_timestamp_micros(t.timestamp_micros()))
            .filter(|t| (0..=253_402_300_799).contains(&t.timestamp()));
        if found.is_none() {
            self.wrong(field, "Enter a real date and time.");
        }
        found
    }

    /// An instant.
    pub fn at(&mut self, field: &str, at: Option<Timestamp>) -> DateTime<Utc> {
        if at.is_none() {
            self.wrong(field, "Enter a date and time.");
        }
        self.optional_at(field, at).unwrap_or_default()
    }

    /// Ends the check.
    ///
    /// # Errors
    /// `InvalidArgument` with every wrong field.
    pub fn done(self) -> Result<()> {
        self.wrong.into_iter().fold(Error::invalid(), |error, (field, message)| error.field(field, message)).into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_at_once() {
        let mut check = Check::new();
        check.id("case_id", "x");
        check.date("held_on", "2026-02-30");
        check.at("starts_at", None);
        check.code("result", "session_result", "");
        check.required("text", "  ", FREE, "Enter the note.");
        check.text("place", "a\u{7}", LINE);
        let error = check.done().expect_err("wrong");
        let fields: Vec<_> = error.fields().iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["case_id", "held_on", "starts_at", "result", "text", "place"]);
    }

    #[test]
    fn instants_are_kept_to_the_microsecond() {
        let mut check = Check::new();
        let at = check.at("at", Some(Timestamp { seconds: 1_800_000_000, nanos: 123_456_789 }));
        assert_eq!(at.timestamp_subsec_nanos(), 123_456_000);
        check.optional_at("at", Some(Timestamp { seconds: i64::MAX, nanos: -1 }));
        assert!(check.done().is_err());
    }
}
