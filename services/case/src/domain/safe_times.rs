//! Reads the safe hours that a person wrote in their own words. Only what is certain is read: the rest stays words, and
//! nothing is sent until somebody has set the hours.

use chrono::NaiveTime;

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// No limit was given.
    Any,
    /// Between these; a missing end is open.
    Between(Option<NaiveTime>, Option<NaiveTime>),
    /// Words that no machine can keep.
    Unclear,
}

/// Reads "any time", "9am to 5pm", "09:00-17:30", "after 6pm", "before 10:00".
pub fn read(words: &str) -> Times {
    let text: String = words.to_lowercase().replace(['–', '—'], "-").replace(['.', ','], " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if matches!(text.as_str(), "" | "any" | "any time" | "anytime" | "always") {
        return Times::Any;
    }
    let one = |rest: &str| time(rest);
    if let Some(from) = text.strip_prefix("after ").and_then(one) {
        return Times::Between(Some(from), None);
    }
    if let Some(to) = text.strip_prefix("before ").and_then(one) {
        return Times::Between(None, Some(to));
    }
    let text = text.strip_prefix("between ").unwrap_or(&text);
    for parting in [" to ", " and ", " until ", "-"] {
        if let Some((from, to)) = text.split_once(parting)
            && let (Some(from), Some(to)) = (time(from), time(to))
            && from != to
        {
            return Times::Between(Some(from), Some(to));
        }
    }
    Times::Unclear
}

/// A time of day: "9am", "9:30 pm", "09:00", "17:30", "noon". A bare number is not certain.
fn time(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    if matches!(text, "noon" | "midday") {
        return NaiveTime::from_hms_opt(12, 0, 0);
    }
    let (digits, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(0)),
        (_, Some(rest)) => (rest.trim(), Some(12)),
        _ => (text, None),
    };
    let (hour, minute) = match digits.split_once(':') {
        Some((h, m)) if m.len() == 2 => (h.parse::<u32>().ok()?, m.parse::<u32>().ok()?),
        None if half.is_some() => (digits.parse::<u32>().ok()?, 0),
        _ => return None,
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

/// What was typed is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATime;

/// Reads a time of day as a form holds it: "09:00". Empty is none.
///
/// # Errors
/// [`NotATime`] for anything else.
pub fn clock(text: &str) -> Result<Option<NaiveTime>, NotATime> {
    if text.is_empty() {
        return Ok(None);
    }
    NaiveTime::parse_from_str(text, "%H:%M").map(Some).map_err(|_| NotATime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(h: u32, m: u32) -> Option<NaiveTime> {
        NaiveTime::from_hms_opt(h, m, 0)
    }

    #[test]
    fn what_is_certain_is_read() {
        for (words, want) in [
            ("", Times::Any),
            ("Any time.", Times::Any),
            ("after 6pm", Times::Between(at(18, 0), None)),
            ("Before 10:00", Times::Between(None, at(10, 0))),
            ("9am to 5:30 pm", Times::Between(at(9, 0), at(17, 30))),
            ("between 09:00 and 12:00", Times::Between(at(9, 0), at(12, 0))),
            ("09:00–17:00", Times::Between(at(9, 0), at(17, 0))),
            ("noon until 2pm", Times::Between(at(12, 0), at(14, 0))),
            ("12am to 12pm", Times::Between(at(0, 0), at(12, 0))),
        ] {
            assert_eq!(read(words), want, "{words}");
        }
    }

    #[test]
    fn what_is_not_stays_words() {
        for words in ["weekday mornings", "when he is at work", "9 to 5", "after 6", "after 25:00", "9am to 9am", "13pm to 14pm"] {
            assert_eq!(read(words), Times::Unclear, "{words}");
        }
        assert_eq!(clock("09:00"), Ok(at(9, 0)));
        assert_eq!((clock(""), clock("9")), (Ok(None), Err(NotATime)));
    }

    proptest! {
        #[test]
        fn nothing_panics(words: String) {
            read(&words);
        }
    }
}
