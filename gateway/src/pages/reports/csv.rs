//! A report as a file for spreadsheets, with the same hidden figures as the page.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use proto::{
    identity::v1::Node,
    reporting::v1::{ReportCell, RunReportResponse},
};

use super::figures::{HIDDEN, NOT_APPLICABLE, heads, lines};

/// A text cell: quoted where needed, and never read as a formula by a spreadsheet (OWASP, CSV injection).
fn text_cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if risky || text.contains([',', '"', '\n', '\r', ';', '\t']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn figure_cell(cell: &ReportCell) -> String {
    if cell.suppressed {
        HIDDEN.to_owned()
    } else if cell.not_applicable {
        NOT_APPLICABLE.to_owned()
    } else {
        cell.value.to_string()
    }
}

/// The file's text: heads, rows, totals.
pub fn text(report: &str, answer: &RunReportResponse, nodes: &[Node]) -> String {
    let mut out = String::from("\u{feff}");
    let mut push = |cells: Vec<String>| {
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    };
    push(heads(report, answer, nodes).iter().map(|head| text_cell(head)).collect());
    for (label, cells) in lines(answer, nodes) {
        push(std::iter::once(text_cell(&label)).chain(cells.iter().map(figure_cell)).collect());
    }
    out
}

/// The file as an answer. `report` is a name that the service knows.
pub fn response(report: &str, answer: &RunReportResponse, nodes: &[Node]) -> Response {
    let plain: String = format!("{report}-{}-to-{}", answer.from, answer.to).chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let mut response = text(report, answer, nodes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{plain}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::reports::figures::sample;

    #[test]
    fn no_cell_is_a_formula_and_hidden_figures_stay_hidden() {
        let file = text("outcomes_by_agency", &sample(), &[]);
        assert!(file.contains("\"'=HYPERLINK(1)\",[c],[z]\r\n"), "{file}");
        assert!(file.contains("Total,1200,35\r\n"));
        assert_eq!(text_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(text_cell("-1"), "\"'-1\"");
        let response = response("outcomes_by_agency", &sample(), &[]);
        assert_eq!(response.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"outcomes_by_agency-2027-01-01-to-2027-05-04.csv\"");
    }
}
