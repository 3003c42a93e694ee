//! The SVG itself. Coordinates are units of a view box 400 wide, which shows text of 14 at about 12 px on the smallest phone.

use std::fmt::Write as _;

use super::{Chart, Kind, Series};

const WIDTH: f64 = 400.0;
/// Room at the end of the longest bar for its figure.
const FIGURE: f64 = 48.0;
const LINE: f64 = 20.0;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A figure with at most one decimal place.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    let text = format!("{rounded}");
    match text.split_once('.') {
        Some((whole, part)) => format!("{}.{part}", grouped(whole)),
        None => grouped(&text),
    }
}

fn grouped(digits: &str) -> String {
    digits
        .parse()
        .map_or_else(|_| digits.to_owned(), crate::text::number)
}

/// The least of 1, 2 or 5 times a power of ten that is not below the value.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|top| *top >= value)
        .unwrap_or(value)
}

struct Canvas {
    body: String,
    y: f64,
}

impl Canvas {
    fn text(&mut self, x: f64, y: f64, class: &str, anchor: &str, text: &str) {
        let _ = write!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"app-chart__{class}\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        );
    }

    fn bar(&mut self, chart: &str, series: usize, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let n = series + 1;
        let _ = write!(
            self.body,
            "<rect class=\"app-chart__mark app-chart__s{n}\" fill=\"url(#{chart}-p{n})\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        );
    }
}

/// Draws a checked chart.
pub(super) fn svg(chart: &Chart) -> String {
    let mut canvas = Canvas {
        body: String::new(),
        y: 6.0,
    };
    if chart.series.len() > 1 {
        legend(chart, &mut canvas);
    }
    match chart.kind {
        Kind::Bar => bars(chart, &mut canvas),
        Kind::StackedBar => stacks(chart, &mut canvas),
        Kind::Line => lines(chart, &mut canvas),
    }
    let id = escape(&chart.id);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"app-chart__svg\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" focusable=\"false\"><title id=\"{id}-title\">{}</title>\
         <desc id=\"{id}-desc\">{}</desc><defs>{}</defs>{}</svg>",
        canvas.y + 4.0,
        escape(&chart.title),
        escape(&chart.summary),
        patterns(&id, chart.series.len()),
        canvas.body
    );
    out
}

fn patterns(id: &str, count: usize) -> String {
    // The marks of each pattern, drawn on the series' own colour.
    const MARKS: [&str; super::MOST_SERIES] = [
        "",
        "<path class=\"app-chart__hatch\" d=\"M0 8L8 0\"/>",
        "<circle class=\"app-chart__dot\" cx=\"4\" cy=\"4\" r=\"1.6\"/>",
        "<path class=\"app-chart__hatch\" d=\"M0 4H8\"/>",
        "<path class=\"app-chart__hatch\" d=\"M4 0V8\"/>",
        "<path class=\"app-chart__hatch\" d=\"M0 0L8 8M0 8L8 0\"/>",
    ];
    let mut out = String::new();
    for (at, marks) in MARKS.iter().take(count).enumerate() {
        let n = at + 1;
        let _ = write!(
            out,
            "<pattern id=\"{id}-p{n}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
             <rect class=\"app-chart__ground app-chart__s{n}\" width=\"8\" height=\"8\"/>{marks}</pattern>"
        );
    }
    out
}

fn legend(chart: &Chart, canvas: &mut Canvas) {
    let id = escape(&chart.id);
    for (at, series) in chart.series.iter().enumerate() {
        canvas.bar(&id, at, (0.0, canvas.y), (14.0, 14.0));
        canvas.text(22.0, canvas.y + 12.0, "label", "start", &series.name);
        canvas.y += LINE;
    }
    canvas.y += 8.0;
}

fn largest(series: &[Series]) -> f64 {
    series
        .iter()
        .flat_map(|s| s.values.iter().flatten())
        .copied()
        .fold(0.0, f64::max)
}

/// Length of a mark; 0 when all figures are 0.
fn scaled(value: f64, largest: f64, length: f64) -> f64 {
    if largest > 0.0 {
        value / largest * length
    } else {
        0.0
    }
}

