//! Checks of what a request holds: all wrong fields are reported at once, each with what to do about it.

use access::codes;
use chrono::{DateTime, NaiveDate, Utc};
use platform::{Error, Result};
use uuid::Uuid;

/// Longest name, in characters.
pub const NAME: usize = 100;
/// Longest single line.
pub const LINE: usize = 200;
/// Longest free text.
pub const TEXT: usize = 10_000;

/// Collects what is wrong.
pub struct Fields(Error);

impl Default for Fields {
    fn default() -> Self {
        Self(Error::invalid())
    }
}

impl Fields {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a field is wrong.
    pub fn wrong(&mut self, field: &str, message: impl Into<String>) {
        let error = std::mem::replace(&mut self.0, Error::invalid());
        self.0 = error.field(field, message);
    }

    /// An id.
    pub fn id(&mut self, field: &str, text: &str) -> Uuid {
        Uuid::parse_str(text).unwrap_or_else(|_| {
            self.wrong(field, "This is not an identifier.");
            Uuid::nil()
        })
    }

    /// An id that may be left out.
    pub fn optional_id(&mut self, field: &str, text: &str) -> Option<Uuid> {
        if text.is_empty() { None } else { Some(self.id(field, text)) }
    }

    /// Text without blanks at its ends, of at most so many characters. Control characters but line breaks are refused.
    pub fn text(&mut self, field: &str, text: &str, most: usize) -> String {
        let text = text.trim();
        if text.chars().count() > most {
            self.wrong(field, format!("Enter {most} characters or fewer."));
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(field, "Take out the characters that cannot be printed.");
        }
        text.to_owned()
    }

    /// Text that must be there.
    pub fn required(&mut self, field: &str, text: &str, most: usize, message: &str) -> String {
        let text = self.text(field, text, most);
        if text.is_empty() {
            self.wrong(field, message);
        }
        text
    }

    /// A code of a list.
    pub fn code(&mut self, field: &str, list: &str, code: &str) -> String {
        if !codes::is_valid(list, code) {
            self.wrong(field, "Choose one of the list.");
        }
        code.to_owned()
    }

    /// A code of a list that may be left out.
    pub fn optional_code(&mut self, field: &str, list: &str, code: &str) -> String {
        if code.is_empty() { String::new() } else { self.code(field, list, code) }
    }

    /// Codes of a list, each once.
    pub fn codes(&mut self, field: &str, list: &str, given: &[String]) -> Vec<String> {
        let mut all: Vec<String> = given.to_vec();
        all.sort();
        all.dedup();
        if all.iter().any(|c| !codes::is_valid(list, c)) {
            self.wrong(field, "Choose from the list.");
        }
        all
    }

    /// An ISO date that may be left out.
    pub fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        if text.is_empty() {
            return None;
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        if date.is_none() {
            self.wrong(field, "Enter a date, like 1990-03-31.");
        }
        date
    }

    /// A date of birth that may be left out: not after today, not before 1880.
    pub fn birth_date(&mut self, field: &str, text: &str, today: NaiveDate) -> Option<NaiveDate> {
        let date = self.date(field, text)?;
        if date > today {
            self.wrong(field, "The date of birth must be in the past.");
        } else if NaiveDate::from_ymd_opt(1880, 1, 1).is_some_and(|first| date < first) {
            self.wrong(field, "Check the year of birth.");
        }
        Some(date)
    }

    /// An instant in seconds and nanoseconds that is not in the future; `now` where it is left out.
    pub fn past(&mut self, field: &str, given: Option<(i64, i32)>, now: DateTime<Utc>) -> DateTime<Utc> {
        let Some((seconds, nanos)) = given else { return now };
        match u32::try_from(nanos).ok().and_then(|nanos| DateTime::from_timestamp(seconds, nanos)) {
            Some(at) if at <= now => at,
            Some(_) => {
                self.wrong(field, "Enter a time that is not in the future.");
                now
            }
            None => {
                self.wrong(field, "This is not a time.");
                now
            }
        }
    }

    /// Compares an etag with the version of a record. It is not a wrong field but a stale one.
    ///
    /// # Errors
    /// `InvalidArgument` where none was sent; `Conflict` where the record changed.
    pub fn etag(etag: &str, version: i64) -> Result<()> {
        if etag.is_empty() {
            return Err(Error::invalid().field("etag", "Send the etag that came with what you are changing."));
        }
        if etag == version.to_string() { Ok(()) } else { Err(Error::stale_etag()) }
    }

    /// Fails where a field is wrong.
    ///
    /// # Errors
    /// `InvalidArgument` with every wrong field.
    pub fn finish(self) -> Result<()> {
        self.0.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut fields = Fields::new();
        let today = NaiveDate::from_ymd_opt(2026, 5, 4).expect("a date");
        fields.id("person_id", "x");
        fields.text("given_name", &"x".repeat(101), NAME);
        fields.text("family_name", "a\u{0}b", NAME);
        fields.required("text", "  ", TEXT, "Enter a text.");
        fields.code("role", "participant_role", "KING");
        fields.birth_date("date_of_birth", "2027-01-01", today);
        fields.date("review_on", "1/2/2026");
        fields.past("at", Some((1, 0)), DateTime::UNIX_EPOCH);
        fields.codes("impairments", "impairment", &["X".into()]);
        let error = fields.finish().expect_err("wrong");
        assert_eq!(error.fields().len(), 9);
    }

    #[test]
    fn what_is_right_passes() {
        let mut fields = Fields::new();
        assert_eq!(fields.text("name", "  Sam ", NAME), "Sam");
        assert_eq!(fields.optional_id("person_id", ""), None);
        assert_eq!(fields.optional_code("sex", "sex", ""), "");
        assert_eq!(fields.codes("impairments", "impairment", &["VISION".into(), "VISION".into()]), ["VISION"]);
        assert_eq!(fields.past("at", None, DateTime::UNIX_EPOCH), DateTime::UNIX_EPOCH);
        assert!(fields.finish().is_ok());
        assert!(Fields::etag("3", 3).is_ok() && Fields::etag("2", 3).is_err() && Fields::etag("", 3).is_err());
    }
}
