//! Contact points: their kinds, when two are the same, and what a referral says of their safety (domain.md 2.2, 3.1).

use access::names;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::safe_times::{self, Times};

/// How safe a contact point is and what may be done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Safety {
    /// Code of list contact_safety.
    pub safety: String,
    /// Texts may be sent.
    pub may_text: bool,
    /// A message may be left.
    pub may_leave_voicemail: bool,
    /// Letters or e-mail may be sent.
    pub may_write: bool,
    /// Local time of day from which it is safe.
    pub safe_from: Option<NaiveTime>,
    /// Local time of day until which it is safe.
    pub safe_to: Option<NaiveTime>,
    /// The person gave limits that no machine can keep.
    pub limits_in_words: bool,
    /// When the person confirmed it.
    pub verified_at: Option<DateTime<Utc>>,
    /// Last local date on which that counts.
    pub review_on: Option<NaiveDate>,
}

impl Safety {
    /// Nothing is known, so nothing is sent.
    pub fn unknown() -> Self {
        Self { safety: "UNKNOWN".into(), ..Self::default() }
    }
}

/// The form in which two values of a kind are compared; never empty for a value that is not.
pub fn same_as(kind: &str, value: &str) -> String {
    let normal = match kind {
        "MOBILE" | "LANDLINE" => names::phone_last7(value),
        "EMAIL" => names::email(value),
        _ => names::normalise(value),
    };
    if normal.is_empty() { value.trim().to_lowercase() } else { normal }
}

/// MOBILE or LANDLINE, by the United Kingdom's numbering: mobiles begin with 7 after the country code or the 0.
pub fn phone_kind(number: &str) -> &'static str {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix("0044").or_else(|| digits.strip_prefix("44")).unwrap_or(&digits);
    if national.trim_start_matches('0').starts_with('7') { "MOBILE" } else { "LANDLINE" }
}

/// What is wrong with a value of a kind, as a sentence for who typed it.
pub fn wrong(kind: &str, value: &str) -> Option<&'static str> {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let number = (10..=15).contains(&digits) && value.chars().all(|c| c.is_ascii_digit() || " +()-.".contains(c));
    match kind {
        "MOBILE" if !number || phone_kind(value) != "MOBILE" => Some("Enter a mobile number, like 07700 900123."),
        "LANDLINE" if !number => Some("Enter a telephone number, like 0113 496 0123."),
        "EMAIL" if names::email(value).is_empty() || value.trim().contains(char::is_whitespace) => {
            Some("Enter an email address in the correct format, like name@example.org.")
        }
        _ => None,
    }
}

/// How a party of a referral can be reached, as submitted.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// E-mail address, or empty.
    pub email: String,
    /// Telephone number, or empty.
    pub phone: String,
    /// Address, or empty.
    pub address: String,
    /// Postcode, or empty.
    pub postcode: String,
    /// E-mail was marked safe.
    pub safe_email: bool,
    /// Texts were marked safe.
    pub safe_text: bool,
    /// Calls were marked safe.
    pub safe_phone: bool,
    /// Letters were marked safe.
    pub safe_post: bool,
    /// A message may be left.
    pub voicemail: bool,
    /// When, in their words.
    pub times: String,
    /// Words to use or avoid.
    pub words: String,
}

/// A contact point to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPoint {
    /// Code of list contact_kind.
    pub kind: &'static str,
    /// The value.
    pub value: String,
    /// Words that go with it.
    pub words: String,
    /// What is known of its safety.
    pub safety: Safety,
}

/// The contact points that a referral tells of. `themself` is when the person themself submitted it: only then does what was
/// marked as safe count, as verified at that moment. What anybody else says about safety is unknown.
pub fn points(given: &Given, themself: Option<DateTime<Utc>>) -> Vec<NewPoint> {
    let address = match (given.address.trim(), given.postcode.trim()) {
        ("", _) => String::new(),
        (address, "") => address.to_owned(),
        (address, code) if names::normalise(address).ends_with(&names::normalise(code)) => address.to_owned(),
        (address, code) => format!("{address}\n{code}"),
    };
    let phone = given.phone.trim();
    let limits = [given.words.trim(), given.times.trim()].iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>().join("\n");
    [
        ("EMAIL", given.email.trim().to_owned(), given.safe_email),
        (phone_kind(phone), phone.to_owned(), given.safe_text || given.safe_phone),
        ("POST", address, given.safe_post),
    ]
    .into_iter()
    .filter(|(_, value, _)| !value.is_empty())
    .map(|(kind, value, safe)| {
        let safety = match themself.filter(|_| safe) {
            Some(at) => marked(given, kind, at),
            None => Safety::unknown(),
        };
        NewPoint { kind, value, words: limits.clone(), safety }
    })
    .collect()
}

