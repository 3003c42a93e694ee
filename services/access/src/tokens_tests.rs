//! Searches against stored tokens.

use super::*;
use proptest::prelude::*;

fn key() -> TokenKey {
    TokenKey::new(&[7; 32])
}

fn person() -> PersonInput<'static> {
    PersonInput {
        given: "Robert James",
        family: "Smith-O'Neil",
        aliases: vec!["Bobby"],
        birth_date: NaiveDate::from_ymd_opt(1980, 2, 29),
        postcode: Some("sw1a 1aa"),
        phones: vec!["07700 900123"],
        emails: vec!["Robert@Example.org"],
        external_ids: vec!["2001/0012345X"],
    }
}

fn share(a: &[i64], b: &[i64]) -> bool {
    a.iter().any(|t| b.contains(t))
}

#[test]
fn a_person_is_found_by_every_builder() {
    let (k, stored) = (key(), PersonTokens::compute(&key(), &person()));
    assert!(stored.is_sorted() && stored.windows(2).all(|w| w[0] != w[1]));
    let date = person().birth_date.expect("date");
    for query in [
        Query::given_query(&k, "robrt"),
        Query::given_query(&k, "Bob"),
        Query::family_query(&k, "Smyth"),
        Query::family_query(&k, "smithoneil"),
        Query::family_query(&k, "ONeill"),
        Query::birth_date_query(&k, date),
        Query::postcode_query(&k, "SW1A1AA"),
        Query::postcode_query(&k, "sw1a"),
        Query::phone_query(&k, "+447700900123"),
        Query::email_query(&k, "robert@example.org"),
        Query::external_id_query(&k, "2001 0012345x"),
    ] {
        assert!(share(&query, &stored));
    }
    assert!(!share(&Query::given_query(&k, "Alice"), &stored));
    assert!(!share(&Query::postcode_query(&k, "M1 1AE"), &stored));
}

#[test]
fn nothing_is_found_under_another_key_or_domain() {
    let stored = PersonTokens::compute(&key(), &person());
    assert!(!share(
        &PersonTokens::compute(&TokenKey::new(&[8; 32]), &person()),
        &stored
    ));
    assert!(!share(
        &Query::given_query(&key(), "lee"),
        &Query::family_query(&key(), "lee")
    ));
    assert_ne!(key().token("ab", "c"), key().token("a", "bc"));
}

#[test]
fn empty_values_make_no_token() {
    assert!(PersonTokens::compute(&key(), &PersonInput::default()).is_empty());
    assert!(Query::given_query(&key(), " '- ").is_empty());
    assert!(Query::phone_query(&key(), "12").is_empty());
    assert!(
        Query::duplicate_query(
            &key(),
            &PersonInput {
                postcode: Some("M1"),
                ..Default::default()
            }
        )
        .is_empty()
    );
    assert_eq!(format!("{:?}", key()), "TokenKey(..)");
}

#[test]
fn duplicates_share_a_blocking_token() {
    let (k, stored) = (key(), PersonTokens::compute(&key(), &person()));
    assert!(
        Query::duplicate_query(&k, &person())
            .iter()
            .all(|t| stored.binary_search(t).is_ok())
    );
    let sounds_alike = PersonInput {
        given: "Robbert",
        family: "Smyth",
        ..Default::default()
    };
    assert!(share(&Query::duplicate_query(&k, &sounds_alike), &stored));
    let other = PersonInput {
        given: "Alice",
        family: "Brown",
        ..Default::default()
    };
    assert!(!share(&Query::duplicate_query(&k, &other), &stored));
}

#[test]
fn a_token_is_stable() {
    assert_eq!(
        birth_date(&key(), NaiveDate::from_ymd_opt(2000, 1, 1).expect("date")).len(),
        1
    );
    assert_eq!(
        name_tokens(&key(), "Zoë", "Lee"),
        name_tokens(&key(), "zoe", "LEE")
    );
}

proptest! {
    #[test]
    fn one_edit_apart_shares_a_token(
        name in "[a-z]{2,14}", edit in 0..4u8, at in any::<prop::sample::Index>(), letter in prop::char::range('a', 'z'),
    ) {
        let mut other: Vec<char> = name.chars().collect();
        match edit {
            0 => other.insert(at.index(other.len() + 1), letter),
            1 => { other.remove(at.index(other.len())); }
            2 => { let n = at.index(other.len()); other[n] = letter; }
            _ => { let n = at.index(other.len() - 1); other.swap(n, n + 1); }
        }
        let other: String = other.into_iter().collect();
        let exact = |name: &str| -> Vec<i64> {
            let k = key();
            forms(name).iter().flat_map(|f| deletions(f).chain([f.clone()]).map(|v| k.token(FAMILY, &v)).collect::<Vec<_>>()).collect()
        };
        prop_assert!(share(&exact(&name), &exact(&other)), "{} {}", name, other);
        prop_assert!(share(&Query::family_query(&key(), &other), &name_tokens(&key(), "", &name)));
        prop_assert!(share(&Query::given_query(&key(), &other), &name_tokens(&key(), &name, "")));
    }

    #[test]
    fn nothing_panics(given: String, family: String, code: String) {
        let input = PersonInput {
            given: &given, family: &family, postcode: Some(&code), phones: vec![&code], emails: vec![&given],
            external_ids: vec![&code], aliases: vec![&family], birth_date: NaiveDate::from_ymd_opt(1990, 1, 1),
        };
        let stored = PersonTokens::compute(&key(), &input);
        prop_assert!(Query::duplicate_query(&key(), &input).iter().all(|t| stored.binary_search(t).is_ok()));
    }
}
