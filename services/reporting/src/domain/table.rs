//! A report as a table that may be shown: the counts after disclosure control, and medians.

use super::disclosure::Counts;

/// One number of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A number.
    Value(u64),
    /// A number that is hidden.
    Suppressed,
    /// There is nothing to tell: the median of no cases.
    NotApplicable,
}

/// A median with the number of cases that it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Median {
    /// The median.
    pub value: u64,
    /// Cases.
    pub of: u64,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What stands before it.
    pub label: String,
    /// Its numbers.
    pub cells: Vec<Cell>,
}

/// A table that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Heads of the columns after the first.
    pub columns: Vec<String>,
    /// What each column counts.
    pub units: Vec<String>,
    /// Rows.
    pub rows: Vec<Row>,
    /// Totals of the columns.
    pub totals: Row,
}

/// Label of the last row and column.
const TOTAL: &str = "Total";

/// A table of one kind of count, with totals of rows and columns.
pub fn crosstab(labels: Vec<String>, columns: Vec<String>, cells: Vec<Vec<u64>>, unit: &str, threshold: u64) -> Table {
    let counts = Counts { cells, row_totals: true };
    let hidden = counts.hide(threshold);
    let width = columns.len();
    let rows = labels.into_iter().enumerate().map(|(r, label)| {
        let mut cells: Vec<Cell> = (0..width).map(|c| cell(counts.cells[r][c], hidden.cell(r, c))).collect();
        cells.push(cell(counts.row_total(r), hidden.row_total(r)));
        Row { label, cells }
    });
    let rows = rows.collect();
    // A table without rows has no columns to the rule, and nothing to hide.
    let of_column = |c| if counts.cells.is_empty() { Cell::Value(0) } else { cell(counts.column_total(c), hidden.column_total(c)) };
    let mut totals: Vec<Cell> = (0..width).map(of_column).collect();
    totals.push(if counts.cells.is_empty() { Cell::Value(0) } else { cell(counts.total(), hidden.column_total(width)) });
    let columns: Vec<String> = columns.into_iter().chain([TOTAL.to_owned()]).collect();
    Table { units: vec![unit.to_owned(); columns.len()], columns, rows, totals: Row { label: TOTAL.into(), cells: totals } }
}

/// A table whose columns count different things, each with a total, followed by a column of medians.
pub fn measures(
    labels: Vec<String>,
    columns: &[(&str, &str)],
    cells: Vec<Vec<u64>>,
    (median, unit): (&str, &str),
    medians: &[Median],
    overall: Median,
    threshold: u64,
) -> Table {
    let counts = Counts { cells, row_totals: false };
    let hidden = counts.hide(threshold);
    let of_median = |m: &Median| match m.of {
        0 => Cell::NotApplicable,
        of if of < threshold => Cell::Suppressed,
        _ => Cell::Value(m.value),
    };
    let rows = labels.into_iter().enumerate().map(|(r, label)| {
        let mut cells: Vec<Cell> = (0..columns.len()).map(|c| cell(counts.cells[r][c], hidden.cell(r, c))).collect();
        cells.push(medians.get(r).map_or(Cell::NotApplicable, of_median));
        Row { label, cells }
    });
    let rows = rows.collect();
    let of_column = |c| if counts.cells.is_empty() { Cell::Value(0) } else { cell(counts.column_total(c), hidden.column_total(c)) };
    let mut totals: Vec<Cell> = (0..columns.len()).map(of_column).collect();
    totals.push(of_median(&overall));
    Table {
        columns: columns.iter().map(|c| c.0.to_owned()).chain([median.to_owned()]).collect(),
        units: columns.iter().map(|c| c.1.to_owned()).chain([unit.to_owned()]).collect(),
        rows,
        totals: Row { label: TOTAL.into(), cells: totals },
    }
}

fn cell(value: u64, hidden: bool) -> Cell {
    if hidden { Cell::Suppressed } else { Cell::Value(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_few_are_hidden_and_of_none_are_not_there() {
        let medians = [Median { value: 30, of: 9 }, Median { value: 12, of: 4 }, Median::default()];
        let labels = vec!["A".into(), "B".into(), "C".into()];
        let table = measures(labels, &[("Closed", "cases")], vec![vec![9], vec![8], vec![0]], ("Days", "days (median)"), &medians, Median { value: 25, of: 13 }, 5);
        let last: Vec<Cell> = table.rows.iter().map(|r| r.cells[1]).collect();
        assert_eq!(last, [Cell::Value(30), Cell::Suppressed, Cell::NotApplicable]);
        assert_eq!(table.totals.cells, [Cell::Value(17), Cell::Value(25)]);
        assert_eq!((table.columns.len(), table.units.len()), (2, 2));
    }

    #[test]
    fn an_empty_table_has_its_heads() {
        let table = crosstab(Vec::new(), vec!["May".into()], Vec::new(), "referrals", 5);
        assert_eq!(table.columns, ["May", "Total"]);
        assert_eq!(table.totals.cells, [Cell::Value(0), Cell::Value(0)]);
    }
}
