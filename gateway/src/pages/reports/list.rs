//! The reports there are, with what each counts.

use proto::reporting::v1::{ListReportsRequest, report_service_client::ReportServiceClient};
use serde::Serialize;

use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    rpc,
    view::PageTemplate,
};

/// One report.
#[derive(Serialize)]
struct Entry {
    title: String,
    href: String,
    rule: String,
}

/// The page.
#[derive(Serialize)]
pub struct ReportsPage {
    reports: Vec<Entry>,
}

impl PageTemplate for ReportsPage {
    const TEMPLATE: &'static str = "pages/reports/list.html";

    fn samples() -> Vec<Self> {
        vec![Self { reports: vec![Entry { title: "Referrals by source and month".into(), href: "/t/example/reports/referrals_by_source_and_month".into(), rule: "Counts referrals by the day they came.".into() }] }, Self { reports: Vec::new() }]
    }
}

/// Shows the list.
pub async fn get(page: StaffPage) -> PageResult {
    let reports = rpc!(page, "reporting", ReportServiceClient::list_reports, ListReportsRequest {}).await.or_page(&page)?.reports;
    let reports = reports.into_iter().map(|r| Entry { href: page.href(&format!("/reports/{}", r.name)), title: r.title, rule: r.counting_rule }).collect();
    page.render(&page.frame("Reports"), &ReportsPage { reports })
}
