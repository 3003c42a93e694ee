//! Ranking of decrypted candidates: similarity of names, and the weight of evidence that two people are one.

use chrono::Datelike;

use crate::{names, tokens::PersonInput};

/// Similarity of two names from 0 to 1: Jaro-Winkler on their normal forms; 0 when either is empty.
pub fn name_similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (names::normalise(a), names::normalise(b));
    if a.is_empty() || b.is_empty() {
        0.0
    } else {
        strsim::jaro_winkler(&a, &b)
    }
}

/// Match weights of one comparison: log2 of the probability of the finding among duplicates over that among strangers.
struct Weights {
    same: f64,
    close: f64,
    different: f64,
}

const FAMILY: Weights = Weights {
    same: 8.0,
    close: 5.0,
    different: -3.5,
};
const GIVEN: Weights = Weights {
    same: 6.0,
    close: 3.5,
    different: -3.0,
};
const BIRTH_DATE: Weights = Weights {
    same: 12.0,
    close: 5.0,
    different: -5.0,
};
const POSTCODE: Weights = Weights {
    same: 9.0,
    close: 3.0,
    different: -1.0,
};
const PHONE: Weights = Weights {
    same: 11.0,
    close: 0.0,
    different: -0.5,
};
const EMAIL: Weights = Weights {
    same: 12.0,
    close: 0.0,
    different: -0.5,
};
const EXTERNAL_ID: Weights = Weights {
    same: 18.0,
    close: 0.0,
    different: 0.0,
};

/// Similarity from which two names count as close.
const CLOSE_NAME: f64 = 0.88;
/// Score from which a pair is worth showing to a person.
pub const POSSIBLE: f64 = 12.0;
/// Score from which a pair is probably one person; still a human decides.
pub const PROBABLE: f64 = 22.0;

/// The Fellegi-Sunter score of a pair: the sum of the weights below, in bits. A value missing on one side adds nothing.
///
/// | compared | same | close | different | close means |
/// |---|---|---|---|---|
/// | surname | 8 | 5 | -3.5 | Jaro-Winkler of at least 0.88 |
/// | forename or alias | 6 | 3.5 | -3 | Jaro-Winkler of at least 0.88, or filed under the same form |
/// | date of birth | 12 | 5 | -5 | two of day, month and year agree, or day and month are swapped |
/// | postcode | 9 | 3 | -1 | same outward code |
/// | telephone | 11 | | -0.5 | |
/// | e-mail | 12 | | -0.5 | |
/// | external identifier | 18 | | 0 | identifiers of different kinds never agree |
pub fn duplicate_score(a: &PersonInput<'_>, b: &PersonInput<'_>) -> f64 {
    family(a, b)
        + given(a, b)
        + birth_date(a, b)
        + postcode(a, b)
        + any(&a.phones, &b.phones, names::phone_last7, &PHONE)
        + any(&a.emails, &b.emails, names::email, &EMAIL)
        + any(
            &a.external_ids,
            &b.external_ids,
            names::external_id,
            &EXTERNAL_ID,
        )
}

fn name(similarity: f64, weights: &Weights) -> f64 {
    if similarity >= 1.0 {
        weights.same
    } else if similarity >= CLOSE_NAME {
        weights.close
    } else {
        weights.different
    }
}

fn family(a: &PersonInput<'_>, b: &PersonInput<'_>) -> f64 {
    if names::normalise(a.family).is_empty() || names::normalise(b.family).is_empty() {
        return 0.0;
    }
    name(name_similarity(a.family, b.family), &FAMILY)
}

fn given(a: &PersonInput<'_>, b: &PersonInput<'_>) -> f64 {
    let forms = |p: &PersonInput<'_>| -> Vec<String> {
        let all = p.aliases.iter().copied().chain([p.given]);
        all.map(names::normalise)
            .filter(|n| !n.is_empty())
            .collect()
    };
    let filed = |n: &str| names::filed_under(n).map_or_else(|| n.to_owned(), str::to_owned);
    let (left, right) = (forms(a), forms(b));
    let mut best: Option<f64> = None;
    for x in &left {
        for y in &right {
            let similar = name_similarity(x, y);
            let similar = if similar < CLOSE_NAME && filed(x) == filed(y) {
                CLOSE_NAME
            } else {
                similar
            };
            best = Some(best.map_or(similar, |b| b.max(similar)));
        }
    }
    best.map_or(0.0, |similar| name(similar, &GIVEN))
}

