//! Disclosure control: which numbers of a table of counts are hidden (`ux.md` 5).
//!
//! 1. A number from 1 to threshold − 1 is hidden, be it a cell or a total. Zero stays.
//! 2. In every line (a row with its total, a column with its total) that hides exactly one number, which the others would
//!    tell, another is hidden: the smallest that is not zero, a total only where there is no other.
//! 3. Lines that are fine alone may still tell a number together. So each hidden number is tried: could it be one more or
//!    one less, with every number that is shown as it is and every hidden one at least 1? Where it could not, the smallest
//!    shown number of its lines is hidden too, until every hidden number has at least two values that are possible.
//!
//! Zeros are never hidden, and whoever reads a table may know that: hence "at least 1". Totals are the true ones or hidden,
//! never sums of what is shown. Where nothing more can be hidden, any number could be one more together with its totals, so
//! the third step comes to an end.

use std::collections::VecDeque;

/// Counts with rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Rows of equal length.
    pub cells: Vec<Vec<u64>>,
    /// Whether a row has a total; not where its columns count different things.
    pub row_totals: bool,
}

/// Which numbers are hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    grid: Vec<Vec<bool>>,
}

impl Hidden {
    /// Whether this cell is hidden.
    pub fn cell(&self, row: usize, column: usize) -> bool {
        self.grid[row][column]
    }

    /// Whether the total of a row is hidden.
    pub fn row_total(&self, row: usize) -> bool {
        self.grid[row].last().copied().unwrap_or(true)
    }

    /// Whether the total of a column is hidden; after the last column that of everything.
    pub fn column_total(&self, column: usize) -> bool {
        self.grid.last().is_none_or(|totals| totals[column])
    }
}

/// The table with its totals as a last row and, where rows have totals, a last column.
struct Grid {
    values: Vec<Vec<u64>>,
    hidden: Vec<Vec<bool>>,
    row_totals: bool,
}

type Place = (usize, usize);

impl Counts {
    /// The total of a row.
    pub fn row_total(&self, row: usize) -> u64 {
        self.cells[row].iter().sum()
    }

    /// The total of a column.
    pub fn column_total(&self, column: usize) -> u64 {
        self.cells.iter().map(|row| row[column]).sum()
    }

    /// The sum of everything.
    pub fn total(&self) -> u64 {
        self.cells.iter().flatten().sum()
    }

    /// Decides what is hidden. A threshold of 0 or 1 hides nothing.
    pub fn hide(&self, threshold: u64) -> Hidden {
        let mut grid = Grid::new(self);
        for row in 0..grid.values.len() {
            for column in 0..grid.values[row].len() {
                grid.hidden[row][column] = (1..threshold).contains(&grid.values[row][column]);
            }
        }
        while grid.complete_lines() || grid.free_what_is_told() {}
        Hidden { grid: grid.hidden }
    }
}

impl Grid {
    fn new(counts: &Counts) -> Self {
        let columns = counts.cells.first().map_or(0, Vec::len);
        let mut values = counts.cells.clone();
        values.push((0..columns).map(|column| counts.column_total(column)).collect());
        if counts.row_totals {
            for row in &mut values {
                row.push(row.iter().sum());
            }
        }
        let hidden = values.iter().map(|row| vec![false; row.len()]).collect();
        Self { values, hidden, row_totals: counts.row_totals }
    }

    fn rows(&self) -> usize {
        self.values.len()
    }

    fn columns(&self) -> usize {
        self.values[0].len()
    }

    /// The places of a row, where rows have totals and so say something.
    fn row(&self, row: usize) -> Vec<Place> {
        if self.row_totals { (0..self.columns()).map(|column| (row, column)).collect() } else { Vec::new() }
    }

    fn column(&self, column: usize) -> Vec<Place> {
        (0..self.rows()).map(|row| (row, column)).collect()
    }

    fn lines(&self) -> Vec<Vec<Place>> {
        (0..self.rows()).map(|row| self.row(row)).chain((0..self.columns()).map(|column| self.column(column))).collect()
    }

    fn is_hidden(&self, (row, column): Place) -> bool {
        self.hidden[row][column]
    }

    fn value(&self, (row, column): Place) -> u64 {
        self.values[row][column]
    }

    fn is_total(&self, (row, column): Place) -> bool {
        row + 1 == self.rows() || self.row_totals && column + 1 == self.columns()
    }

    /// Hides the smallest number of these that is shown and not zero; a total only where there is no other.
    fn hide_smallest(&mut self, places: &[Place]) -> bool {
        let candidates = places.iter().copied().filter(|p| !self.is_hidden(*p) && self.value(*p) > 0);
        let smallest = candidates.min_by_key(|p| (self.is_total(*p), self.value(*p), *p));
        if let Some((row, column)) = smallest {
            self.hidden[row][column] = true;
        }
        smallest.is_some()
    }

