//! Dates typed as day, month and year.

use chrono::NaiveDate;

/// What is wrong with a date and which of its three fields to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateProblem {
    /// End of the sentence "Date of birth …".
    pub message: String,
    /// `day`, `month` or `year`.
    pub part: &'static str,
}

fn problem<T>(message: impl Into<String>, part: &'static str) -> Result<T, DateProblem> {
    Err(DateProblem {
        message: message.into(),
        part,
    })
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

fn month_number(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let start = text.get(..3)?.to_lowercase();
    MONTHS
        .iter()
        .position(|m| *m == start)
        .and_then(|at| u32::try_from(at + 1).ok())
}

/// Reads a date; months may be written as words. `None` when all three fields are empty.
///
/// # Errors
/// [`DateProblem`] with the wording of the GOV.UK date input.
pub fn parse_date(day: &str, month: &str, year: &str) -> Result<Option<NaiveDate>, DateProblem> {
    let parts = [
        ("day", day.trim()),
        ("month", month.trim()),
        ("year", year.trim()),
    ];
    let missing: Vec<&'static str> = parts
        .iter()
        .filter(|(_, text)| text.is_empty())
        .map(|(name, _)| *name)
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return problem(format!("must include a {one}"), one),
        [one, two] => return problem(format!("must include a {one} and {two}"), one),
        _ => return Ok(None),
    }
    let real = "must be a real date";
    let Ok(day) = parts[0].1.parse::<u32>() else {
        return problem(real, "day");
    };
    let Some(month) = month_number(parts[1].1) else {
        return problem(real, "month");
    };
    if parts[2].1.len() != 4 {
        return problem("must include a year with 4 numbers", "year");
    }
    let Ok(year) = parts[2].1.parse::<i32>() else {
        return problem(real, "year");
    };
    if !(1..=12).contains(&month) {
        return problem(real, "month");
    }
    if !(1900..=2200).contains(&year) {
        return problem(real, "year");
    }
    NaiveDate::from_ymd_opt(year, month, day)
        .map_or_else(|| problem(real, "day"), |date| Ok(Some(date)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let may = NaiveDate::from_ymd_opt(2027, 5, 4);
        assert_eq!(parse_date("4", "5", "2027"), Ok(may));
        assert_eq!(parse_date(" 04 ", "May", "2027"), Ok(may));
        assert_eq!(parse_date("", " ", ""), Ok(None));
    }

    #[test]
    fn each_mistake_names_its_part() {
        let part = |d, m, y| parse_date(d, m, y).expect_err("wrong").part;
        assert_eq!(part("4", "", "2027"), "month");
        assert_eq!(part("4", "", ""), "month");
        assert_eq!(part("31", "2", "2027"), "day");
        assert_eq!(part("1", "13", "2027"), "month");
        assert_eq!(part("1", "1", "27"), "year");
        assert_eq!(part("é", "é", "2027"), "day");
    }
}
