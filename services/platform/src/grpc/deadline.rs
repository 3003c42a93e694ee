//! How long a call may take: gRPC's `grpc-timeout` on the wire.
//!
//! Tonic answers CANCELLED when its own timeout fires, and stops counting at the head of a stream. So each hop
//! takes a little off the time it was given, and its own answer DEADLINE_EXCEEDED arrives first.

use std::time::Duration;

use http::HeaderMap;

use crate::{Error, Result};

/// Header that carries the remaining time.
pub const HEADER: &str = "grpc-timeout";
/// What each hop takes off.
pub const MARGIN: Duration = Duration::from_millis(50);

/// Reads `grpc-timeout`: one to eight digits and a unit.
pub fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// Writes `grpc-timeout` with the finest unit that fits into eight digits.
pub fn format(time: Duration) -> String {
    let units: [(u128, &str); 3] = [(time.as_micros(), "u"), (time.as_millis(), "m"), (u128::from(time.as_secs()), "S")];
    let fitting = units.iter().find(|(amount, _)| *amount < 100_000_000);
    fitting.map_or_else(|| "99999999S".into(), |(amount, unit)| format!("{amount}{unit}"))
}

/// Time for the work: what the caller gives, at most `limit`, less the margin (half of it where that is all).
pub fn shorten(time: Duration) -> Duration {
    if time > MARGIN * 2 { time - MARGIN } else { time / 2 }
}

/// Time that a request has, from its headers.
///
/// # Errors
/// `InvalidArgument` where the header cannot be read.
pub fn of_request(headers: &HeaderMap, limit: Duration) -> Result<Duration> {
    let Some(value) = headers.get(HEADER) else { return Ok(shorten(limit)) };
    let asked = value.to_str().ok().and_then(parse).ok_or_else(|| Error::invalid().field(HEADER, "Send up to eight digits and a unit, for instance 5S."))?;
    Ok(shorten(asked.min(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read() {
        let expected = [("2H", 7_200_000), ("3M", 180_000), ("5S", 5_000), ("250m", 250), ("99000u", 99), ("5000000n", 5)];
        for (text, millis) in expected {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "S", "5", "5s", "-5S", "+5S", "1.5S", "123456789S", "5 S", "٥S", "5µ"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for time in [Duration::ZERO, Duration::from_micros(1), Duration::from_millis(4950), Duration::from_secs(1000), Duration::from_secs(1_000_000)] {
            assert_eq!(parse(&format(time)), Some(time));
        }
        assert_eq!(format(Duration::MAX), "99999999S");
    }

    #[test]
    fn a_hop_takes_its_margin_and_the_limit_binds() {
        let limit = Duration::from_secs(5);
        let with = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, http::HeaderValue::from_static(text));
            of_request(&headers, limit)
        };
        assert_eq!(of_request(&HeaderMap::new(), limit).unwrap(), Duration::from_millis(4950));
        assert_eq!(with("1S").unwrap(), Duration::from_millis(950));
        assert_eq!(with("1H").unwrap(), Duration::from_millis(4950));
        assert_eq!(with("40m").unwrap(), Duration::from_millis(20));
        assert!(with("soon").is_err());
    }
}
