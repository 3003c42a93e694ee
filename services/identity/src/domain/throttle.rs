//! How guesses are slowed down: per account and source, per account, and per source; a browser that the account's owner signed
//! in with before has a count of its own, so that guesses of others never slow the owner down there.
//!
//! One source gets at most ten guesses at one account in five minutes, with a growing wait after the fourth. An
//! account that is guessed at from everywhere answers one guess every few seconds, never none: a wait that an attacker
//! could hold on a victim would lock the victim out.

use chrono::{DateTime, TimeDelta, Utc};

/// A limit on guesses in a window.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// How long a guess counts.
    pub window: TimeDelta,
    /// Guesses in the window that need no wait.
    pub free: usize,
    /// Longest wait between two guesses, in seconds.
    pub longest_wait: i64,
    /// Guesses in the window after which there are none until the oldest leaves it; `None`: the wait is all.
    pub most: Option<usize>,
}

const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// One account from one source, or from one browser of its owner.
pub const PAIR: Rule = Rule { window: WINDOW, free: 4, longest_wait: 60, most: Some(10) };
/// One account from anywhere.
pub const ACCOUNT: Rule = Rule { window: WINDOW, free: 50, longest_wait: 10, most: None };
/// One source at any account: an office behind one address stays below it.
pub const SOURCE: Rule = Rule { window: WINDOW, free: 100, longest_wait: 60, most: Some(200) };
/// Wrong codes after the right password, from anywhere but the owner's browsers: who knows a password could else try codes from many
/// sources for days. Thirty a day find a code of six digits once in some thirty years.
pub const CODES: Rule = Rule { window: TimeDelta::hours(24), free: 10, longest_wait: 3_600, most: Some(30) };

/// Guesses that are still in the window, oldest first.
pub fn in_window(rule: Rule, mut guesses: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    guesses.retain(|at| *at > now - rule.window);
    guesses.sort_unstable();
    guesses
}

/// How long the next guess must wait, given those in the window; `None` where it may come now.
pub fn wait(rule: Rule, guesses: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<TimeDelta> {
    let last = *guesses.last()?;
    if guesses.len() < rule.free {
        return None;
    }
    let ready = match rule.most {
        Some(most) if guesses.len() >= most => guesses[guesses.len() - most] + rule.window,
        _ => {
            let doublings = u32::try_from(guesses.len() - rule.free).unwrap_or(u32::MAX).min(16);
            last + TimeDelta::seconds((1_i64 << doublings).min(rule.longest_wait))
        }
    };
    let wait = ready - now;
    (wait > TimeDelta::zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn instants(seconds: &[i64]) -> Vec<DateTime<Utc>> {
        seconds.iter().copied().map(at).collect()
    }

    #[test]
    fn the_first_guesses_need_no_wait_and_then_it_doubles() {
        assert_eq!(wait(PAIR, &[], at(0)), None);
        assert_eq!(wait(PAIR, &instants(&[0, 0, 0]), at(0)), None);
        assert_eq!(wait(PAIR, &instants(&[0, 0, 0, 0]), at(0)), Some(TimeDelta::seconds(1)));
        assert_eq!(wait(PAIR, &instants(&[0, 0, 0, 0]), at(1)), None);
        assert_eq!(wait(PAIR, &instants(&[0, 0, 0, 0, 1, 3]), at(3)), Some(TimeDelta::seconds(4)));
    }

    #[test]
    fn after_ten_there_is_none_until_the_oldest_leaves_the_window() {
        let ten = instants(&[0, 1, 2, 3, 5, 8, 13, 30, 60, 120]);
        assert_eq!(wait(PAIR, &ten, at(200)), Some(TimeDelta::seconds(100)));
        assert_eq!(wait(PAIR, &in_window(PAIR, ten, at(300)), at(300)), None);
    }

    #[test]
    fn an_account_is_never_shut() {
        let many: Vec<_> = (0..5_000).map(|_| at(0)).collect();
        assert_eq!(wait(ACCOUNT, &many, at(0)), Some(TimeDelta::seconds(10)));
        assert_eq!(wait(ACCOUNT, &many, at(10)), None);
    }

    #[test]
    fn codes_are_counted_for_a_day() {
        let thirty: Vec<_> = (0..30).map(|n| at(n * 1_000)).collect();
        assert_eq!(wait(CODES, &thirty, at(40_000)), Some(TimeDelta::seconds(86_400 - 40_000)));
        assert_eq!(wait(CODES, &in_window(CODES, thirty, at(86_400)), at(86_400)), None);
    }

    proptest! {
        /// Whoever guesses as fast as allowed, or slower, gets no more than ten in any five minutes.
        #[test]
        fn no_window_holds_more_than_ten(pauses in prop::collection::vec(0i64..400, 1..120)) {
            let (mut now, mut guesses, mut taken) = (0, Vec::new(), Vec::new());
            for pause in pauses {
                now += pause;
                guesses = in_window(PAIR, guesses, at(now));
                if wait(PAIR, &guesses, at(now)).is_none() {
                    guesses.push(at(now));
                    taken.push(now);
                }
            }
            for first in &taken {
                prop_assert!(taken.iter().filter(|t| (*first..*first + 300).contains(*t)).count() <= 10);
            }
        }
    }
}
