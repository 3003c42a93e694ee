//! Working days of England and Wales: Monday to Friday without bank holidays.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};

/// Working days a referrer has to answer (domain.md 2.4).
pub const TO_ANSWER: u32 = 20;

/// Bank holidays of England and Wales as (year, month, day), substitute days in place of those on a weekend
/// (gov.uk/bank-holidays). Of later years only weekends are known, so that a time ends a little early.
const BANK_HOLIDAYS: [(i32, u32, u32); 32] = [
    (2025, 1, 1),
    (2025, 4, 18),
    (2025, 4, 21),
    (2025, 5, 5),
    (2025, 5, 26),
    (2025, 8, 25),
    (2025, 12, 25),
    (2025, 12, 26),
    (2026, 1, 1),
    (2026, 4, 3),
    (2026, 4, 6),
    (2026, 5, 4),
    (2026, 5, 25),
    (2026, 8, 31),
    (2026, 12, 25),
    (2026, 12, 28),
    (2027, 1, 1),
    (2027, 3, 26),
    (2027, 3, 29),
    (2027, 5, 3),
    (2027, 5, 31),
    (2027, 8, 30),
    (2027, 12, 27),
    (2027, 12, 28),
    (2028, 1, 3),
    (2028, 4, 14),
    (2028, 4, 17),
    (2028, 5, 1),
    (2028, 5, 29),
    (2028, 8, 28),
    (2028, 12, 25),
    (2028, 12, 26),
];

/// Whether offices are open that day.
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !BANK_HOLIDAYS.contains(&(day.year(), day.month(), day.day()))
}

/// The day that lies so many working days after another, which itself does not count.
pub fn add(from: NaiveDate, working_days: u32) -> NaiveDate {
    let mut day = from;
    let mut left = working_days;
    while left > 0 {
        let Some(next) = day.checked_add_days(Days::new(1)) else { return day };
        day = next;
        left -= u32::from(is_working_day(day));
    }
    day
}

/// When a referral that was returned at this instant lapses: at the end of the 20th working day after it (UTC).
pub fn lapses_at(returned: DateTime<Utc>) -> DateTime<Utc> {
    let last = add(returned.date_naive(), TO_ANSWER);
    last.checked_add_days(Days::new(1)).unwrap_or(last).and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("a day")
    }

    #[test]
    fn eight_holidays_a_year_and_none_on_a_weekend() {
        for year in 2025..=2028 {
            assert_eq!(BANK_HOLIDAYS.iter().filter(|(y, _, _)| *y == year).count(), 8, "{year}");
        }
        for (y, m, d) in BANK_HOLIDAYS {
            assert!(!matches!(day(y, m, d).weekday(), Weekday::Sat | Weekday::Sun), "{y}-{m}-{d}");
        }
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        assert_eq!(add(day(2026, 11, 20), 1), day(2026, 11, 23), "Friday to Monday");
        assert_eq!(add(day(2026, 12, 24), 1), day(2026, 12, 29), "over Christmas");
        assert_eq!(add(day(2026, 11, 2), 20), day(2026, 11, 30), "four plain weeks");
        assert_eq!(add(day(2025, 4, 17), 20), day(2025, 5, 20), "Good Friday, Easter Monday and early May");
    }

    #[test]
    fn the_last_day_is_given_whole() {
        let returned = day(2026, 11, 2).and_hms_opt(16, 45, 0).expect("a time").and_utc();
        assert_eq!(lapses_at(returned), day(2026, 12, 1).and_time(NaiveTime::MIN).and_utc());
    }
}