fn bars(chart: &Chart, canvas: &mut Canvas) {
    let id = escape(&chart.id);
    let top = largest(&chart.series);
    for (row, category) in chart.categories.iter().enumerate() {
        canvas.text(0.0, canvas.y + 14.0, "label", "start", category);
        canvas.y += LINE;
        for (at, series) in chart.series.iter().enumerate() {
            let mut end = 0.0;
            if let Some(value) = series.values[row] {
                end = scaled(value, top, WIDTH - FIGURE);
                canvas.bar(&id, at, (0.0, canvas.y), (end, 16.0));
            }
            canvas.text(
                end + 6.0,
                canvas.y + 13.0,
                "figure",
                "start",
                &super::figure_text(series.values[row]),
            );
            canvas.y += LINE;
        }
        canvas.y += 8.0;
    }
}

fn stacks(chart: &Chart, canvas: &mut Canvas) {
    let id = escape(&chart.id);
    let total = |row: usize| {
        chart
            .series
            .iter()
            .filter_map(|s| s.values[row])
            .sum::<f64>()
    };
    let top = (0..chart.categories.len()).map(total).fold(0.0, f64::max);
    for (row, category) in chart.categories.iter().enumerate() {
        canvas.text(0.0, canvas.y + 14.0, "label", "start", category);
        canvas.y += LINE;
        let mut x = 0.0;
        for (at, series) in chart.series.iter().enumerate() {
            if let Some(value) = series.values[row].filter(|v| *v > 0.0) {
                let width = scaled(value, top, WIDTH - FIGURE);
                canvas.bar(&id, at, (x, canvas.y), (width, 20.0));
                x += width;
            }
        }
        // A total over a hidden figure would tell it.
        let known = chart.series.iter().all(|s| s.values[row].is_some());
        canvas.text(
            x + 6.0,
            canvas.y + 15.0,
            "figure",
            "start",
            &super::figure_text(known.then(|| total(row))),
        );
        canvas.y += LINE + 12.0;
    }
}

fn lines(chart: &Chart, canvas: &mut Canvas) {
    const HEIGHT: f64 = 180.0;
    const LEFT: f64 = 44.0;
    let top = round_up(largest(&chart.series));
    let base = canvas.y + 10.0 + HEIGHT;
    let right = WIDTH - 16.0;
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let y = base - share * HEIGHT;
        let _ = write!(
            canvas.body,
            "<line class=\"app-chart__grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\"/>"
        );
        canvas.text(LEFT - 6.0, y + 5.0, "figure", "end", &number(top * share));
    }
    let count = chart.categories.len();
    let x_of = |at: usize| {
        if count == 1 {
            (LEFT + right) / 2.0
        } else {
            LEFT + as_f64(at) / as_f64(count - 1) * (right - LEFT)
        }
    };
    for (at, series) in chart.series.iter().enumerate() {
        line(canvas, at + 1, series, &|at, value| {
            (x_of(at), base - scaled(value, top, HEIGHT))
        });
    }
    // Only first, middle and last category fit on a phone; the table names all.
    let mut shown = vec![0, count / 2, count - 1];
    shown.dedup();
    for at in shown {
        let anchor = match at {
            _ if count == 1 => "middle",
            0 => "start",
            _ if at == count - 1 => "end",
            _ => "middle",
        };
        if count > 2 || at == 0 || at == count - 1 {
            canvas.text(
                x_of(at),
                base + 20.0,
                "label",
                anchor,
                &chart.categories[at],
            );
        }
    }
    canvas.y = base + 26.0;
}

fn as_f64(at: usize) -> f64 {
    u32::try_from(at).map_or(f64::MAX, f64::from)
}

/// One line; a hidden figure leaves a gap. Each series has its own dashes and shape of point.
fn line(canvas: &mut Canvas, n: usize, series: &Series, place: &dyn Fn(usize, f64) -> (f64, f64)) {
    let mut path = String::new();
    let mut pen_down = false;
    for (at, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            pen_down = false;
            continue;
        };
        let (x, y) = place(at, *value);
        let _ = write!(path, "{}{x:.1} {y:.1}", if pen_down { "L" } else { "M" });
        pen_down = true;
        let _ = write!(
            canvas.body,
            "<circle class=\"app-chart__mark app-chart__point app-chart__s{n}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{}\"/>",
            if n.is_multiple_of(2) { 3 } else { 4 }
        );
    }
    let _ = write!(
        canvas.body,
        "<path class=\"app-chart__line app-chart__s{n}\" fill=\"none\" d=\"{path}\"/>"
    );
}
