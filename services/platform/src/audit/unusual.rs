//! Which use of the system somebody should ask about (`security.md` 4, I10). Pure: hours in, questions out. A rule that fires is
//! a question to the person or their supervisor and no accusation, so the limits are set to fire seldom in ordinary work: a full
//! day of a coordinator opens some twenty to thirty records an hour at the busiest.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc, Weekday};

use crate::local_time;

/// Different people's records that one actor opens one by one in an hour: from here on it is many.
pub const OPENED_AN_HOUR: i64 = 60;
/// Different people's records that lists show one actor in an hour: from here on somebody pages through everything.
pub const LISTED_AN_HOUR: i64 = 1_000;
/// Records of a day that one actor opens without a link of their own: neither allocated to them nor made by them.
pub const APART_A_DAY: i64 = 30;
/// Records of a day that one actor opens out of hours.
pub const OUT_OF_HOURS_A_DAY: i64 = 5;
/// Refusals of an hour: from here on somebody tries doors.
pub const REFUSED_AN_HOUR: i64 = 10;
/// Work begins at this hour of the day, local time.
pub const WORK_BEGINS: u32 = 7;
/// Work has ended at this hour of the day, local time.
pub const WORK_ENDS: u32 = 21;

/// What one actor did in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Who.
    pub actor: String,
    /// Begin of the hour.
    pub begin: DateTime<Utc>,
    /// Different records about people that were opened one by one.
    pub opened: i64,
    /// Of them, those that the actor had no link of their own with.
    pub apart: i64,
    /// Different records about people that lists showed.
    pub listed: i64,
    /// Refusals.
    pub refused: i64,
}

/// Why somebody should ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Very many records in an hour.
    ManyRecords,
    /// Many records without a link of the actor's own.
    NoLink,
    /// Records were opened at night or at the weekend.
    OutOfHours,
    /// Many refusals in an hour.
    ManyRefusals,
}

impl Rule {
    /// The word on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ManyRecords => "MANY_RECORDS",
            Self::NoLink => "NO_LINK",
            Self::OutOfHours => "OUT_OF_HOURS",
            Self::ManyRefusals => "MANY_REFUSALS",
        }
    }
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub actor: String,
    /// Which rule.
    pub rule: Rule,
    /// Begin of the hour or day.
    pub at: DateTime<Utc>,
    /// Records or refusals.
    pub count: i64,
}

/// Whether nobody is expected to work at this instant: night and weekend, local time.
pub fn is_out_of_hours(at: DateTime<Utc>) -> bool {
    let local = local_time::local(at);
    matches!(local.weekday(), Weekday::Sat | Weekday::Sun) || !(WORK_BEGINS..WORK_ENDS).contains(&local.hour())
}

/// What fires, newest first.
pub fn find(hours: &[Hour]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut days: BTreeMap<(&str, NaiveDate), (i64, i64)> = BTreeMap::new();
    for hour in hours {
        let mut fire = |rule, count| found.push(Found { actor: hour.actor.clone(), rule, at: hour.begin, count });
        if hour.opened >= OPENED_AN_HOUR {
            fire(Rule::ManyRecords, hour.opened);
        } else if hour.listed >= LISTED_AN_HOUR {
            fire(Rule::ManyRecords, hour.listed);
        }
        if hour.refused >= REFUSED_AN_HOUR {
            fire(Rule::ManyRefusals, hour.refused);
        }
        let (apart, late) = days.entry((&hour.actor, local_time::today(hour.begin))).or_default();
        *apart += hour.apart;
        if is_out_of_hours(hour.begin) {
            *late += hour.opened;
        }
    }
    for ((actor, day), (apart, late)) in days {
        let at = local_time::instant(day.and_time(chrono::NaiveTime::MIN));
        for (rule, count, limit) in [(Rule::NoLink, apart, APART_A_DAY), (Rule::OutOfHours, late, OUT_OF_HOURS_A_DAY)] {
            if count >= limit {
                found.push(Found { actor: actor.to_owned(), rule, at, count });
            }
        }
    }
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| (&a.actor, a.rule).cmp(&(&b.actor, b.rule))));
    found
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    /// An hour of a Wednesday in June, local summer time.
    fn hour(of_day: u32) -> Hour {
        let begin = Utc.with_ymd_and_hms(2027, 6, 2, of_day - 1, 0, 0).unwrap();
        Hour { actor: "user:1".into(), begin, opened: 0, apart: 0, listed: 0, refused: 0 }
    }

    fn rules(hours: &[Hour]) -> Vec<(Rule, i64)> {
        find(hours).into_iter().map(|f| (f.rule, f.count)).collect()
    }

    #[test]
    fn ordinary_work_raises_no_question() {
        let day: Vec<Hour> = (9..17).map(|h| Hour { opened: 12, apart: 3, listed: 300, refused: 1, ..hour(h) }).collect();
        assert_eq!(rules(&day), []);
    }

    #[test]
    fn each_rule_fires_at_its_limit_and_not_below() {
        let cases: [(fn(i64) -> Hour, i64, Rule); 5] = [
            (|n| Hour { opened: n, ..hour(10) }, OPENED_AN_HOUR, Rule::ManyRecords),
            (|n| Hour { listed: n, ..hour(10) }, LISTED_AN_HOUR, Rule::ManyRecords),
            (|n| Hour { apart: n, ..hour(10) }, APART_A_DAY, Rule::NoLink),
            (|n| Hour { opened: n, ..hour(22) }, OUT_OF_HOURS_A_DAY, Rule::OutOfHours),
            (|n| Hour { refused: n, ..hour(10) }, REFUSED_AN_HOUR, Rule::ManyRefusals),
        ];
        for (make, limit, rule) in cases {
            assert_eq!(rules(&[make(limit - 1)]), [], "{rule:?}");
            assert_eq!(rules(&[make(limit)]), [(rule, limit)], "{rule:?}");
        }
    }

    #[test]
    fn a_day_is_summed_for_each_actor() {
        let hours: Vec<Hour> = (9..12).map(|h| Hour { apart: 10, ..hour(h) }).collect();
        assert_eq!(rules(&hours), [(Rule::NoLink, 30)]);
        let two: Vec<Hour> = hours.iter().enumerate().map(|(n, h)| Hour { actor: format!("user:{}", n % 2), ..h.clone() }).collect();
        assert_eq!(rules(&two), []);
    }

    #[test]
    fn hours_are_local_and_the_weekend_is_out() {
        let at = |month, day, hour| Utc.with_ymd_and_hms(2027, month, day, hour, 0, 0).unwrap();
        assert!(!is_out_of_hours(at(6, 2, 6)), "seven o'clock in summer");
        assert!(is_out_of_hours(at(1, 6, 6)), "six o'clock in winter");
        assert!(is_out_of_hours(at(6, 2, 20)), "nine in the evening in summer");
        assert!(!is_out_of_hours(at(1, 6, 20)));
        assert!(is_out_of_hours(at(6, 5, 11)), "a Saturday");
    }
}
