//! One report over a period: chart, the same figures as a table, what they mean, and the file.

use axum::{
    extract::{Path, RawQuery},
    response::{IntoResponse, Redirect},
};
use chrono::NaiveDate;
use proto::reporting::v1::{ReportDefinition, RunReportRequest, RunReportResponse, report_service_client::ReportServiceClient};
use serde::Serialize;

use super::{csv, figures};
use crate::{
    forms::{FormData, FormState},
    page::{PageResult, StaffPage},
    pages::staff::common::{day_and_time, node_choices, nodes, refused},
    rpc, text,
    view::{Choice, PageTemplate, Table, chart::ChartFigure},
};

/// The page.
#[derive(Serialize)]
pub struct ReportPage {
    form: FormState,
    rule: String,
    action: String,
    agencies: Vec<Choice>,
    period: String,
    chart: Option<ChartFigure>,
    table: Option<Table>,
    ran: bool,
    threshold: u32,
    data_as_of: String,
    csv_href: Option<String>,
}

impl PageTemplate for ReportPage {
    const TEMPLATE: &'static str = "pages/reports/report.html";

    fn samples() -> Vec<Self> {
        let bare = || Self {
            form: FormState::default(),
            rule: "Counts referrals by the day they came.".into(),
            action: "/t/example/reports/x".into(),
            agencies: vec![Choice::new("1", "Example agency")],
            period: "1 January 2027 to 4 May 2027".into(),
            chart: None,
            table: None,
            ran: true,
            threshold: 5,
            data_as_of: "4 May 2027 at 2:30pm".into(),
            csv_href: None,
        };
        let answer = RunReportResponse { columns: vec!["Referrals".into()], rows: vec![proto::reporting::v1::ReportRow { label: "SELF".into(), cells: vec![proto::reporting::v1::ReportCell { value: 7, ..Default::default() }] }], ..RunReportResponse::default() };
        let mut wrong = FormState::sent(FormData::parse(b"from-day=1"));
        wrong.date("from", "The first day");
        vec![
            Self { chart: figures::chart("x", &answer, &[]), table: Some(figures::table("x", &answer, &[])), csv_href: Some("/t/example/reports/x.csv".into()), ..bare() },
            Self { table: Some(figures::table("x", &answer, &[])), ..bare() },
            bare(),
            Self { form: wrong, ran: false, data_as_of: String::new(), ..bare() },
        ]
    }
}

/// What the address asks for.
struct Asked {
    report: String,
    as_file: bool,
    form: FormState,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    agency: String,
    /// The days came in parts, from the form.
    in_parts: bool,
}

/// A day of the address, as `from=2027-05-04` or in the three parts of the form.
fn asked_day(form: &mut FormState, name: &str, label: &str) -> Option<NaiveDate> {
    let whole = form.get(name).to_owned();
    if whole.is_empty() {
        return form.date(name, label);
    }
    let day = whole.parse().ok();
    if day.is_none() {
        form.fail(name, format!("{label} must be a real date"));
    }
    day
}

fn asked(name: &str, query: &str) -> Asked {
    let (report, as_file) = name.strip_suffix(".csv").map_or((name, false), |report| (report, true));
    let mut form = FormState::sent(FormData::parse(query.as_bytes()));
    let in_parts = ["from", "to"].iter().any(|name| ["day", "month", "year"].iter().any(|part| !form.get(&format!("{name}-{part}")).is_empty()));
    let from = asked_day(&mut form, "from", "The first day");
    let to = asked_day(&mut form, "to", "The last day");
    if let (Some(first), Some(last)) = (from, to)
        && first > last
    {
        form.fail("to", "The last day must be the same as or after the first day");
    }
    let agency = form.get("agency").to_owned();
    Asked { report: report.to_owned(), as_file, form, from, to, agency, in_parts }
}

/// The address of what was asked for, in its short form.
fn address(page: &StaffPage, name: &str, from: &str, to: &str, agency: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("from", from), ("to", to), ("agency", agency)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    format!("{}?{}", page.href(&format!("/reports/{name}")), query.finish()).trim_end_matches('?').to_owned()
}

fn iso(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Runs the report.
pub async fn get(page: StaffPage, Path((_, name)): Path<(String, String)>, RawQuery(query): RawQuery) -> PageResult {
    let Asked { report, as_file, mut form, from, to, agency, in_parts } = asked(&name, &query.unwrap_or_default());
    if form.is_valid() && in_parts {
        return Ok(Redirect::to(&address(&page, &name, &iso(from), &iso(to), &agency)).into_response());
    }
    let nodes = nodes(&page).await?;
    let agencies = node_choices(&nodes);
    let action = page.href(&format!("/reports/{report}"));
    let mut answer = None;
    if form.is_valid() {
        let request = RunReportRequest { report: report.clone(), from: iso(from), to: iso(to), owner_node_id: agency.clone(), for_export: as_file };
        match rpc!(page, "reporting", ReportServiceClient::run_report, request).await {
            Ok(ran) => answer = Some(ran),
            Err(status) => {
                refused(&page, &mut form, status, &[("owner_node_id", "agency")])?;
            }
        }
    }
    let Some(answer) = answer else {
        let context = ReportPage { form, rule: String::new(), action, agencies, period: String::new(), chart: None, table: None, ran: false, threshold: 0, data_as_of: String::new(), csv_href: None };
        return page.render(&page.frame("Report").back("Back to reports", page.href("/reports")), &context);
    };
    if as_file {
        return Ok(csv::response(&report, &answer, &nodes));
    }
    let ReportDefinition { title, counting_rule, .. } = answer.definition.clone().unwrap_or_default();
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let (first, last) = (day(&answer.from), day(&answer.to));
    let form = FormState::default().with_date("from", first).with_date("to", last).with("agency", agency.as_str());
    let chart = figures::chart(&report, &answer, &nodes);
    let table = (!answer.rows.is_empty()).then(|| figures::table(&report, &answer, &nodes));
    let csv_href = (page.may("report.export") && !answer.rows.is_empty()).then(|| address(&page, &format!("{report}.csv"), &answer.from, &answer.to, &agency));
    let context = ReportPage {
        form,
        rule: counting_rule,
        action,
        agencies,
        period: first.zip(last).map(|(first, last)| format!("{} to {}", text::date(first), text::date(last))).unwrap_or_default(),
        chart,
        table,
        ran: true,
        threshold: answer.threshold,
        data_as_of: day_and_time(answer.data_as_of.as_ref()),
        csv_href,
    };
    let title = if title.is_empty() { "Report".to_owned() } else { title };
    page.render(&page.frame(&title).back("Back to reports", page.href("/reports")).wide(), &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_come_whole_or_in_parts() {
        let whole = asked("cases.csv", "from=2027-01-01&to=2027-05-04&agency=n1");
        assert!(whole.as_file && whole.form.is_valid() && !whole.in_parts);
        assert_eq!((whole.report.as_str(), iso(whole.from).as_str(), whole.agency.as_str()), ("cases", "2027-01-01", "n1"));
        let parts = asked("cases", "from-day=4&from-month=5&from-year=2027&to-day=&to-month=&to-year=");
        assert!(parts.in_parts && parts.form.is_valid());
        assert_eq!((iso(parts.from).as_str(), parts.to), ("2027-05-04", None));
    }

    #[test]
    fn wrong_periods_name_their_field() {
        assert_eq!(asked("x", "from=2027-05-04&to=2027-05-03").form.errors()[0].field, "to");
        assert_eq!(asked("x", "from=soon").form.errors()[0].field, "from");
        assert_eq!(asked("x", "from-day=4").form.errors()[0].field, "from");
    }
}
