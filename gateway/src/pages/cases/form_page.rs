//! The page with one form that most acts of a case use: what it is about, what to know before, the fields, the button.

use platform::{Error, Kind};
use proto::case::v1::{GetTimelineRequest, case_service_client::CaseServiceClient};
use serde::Serialize;
use tonic::Status;

use super::bar::{self, CaseBar, Opened};
use crate::{
    error_page::{ErrorPage, of},
    forms::FormState,
    page::StaffPage,
    pages::names::Names,
    rpc, text,
    view::{Cell, Choice, Column, PageTemplate, Shown, SummaryRow, Table, Tag, Colour},
};

/// One field of a form.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    kind: &'static str,
    name: String,
    label: String,
    hint: Option<String>,
    choices: Vec<Choice>,
    width: Option<&'static str>,
    most: Option<u32>,
    input: &'static str,
}

impl Field {
    fn new(kind: &'static str, name: &str, label: impl Into<String>) -> Self {
        Self { kind, name: name.to_owned(), label: label.into(), hint: None, choices: Vec::new(), width: None, most: None, input: "text" }
    }

    /// A single line.
    pub fn text(name: &str, label: impl Into<String>) -> Self {
        Self::new("text", name, label)
    }

    /// A time of day.
    pub fn time(name: &str, label: impl Into<String>) -> Self {
        Self { width: Some("5"), ..Self::new("text", name, label) }.hint("For example, 9:30am or 14:30")
    }

    /// Several lines of at most so many characters.
    pub fn area(name: &str, label: impl Into<String>, most: u32) -> Self {
        Self { most: Some(most), ..Self::new("area", name, label) }
    }

    /// One of a few answers.
    pub fn radios(name: &str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new("radios", name, label) }
    }

    /// Any of some answers.
    pub fn checkboxes(name: &str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new("checkboxes", name, label) }
    }

    /// One of many answers.
    pub fn select(name: &str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new("select", name, label) }
    }

    /// Day, month and year.
    pub fn date(name: &str, label: impl Into<String>) -> Self {
        Self::new("date", name, label).hint("For example, 31 3 2027")
    }

    /// One box, sent as `yes`.
    pub fn tick(name: &str, label: impl Into<String>) -> Self {
        Self::new("tick", name, label)
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Width in characters: "5", "10", "20".
    pub fn width(mut self, width: &'static str) -> Self {
        self.width = Some(width);
        self
    }

    /// What keyboards and browsers should expect ("email", "tel").
    pub fn input(mut self, input: &'static str) -> Self {
        self.input = input;
        self
    }
}

/// A value that goes along unseen from a question to its check page.
#[derive(Debug, Clone, Serialize)]
pub struct Carried {
    name: String,
    value: String,
}

/// A second button, sent as `step`.
#[derive(Debug, Clone, Serialize)]
pub struct Second {
    text: String,
    value: String,
}

/// The page's context.
#[derive(Debug, Clone, Serialize)]
pub struct FormPage {
    bar: Option<CaseBar>,
    intro: Vec<String>,
    warning: Option<String>,
    consents: Option<Table>,
    facts: Vec<SummaryRow>,
    preview: Option<String>,
    saved: Vec<SummaryRow>,
    action: String,
    fields: Vec<Field>,
    carried: Vec<Carried>,
    submit: String,
    submit_kind: Option<&'static str>,
    step: Option<&'static str>,
    second: Option<Second>,
    cancel: String,
    form: FormState,
}

impl FormPage {
    /// A form about a case. `action` and `cancel` are full addresses.
    pub fn new(case: Option<&Opened>, form: FormState, action: String, cancel: String) -> Self {
        Self {
            bar: case.map(|c| c.bar("-")),
            intro: Vec::new(),
            warning: None,
            consents: None,
            facts: Vec::new(),
            preview: None,
            saved: Vec::new(),
            action,
            fields: Vec::new(),
            carried: Vec::new(),
            submit: "Save".into(),
            submit_kind: None,
            step: None,
            second: None,
            cancel,
            form,
        }
    }

    /// Adds a paragraph above the form.
    pub fn intro(mut self, text: impl Into<String>) -> Self {
        self.intro.push(text.into());
        self
    }

    /// Adds a warning above the form.
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warning = Some(text.into());
        self
    }

    /// Shows who has agreed to what above the form.
    pub fn consents(mut self, consents: Option<Table>) -> Self {
        self.consents = consents;
        self
    }

    /// Shows facts above the form.
    pub fn facts(mut self, facts: Vec<SummaryRow>) -> Self {
        self.facts = facts;
        self
    }

    /// Shows the exact text of a message.
    pub fn preview(mut self, text: Option<String>) -> Self {
        self.preview = text;
        self
    }

    /// After a clash: what is saved now, beside what was typed.
    pub fn saved(mut self, saved: Vec<SummaryRow>) -> Self {
        self.saved = saved;
        self
    }

    /// The fields.
    pub fn fields(mut self, fields: Vec<Field>) -> Self {
        self.fields = fields;
        self
    }

    /// Words of the button.
    pub fn submit(mut self, text: &str) -> Self {
        self.submit = text.to_owned();
        self
    }

    /// Makes the button a warning: what it does is not easily undone.
    pub fn grave(mut self) -> Self {
        self.submit_kind = Some("warning");
        self
    }

    /// Makes this the check page of a question: the typed values go along, the button confirms, a second one leads back.
    pub fn check(mut self, names: &[&str]) -> Self {
        for name in names {
            let values = self.form.data().all(name).to_vec();
            self.carried.extend(values.into_iter().map(|value| Carried { name: (*name).to_owned(), value }));
        }
        self.step = Some("confirm");
        self.second = Some(Second { text: "Change".into(), value: "change".into() });
        self
    }

    /// Shows it; `title` is the h1 too.
    pub fn show(self, page: &StaffPage, case: Option<&Opened>, title: &str) -> crate::page::PageResult {
        let frame = case.map_or_else(|| page.frame(title).back("Back", self.cancel.clone()), |c| c.frame(page, title));
        page.render(&frame, &self)
    }
}

