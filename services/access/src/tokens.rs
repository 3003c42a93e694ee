//! Keyed blind tokens for searching encrypted people (`security.md` 3.4).
//!
//! A token is the first 64 bits of HMAC-SHA256 under the tenant's index key over a domain and a normalised value. Two
//! names within one edit (one letter added, left out or replaced, or two neighbours swapped) share a token, because each
//! stands for itself and for all its one-letter deletions. Special categories, offences, risks and notes have no tokens.

use aws_lc_rs::hmac;
use chrono::{Datelike, NaiveDate};
use rphonetic::DoubleMetaphone;

use crate::names;

/// Longest name part that is taken into account, in letters: it bounds the tokens that one field can make.
const LONGEST: usize = 40;

/// The index key of a tenant.
pub struct TokenKey(hmac::Key);

impl TokenKey {
    /// Takes the 32 bytes of the key; the caller wipes its own copy.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The token of a value in a domain. A length stands before the domain, so that no two pairs run together.
    fn token(&self, domain: &str, value: &str) -> i64 {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(domain.len() as u64).to_be_bytes());
        context.update(domain.as_bytes());
        context.update(value.as_bytes());
        let tag = context.sign();
        tag.as_ref()
            .iter()
            .take(8)
            .fold(0, |token, byte| token << 8 | i64::from(*byte))
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// The searchable values of a person, as typed.
#[derive(Clone, Default)]
pub struct PersonInput<'a> {
    /// Forenames.
    pub given: &'a str,
    /// Surnames.
    pub family: &'a str,
    /// Other names and nicknames; each part is found as a forename and as a surname.
    pub aliases: Vec<&'a str>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Current postcode, whole or outward.
    pub postcode: Option<&'a str>,
    /// Telephone numbers.
    pub phones: Vec<&'a str>,
    /// E-mail addresses.
    pub emails: Vec<&'a str>,
    /// PNC, CRN, crime reference and the like.
    pub external_ids: Vec<&'a str>,
}

/// The stored tokens of a person.
pub struct PersonTokens;

impl PersonTokens {
    /// All tokens of a person, sorted, without repetition.
    pub fn compute(key: &TokenKey, person: &PersonInput<'_>) -> Vec<i64> {
        let mut all = name_tokens(key, person.given, person.family);
        for alias in &person.aliases {
            all.extend(part_tokens(key, GIVEN, alias));
            all.extend(part_tokens(key, FAMILY, alias));
        }
        if let Some(date) = person.birth_date {
            all.extend(birth_date(key, date));
            all.extend(surname_year(key, person.family, date));
        }
        if let Some(code) = person.postcode {
            all.extend(postcode(key, code, person.family));
        }
        all.extend(person.phones.iter().flat_map(|p| phone(key, p)));
        all.extend(person.emails.iter().flat_map(|e| email(key, e)));
        all.extend(person.external_ids.iter().flat_map(|i| external_id(key, i)));
        tidy(all)
    }
}

const GIVEN: &str = "given";
const FAMILY: &str = "family";

