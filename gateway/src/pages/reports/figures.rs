//! A report's answer as a table and, where its figures can be compared, as a chart.

use proto::{
    identity::v1::Node,
    reporting::v1::{ReportCell, ReportRow, RunReportResponse},
};

use super::labels::{first_column, label, second_way};
use crate::{
    text,
    view::{
        Cell, Column, Table,
        chart::{Chart, ChartFigure, Kind, MOST_SERIES, Series},
    },
};

/// Sign of a figure that disclosure control hides.
pub const HIDDEN: &str = "[c]";
/// Sign of a figure that there cannot be.
pub const NOT_APPLICABLE: &str = "[z]";

/// Head of the column with the totals of rows, as the service names it.
const TOTAL: &str = "Total";

/// A cell in words.
pub fn cell_text(cell: &ReportCell) -> String {
    if cell.suppressed {
        HIDDEN.to_owned()
    } else if cell.not_applicable {
        NOT_APPLICABLE.to_owned()
    } else {
        text::number(cell.value)
    }
}

/// Heads of all columns, the first one included; units are named where they differ.
pub fn heads(report: &str, answer: &RunReportResponse, nodes: &[Node]) -> Vec<String> {
    let mixed = answer.units.windows(2).any(|pair| pair[0] != pair[1]);
    let mut heads = vec![first_column(report).to_owned()];
    heads.extend(answer.columns.iter().enumerate().map(|(at, column)| {
        let name = label(nodes, column);
        match answer.units.get(at).filter(|unit| mixed && !unit.is_empty() && !name.to_lowercase().contains(&unit.to_lowercase())) {
            Some(unit) => format!("{name}, {unit}"),
            None => name,
        }
    }));
    heads
}

/// Rows with their label in words, the totals last.
pub fn lines<'a>(answer: &'a RunReportResponse, nodes: &[Node]) -> Vec<(String, &'a [ReportCell])> {
    let mut lines: Vec<_> = answer.rows.iter().map(|row| (label(nodes, &row.label), row.cells.as_slice())).collect();
    if let Some(totals) = answer.totals.as_ref().filter(|t| !t.cells.is_empty()) {
        lines.push((TOTAL.to_owned(), totals.cells.as_slice()));
    }
    lines
}

/// The table with all figures.
pub fn table(report: &str, answer: &RunReportResponse, nodes: &[Node]) -> Table {
    let heads = heads(report, answer, nodes);
    let width = heads.len();
    let columns = heads.into_iter().enumerate().map(|(at, head)| if at == 0 { Column::new(head) } else { Column::numeric(head) }).collect();
    let rows = lines(answer, nodes)
        .into_iter()
        .map(|(label, cells)| {
            let mut row = vec![Cell::new(label)];
            row.extend(cells.iter().map(|cell| Cell::new(cell_text(cell))));
            row.resize_with(width, || Cell::new(NOT_APPLICABLE));
            row
        })
        .collect();
    let title = answer.definition.as_ref().map(|d| d.title.clone()).unwrap_or_default();
    Table { caption: format!("{title}: figures"), columns, rows }
}

fn value(cell: Option<&ReportCell>) -> Option<f64> {
    let cell = cell.filter(|c| !c.suppressed && !c.not_applicable && c.value >= 0)?;
    // Counts are far below 2^53.
    Some(cell.value as f64)
}

