//! Words for the codes of cases that stand in no code list.

use proto::case::v1::Case;

use crate::{text, view::{Choice, Colour, Tag}};

/// What this service calls the kinds of case.
pub const KINDS: [&str; 3] = ["RESTORATIVE_JUSTICE", "VICTIM_CARE", "DOMESTIC_ABUSE"];
/// Why an allocation ends by hand.
pub const END_REASONS: [(&str, &str); 4] =
    [("REALLOCATED", "Somebody else takes it"), ("LEFT", "They are leaving or away"), ("CONFLICT", "Conflict of interest"), ("OTHER", "Another reason")];
/// Why cases are handed over.
pub const HAND_OVER_REASONS: [(&str, &str); 4] =
    [("LEFT", "They are leaving or away"), ("REALLOCATED", "To share the work more evenly"), ("CONFLICT", "Conflict of interest"), ("OTHER", "Another reason")];
/// How people meet.
pub const MODES: [(&str, &str); 3] = [("IN_PERSON", "In person"), ("PHONE", "By telephone"), ("VIDEO", "By video")];
/// Warnings about a participant.
pub const FLAGS: [(&str, &str); 6] = [
    ("DO_NOT_TEXT", "Do not text"),
    ("DO_NOT_CALL", "Do not call"),
    ("RISK_TO_STAFF", "Risk to staff"),
    ("NO_CONTACT_ORDER", "No-contact order"),
    ("SAFEGUARDING", "Safeguarding"),
    ("OTHER", "Other warning"),
];
/// Who may read a note.
pub const READERS: [(&str, &str); 2] = [("EVERYONE", "Everyone who works on this side of the case"), ("SUPERVISORS", "Supervisors only")];

/// The usual order of a kind's stages, for showing how far a case came. What may follow what is the case service's answer.
pub fn stages(kind: &str) -> &'static [&'static str] {
    match kind {
        "VICTIM_CARE" => &["RECEIVED", "VALIDATED", "NEEDS_TRIAGE", "CONTACTING", "ASSESSED", "SUPPORT_PLAN", "ONGOING", "REVIEW", "CLOSED"],
        "DOMESTIC_ABUSE" => &["REFERRAL_ENTERED", "CONTACT", "ASSESSMENT", "ONGOING_SUPPORT", "CLOSED"],
        _ => &[
            "OPEN", "ALLOCATED", "INITIAL_CONTACT", "ASSESSMENT", "PREPARATION", "INTERVENTION_PLANNED", "INTERVENTION_DELIVERED",
            "AGREEMENT_MONITORING", "EVALUATION", "CLOSED",
        ],
    }
}

/// Every stage of every kind once, for filters.
pub fn all_stages() -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    for stage in KINDS.iter().flat_map(|kind| stages(kind)).chain(&["REOPENED", "DECLINED", "UNABLE_TO_CONTACT", "DORMANT", "REFERRAL_ISSUE", "REFERRAL_ISSUES", "DECLINED_SUPPORT", "DROPPED_OUT"]) {
        if !all.contains(stage) && *stage != "CLOSED" {
            all.push(stage);
        }
    }
    all
}

/// A stage as a tag; a case on hold says so.
pub fn stage_tag(case: &Case) -> Tag {
    let words = text::humanise(&case.stage);
    if case.on_hold {
        return Tag::new(format!("{words}, on hold"), Colour::Yellow);
    }
    let colour = match case.stage.as_str() {
        "CLOSED" => Colour::Grey,
        "OPEN" | "REOPENED" | "RECEIVED" | "REFERRAL_ENTERED" => Colour::Purple,
        "UNABLE_TO_CONTACT" | "REFERRAL_ISSUE" | "REFERRAL_ISSUES" | "DORMANT" => Colour::Yellow,
        "EVALUATION" | "REVIEW" => Colour::Green,
        _ => Colour::Blue,
    };
    Tag::new(words, colour)
}

/// A participation status as a tag.
pub fn status_tag(status: &str) -> Tag {
    let colour = match status {
        "CONSENTED" | "READY" | "PARTICIPATED" => Colour::Green,
        "ENGAGED" | "PREPARING" | "CONTACTING" => Colour::Blue,
        "DECLINED" | "WITHDRAWN" | "UNSUITABLE" => Colour::Red,
        "NOT_CONTACTED" => Colour::Purple,
        "UNABLE_TO_CONTACT" => Colour::Yellow,
        _ => Colour::Grey,
    };
    Tag::new(text::label("participation_status", status), colour)
}

