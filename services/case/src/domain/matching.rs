//! Ranking of the people that a search found, after their fields were opened.

use access::{names, rank};
use chrono::NaiveDate;

use super::search_text::Typed;

/// What the searcher asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What the one box held.
    pub typed: Typed,
    /// Given name of the form's own field, or empty.
    pub given: String,
    /// Family name of the form's own field, or empty.
    pub family: String,
}

/// What is compared of a person.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// Given names.
    pub given: String,
    /// Family names.
    pub family: String,
    /// Known-as and aliases.
    pub others: Vec<String>,
    /// Date of birth.
    pub birth: Option<NaiveDate>,
    /// Postcode.
    pub postcode: String,
}

/// Similarity below which a name is another name: what shares a token by accident is left out.
const LEAST: f64 = 0.6;

/// How well a person fits, higher is better; `None` where a name does not fit at all.
pub fn score(wanted: &Wanted, person: &Candidate) -> Option<f64> {
    let mut total = 0.0;
    for (name, forms) in [(&wanted.given, [&person.given]), (&wanted.family, [&person.family])] {
        if !name.is_empty() {
            total += likeness(name, forms.into_iter().chain(&person.others))?;
        }
    }
    if !wanted.typed.names.is_empty() {
        total += in_box(&wanted.typed.names, person)?;
    }
    if wanted.typed.date.is_some() && wanted.typed.date == person.birth {
        total += 1.0;
    }
    if let Some(code) = &wanted.typed.postcode {
        let own = names::postcode(&person.postcode);
        if own == *code {
            total += 1.0;
        } else if names::outward(&own) == names::outward(code) {
            total += 0.5;
        }
    }
    Some(total)
}

/// Words of the box: each must be like some name of the person; the usual order is worth a little more.
fn in_box(words: &[String], person: &Candidate) -> Option<f64> {
    let mut total = 0.0;
    for (n, word) in words.iter().enumerate() {
        total += likeness(word, [&person.given, &person.family].into_iter().chain(&person.others))?;
        let usual = if n == 0 && words.len() > 1 { &person.given } else { &person.family };
        total += 0.1 * rank::name_similarity(word, usual);
    }
    Some(total)
}

fn likeness<'a>(name: &str, forms: impl Iterator<Item = &'a String>) -> Option<f64> {
    let plain = names::normalise(name);
    let filed = |part: &str| names::filed_under(part).map_or_else(|| part.to_owned(), str::to_owned);
    let best = forms
        .flat_map(|form| names::parts(form).into_iter().chain([names::normalise(form)]))
        .map(|part| if filed(&part) == filed(&plain) && part != plain { 0.95 } else { rank::name_similarity(&part, &plain) })
        .fold(0.0, f64::max);
    (best >= LEAST).then_some(best)
}

/// A duplicate's score as people read it: 0 to 100, with the probable ones from 65 on.
pub fn percent(score: f64) -> u32 {
    (score * 100.0 / 34.0).clamp(0.0, 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search_text::recognise;

    fn sam() -> Candidate {
        Candidate {
            given: "Samuel".into(),
            family: "Whitlock".into(),
            others: vec!["Sammy".into()],
            birth: NaiveDate::from_ymd_opt(1990, 3, 12),
            postcode: "LS9 8QT".into(),
        }
    }

    fn of(text: &str) -> Wanted {
        Wanted { typed: recognise(text), ..Wanted::default() }
    }

    #[test]
    fn the_better_fit_is_first() {
        let score = |text: &str| score(&of(text), &sam());
        assert!(score("Samuel Whitlock") > score("Samuel Whitlok"));
        assert!(score("Samuel Whitlok") > score("Sam Whitlok"));
        assert!(score("Whitlok") > Some(0.8));
        assert!(score("Whitlock Samuel").is_some(), "in either order");
        assert_eq!(score("Adeyemi"), None);
        assert!(score("Whitlock 12/3/1990") > score("Whitlock"));
        assert!(score("Whitlock LS9 8QT") > score("Whitlock LS9"));
    }

    #[test]
    fn the_forms_own_fields_count_for_themselves() {
        let wanted = Wanted { given: "Whitlock".into(), ..Wanted::default() };
        assert_eq!(score(&wanted, &sam()), None, "a surname is no forename");
        let wanted = Wanted { given: "Sammy".into(), family: "Whitlock".into(), ..Wanted::default() };
        assert!(score(&wanted, &sam()) > Some(1.9));
    }

    #[test]
    fn percents_stay_in_bounds() {
        assert_eq!([percent(-9.0), percent(34.0), percent(99.0)], [0, 100, 100]);
        assert!(percent(rank::PROBABLE) >= 64);
    }
}