/// The chart, with the whole table below it; `None` where there is nothing to draw.
///
/// Only columns with the unit of the first one are drawn, and totals of rows are not. Few columns stand side by side for each
/// row; many columns with few rows are drawn row by row, months as lines; where both are many, the columns' totals are drawn.
pub fn chart(report: &str, answer: &RunReportResponse, nodes: &[Node]) -> Option<ChartFigure> {
    let unit = answer.units.first().cloned().unwrap_or_default();
    let drawn = |at: &usize| answer.units.get(*at).is_none_or(|u| *u == unit) && answer.columns[*at] != TOTAL;
    let columns: Vec<usize> = (0..answer.columns.len()).filter(drawn).collect();
    let (across, over_time) = second_way(report);
    let kind_across = if over_time { Kind::Line } else { Kind::Bar };
    let name = |at: usize| label(nodes, &answer.columns[at]);
    let line = |name: String, row: &ReportRow| Series { name, values: columns.iter().map(|at| value(row.cells.get(*at))).collect() };
    let (categories, series, kind, category): (Vec<String>, Vec<Series>, Kind, String) = if columns.len() <= MOST_SERIES {
        let series = columns.iter().map(|at| Series { name: name(*at), values: answer.rows.iter().map(|row| value(row.cells.get(*at))).collect() }).collect();
        (answer.rows.iter().map(|row| label(nodes, &row.label)).collect(), series, Kind::Bar, first_column(report).to_owned())
    } else if answer.rows.len() <= MOST_SERIES {
        let series = answer.rows.iter().map(|row| line(label(nodes, &row.label), row)).collect();
        (columns.iter().map(|at| name(*at)).collect(), series, kind_across, across.to_owned())
    } else {
        let totals = answer.totals.as_ref()?;
        (columns.iter().map(|at| name(*at)).collect(), vec![line("All".to_owned(), totals)], kind_across, across.to_owned())
    };
    let title = answer.definition.as_ref().map(|d| d.title.clone()).unwrap_or_default();
    let summary = summary(&categories, &series, &unit);
    let chart = Chart { id: "report-chart".to_owned(), title, summary, category, categories, series, kind };
    chart.figure().ok().map(|figure| ChartFigure { table: table(report, answer, nodes), ..figure })
}

/// The largest figure in words.
fn summary(categories: &[String], series: &[Series], unit: &str) -> String {
    let mut largest: Option<(f64, &str, &str)> = None;
    for one in series {
        for (category, value) in categories.iter().zip(&one.values) {
            if let Some(value) = value.filter(|v| largest.is_none_or(|(most, ..)| *v > most)) {
                largest = Some((value, category, &one.name));
            }
        }
    }
    match largest {
        Some((value, category, name)) if value > 0.0 => {
            let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
            format!("The largest figure is {value:.0}{unit}: {category}, {name}.")
        }
        _ => "There are no figures that may be shown in this period.".to_owned(),
    }
}

#[cfg(test)]
pub(super) fn sample() -> RunReportResponse {
    use proto::reporting::v1::ReportDefinition;
    let cell = |value| ReportCell { value, ..ReportCell::default() };
    let row = |label: &str, cells: Vec<ReportCell>| ReportRow { label: label.into(), cells };
    RunReportResponse {
        definition: Some(ReportDefinition { name: "outcomes_by_agency".into(), title: "Outcomes by agency".into(), counting_rule: "Counts closed cases.".into() }),
        from: "2027-01-01".into(),
        to: "2027-05-04".into(),
        columns: vec!["Cases".into(), "Time to intervention".into()],
        units: vec!["cases".into(), "days (median)".into()],
        rows: vec![
            row("n1", vec![cell(12), cell(40)]),
            row("=HYPERLINK(1)", vec![ReportCell { value: 3, suppressed: true, ..ReportCell::default() }, ReportCell { not_applicable: true, ..ReportCell::default() }]),
        ],
        totals: Some(row("", vec![cell(1_200), cell(35)])),
        threshold: 5,
        data_as_of: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_figures_stay_hidden_everywhere() {
        let figure = chart("outcomes_by_agency", &sample(), &[]).expect("drawn");
        assert_eq!(figure.table.rows.len(), 3);
        assert_eq!(figure.table.rows[1][1].value.text, HIDDEN);
        assert_eq!(figure.table.rows[1][2].value.text, NOT_APPLICABLE);
        assert_eq!(figure.table.rows[2][1].value.text, "1,200");
        assert_eq!(figure.table.columns[2].text, "Time to intervention, days (median)");
        assert_eq!(figure.summary, "The largest figure is 12 cases: n1, Cases.");
    }

    #[test]
    fn many_columns_become_lines_and_nothing_becomes_no_chart() {
        let mut many = sample();
        many.columns = (1..=12).map(|m| format!("2027-{m:02}")).chain([TOTAL.to_owned()]).collect();
        many.units = vec!["referrals".into(); 13];
        for row in &mut many.rows {
            row.cells = vec![ReportCell { value: 7, ..ReportCell::default() }; 12];
            row.cells.push(ReportCell { value: 84, ..ReportCell::default() });
        }
        let figure = chart("referrals_by_source_and_month", &many, &[]).expect("drawn");
        assert_eq!(figure.summary, "The largest figure is 7 referrals: Jan 2027, n1.", "totals are not drawn");
        assert_eq!(figure.table.columns.len(), 14);
        many.rows.clear();
        many.totals = None;
        assert!(chart("referrals_by_source_and_month", &many, &[]).is_none());
    }
}
