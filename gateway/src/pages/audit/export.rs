//! The trail as a file for the tenant's own monitoring: JSON lines or CSV, streamed. Each page that a service gives out is itself an
//! event of the trail.

use axum::{body::{Body, Bytes}, response::{IntoResponse, Response}};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use futures::stream;
use http::{HeaderValue, header};
use proto::{AuditOperation, ResourceType, audit::v1::{AuditEvent, ExportEventsRequest, audit_service_client::AuditServiceClient}};
use serde::Serialize;
use serde_json::json;
use tonic::Status;

use super::trail::SERVICES;
use crate::{
    error_page,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    text,
    view::{Choice, PageTemplate},
};

/// Days of one export at the most.
const DAYS: i64 = 366;
/// Heads of the CSV file, which are also the names of the JSON fields.
const HEADS: [&str; 19] = [
    "service", "id", "at", "actor", "on_behalf", "session_id", "cause_id", "request_id", "method", "operation", "outcome", "record_type", "record_ids", "classes",
    "why", "has_why_text", "terms", "apart", "batch",
];

/// The form.
#[derive(Serialize)]
pub struct ExportPage {
    form: FormState,
    formats: Vec<Choice>,
}

impl PageTemplate for ExportPage {
    const TEMPLATE: &'static str = "pages/audit/export.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::new(uuid::Uuid::nil());
        wrong.fail("from", "Enter the first day.");
        vec![Self { form: FormState::new(uuid::Uuid::nil()), formats: formats() }, Self { form: wrong, formats: formats() }]
    }
}

fn formats() -> Vec<Choice> {
    vec![Choice::new("jsonl", "JSON lines").hint("One event on each line, for a SIEM"), Choice::new("csv", "CSV").hint("For a spreadsheet")]
}

fn show(page: &StaffPage, form: FormState) -> PageResult {
    page.render(&page.frame("Export the audit trail").back("Back to audit", page.href("/audit")), &ExportPage { form, formats: formats() })
}

/// Asks for the days and the format.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("audit_event.export")?;
    let today = text::local_date(page.app.clock.now());
    let form = page.form().with("format", "jsonl").with_date("from", today.checked_sub_days(Days::new(7))).with_date("to", Some(today));
    show(&page, form)
}

fn check(form: &mut FormState) -> Option<(NaiveDate, NaiveDate, bool)> {
    let from = form.required_date("from", "The first day", "Enter the first day.");
    let to = form.required_date("to", "The last day", "Enter the last day.");
    let formats = formats();
    let format = form.one_of("format", formats.iter().map(|c| c.value.as_str()), "Choose a format.");
    if let (Some(from), Some(to)) = (from, to) {
        if to < from {
            form.fail("to", "The last day must not be before the first.");
        } else if (to - from).num_days() >= DAYS {
            form.fail("to", "Choose at most 366 days.");
        }
    }
    form.is_valid().then_some((from?, to?, format == "csv"))
}

/// Gives the file out.
///
/// # Errors
/// The page for what is not permitted, or the form with what is wrong.
pub async fn post(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    page.require("audit_event.export")?;
    let mut form = FormState::sent(data);
    let Some((from, to, is_csv)) = check(&mut form) else { return show(&page, form) };
    let begin_of = |day: NaiveDate| text::from_local(day, 0, 0).map(text::timestamp);
    let request = ExportEventsRequest { from: begin_of(from), to: to.succ_opt().and_then(begin_of), page_token: String::new() };
    let mut state = Walk { page, request, is_csv, service: 0 };
    // The first page decides whether there is a file at all: after it only the connection can tell of a failure.
    let first = match state.next().await {
        Ok(first) => first.unwrap_or_default(),
        Err(status) => return Err(error_page::of(&state.page, status)),
    };
    let head = if is_csv { format!("\u{feff}{}\r\n", HEADS.join(",")) } else { String::new() };
    let start = stream::iter([Ok(Bytes::from(head)), Ok(Bytes::from(first))]);
    let rest = stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        match state.next().await {
            Ok(Some(text)) => Some((Ok(Bytes::from(text)), Some(state))),
            Ok(None) => None,
            Err(status) => Some((Err(std::io::Error::other(format!("{:?}", status.code()))), None)),
        }
    });
    let name = format!("audit-{from}-to-{to}.{}", if is_csv { "csv" } else { "jsonl" });
    Ok(answer(Body::from_stream(futures::StreamExt::chain(start, rest)), &name, is_csv))
}

