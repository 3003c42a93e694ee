//! What somebody typed into the one search box: a reference, a telephone number, an e-mail address, a postcode, a date of
//! birth, names, or several of them in any order.

use access::names;
use chrono::NaiveDate;

/// What was recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// A reference in its canonical form, of a person or of a case.
    pub reference: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// A postcode, whole or outward, in its normal form.
    pub postcode: Option<String>,
    /// A date of birth.
    pub date: Option<NaiveDate>,
    /// The other words, as names in the order typed.
    pub names: Vec<String>,
}

/// Words that are looked at; the rest of a long text is left out.
const MOST: usize = 8;

/// Recognises what was typed.
pub fn recognise(text: &str) -> Typed {
    let mut typed = Typed::default();
    if let Some(reference) = platform::ids::parse_reference(text) {
        typed.reference = Some(reference);
        return typed;
    }
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|w| !w.is_empty()).take(MOST).collect();
    let mut rest = words.as_slice();
    while let Some((first, others)) = rest.split_first() {
        rest = match take(&mut typed, rest) {
            Some(left) => left,
            None => {
                typed.names.push((*first).to_owned());
                others
            }
        };
    }
    typed
}

/// Takes what is no name from the front, and answers what is left.
fn take<'w>(typed: &mut Typed, words: &'w [&'w str]) -> Option<&'w [&'w str]> {
    let first = *words.first()?;
    if typed.email.is_none() && !names::email(first).is_empty() {
        typed.email = Some(names::email(first));
        return words.get(1..);
    }
    if typed.date.is_none() {
        for length in [3, 1] {
            if let Some(date) = words.get(..length).and_then(|w| date(&w.join(" "))) {
                typed.date = Some(date);
                return words.get(length..);
            }
        }
    }
    if typed.phone.is_none() {
        let digits = |w: &&&str| w.chars().all(|c| c.is_ascii_digit() || "+()-.".contains(c));
        let length = words.iter().take_while(digits).count();
        let number = words.get(..length)?.concat();
        if !names::phone_last7(&number).is_empty() {
            typed.phone = Some(number);
            return words.get(length..);
        }
    }
    if typed.postcode.is_none() {
        for length in [2, 1] {
            let found = words.get(..length).map(|w| names::postcode(&w.concat())).filter(|code| is_postcode(code, length == 2));
            if found.is_some() {
                typed.postcode = found;
                return words.get(length..);
            }
        }
    }
    None
}

/// Reads a date as people write it: `12/3/1990`, `12-03-1990`, `12.3.1990`, `1990-03-12`, `12 March 1990`, `12 Mar 1990`.
/// Two digits are no year.
pub fn date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|p| !p.is_empty()).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (day, month, year) = if a.len() == 4 && number(a).is_some() {
        (number(c)?, number(b)?, number(a)?)
    } else if c.len() == 4 {
        let day = a.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        (number(day)?, number(b).or_else(|| month(b))?, number(c)?)
    } else {
        return None;
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| year >= 1880)
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    let word = word.to_lowercase();
    let found = MONTHS.iter().position(|m| word.len() >= 3 && m.starts_with(&word)).or_else(|| (word == "sept").then_some(8));
    u32::try_from(found? + 1).ok()
}

/// Whether a normal form has the shape of a postcode: `LS9`, `SW1A`, `LS98QT`. `whole` excludes an outward code alone.
fn is_postcode(code: &str, whole: bool) -> bool {
    let outward = names::outward(code);
    let inward = &code[outward.len()..];
    let letters = outward.bytes().take_while(u8::is_ascii_alphabetic).count();
    let rest = &outward.as_bytes()[letters..];
    let shaped = (1..=2).contains(&letters)
        && match rest {
            [d] => d.is_ascii_digit(),
            [d, x] => d.is_ascii_digit() && x.is_ascii_alphanumeric(),
            _ => false,
        };
    let inward_shaped = match inward.as_bytes() {
        [d, x, y] => d.is_ascii_digit() && x.is_ascii_alphabetic() && y.is_ascii_alphabetic(),
        [] => !whole,
        _ => false,
    };
    shaped && inward_shaped
}

/// The postcode at the end of an address, in the form people write it ("LS9 8QT").
pub fn postcode_in(address: &str) -> Option<String> {
    let words: Vec<&str> = address.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).collect();
    [2, 1].into_iter().find_map(|length| {
        let tail = words.get(words.len().checked_sub(length)?..)?;
        let code = names::postcode(&tail.concat());
        let outward = names::outward(&code).len();
        (is_postcode(&code, true)).then(|| format!("{} {}", &code[..outward], &code[outward..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day() -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(1990, 3, 12)
    }

    #[test]
    fn dates_are_read_in_every_common_form() {
        for text in ["12/3/1990", "12-03-1990", "12.3.1990", "1990-03-12", "12 March 1990", "12 mar 1990", "12th March 1990"] {
            assert_eq!(date(text), day(), "{text}");
        }
        for text in ["31/2/1990", "12/3/90", "12 Nonsense 1990", "12 ma 1990", "1/1/0001", ""] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn the_box_tells_things_apart() {
        let names = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let reference = platform::ids::reference("P", uuid::Uuid::from_u128(0x12_3456_789a));
        for (text, want) in [
            (reference.to_lowercase().as_str(), Typed { reference: Some(reference.clone()), ..Typed::default() }),
            ("07700 900 123", Typed { phone: Some("07700900123".into()), ..Typed::default() }),
            ("+44 (0)7700 900123", Typed { phone: Some("+44(0)7700900123".into()), ..Typed::default() }),
            ("ls9 8qt", Typed { postcode: Some("LS98QT".into()), ..Typed::default() }),
            ("LS9", Typed { postcode: Some("LS9".into()), ..Typed::default() }),
            ("Sam@Example.org", Typed { email: Some("sam@example.org".into()), ..Typed::default() }),
            ("12 March 1990", Typed { date: day(), ..Typed::default() }),
            ("sam whitlock 12/3/1990", Typed { date: day(), names: names(&["sam", "whitlock"]), ..Typed::default() }),
            ("Whitlock, Sam LS9 8QT", Typed { postcode: Some("LS98QT".into()), names: names(&["Whitlock", "Sam"]), ..Typed::default() }),
            ("Mary-Jane O'Neil", Typed { names: names(&["Mary-Jane", "O'Neil"]), ..Typed::default() }),
            ("   ", Typed::default()),
        ] {
            assert_eq!(recognise(text), want, "{text}");
        }
    }

    #[test]
    fn an_address_gives_its_postcode() {
        assert_eq!(postcode_in("4 Mill Lane, Leeds ls98qt").as_deref(), Some("LS9 8QT"));
        assert_eq!(postcode_in("4 Mill Lane\nLeeds\nLS9 8QT").as_deref(), Some("LS9 8QT"));
        assert_eq!(postcode_in("4 Mill Lane, Leeds"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text: String) {
            recognise(&text);
            postcode_in(&text);
        }

        #[test]
        fn typed_text_of_the_right_shape_never_panics(text in "[A-Za-z0-9 /.@+-]{0,24}") {
            recognise(&text);
            postcode_in(&text);
        }
    }
}