    /// Step 2, once over all lines; answers whether anything was hidden.
    fn complete_lines(&mut self) -> bool {
        let mut changed = false;
        for line in self.lines() {
            if line.iter().filter(|p| self.is_hidden(**p)).count() == 1 {
                changed |= self.hide_smallest(&line);
            }
        }
        changed
    }

    /// Step 3, once over all hidden numbers; answers whether anything was hidden.
    fn free_what_is_told(&mut self) -> bool {
        let mut changed = false;
        for row in 0..self.rows() {
            for column in 0..self.columns() {
                let place = (row, column);
                if self.is_hidden(place) && !self.may_differ(place) {
                    let lines: Vec<Place> = self.row(row).into_iter().chain(self.column(column)).collect();
                    // Its own lines first; where all of them are hidden already, anywhere.
                    changed |= self.hide_smallest(&lines) || self.hide_smallest(&self.everywhere());
                }
            }
        }
        changed
    }

    fn everywhere(&self) -> Vec<Place> {
        (0..self.rows()).flat_map(|row| (0..self.columns()).map(move |column| (row, column))).collect()
    }

    /// Whether a hidden number could be one more or one less.
    ///
    /// Counted with a minus in totals, every line sums to zero. A change of hidden numbers that keeps this is a circular walk
    /// between lines: from a row to a column a number grows by one (with its sign), back it shrinks. So the number is free
    /// where a walk leads from one of its lines to the other over other hidden numbers that may change in that direction.
    fn may_differ(&self, place: Place) -> bool {
        let (row, column) = (self.row_line(place.0), self.rows() + place.1);
        (self.may_grow(place) && self.leads(column, row, place)) || (self.may_shrink(place) && self.leads(row, column, place))
    }

    /// Rows without totals say nothing, so they are one line that takes any sum.
    fn row_line(&self, row: usize) -> usize {
        if self.row_totals { row } else { 0 }
    }

    fn sign(&self, place: Place) -> bool {
        let (last_row, last_column) = (place.0 + 1 == self.rows(), self.row_totals && place.1 + 1 == self.columns());
        last_row == last_column
    }

    /// With its sign: a total grows when its number shrinks.
    fn may_grow(&self, place: Place) -> bool {
        self.sign(place) || self.value(place) > 1
    }

    fn may_shrink(&self, place: Place) -> bool {
        !self.sign(place) || self.value(place) > 1
    }

