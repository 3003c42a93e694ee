//! A form on its way: typed values, errors by field, and what the template needs to show both.

use chrono::NaiveDate;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use tonic_types::StatusExt;
use uuid::Uuid;

use super::data::FormData;
use super::date::parse_date;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Field that it belongs to; empty for the whole form.
    pub field: String,
    /// What to do, as a sentence without a full stop.
    pub message: String,
    /// Id of the input to go to, where it is not the field's name.
    anchor: Option<String>,
}

/// Values and errors of a form. Templates get it as `form`.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    data: FormData,
    errors: Vec<FieldError>,
}

impl FormState {
    /// An empty form. `request_id` is new for each form shown and becomes the idempotency key of its command.
    #[must_use]
    pub fn new(request_id: Uuid) -> Self {
        let mut state = Self::default();
        state.data.set_hidden(Some(request_id), None);
        state
    }

    /// A form as it was sent, to be checked.
    #[must_use]
    pub fn sent(data: FormData) -> Self {
        Self {
            data,
            errors: Vec::new(),
        }
    }

    /// Puts the record's etag into the form.
    #[must_use]
    pub fn with_etag(mut self, etag: impl Into<String>) -> Self {
        let request_id = self.data.request_id();
        self.data.set_hidden(request_id, Some(etag.into()));
        self
    }

    /// Fills a field in beforehand.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.data.set(name, vec![value.into()]);
        self
    }

    /// Ticks several answers beforehand.
    #[must_use]
    pub fn with_all(mut self, name: &str, values: Vec<String>) -> Self {
        self.data.set(name, values);
        self
    }

    /// Fills a date in beforehand.
    #[must_use]
    pub fn with_date(self, name: &str, date: Option<NaiveDate>) -> Self {
        use chrono::Datelike;
        let Some(date) = date else { return self };
        self.with(&format!("{name}-day"), date.day().to_string())
            .with(&format!("{name}-month"), date.month().to_string())
            .with(&format!("{name}-year"), date.year().to_string())
    }

    /// What was sent.
    #[must_use]
    pub fn data(&self) -> &FormData {
        &self.data
    }

    /// The value of a field without white space around it; empty when it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.data.get(name)
    }

    /// Notes a mistake at a field; an empty name means the whole form. Only the first mistake of a field counts.
    pub fn fail(&mut self, field: &str, message: impl Into<String>) {
        if field.is_empty() || !self.errors.iter().any(|e| e.field == field) {
            self.errors.push(FieldError {
                field: field.to_owned(),
                message: message.into(),
                anchor: None,
            });
        }
    }

    /// True while nothing is wrong.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// The mistakes so far, in the order of the checks.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// A text that must be there. `message` says what to do: "Enter the person's full name".
    pub fn required(&mut self, name: &str, message: &str) -> String {
        let value = self.data.get(name).to_owned();
        if value.is_empty() {
            self.fail(name, message);
        }
        value
    }

    /// A text that may be absent.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.data.get(name))
            .filter(|v| !v.is_empty())
            .map(str::to_owned)
    }

    /// One of the given values ("Select what happened"). Empty after a mistake.
    pub fn one_of<'a>(
        &mut self,
        name: &str,
        allowed: impl IntoIterator<Item = &'a str>,
        message: &str,
    ) -> String {
        let value = self.data.get(name);
        if let Some(found) = allowed.into_iter().find(|a| *a == value && !a.is_empty()) {
            return found.to_owned();
        }
        self.fail(name, message);
        String::new()
    }

    /// The ticked answers that are among the allowed ones; another one is a mistake.
    pub fn some_of<'a>(
        &mut self,
        name: &str,
        allowed: impl IntoIterator<Item = &'a str>,
        message: &str,
    ) -> Vec<String> {
        let allowed: Vec<&str> = allowed.into_iter().collect();
        let sent = self.data.all(name).to_vec();
        if sent.iter().any(|v| !allowed.contains(&v.as_str())) {
            self.fail(name, message);
            return Vec::new();
        }
        sent
    }

    /// Limits a text's length in characters. `label` starts the sentence: "Note must be 4,000 characters or fewer".
    pub fn at_most(&mut self, name: &str, characters: usize, label: &str) {
        if self.data.get(name).chars().count() > characters {
            let limit = crate::text::number(i64::try_from(characters).unwrap_or(i64::MAX));
            self.fail(name, format!("{label} must be {limit} characters or fewer"));
        }
    }

    /// A date of the fields `{name}-day`, `-month`, `-year`; `None` when empty or wrong (then a mistake is noted).
    /// `label` starts the sentence: "Date of birth must include a year".
    pub fn date(&mut self, name: &str, label: &str) -> Option<NaiveDate> {
        let part = |part: &str| self.data.get(&format!("{name}-{part}"));
        match parse_date(part("day"), part("month"), part("year")) {
            Ok(date) => date,
            Err(problem) => {
                self.errors.push(FieldError {
                    field: name.to_owned(),
                    message: format!("{label} {}", problem.message),
                    anchor: Some(format!("{name}-{}", problem.part)),
                });
                None
            }
        }
    }

    /// A date that must be there. `message`: "Enter the date of birth".
    pub fn required_date(&mut self, name: &str, label: &str, message: &str) -> Option<NaiveDate> {
        let before = self.errors.len();
        let date = self.date(name, label);
        if date.is_none() && self.errors.len() == before {
            self.errors.push(FieldError {
                field: name.to_owned(),
                message: message.to_owned(),
                anchor: Some(format!("{name}-day")),
            });
        }
        date
    }

    /// Takes the field violations of a refused call. `fields` maps paths of the request to names of this form; a path
    /// that is not in it is looked up by its last part among the sent fields, else the message goes to the whole form.
    /// Answers false when the status is not about fields, so that the caller shows its error page.
    pub fn take_violations(&mut self, status: &tonic::Status, fields: &[(&str, &str)]) -> bool {
        let Some(bad) = status.get_details_bad_request() else {
            return false;
        };
        for violation in &bad.field_violations {
            let path = violation.field.as_str();
            let last = path.rsplit('.').next().unwrap_or(path);
            let name = fields
                .iter()
                .find(|(p, _)| *p == path)
                .map(|(_, name)| *name)
                .or_else(|| self.data.values().contains_key(last).then_some(last))
                .unwrap_or_default();
            self.fail(name, violation.description.trim_end_matches('.'));
        }
        !bad.field_violations.is_empty()
    }

    /// Id of the input that a link of the summary leads to; radios and checkboxes give it to their first answer.
    fn href(error: &FieldError) -> Option<String> {
        if error.field.is_empty() {
            return None;
        }
        Some(format!(
            "#{}",
            error.anchor.as_deref().unwrap_or(&error.field)
        ))
    }
}

