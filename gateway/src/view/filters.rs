//! Filters and functions that templates may use: dates, amounts, code labels. The words come from [`crate::text`].

use chrono::{DateTime, NaiveDate, Utc};
use minijinja::{Environment, Error, ErrorKind, Value};

use crate::text;

/// Adds all filters to the environment.
///
/// | filter | input | output |
/// |---|---|---|
/// | `date` | `NaiveDate` or instant | 4 May 2027 |
/// | `day_date` | the same | Tuesday 4 May 2027 |
/// | `time` | instant | 2:30pm |
/// | `datetime` | instant | 4 May 2027 at 2:30pm |
/// | `plural("case", "cases")` | number | 3 cases |
/// | `label("ethnicity")` | code of that list | its label |
/// | `humanise` | code | Not started |
pub(super) fn register(env: &mut Environment<'static>) {
    env.add_filter("date", |v: Value| with_date(&v, text::date));
    env.add_filter("day_date", |v: Value| with_date(&v, text::day_date));
    env.add_filter("time", |v: Value| with_instant(&v, text::time));
    env.add_filter("datetime", |v: Value| with_instant(&v, text::date_time));
    env.add_filter("plural", |n: i64, one: &str, many: &str| {
        text::plural(n, one, many)
    });
    env.add_filter("label", |code: &str, list: &str| text::label(list, code));
    env.add_filter("humanise", |v: &str| text::humanise(v));
}

fn bad(value: &Value) -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!("a date or an instant is wanted, not a {}", value.kind()),
    )
}

fn with_instant(value: &Value, format: fn(DateTime<Utc>) -> String) -> Result<String, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(String::new());
    }
    let text = value.as_str().ok_or_else(|| bad(value))?;
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| bad(value))?;
    Ok(format(instant.with_timezone(&Utc)))
}

fn with_date(value: &Value, format: fn(NaiveDate) -> String) -> Result<String, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(String::new());
    }
    let raw = value.as_str().ok_or_else(|| bad(value))?;
    if let Ok(date) = raw.parse::<NaiveDate>() {
        return Ok(format(date));
    }
    let instant = DateTime::parse_from_rfc3339(raw).map_err(|_| bad(value))?;
    Ok(format(text::local_date(instant.with_timezone(&Utc))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_read_in_plain_english() {
        let mut env = Environment::new();
        register(&mut env);
        let show = |source: &str| {
            env.render_str(source, minijinja::context! {})
                .expect("renders")
        };
        assert_eq!(show("{{ '2027-05-04' | day_date }}"), "Tuesday 4 May 2027");
        assert_eq!(
            show("{{ '2027-05-04T13:30:00Z' | datetime }}"),
            "4 May 2027 at 2:30pm"
        );
        assert_eq!(show("{{ none | date }}"), "");
        assert_eq!(show("{{ 1 | plural('case', 'cases') }}"), "1 case");
        assert!(
            env.render_str("{{ 'soon' | date }}", minijinja::context! {})
                .is_err()
        );
    }
}