    fn leads(&self, from: usize, to: usize, without: Place) -> bool {
        let mut seen = vec![false; self.rows() + self.columns()];
        let mut next = VecDeque::from([from]);
        seen[from] = true;
        while let Some(line) = next.pop_front() {
            if line == to {
                return true;
            }
            let places = if line >= self.rows() {
                self.column(line - self.rows())
            } else if self.row_totals {
                self.row(line)
            } else {
                self.everywhere()
            };
            for place in places.into_iter().filter(|p| *p != without && self.is_hidden(*p)) {
                let (row, column) = (self.row_line(place.0), self.rows() + place.1);
                let (passable, reached) = if line == row { (self.may_grow(place), column) } else { (self.may_shrink(place), row) };
                if passable && !seen[reached] {
                    seen[reached] = true;
                    next.push_back(reached);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn shown(counts: &Counts, threshold: u64) -> Vec<String> {
        let hidden = counts.hide(threshold);
        let text = |value: u64, hidden: bool| if hidden { "c".to_owned() } else { value.to_string() };
        let columns = counts.cells.first().map_or(0, Vec::len);
        let mut lines: Vec<String> = (0..counts.cells.len())
            .map(|row| {
                let mut line: Vec<String> = (0..columns).map(|column| text(counts.cells[row][column], hidden.cell(row, column))).collect();
                if counts.row_totals {
                    line.push(text(counts.row_total(row), hidden.row_total(row)));
                }
                line.join(" ")
            })
            .collect();
        let mut last: Vec<String> = (0..columns).map(|column| text(counts.column_total(column), hidden.column_total(column))).collect();
        if counts.row_totals {
            last.push(text(counts.total(), hidden.column_total(columns)));
        }
        lines.push(last.join(" "));
        lines
    }

    #[test]
    fn a_small_number_takes_three_others_with_it() {
        let counts = Counts { cells: vec![vec![3, 20, 30], vec![40, 10, 60], vec![70, 80, 90]], row_totals: true };
        assert_eq!(shown(&counts, 5), ["c c 30 53", "c c 60 110", "70 80 90 240", "113 110 180 403"]);
        assert_eq!(shown(&counts, 1), ["3 20 30 53", "40 10 60 110", "70 80 90 240", "113 110 180 403"]);
    }

    #[test]
    fn a_single_row_hides_its_total() {
        let counts = Counts { cells: vec![vec![3, 20, 0]], row_totals: false };
        assert_eq!(shown(&counts, 5), ["c 20 0", "c 20 0"]);
    }

    #[test]
    fn zeros_stay_and_an_empty_table_is_fine() {
        let counts = Counts { cells: vec![vec![0, 0], vec![0, 9]], row_totals: true };
        assert_eq!(shown(&counts, 5), ["0 0 0", "0 9 9", "0 9 9"]);
        assert_eq!(shown(&Counts { cells: Vec::new(), row_totals: true }, 5), ["0"]);
    }

    #[test]
    fn two_ones_in_a_column_are_not_told_by_their_sum() {
        let counts = Counts { cells: vec![vec![1, 9], vec![1, 9], vec![10, 9]], row_totals: true };
        assert!(nothing_is_told(&counts, 5));
    }

    #[test]
    fn a_number_that_joins_two_hidden_squares_is_not_told_by_all_lines_together() {
        let cells = vec![vec![3, 3, 3, 20], vec![3, 3, 20, 20], vec![20, 20, 3, 3], vec![20, 20, 3, 3]];
        let counts = Counts { cells, row_totals: true };
        let hidden = counts.hide(5);
        let grid = Grid { hidden: hidden.grid, ..Grid::new(&counts) };
        assert!(grid.everywhere().into_iter().all(|p| !grid.is_hidden(p) || grid.may_differ(p)));
    }

    /// Tries every filling of the hidden cells that differs by one at the most and fits everything shown: each hidden number,
    /// totals too, must take at least two values. Knows nothing of walks.
    fn nothing_is_told(counts: &Counts, threshold: u64) -> bool {
        let grid = Grid { hidden: counts.hide(threshold).grid, ..Grid::new(counts) };
        let columns = counts.cells[0].len();
        let inner: Vec<Place> = grid.everywhere().into_iter().filter(|p| p.0 < counts.cells.len() && p.1 < columns && grid.is_hidden(*p)).collect();
        let mut values: Vec<BTreeSet<u64>> = vec![BTreeSet::new(); grid.rows() * grid.columns()];
        for number in 0..3_u64.pow(inner.len() as u32) {
            let (mut cells, mut rest, mut fits) = (counts.cells.clone(), number, true);
            for (row, column) in &inner {
                let value = cells[*row][*column] + rest % 3;
                rest /= 3;
                fits &= value >= 2;
                cells[*row][*column] = value.saturating_sub(1);
            }
            let filled = Grid::new(&Counts { cells, row_totals: counts.row_totals });
            fits &= grid.everywhere().into_iter().all(|p| if grid.is_hidden(p) { filled.value(p) > 0 } else { filled.value(p) == grid.value(p) });
            if fits {
                for p in grid.everywhere() {
                    values[p.0 * grid.columns() + p.1].insert(filled.value(p));
                }
            }
        }
        grid.everywhere().into_iter().all(|p| !grid.is_hidden(p) || values[p.0 * grid.columns() + p.1].len() > 1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_hidden_number_can_be_worked_out(
            cells in (1..4usize, 1..4usize).prop_flat_map(|(r, c)| prop::collection::vec(prop::collection::vec(0..9u64, c), r)),
            row_totals: bool, threshold in 2..7u64,
        ) {
            let counts = Counts { cells, row_totals };
            prop_assert!(nothing_is_told(&counts, threshold), "{:?}", shown(&counts, threshold));
        }

        #[test]
        fn small_numbers_are_hidden_zeros_are_not_and_no_line_hides_one_alone(
            cells in (1..9usize, 1..9usize).prop_flat_map(|(r, c)| prop::collection::vec(prop::collection::vec(0..40u64, c), r)), threshold in 2..12u64,
        ) {
            let counts = Counts { cells, row_totals: true };
            let grid = Grid { hidden: counts.hide(threshold).grid, ..Grid::new(&counts) };
            for place in grid.everywhere() {
                prop_assert!(!(1..threshold).contains(&grid.value(place)) || grid.is_hidden(place));
                prop_assert!(grid.value(place) > 0 || !grid.is_hidden(place));
            }
            for line in grid.lines() {
                prop_assert!(line.iter().filter(|p| grid.is_hidden(**p)).count() != 1);
            }
        }
    }
}