impl PageTemplate for FormPage {
    const TEMPLATE: &'static str = "pages/cases/form.html";

    fn samples() -> Vec<Self> {
        let few = || vec![Choice::new("A", "First").hint("The first one"), Choice::new("B", "Second"), Choice::new("C", "None").after_or()];
        let form = FormState::new(uuid::Uuid::nil()).with_etag("3").with("text", "Typed").with("radios", "B").with("tick", "yes");
        let plain = |form: FormState| {
            Self::new(None, form, "/t/example/cases/1/x".into(), "/t/example/cases/1".into())
                .intro("What to know first.")
                .warning("Check who has agreed to what.")
                .facts(vec![SummaryRow::new("Reference", "RJ-2027-00012"), SummaryRow::new("Name", Shown::restricted())])
                .preview(Some("Your meeting is tomorrow at 2:30pm.".into()))
                .consents(Some(Table {
                    caption: "Consent".into(),
                    columns: vec![Column::new("Person"), Column::new("Being contacted")],
                    rows: vec![vec![Cell::new("S. Ahmed"), Cell::tag(Tag::new("Not asked", Colour::Yellow))]],
                }))
                .saved(vec![SummaryRow::new("Text", "Saved by somebody else")])
                .fields(vec![
                    Field::text("text", "Text").hint("A hint").width("10").input("email"),
                    Field::time("time", "Time"),
                    Field::area("area", "Area", 4000),
                    Field::radios("radios", "Radios", few()),
                    Field::checkboxes("boxes", "Boxes", few()),
                    Field::select("select", "Select", few()),
                    Field::date("date", "Date"),
                    Field::tick("tick", "Tick"),
                ])
        };
        let mut wrong = form.clone();
        for (field, words) in [("text", "Enter text"), ("radios", "Select one"), ("boxes", "Select some"), ("select", "Select one"), ("date", "Enter a date"), ("", "Somebody changed this")] {
            wrong.fail(field, words);
        }
        let mut with_bar = plain(wrong).grave().submit("Close case");
        with_bar.bar = Some(bar::sample());
        let check = Self::new(None, form.clone(), "/t/example/cases/1/x".into(), "/t/example/cases/1".into()).check(&["text", "tick"]);
        vec![plain(form), with_bar, check]
    }
}

/// The idempotency key of a form.
pub fn key(page: &StaffPage, form: &FormState) -> String {
    form.data().request_id().unwrap_or(page.request_id).to_string()
}

/// The etag of a form.
pub fn etag(form: &FormState) -> String {
    form.data().etag().unwrap_or_default().to_owned()
}

/// Takes what a service refused into the form. True where somebody else changed the record meanwhile.
///
/// # Errors
/// The error page, where the refusal is not about what the form says.
pub fn refused(page: &StaffPage, form: &mut FormState, status: Status, fields: &[(&str, &str)]) -> Result<bool, ErrorPage> {
    if form.take_violations(&status, fields) {
        return Ok(false);
    }
    let error = Error::from(status.clone());
    match error.kind() {
        Kind::FailedPrecondition | Kind::AlreadyExists => form.fail("", error.public()),
        Kind::Conflict if error.reason() == platform::idempotency::IDEMPOTENCY_KEY_REUSED => {
            form.fail("", "This form was sent before with other answers. Open the page again to send another");
        }
        Kind::Conflict => return Ok(true),
        _ => return Err(of(page, status)),
    }
    Ok(false)
}

/// The same for a form about a case: after a clash it says who changed the case and when, and takes its newest etag, so that
/// sending again replaces what is saved.
///
/// # Errors
/// The error page.
pub async fn case_refused(page: &StaffPage, case: &Opened, mut form: FormState, status: Status, fields: &[(&str, &str)]) -> Result<(FormState, bool), ErrorPage> {
    if !refused(page, &mut form, status, fields)? {
        return Ok((form, false));
    }
    let newest = GetTimelineRequest { case_id: case.case.id.clone(), page_size: 1, page_token: String::new() };
    let newest = rpc!(page, "case", CaseServiceClient::get_timeline, newest).await.ok().and_then(|t| t.entries.into_iter().next());
    let who = match newest.as_ref().and_then(|e| Some((e, text::instant(e.at.as_ref())?))) {
        Some((entry, at)) => {
            let names = Names::load(page, vec![entry.by.clone()]).await;
            format!("{} changed this at {} while you were editing", names.of(&entry.by), text::time(at))
        }
        None => "Somebody changed this while you were editing".to_owned(),
    };
    form.fail("", format!("{who}. {COMPARE}"));
    Ok((form.with_etag(case.case.etag.clone()), true))
}

/// What to do after a clash.
pub const COMPARE: &str = "Compare the two versions, then save again to keep yours";

/// After a clash on something else than a case: the words, and the newest etag.
pub fn clashed(mut form: FormState, newest_etag: &str) -> FormState {
    form.fail("", format!("Somebody changed this while you were editing. {COMPARE}"));
    form.with_etag(newest_etag)
}
