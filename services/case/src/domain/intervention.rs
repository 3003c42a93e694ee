//! Interventions and what came of them (domain.md 2.3).

use access::codes;
use platform::Error;

/// How an intervention brings people together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// They speak with each other.
    Direct,
    /// Something goes between them.
    Indirect,
    /// It prepares, or takes the place of, either.
    Preparatory,
}

/// Class of a code of list intervention; none for an unknown code.
pub fn class(intervention: &str) -> Option<Class> {
    let code = codes::list("intervention")?.values.iter().find(|c| c.code == intervention)?;
    match code.group {
        "Direct" => Some(Class::Direct),
        "Indirect" => Some(Class::Indirect),
        "Preparatory" => Some(Class::Preparatory),
        _ => None,
    }
}

/// Whether restorative work was delivered: a direct or indirect intervention was held. Held in part is not held.
pub fn is_delivered(intervention: &str, result: &str) -> bool {
    result == "HELD" && matches!(class(intervention), Some(Class::Direct | Class::Indirect))
}

/// Adds what is wrong with the codes of an outcome to `error`. Something can come only of what was held.
#[must_use]
pub fn check(mut error: Error, intervention: &str, result: &str, outcomes: &[String]) -> Error {
    if class(intervention).is_none() {
        error = error.field("intervention", "Choose what kind of intervention it was.");
    }
    if !codes::is_valid("session_result", result) {
        error = error.field("result", "Choose how it went.");
    } else if !matches!(result, "HELD" | "HELD_PARTLY") && !outcomes.is_empty() {
        error = error.field("outcomes", "Choose no outcome for an intervention that was not held.");
    }
    if outcomes.len() > 12 || outcomes.iter().any(|o| !codes::is_valid("outcome", o)) {
        error = error.field("outcomes", "Choose outcomes from the list.");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_intervention_has_a_class() {
        for code in codes::list("intervention").expect("list").values {
            assert!(class(code.code).is_some(), "{}", code.code);
        }
        assert_eq!(class("PREPARATION"), None);
    }

    #[test]
    fn only_held_work_between_people_is_delivered() {
        assert!(is_delivered("CONFERENCE", "HELD") && is_delivered("LETTER_OF_APOLOGY", "HELD"));
        for (intervention, result) in [("PREPARATION_ONLY", "HELD"), ("CONFERENCE", "HELD_PARTLY"), ("CONFERENCE", "POSTPONED"), ("", "HELD"), ("CONFERENCE", "")] {
            assert!(!is_delivered(intervention, result), "{intervention} {result}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let error = check(Error::invalid(), "X", "CANCELLED", &["FULL_AGREEMENT".into()]);
        assert_eq!(error.fields().iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["intervention", "outcomes"]);
        assert!(check(Error::invalid(), "CIRCLE", "HELD", &["APOLOGY_GIVEN".into()]).into_result().is_ok());
    }
}
