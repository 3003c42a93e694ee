//! Words of this area.

use proto::FieldClass;

use crate::view::{Choice, Colour, Tag};

/// Classes that an agreement may name, in the order offered.
const SHAREABLE: [(FieldClass, &str); 12] = [
    (FieldClass::Identity, "Names"),
    (FieldClass::DateOfBirth, "Dates of birth"),
    (FieldClass::Contact, "Contact details"),
    (FieldClass::SpecialCategory, "Special category data, such as ethnicity and health"),
    (FieldClass::Offence, "The harm and what happened"),
    (FieldClass::Risk, "Risks and warnings"),
    (FieldClass::Notes, "Notes"),
    (FieldClass::Needs, "Needs and adjustments"),
    (FieldClass::Documents, "Documents"),
    (FieldClass::Feedback, "Feedback"),
    (FieldClass::ExternalIds, "References of other organisations"),
    (FieldClass::HarmLocation, "Place of the harm"),
];

/// Classes as answers; the value is the number.
pub fn class_choices() -> Vec<Choice> {
    SHAREABLE.iter().map(|(class, words)| Choice::new((*class as i32).to_string(), *words)).collect()
}

/// Classes in words, "references and dates" alone where there are no others.
pub fn class_list(classes: &[i32]) -> String {
    let named: Vec<String> = SHAREABLE.iter().filter(|(class, _)| classes.contains(&(*class as i32))).map(|(_, words)| words.to_lowercase()).collect();
    if named.is_empty() { "references and dates only".to_owned() } else { named.join(", ") }
}

/// Why somebody sees a case.
pub fn way(code: &str) -> &'static str {
    match code {
        "EVERYTHING" => "Their role sees every case",
        "AGENCY" => "Their role at the organisation of this case",
        "ALLOCATION" => "Allocated to this case",
        "MADE" => "They made it",
        "SHARE" => "Shared with their organisation under an agreement",
        "BREAK_GLASS" => "Emergency access for one hour",
        _ => "Another reason",
    }
}

/// What reviews find.
pub const OUTCOMES: [(&str, &str); 3] =
    [("APPROPRIATE", "It was right to look"), ("NOT_NEEDED", "It was not needed, and no harm was done"), ("WRONG", "It was wrong")];

/// The state of a review as a tag.
pub fn outcome(code: &str) -> Tag {
    match code {
        "" => Tag::new("To review", Colour::Yellow),
        "APPROPRIATE" => Tag::new("Right to look", Colour::Green),
        "NOT_NEEDED" => Tag::new("Not needed", Colour::Orange),
        _ => Tag::new("Wrong", Colour::Red),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_read_as_words_and_supervisors_notes_are_never_offered() {
        assert_eq!(class_list(&[FieldClass::Reference as i32]), "references and dates only");
        assert_eq!(class_list(&[FieldClass::Notes as i32, FieldClass::Identity as i32]), "names, notes");
        assert!(class_choices().iter().all(|c| c.value != (FieldClass::SupervisorOnly as i32).to_string()));
    }
}
