//! Roles and statuses of the people concerned in a case (domain.md 2.2).

use platform::Error;

use super::side::Side;

/// Status that everyone begins in.
pub const FIRST_STATUS: &str = "NOT_CONTACTED";

/// The allowed moves. Every status of list participation_status stands here once.
const MOVES: &[(&str, &[&str])] = &[
    ("NOT_CONTACTED", &["CONTACTING", "ENGAGED", "UNABLE_TO_CONTACT", "DECLINED", "WITHDRAWN", "UNSUITABLE"]),
    ("CONTACTING", &["ENGAGED", "CONSENTED", "UNABLE_TO_CONTACT", "DECLINED", "WITHDRAWN", "UNSUITABLE"]),
    ("UNABLE_TO_CONTACT", &["CONTACTING", "ENGAGED", "DECLINED", "WITHDRAWN", "UNSUITABLE"]),
    ("ENGAGED", &["CONSENTED", "UNABLE_TO_CONTACT", "DECLINED", "WITHDRAWN", "UNSUITABLE", "COMPLETED"]),
    ("DECLINED", &["CONTACTING", "ENGAGED"]),
    ("CONSENTED", &["PREPARING", "WITHDRAWN", "UNSUITABLE", "COMPLETED"]),
    ("PREPARING", &["READY", "WITHDRAWN", "UNSUITABLE", "COMPLETED"]),
    ("READY", &["PREPARING", "PARTICIPATED", "WITHDRAWN", "UNSUITABLE"]),
    ("PARTICIPATED", &["PREPARING", "COMPLETED", "WITHDRAWN"]),
    ("WITHDRAWN", &["ENGAGED"]),
    ("UNSUITABLE", &["ENGAGED"]),
    ("COMPLETED", &["ENGAGED"]),
];

/// Warnings that a participant may carry.
pub const FLAGS: [&str; 6] = ["DO_NOT_TEXT", "DO_NOT_CALL", "RISK_TO_STAFF", "NO_CONTACT_ORDER", "SAFEGUARDING", "OTHER"];

/// Statuses in which nothing more is sent.
const SILENT: &[&str] = &["WITHDRAWN", "DECLINED", "UNSUITABLE"];

/// Whose side a role of list participant_role belongs to. Roles of neither side, and unknown ones, belong to both.
pub fn side_of(role: &str) -> Side {
    match role {
        "HARMED_PERSON" | "HARMED_REPRESENTATIVE" | "SUPPORTER_OF_HARMED" | "CORPORATE_HARMED" => Side::Harmed,
        "HARMER" | "SUPPORTER_OF_HARMER" => Side::Harmer,
        _ => Side::Both,
    }
}

/// The code of list note_side under which a role's side is stored.
pub fn side_code(role: &str) -> &'static str {
    side_of(role).code()
}

/// Whether messages may go to somebody in this status; an unknown one is no.
pub fn may_be_written_to(status: &str) -> bool {
    MOVES.iter().any(|(from, _)| *from == status) && !SILENT.contains(&status)
}

/// Statuses that somebody may move to. Without consent to take part nobody is marked as having agreed to it
/// (domain.md 2.5).
pub fn allowed(status: &str, takes_part: bool) -> Vec<&'static str> {
    let to = MOVES.iter().find(|(from, _)| *from == status).map_or(&[][..], |(_, to)| *to);
    to.iter().copied().filter(|to| takes_part || *to != "CONSENTED").collect()
}

/// Checks a move.
///
/// # Errors
/// `FailedPrecondition`: `CONSENT_MISSING` where consent to take part is what is missing, else `STATUS_NOT_ALLOWED`.
pub fn check_move(from: &str, to: &str, takes_part: bool) -> Result<(), Error> {
    if allowed(from, takes_part).contains(&to) {
        return Ok(());
    }
    if !takes_part && allowed(from, true).contains(&to) {
        return Err(Error::precondition("CONSENT_MISSING", "Record consent to take part first."));
    }
    Err(Error::precondition("STATUS_NOT_ALLOWED", "The status cannot change in this way from what it is now."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::codes;
    use proptest::prelude::*;

    #[test]
    fn the_table_has_every_status_and_no_other() {
        let list = codes::list("participation_status").expect("the list");
        assert_eq!(list.values.len(), MOVES.len());
        for (from, to) in MOVES {
            assert!(codes::is_valid("participation_status", from), "{from}");
            for to in *to {
                assert!(codes::is_valid("participation_status", to), "{to}");
                assert_ne!(from, to);
            }
        }
        assert!(allowed("NONSENSE", true).is_empty());
    }

    #[test]
    fn every_role_has_a_side() {
        for (role, side) in [("HARMED_PERSON", "HARMED"), ("SUPPORTER_OF_HARMER", "HARMER"), ("INTERPRETER", "BOTH"), ("HARMER", "HARMER")] {
            assert_eq!(side_code(role), side);
        }
    }

    #[test]
    fn taking_part_needs_consent() {
        assert_eq!(check_move("ENGAGED", "CONSENTED", false).expect_err("refused").reason(), "CONSENT_MISSING");
        assert!(check_move("ENGAGED", "CONSENTED", true).is_ok());
        assert_eq!(check_move("ENGAGED", "READY", true).expect_err("refused").reason(), "STATUS_NOT_ALLOWED");
        assert!(!allowed("ENGAGED", false).contains(&"CONSENTED"));
    }

    #[test]
    fn who_left_is_left_alone() {
        for status in ["WITHDRAWN", "DECLINED", "UNSUITABLE", "", "NONSENSE"] {
            assert!(!may_be_written_to(status), "{status}");
        }
        assert!(may_be_written_to("PREPARING"));
    }

    proptest! {
        #[test]
        fn whoever_takes_part_may_withdraw(n in 0..MOVES.len()) {
            let (status, _) = MOVES[n];
            let takes_part = ["CONSENTED", "PREPARING", "READY", "PARTICIPATED"].contains(&status);
            prop_assert!(!takes_part || check_move(status, "WITHDRAWN", false).is_ok());
        }
    }
}