fn marked(given: &Given, kind: &str, at: DateTime<Utc>) -> Safety {
    let times = safe_times::read(&given.times);
    let (safe_from, safe_to) = if let Times::Between(from, to) = times { (from, to) } else { (None, None) };
    let phone = matches!(kind, "MOBILE" | "LANDLINE");
    let limited = times != Times::Any || !given.words.trim().is_empty() || (phone && !(given.safe_text && given.safe_phone && given.voicemail));
    Safety {
        safety: if limited { "SAFE_WITH_LIMITS" } else { "SAFE" }.into(),
        may_text: phone && given.safe_text,
        may_leave_voicemail: phone && given.safe_phone && given.voicemail,
        may_write: !phone,
        safe_from,
        safe_to,
        limits_in_words: times == Times::Unclear,
        verified_at: Some(at),
        review_on: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        Given {
            email: "sam@example.org".into(),
            phone: "07700 900123".into(),
            address: "4 Mill Lane, Leeds".into(),
            postcode: "LS9 8QT".into(),
            safe_email: true,
            safe_text: true,
            ..Given::default()
        }
    }

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    #[test]
    fn what_the_person_marked_is_safe_and_nothing_else() {
        let points = points(&given(), Some(at()));
        assert_eq!(points.iter().map(|p| (p.kind, p.safety.safety.as_str())).collect::<Vec<_>>(), [("EMAIL", "SAFE"), ("MOBILE", "SAFE_WITH_LIMITS"), ("POST", "UNKNOWN")]);
        assert!(points[1].safety.may_text && !points[1].safety.may_leave_voicemail);
        assert_eq!(points[0].safety.verified_at, Some(at()));
        assert_eq!(points[2].safety.verified_at, None);
        assert_eq!(points[2].value, "4 Mill Lane, Leeds\nLS9 8QT");
    }

    #[test]
    fn what_others_say_is_unknown() {
        for point in points(&given(), None) {
            assert_eq!(point.safety, Safety::unknown());
        }
        assert!(points(&Given::default(), Some(at())).is_empty());
    }

    #[test]
    fn limits_are_kept_or_stop_everything() {
        let with = |times: &str| points(&Given { times: times.into(), ..given() }, Some(at())).remove(0).safety;
        let after_six = with("after 6pm");
        assert_eq!((after_six.safety.as_str(), after_six.safe_from, after_six.limits_in_words), ("SAFE_WITH_LIMITS", NaiveTime::from_hms_opt(18, 0, 0), false));
        assert!(with("when he is at work").limits_in_words);
        assert_eq!(with("any time").safety, "SAFE");
    }

    #[test]
    fn values_are_compared_and_checked_by_kind() {
        assert_eq!(same_as("MOBILE", "+44 7700 900123"), same_as("MOBILE", "07700900123"));
        assert_eq!(same_as("EMAIL", "Sam@Example.org"), "sam@example.org");
        assert_eq!(same_as("OTHER", " ! "), "!");
        assert_eq!(["07700 900123", "+44 7700 900123", "0113 496 0123"].map(phone_kind), ["MOBILE", "MOBILE", "LANDLINE"]);
        for (kind, value, fine) in [
            ("MOBILE", "07700 900123", true),
            ("MOBILE", "0113 496 0123", false),
            ("LANDLINE", "0113", false),
            ("EMAIL", "sam@example.org", true),
            ("EMAIL", "sam", false),
            ("OTHER", "through her sister", true),
        ] {
            assert_eq!(wrong(kind, value).is_none(), fine, "{kind} {value}");
        }
    }
}