#[derive(Serialize)]
struct SummaryItem<'a> {
    text: &'a str,
    href: Option<String>,
}

/// For templates: `values` (first value by name), `lists` (all values), `errors` (message by name), `summary` (text and
/// link), `request_id`, `etag`.
impl Serialize for FormState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: BTreeMap<&str, &str> = self
            .data
            .values()
            .iter()
            .filter_map(|(name, values)| values.first().map(|v| (name.as_str(), v.as_str())))
            .collect();
        let errors: BTreeMap<&str, &str> = self
            .errors
            .iter()
            .rev()
            .map(|e| (e.field.as_str(), e.message.as_str()))
            .collect();
        let summary: Vec<SummaryItem<'_>> = self
            .errors
            .iter()
            .map(|e| SummaryItem {
                text: &e.message,
                href: Self::href(e),
            })
            .collect();
        let anchors: BTreeMap<&str, &str> = self
            .errors
            .iter()
            .filter_map(|e| e.anchor.as_deref().map(|a| (e.field.as_str(), a)))
            .collect();
        let mut out = serializer.serialize_struct("FormState", 7)?;
        out.serialize_field("values", &values)?;
        out.serialize_field("lists", self.data.values())?;
        out.serialize_field("errors", &errors)?;
        out.serialize_field("anchors", &anchors)?;
        out.serialize_field("summary", &summary)?;
        out.serialize_field(
            "request_id",
            &self.data.request_id().map(|id| id.to_string()),
        )?;
        out.serialize_field("etag", &self.data.etag())?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn checks_keep_the_values_and_collect_the_errors_in_order() {
        let mut form = FormState::sent(FormData::parse(
            b"name=&kind=other&note=abcdef&born-day=4&born-month=&born-year=1990&days=mon&days=xxx",
        ));
        assert_eq!(form.required("name", "Enter a name"), "");
        assert_eq!(
            form.one_of("kind", ["harmed", "harmer"], "Select who you are"),
            ""
        );
        form.at_most("note", 5, "Note");
        assert_eq!(form.date("born", "Date of birth"), None);
        assert!(form.some_of("days", ["mon"], "Select days").is_empty());
        let shown = serde_json::to_value(&form).expect("serialises");
        assert_eq!(shown["values"]["kind"], "other");
        assert_eq!(
            shown["errors"]["note"],
            "Note must be 5 characters or fewer"
        );
        assert_eq!(shown["summary"][0]["href"], "#name");
        assert_eq!(shown["summary"][3]["href"], "#born-month");
        assert!(!form.is_valid());
    }

    #[test]
    fn violations_of_a_service_reach_their_fields() {
        let mut form = FormState::sent(FormData::parse(b"phone=1&who=x"));
        let mut details = ErrorDetails::new();
        details
            .add_bad_request_violation("party.phone", "Enter a phone number, like 07700 900123.");
        details.add_bad_request_violation("party.role", "Select who this is");
        details.add_bad_request_violation("party.hidden", "Something else");
        let status =
            tonic::Status::with_error_details(tonic::Code::InvalidArgument, "bad", details);
        assert!(form.take_violations(&status, &[("party.role", "who")]));
        let fields: Vec<&str> = form.errors().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["phone", "who", ""]);
        assert_eq!(
            form.errors()[0].message,
            "Enter a phone number, like 07700 900123"
        );
        assert!(!form.take_violations(&tonic::Status::not_found("x"), &[]));
    }

    #[test]
    fn prefilled_forms_carry_key_etag_and_dates() {
        let id = Uuid::from_u128(7);
        let form = FormState::new(id)
            .with_etag("v3")
            .with_date("born", NaiveDate::from_ymd_opt(1990, 5, 4));
        assert_eq!(form.get("born-month"), "5");
        assert_eq!(
            (form.data().request_id(), form.data().etag()),
            (Some(id), Some("v3"))
        );
    }
}