fn birth_date(a: &PersonInput<'_>, b: &PersonInput<'_>) -> f64 {
    let (Some(a), Some(b)) = (a.birth_date, b.birth_date) else {
        return 0.0;
    };
    let agree = [
        a.year() == b.year(),
        a.month() == b.month(),
        a.day() == b.day(),
    ];
    let swapped = agree[0] && a.month() == b.day() && a.day() == b.month();
    match agree.iter().filter(|same| **same).count() {
        3 => BIRTH_DATE.same,
        2 => BIRTH_DATE.close,
        _ if swapped => BIRTH_DATE.close,
        _ => BIRTH_DATE.different,
    }
}

fn postcode(a: &PersonInput<'_>, b: &PersonInput<'_>) -> f64 {
    let unit = |p: &PersonInput<'_>| p.postcode.map(names::postcode).unwrap_or_default();
    let (a, b) = (unit(a), unit(b));
    let (outward_a, outward_b) = (names::outward(&a), names::outward(&b));
    if a.is_empty() || b.is_empty() {
        0.0
    } else if a == b && outward_a != a {
        POSTCODE.same
    } else if outward_a == outward_b {
        POSTCODE.close
    } else {
        POSTCODE.different
    }
}

fn any(a: &[&str], b: &[&str], normal: impl Fn(&str) -> String, weights: &Weights) -> f64 {
    let forms = |values: &[&str]| -> Vec<String> {
        values
            .iter()
            .map(|v| normal(v))
            .filter(|v| !v.is_empty())
            .collect()
    };
    let (a, b) = (forms(a), forms(b));
    if a.is_empty() || b.is_empty() {
        0.0
    } else if a.iter().any(|x| b.contains(x)) {
        weights.same
    } else {
        weights.different
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    fn sam() -> PersonInput<'static> {
        PersonInput {
            given: "Samuel",
            family: "Whitlock",
            birth_date: NaiveDate::from_ymd_opt(1991, 3, 7),
            postcode: Some("LS9 8QT"),
            phones: vec!["07700 900456"],
            ..Default::default()
        }
    }

    #[test]
    fn names_are_compared_in_their_normal_form() {
        assert_eq!(name_similarity("O'Neil", "oneil"), 1.0);
        assert!(name_similarity("Whitlock", "Whitlok") > CLOSE_NAME);
        assert!(name_similarity("Whitlock", "Adeyemi") < 0.6);
        assert_eq!(name_similarity("", ""), 0.0);
    }

    #[test]
    fn evidence_adds_up() {
        assert!(duplicate_score(&sam(), &sam()) > PROBABLE);
        let typed = PersonInput {
            given: "Sam",
            family: "Whitlok",
            phones: vec![],
            ..sam()
        };
        assert!(duplicate_score(&sam(), &typed) > PROBABLE);
        let swapped = PersonInput {
            birth_date: NaiveDate::from_ymd_opt(1991, 7, 3),
            ..sam()
        };
        assert!(duplicate_score(&sam(), &swapped) > PROBABLE);
        let twin = PersonInput {
            given: "Naomi",
            phones: vec!["07700 900999"],
            ..sam()
        };
        assert!(duplicate_score(&sam(), &twin) < duplicate_score(&sam(), &sam()));
        let stranger = PersonInput {
            given: "Ifeoma",
            family: "Adeyemi",
            birth_date: NaiveDate::from_ymd_opt(1970, 11, 30),
            postcode: Some("M1 1AE"),
            phones: vec!["07700 900111"],
            ..Default::default()
        };
        assert!(duplicate_score(&sam(), &stranger) < 0.0);
        assert_eq!(
            duplicate_score(&PersonInput::default(), &sam()),
            0.0,
            "what is missing tells nothing"
        );
    }

    proptest! {
        #[test]
        fn the_score_has_no_direction(a in "[a-z]{0,8}", b in "[a-z]{0,8}", c in "[a-z]{0,8}", d in "[a-z]{0,8}") {
            let x = PersonInput { given: &a, family: &b, ..Default::default() };
            let y = PersonInput { given: &c, family: &d, ..Default::default() };
            prop_assert_eq!(duplicate_score(&x, &y), duplicate_score(&y, &x));
        }
    }
}
