//! Slug, colour and settings of a tenant.

/// Whether a word may stand in the address: 3 to 40 lower-case letters, digits and inner hyphens.
pub fn slug_is_valid(slug: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (3..=40).contains(&slug.len()) && slug.bytes().all(inner) && !slug.starts_with('-') && !slug.ends_with('-')
}

/// The brand colour as `#rrggbb` in lower case; `None` for what is no colour.
pub fn colour(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?;
    (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// Whether the suppression threshold is one that may be set: 0 for the default, else 3 to 100.
pub fn suppression_is_valid(threshold: u32) -> bool {
    threshold == 0 || (3..=100).contains(&threshold)
}

/// Whether sessions may idle so long: 0 for the default, else 5 to 60 minutes (ASVS 7.3.1).
pub fn idle_is_valid(minutes: u32) -> bool {
    minutes == 0 || (5..=60).contains(&minutes)
}

/// Whether sessions may last so long: 0 for the default, else 1 to 12 hours (ASVS 7.3.2).
pub fn absolute_is_valid(hours: u32) -> bool {
    hours <= 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_and_colours() {
        assert!(slug_is_valid("north-moor1"));
        for bad in ["", "ab", "-abc", "abc-", "Abc", "a_b", "a/b", &"a".repeat(41)] {
            assert!(!slug_is_valid(bad), "{bad}");
        }
        assert_eq!(colour("#1D70B8").as_deref(), Some("#1d70b8"));
        for bad in ["1d70b8", "#1d70b", "#1d70bg", "red"] {
            assert_eq!(colour(bad), None, "{bad}");
        }
    }

    #[test]
    fn settings_have_bounds() {
        assert!(suppression_is_valid(0) && suppression_is_valid(5) && !suppression_is_valid(1) && !suppression_is_valid(101));
        assert!(idle_is_valid(0) && idle_is_valid(5) && idle_is_valid(60) && !idle_is_valid(4) && !idle_is_valid(61));
        assert!(absolute_is_valid(0) && absolute_is_valid(12) && !absolute_is_valid(13));
    }
}