fn answer(body: Body, name: &str, is_csv: bool) -> Response {
    let mut response = body.into_response();
    let kind = if is_csv { "text/csv; charset=utf-8" } else { "application/x-ndjson" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// One page after the other, one service after the other.
struct Walk {
    page: StaffPage,
    request: ExportEventsRequest,
    is_csv: bool,
    service: usize,
}

impl Walk {
    /// The text of the next page; `None` at the end.
    async fn next(&mut self) -> Result<Option<String>, Status> {
        let Some(service) = SERVICES.get(self.service).copied() else { return Ok(None) };
        // A token lives for a minute and a large export for longer.
        self.page.session = self.page.app.token(self.page.tenant.id, self.page.secret(), false).await.map_err(platform::Error::into_status)?;
        let request = self.request.clone();
        let answer = self.page.rpc(service, request, |channel, request| async move { AuditServiceClient::new(channel).export_events(request).await }).await?;
        self.request.page_token = answer.next_page_token;
        if self.request.page_token.is_empty() {
            self.service += 1;
        }
        Ok(Some(answer.events.iter().map(|event| if self.is_csv { csv_line(service, event) } else { json_line(service, event) }).collect()))
    }
}

fn at(event: &AuditEvent) -> String {
    let at = event.at.and_then(|at| DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?));
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)).unwrap_or_default()
}

fn operation(event: &AuditEvent) -> &'static str {
    AuditOperation::try_from(event.operation).unwrap_or_default().as_str_name().trim_start_matches("AUDIT_OPERATION_")
}

fn record_type(event: &AuditEvent) -> &'static str {
    ResourceType::try_from(event.record_type).unwrap_or_default().as_str_name().trim_start_matches("RESOURCE_TYPE_")
}

/// Numbers of the field classes.
fn classes(event: &AuditEvent) -> Vec<u32> {
    (1..64).filter(|n| event.classes >> n & 1 == 1).collect()
}

fn json_line(service: &str, e: &AuditEvent) -> String {
    let line = json!({
        "service": service, "id": e.id, "at": at(e), "actor": e.actor, "on_behalf": e.on_behalf, "session_id": e.session_id, "cause_id": e.cause_id,
        "request_id": e.request_id, "method": e.method, "operation": operation(e), "outcome": e.outcome, "record_type": record_type(e),
        "record_ids": e.record_ids, "classes": classes(e), "why": e.why, "has_why_text": e.has_why_text, "terms": e.terms, "apart": e.apart, "batch": e.batch,
    });
    format!("{line}\n")
}

fn csv_line(service: &str, e: &AuditEvent) -> String {
    let classes: Vec<String> = classes(e).iter().map(u32::to_string).collect();
    let (at, records, classes) = (at(e), e.record_ids.join(" "), classes.join(" "));
    let (has_why_text, apart, batch) = (e.has_why_text.to_string(), e.apart.to_string(), e.batch.to_string());
    let cells: [&str; 19] = [
        service, &e.id, &at, &e.actor, &e.on_behalf, &e.session_id, &e.cause_id, &e.request_id, &e.method, operation(e), &e.outcome, record_type(e), &records, &classes,
        &e.why, &has_why_text, &e.terms, &apart, &batch,
    ];
    let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// Quoted, and never read as a formula by a spreadsheet (OWASP, CSV injection).
fn csv_cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    format!("\"{}{}\"", if risky { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::FormData;

    fn event() -> AuditEvent {
        AuditEvent { id: "1".into(), actor: "=cmd()".into(), method: "a\"b".into(), operation: 4, record_type: 7, record_ids: vec!["x".into(), "y".into()], classes: 6, ..AuditEvent::default() }
    }

    #[test]
    fn a_line_has_every_field_and_no_formula() {
        let line = csv_line("case", &event());
        assert!(line.starts_with("\"case\",\"1\",\"\",\"'=cmd()\"") && line.contains("\"a\"\"b\"") && line.contains("\"x y\",\"1 2\"") && line.ends_with("\r\n"), "{line}");
        assert_eq!(line.matches("\",\"").count() + 1, HEADS.len());
        let json: serde_json::Value = serde_json::from_str(&json_line("case", &event())).unwrap();
        for head in HEADS {
            assert!(json.get(head).is_some(), "{head}");
        }
        assert_eq!((json["operation"].as_str(), json["record_type"].as_str()), (Some("CONSULTATION"), Some("CASE")));
    }

    #[test]
    fn days_and_format_are_checked() {
        let form = |text: &str| FormState::sent(FormData::parse(text.as_bytes()));
        let days = "from-day=1&from-month=5&from-year=2027&to-day=4&to-month=5&to-year=2027";
        assert!(check(&mut form(&format!("{days}&format=csv"))).is_some_and(|(_, _, is_csv)| is_csv));
        assert!(check(&mut form(days)).is_none());
        assert!(check(&mut form("from-day=4&from-month=5&from-year=2027&to-day=1&to-month=5&to-year=2027&format=csv")).is_none());
        assert!(check(&mut form("from-day=4&from-month=5&from-year=2025&to-day=4&to-month=5&to-year=2027&format=csv")).is_none());
    }
}