/// A consent's state as a tag; what was never asked is not agreed.
pub fn consent_tag(state: &str) -> Tag {
    let colour = match state {
        "" => return Tag::new("Not asked", Colour::Yellow),
        "GIVEN" | "RENEWED" => Colour::Green,
        "REFUSED" | "WITHDRAWN" | "EXPIRED" => Colour::Red,
        _ => Colour::Yellow,
    };
    Tag::new(text::label("consent_state", state), colour)
}

/// A meeting's state as a tag.
pub fn meeting_tag(state: &str) -> Tag {
    let (words, colour) = match state {
        "SCHEDULED" => ("Scheduled", Colour::Blue),
        "HELD" => ("Held", Colour::Green),
        "NOT_HELD" => ("Not held", Colour::Orange),
        "CANCELLED" => ("Cancelled", Colour::Grey),
        other => return Tag::new(text::humanise(other), Colour::Grey),
    };
    Tag::new(words, colour)
}

/// The words of a code in a table of this file.
pub fn word(table: &[(&str, &str)], code: &str) -> String {
    table.iter().find(|(c, _)| *c == code).map_or_else(|| text::humanise(code), |(_, words)| (*words).to_owned())
}

/// A table of this file as answers.
pub fn choices(table: &[(&str, &str)]) -> Vec<Choice> {
    table.iter().map(|(code, words)| Choice::new(*code, *words)).collect()
}

/// What a meeting is for.
pub fn meeting_kind(kind: &str) -> String {
    if kind == "PREPARATION" { "Preparation meeting".to_owned() } else { text::label("intervention", kind) }
}

/// What a meeting may be for.
pub fn meeting_kinds() -> Vec<Choice> {
    let mut kinds = vec![Choice::new("PREPARATION", "Preparation meeting")];
    kinds.extend(Choice::from_codes("intervention"));
    kinds
}

/// What a note is about.
pub fn note_kind(kind: &str) -> String {
    match kind {
        "" | "GENERAL" => "General note".to_owned(),
        "RISK" => "Risk".to_owned(),
        _ => text::label("activity_kind", kind),
    }
}

/// What a note may be about.
pub fn note_kinds() -> Vec<Choice> {
    let mut kinds = vec![Choice::new("GENERAL", "General note"), Choice::new("RISK", "Risk")];
    kinds.extend(Choice::from_codes("activity_kind"));
    kinds
}

/// Why a meeting is moved, cancelled or went as it did.
pub fn meeting_reasons() -> Vec<Choice> {
    let mut reasons = Choice::from_codes("session_reason");
    reasons.push(Choice::new("OTHER", "Another reason"));
    reasons
}

/// The words of such a reason.
pub fn meeting_reason(code: &str) -> String {
    if code == "OTHER" { "Another reason".to_owned() } else { text::label("session_reason", code) }
}

/// A warning of a case's header: those about participants, and what is not known of their contact details.
pub fn header_flag(code: &str) -> String {
    match code {
        "CONTACT_UNSAFE" => "Contact details marked unsafe".to_owned(),
        "CONTACT_UNKNOWN" => "Safe contact not confirmed for everybody".to_owned(),
        _ => word(&FLAGS, code),
    }
}

/// Whether a role belongs to the people at the centre of a case.
pub fn is_party(role: &str) -> bool {
    matches!(role, "HARMED_PERSON" | "CORPORATE_HARMED" | "HARMER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words() {
        assert_eq!(word(&FLAGS, "DO_NOT_TEXT"), "Do not text");
        assert_eq!(word(&FLAGS, "SOMETHING_NEW"), "Something new");
        assert_eq!(consent_tag("").text, "Not asked");
        assert_eq!(meeting_kind("CIRCLE"), "Circle");
        assert_eq!(note_kind("RISK"), "Risk");
        assert!(all_stages().contains(&"DORMANT") && !all_stages().contains(&"CLOSED"));
    }
}
