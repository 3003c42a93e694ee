//! Charts drawn on the server as SVG: no script, no style attributes, readable without colour.
//!
//! Each series has a pattern as well as a colour, each figure is written beside its mark, and [`Chart::figure`] hands the
//! same figures to a table below the picture.

mod draw;

use serde::Serialize;

use super::components::{Cell, Column, SafeHtml, Shown, Table};

/// Largest number of series that have a colour and pattern of their own.
pub const MOST_SERIES: usize = 6;

/// One row of figures.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// One figure for each category; `None` is hidden by disclosure control, which is not zero.
    pub values: Vec<Option<f64>>,
}

/// How the figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Horizontal bars side by side.
    Bar,
    /// Horizontal bars in one line.
    StackedBar,
    /// Lines over time.
    Line,
}

/// Figures with their words.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Part of the ids in the SVG; unlike any other id of the page.
    pub id: String,
    /// What the chart shows.
    pub title: String,
    /// The main message in words, for those who cannot see the picture.
    pub summary: String,
    /// Name of the categories ("Month").
    pub category: String,
    /// Categories in order.
    pub categories: Vec<String>,
    /// Series in order, at most [`MOST_SERIES`].
    pub series: Vec<Series>,
    /// How it is drawn.
    pub kind: Kind,
}

/// A chart ready for the macro `ui.chart_figure`.
#[derive(Debug, Clone, Serialize)]
pub struct ChartFigure {
    /// What it shows.
    pub title: String,
    /// The main message.
    pub summary: String,
    /// The picture.
    pub svg: SafeHtml,
    /// The same figures.
    pub table: Table,
}

/// Why figures cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// No series, or more than can be told apart.
    #[error("a chart has 1 to {MOST_SERIES} series")]
    Series,
    /// A series has not one figure for each category, or there are no categories.
    #[error("each series has one figure for each category")]
    Length,
    /// A figure is negative or not a number.
    #[error("figures are numbers of 0 or more")]
    Value,
}

impl Chart {
    /// Draws the chart and lays out its table.
    ///
    /// # Errors
    /// [`ChartError`] when the figures do not fit together.
    pub fn figure(&self) -> Result<ChartFigure, ChartError> {
        if self.series.is_empty() || self.series.len() > MOST_SERIES {
            return Err(ChartError::Series);
        }
        if self.categories.is_empty()
            || self
                .series
                .iter()
                .any(|s| s.values.len() != self.categories.len())
        {
            return Err(ChartError::Length);
        }
        if self
            .series
            .iter()
            .flat_map(|s| s.values.iter().flatten())
            .any(|v| !v.is_finite() || *v < 0.0)
        {
            return Err(ChartError::Value);
        }
        Ok(ChartFigure {
            title: self.title.clone(),
            summary: self.summary.clone(),
            svg: SafeHtml::trusted(draw::svg(self)),
            table: self.table(),
        })
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new(&self.category)];
        columns.extend(self.series.iter().map(|s| Column::numeric(&s.name)));
        let rows = self
            .categories
            .iter()
            .enumerate()
            .map(|(at, category)| {
                let mut row = vec![Cell::new(category.as_str())];
                row.extend(
                    self.series
                        .iter()
                        .map(|s| Cell::new(Shown::text(figure_text(s.values[at])))),
                );
                row
            })
            .collect();
        Table {
            caption: format!("{}: figures", self.title),
            columns,
            rows,
        }
    }
}

/// A figure in words; a hidden one is "[c]", the sign for confidential in government statistics.
fn figure_text(value: Option<f64>) -> String {
    value.map_or_else(|| "[c]".to_owned(), draw::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(kind: Kind) -> Chart {
        Chart {
            id: "sources".to_owned(),
            title: "Referrals by <source>".to_owned(),
            summary: "Most referrals came from the police".to_owned(),
            category: "Source".to_owned(),
            categories: vec!["Police".to_owned(), "Self".to_owned()],
            series: vec![
                Series {
                    name: "Harmed".to_owned(),
                    values: vec![Some(12.0), None],
                },
                Series {
                    name: "Harmer".to_owned(),
                    values: vec![Some(3.0), Some(7.5)],
                },
            ],
            kind,
        }
    }

    #[test]
    fn each_kind_is_named_escaped_and_free_of_style_attributes() {
        for kind in [Kind::Bar, Kind::StackedBar, Kind::Line] {
            let figure = chart(kind).figure().expect("draws");
            let svg = figure.svg.as_str();
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
            assert!(
                svg.contains("role=\"img\"")
                    && svg.contains("aria-labelledby=\"sources-title sources-desc\"")
            );
            assert!(svg.contains("Referrals by &lt;source&gt;"));
            assert!(!svg.contains("style=") && !svg.contains("NaN") && !svg.contains("<script"));
            assert!(svg.contains("id=\"sources-p1\"") && svg.contains("id=\"sources-p2\""));
        }
    }

    #[test]
    fn bars_are_as_long_as_their_figures() {
        let svg = chart(Kind::Bar)
            .figure()
            .expect("draws")
            .svg
            .as_str()
            .to_owned();
        let widths: Vec<f64> = svg
            .split("class=\"app-chart__mark")
            .skip(3)
            .filter_map(|part| {
                part.split(" width=\"")
                    .nth(1)?
                    .split('"')
                    .next()?
                    .parse()
                    .ok()
            })
            .collect();
        // The first two marks are the legend's.
        assert_eq!(widths.len(), 3, "a hidden figure has no bar");
        assert!((widths[0] / widths[1] - 4.0).abs() < 0.05, "{widths:?}");
    }

    #[test]
    fn a_hidden_figure_stays_hidden_in_the_table() {
        let table = chart(Kind::Bar).figure().expect("draws").table;
        assert_eq!(table.rows[1][1].value, Shown::text("[c]"));
        assert_eq!(table.rows[1][2].value, Shown::text("7.5"));
    }

    #[test]
    fn figures_that_do_not_fit_are_refused() {
        let mut wrong = chart(Kind::Line);
        wrong.series[0].values.pop();
        assert_eq!(wrong.figure().err(), Some(ChartError::Length));
        wrong.series[0].values = vec![Some(1.0), Some(f64::NAN)];
        assert_eq!(wrong.figure().err(), Some(ChartError::Value));
        wrong.series.clear();
        assert_eq!(wrong.figure().err(), Some(ChartError::Series));
    }

    #[test]
    fn all_zero_figures_can_be_drawn() {
        let mut zero = chart(Kind::StackedBar);
        for series in &mut zero.series {
            series.values = vec![Some(0.0), Some(0.0)];
        }
        assert!(!zero.figure().expect("draws").svg.as_str().contains("NaN"));
    }
}
