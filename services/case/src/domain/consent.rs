//! The life of a consent (domain.md 2.4, 2.5). Each purpose has its own; its state is the entry recorded last.

use platform::Error;

/// The allowed moves; the empty state is "never asked".
const MOVES: &[(&str, &[&str])] = &[
    ("", &["REQUESTED", "GIVEN", "REFUSED"]),
    ("REQUESTED", &["GIVEN", "REFUSED"]),
    ("GIVEN", &["REVIEW_DUE", "RENEWED", "WITHDRAWN", "EXPIRED"]),
    ("REVIEW_DUE", &["RENEWED", "WITHDRAWN", "EXPIRED"]),
    ("RENEWED", &["REVIEW_DUE", "RENEWED", "WITHDRAWN", "EXPIRED"]),
    ("WITHDRAWN", &["REQUESTED", "GIVEN"]),
    ("EXPIRED", &["REQUESTED", "GIVEN", "REFUSED"]),
    ("REFUSED", &["REQUESTED", "GIVEN"]),
];

/// Whether a state allows what the consent is for. One whose review is due does not: whether it still holds is unknown.
pub fn holds(state: &str) -> bool {
    matches!(state, "GIVEN" | "RENEWED")
}

/// States that may follow; `state` is empty where the purpose was never asked for.
pub fn allowed(state: &str) -> &'static [&'static str] {
    MOVES.iter().find(|(from, _)| *from == state).map_or(&[][..], |(_, to)| *to)
}

/// Checks a move.
///
/// # Errors
/// `FailedPrecondition` (`CONSENT_STATE_NOT_ALLOWED`).
pub fn check_move(from: &str, to: &str) -> Result<(), Error> {
    if allowed(from).contains(&to) {
        return Ok(());
    }
    Err(Error::precondition("CONSENT_STATE_NOT_ALLOWED", "This does not follow from the consent that is recorded for this purpose."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::codes;

    #[test]
    fn the_table_has_every_state_and_no_other() {
        let list = codes::list("consent_state").expect("the list");
        assert_eq!(list.values.len() + 1, MOVES.len());
        for (from, to) in MOVES {
            assert!(from.is_empty() || codes::is_valid("consent_state", from), "{from}");
            assert!(to.iter().all(|to| codes::is_valid("consent_state", to)), "{from}");
        }
    }

    #[test]
    fn what_holds_can_be_withdrawn_and_what_was_never_given_cannot() {
        for (from, _) in MOVES {
            let given = holds(from) || *from == "REVIEW_DUE";
            assert_eq!(check_move(from, "WITHDRAWN").is_ok(), given, "{from}");
        }
        assert!(!holds("REVIEW_DUE") && !holds("REQUESTED") && !holds(""));
        assert!(check_move("NONSENSE", "GIVEN").is_err());
    }
}
