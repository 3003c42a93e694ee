//! Normal forms for comparing and for tokens. The original stays in the encrypted blob.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters that NFKD does not take apart, as people write them without a special keyboard.
const LETTERS: [(char, &str); 10] = [
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ß', "ss"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ı', "i"),
];

/// Familiar forms of forenames and the form they are filed under.
const FAMILIAR: [(&str, &str); 40] = [
    ("abby", "abigail"),
    ("alex", "alexander"),
    ("andy", "andrew"),
    ("ben", "benjamin"),
    ("beth", "elizabeth"),
    ("bill", "william"),
    ("billy", "william"),
    ("bob", "robert"),
    ("bobby", "robert"),
    ("cathy", "catherine"),
    ("charlie", "charles"),
    ("chris", "christopher"),
    ("dan", "daniel"),
    ("dave", "david"),
    ("debbie", "deborah"),
    ("dick", "richard"),
    ("ed", "edward"),
    ("eddie", "edward"),
    ("greg", "gregory"),
    ("harry", "henry"),
    ("jack", "john"),
    ("jen", "jennifer"),
    ("jenny", "jennifer"),
    ("jim", "james"),
    ("jimmy", "james"),
    ("joe", "joseph"),
    ("kate", "catherine"),
    ("liz", "elizabeth"),
    ("matt", "matthew"),
    ("mike", "michael"),
    ("nick", "nicholas"),
    ("peggy", "margaret"),
    ("pete", "peter"),
    ("rob", "robert"),
    ("sam", "samuel"),
    ("steve", "stephen"),
    ("sue", "susan"),
    ("tom", "thomas"),
    ("tony", "anthony"),
    ("will", "william"),
];

/// A name in lower case without diacritics, apostrophes, hyphens, spaces and other marks.
pub fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    // Lower case can bring new marks and decomposition new capitals, hence decompose on both sides.
    for c in name.nfkd().flat_map(char::to_lowercase).nfkd() {
        match LETTERS.iter().find(|(l, _)| *l == c) {
            Some((_, plain)) => out.push_str(plain),
            None if c.is_alphanumeric() && !is_combining_mark(c) => out.push(c),
            None => {}
        }
    }
    out
}

/// The parts of a name, each normalised: "Mary-Jane O'Neil" gives "mary", "jane", "oneil".
pub fn parts(name: &str) -> Vec<String> {
    name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}'))
        .map(normalise)
        .filter(|p| !p.is_empty())
        .collect()
}

/// The form under which a familiar forename is filed too: "bob" gives "robert". Expects a normalised name.
pub fn filed_under(forename: &str) -> Option<&'static str> {
    FAMILIAR
        .iter()
        .find(|(short, _)| *short == forename)
        .map(|(_, full)| *full)
}

/// A postcode in capitals without spaces: "sw1a 1aa" gives "SW1A1AA".
pub fn postcode(postcode: &str) -> String {
    postcode
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The outward code of a normalised postcode, which is all but its last three characters; a shorter one is outward
/// already.
pub fn outward(postcode: &str) -> &str {
    let is_full = postcode.len() >= 5
        && postcode[postcode.len().saturating_sub(3)..].starts_with(|c: char| c.is_ascii_digit());
    if is_full {
        &postcode[..postcode.len() - 3]
    } else {
        postcode
    }
}

/// The last seven digits of a telephone number, the same with and without a country code; empty for a shorter one.
pub fn phone_last7(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits
        .len()
        .checked_sub(7)
        .map(|from| digits[from..].to_owned())
        .unwrap_or_default()
}

/// An e-mail address in lower case without spaces; empty for what has no `@` between two parts.
pub fn email(email: &str) -> String {
    let email: String = email
        .nfkc()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => email,
        _ => String::new(),
    }
}

/// An external identifier in capitals without spaces and punctuation, so "2001/0012345X" and "2001 12345x" differ only
/// where their digits do.
pub fn external_id(id: &str) -> String {
    id.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_lose_their_marks() {
        for (given, want) in [
            ("O'Neil", "oneil"),
            ("Smith-Jones", "smithjones"),
            ("  Zoë  ", "zoe"),
            ("Łukasz", "lukasz"),
            ("D’Arcy", "darcy"),
            ("Søren", "soren"),
            ("Straße", "strasse"),
            ("", ""),
            ("Ｍary", "mary"),
            ("İpek", "ipek"),
        ] {
            assert_eq!(normalise(given), want);
        }
        assert_eq!(parts("Mary-Jane  O'Neil"), ["mary", "jane", "oneil"]);
        assert_eq!(filed_under("bob"), Some("robert"));
        assert_eq!(filed_under("robert"), None);
        assert!(FAMILIAR.is_sorted());
    }

    #[test]
    fn other_values_have_one_form() {
        assert_eq!(postcode("sw1a 1aa"), "SW1A1AA");
        assert_eq!(
            ["SW1A1AA", "M11AE", "SW1A", "M1", ""].map(outward),
            ["SW1A", "M1", "SW1A", "M1", ""]
        );
        assert_eq!(phone_last7("+44 7700 900123"), phone_last7("07700 900 123"));
        assert_eq!(phone_last7("07700 900123"), "0900123");
        assert_eq!(phone_last7("999"), "");
        assert_eq!(email(" Sam.Lee@Example.ORG "), "sam.lee@example.org");
        assert_eq!([email("sam"), email("@x"), email("x@")], ["", "", ""]);
        assert_eq!(external_id("2001/0012345x"), "20010012345X");
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(name in "\\PC{0,20}") {
            let once = normalise(&name);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn nothing_panics(text: String) {
            let code = postcode(&text);
            prop_assert!(code.starts_with(outward(&code)));
            parts(&text);
            phone_last7(&text);
            email(&text);
        }
    }
}
