//! How long a session lives (ASVS 5.0: 7.3).

use chrono::{DateTime, TimeDelta, Utc};

/// A session ends after this time whatever happens, where the tenant sets no shorter one.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// A new authenticator must be confirmed in this time.
pub const AUTHENTICATOR: TimeDelta = TimeDelta::minutes(10);
/// A sign-in must be completed in this time.
pub const CHALLENGE: TimeDelta = TimeDelta::minutes(5);
/// Codes that may be tried with one challenge.
pub const CODES_PER_CHALLENGE: i16 = 3;
/// An enrolment link is good for this time.
pub const ENROLMENT: TimeDelta = TimeDelta::hours(24);
/// The idle end moves at most this often, so that not every token costs a write.
pub const MOVES_EVERY: TimeDelta = TimeDelta::seconds(60);

/// When a session ends whatever happens; `hours` is the tenant's setting, 0 for the default.
pub fn absolute(hours: i32) -> TimeDelta {
    if (1..=12).contains(&hours) { TimeDelta::hours(i64::from(hours)) } else { ABSOLUTE }
}

/// When a session ends if nothing more happens.
pub fn idle_end(now: DateTime<Utc>, idle_minutes: u32, ends_at: DateTime<Utc>) -> DateTime<Utc> {
    (now + TimeDelta::minutes(i64::from(idle_minutes))).min(ends_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idling_never_outlives_the_session() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let end = start + ABSOLUTE;
        assert_eq!(idle_end(start, 20, end), start + TimeDelta::minutes(20));
        assert_eq!(idle_end(end - TimeDelta::minutes(5), 20, end), end);
    }

    #[test]
    fn a_tenant_may_only_shorten_the_day() {
        assert_eq!(absolute(0), ABSOLUTE);
        assert_eq!(absolute(4), TimeDelta::hours(4));
        for odd in [-1, 13, i32::MAX] {
            assert_eq!(absolute(odd), ABSOLUTE, "{odd}");
        }
    }
}