fn tidy(mut tokens: Vec<i64>) -> Vec<i64> {
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

/// The parts of a name and, where there are several, the whole.
fn forms(name: &str) -> Vec<String> {
    let mut forms = names::parts(name);
    if forms.len() > 1 {
        forms.push(forms.concat());
    }
    for form in &mut forms {
        if let Some((end, _)) = form.char_indices().nth(LONGEST) {
            form.truncate(end);
        }
    }
    forms
}

/// A value with each of its letters left out once. The empty text is no value.
fn deletions(value: &str) -> impl Iterator<Item = String> {
    value
        .char_indices()
        .filter(move |(_, c)| value.len() > c.len_utf8())
        .map(move |(at, c)| {
            let mut shorter = value.to_owned();
            shorter.replace_range(at..at + c.len_utf8(), "");
            shorter
        })
}

/// Double Metaphone codes of a normalised name; none for what has no Latin letter.
fn phonetic(name: &str) -> Vec<String> {
    let latin: String = name.chars().filter(char::is_ascii_lowercase).collect();
    if latin.is_empty() {
        return Vec::new();
    }
    let codes = DoubleMetaphone::default().double_metaphone(&latin);
    let mut codes = vec![codes.primary(), codes.alternate()];
    codes.retain(|c| !c.is_empty());
    codes.dedup();
    codes
}

/// Tokens of each form of a name in a domain: the value, its deletions, the form it is filed under, its sound.
fn part_tokens(key: &TokenKey, domain: &str, name: &str) -> Vec<i64> {
    let mut all = Vec::new();
    for form in forms(name) {
        all.push(key.token(domain, &form));
        all.extend(deletions(&form).map(|d| key.token(domain, &d)));
        if domain == GIVEN {
            all.extend(names::filed_under(&form).map(|full| key.token(domain, full)));
        }
        let sound = if domain == GIVEN {
            "given.sound"
        } else {
            "family.sound"
        };
        all.extend(phonetic(&form).iter().map(|code| key.token(sound, code)));
    }
    all
}

/// The sound of each surname with the sound of each forename.
fn compound(key: &TokenKey, given: &str, family: &str) -> Vec<i64> {
    let mut all = Vec::new();
    for surname in names::parts(family).iter().flat_map(|p| phonetic(p)) {
        for forename in names::parts(given).iter().flat_map(|p| phonetic(p)) {
            all.push(key.token("family.sound+given.sound", &format!("{surname}+{forename}")));
        }
    }
    all
}

/// The sound of each surname with the year of birth.
fn surname_year(key: &TokenKey, family: &str, date: NaiveDate) -> Vec<i64> {
    let sounds = names::parts(family).into_iter().flat_map(|p| phonetic(&p));
    sounds
        .map(|s| key.token("family.sound+year", &format!("{s}+{}", date.year())))
        .collect()
}

/// All tokens of a name: its parts in their domains and the compound of both sounds.
pub fn name_tokens(key: &TokenKey, given: &str, family: &str) -> Vec<i64> {
    let mut all = part_tokens(key, GIVEN, given);
    all.extend(part_tokens(key, FAMILY, family));
    all.extend(compound(key, given, family));
    tidy(all)
}

/// The token of a date of birth.
pub fn birth_date(key: &TokenKey, date: NaiveDate) -> Vec<i64> {
    vec![key.token("birth_date", &date.format("%Y-%m-%d").to_string())]
}

/// Tokens of a postcode: the unit where it is whole, the outward code, and the unit with each surname's initial.
pub fn postcode(key: &TokenKey, postcode: &str, family: &str) -> Vec<i64> {
    let unit = names::postcode(postcode);
    let outward = names::outward(&unit);
    if outward.is_empty() {
        return Vec::new();
    }
    let mut all = vec![key.token("postcode.outward", outward)];
    if outward != unit {
        all.push(key.token("postcode.unit", &unit));
        all.extend(with_initials(key, &unit, family));
    }
    all
}

fn with_initials(key: &TokenKey, unit: &str, family: &str) -> Vec<i64> {
    let initials = names::parts(family)
        .into_iter()
        .filter_map(|p| p.chars().next());
    initials
        .map(|initial| key.token("postcode.unit+initial", &format!("{unit}+{initial}")))
        .collect()
}

fn exact(key: &TokenKey, domain: &str, value: &str) -> Vec<i64> {
    if value.is_empty() {
        Vec::new()
    } else {
        vec![key.token(domain, value)]
    }
}

/// The token of a telephone number's last seven digits; none for a shorter one.
pub fn phone(key: &TokenKey, phone: &str) -> Vec<i64> {
    exact(key, "phone", &names::phone_last7(phone))
}

/// The token of an e-mail address; none for what is no address.
pub fn email(key: &TokenKey, email: &str) -> Vec<i64> {
    exact(key, "email", &names::email(email))
}

/// The token of an external identifier; none for an empty one.
pub fn external_id(key: &TokenKey, id: &str) -> Vec<i64> {
    exact(key, "external_id", &names::external_id(id))
}

/// Builders of search tokens. A person is a candidate when it shares a token with each builder used; no token means
/// that the term cannot be searched for.
pub struct Query;

impl Query {
    /// Forenames within one edit, filed under the same form, or sounding alike.
    pub fn given_query(key: &TokenKey, given: &str) -> Vec<i64> {
        tidy(part_tokens(key, GIVEN, given))
    }

    /// Surnames within one edit or sounding alike.
    pub fn family_query(key: &TokenKey, family: &str) -> Vec<i64> {
        tidy(part_tokens(key, FAMILY, family))
    }

    /// Exactly this date of birth.
    pub fn birth_date_query(key: &TokenKey, date: NaiveDate) -> Vec<i64> {
        birth_date(key, date)
    }

    /// This unit of a whole postcode, or everybody in an outward code.
    pub fn postcode_query(key: &TokenKey, postcode: &str) -> Vec<i64> {
        let unit = names::postcode(postcode);
        let domain = if names::outward(&unit) == unit {
            "postcode.outward"
        } else {
            "postcode.unit"
        };
        exact(key, domain, &unit)
    }

    /// The same last seven digits.
    pub fn phone_query(key: &TokenKey, number: &str) -> Vec<i64> {
        phone(key, number)
    }

    /// The same address.
    pub fn email_query(key: &TokenKey, address: &str) -> Vec<i64> {
        email(key, address)
    }

    /// The same identifier.
    pub fn external_id_query(key: &TokenKey, id: &str) -> Vec<i64> {
        external_id(key, id)
    }

    /// Blocking tokens for possible duplicates: sounds of surname and forename, date of birth, sound of surname and
    /// year, postcode and initial, and the exact contacts and identifiers. Candidates share at least one.
    pub fn duplicate_query(key: &TokenKey, person: &PersonInput<'_>) -> Vec<i64> {
        let mut all = compound(key, person.given, person.family);
        if let Some(date) = person.birth_date {
            all.extend(birth_date(key, date));
            all.extend(surname_year(key, person.family, date));
        }
        let unit = person.postcode.map(names::postcode).unwrap_or_default();
        if names::outward(&unit) != unit {
            all.extend(with_initials(key, &unit, person.family));
        }
        all.extend(person.phones.iter().flat_map(|p| phone(key, p)));
        all.extend(person.emails.iter().flat_map(|e| email(key, e)));
        all.extend(person.external_ids.iter().flat_map(|i| external_id(key, i)));
        tidy(all)
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
