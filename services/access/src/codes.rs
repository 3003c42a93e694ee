//! The versioned code lists (`domain.md` 2.3 and 2.8). A code is never reused with another meaning; a list that changes
//! gets a higher version. "Not asked", "not known" and "prefer not to say" are three answers, never one.

mod harm;
mod people;
mod work;

/// One code of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// What is stored.
    pub code: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Heading that it stands under in a long list; empty in a list without headings.
    pub group: &'static str,
}

/// One version of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// Name of the list.
    pub name: &'static str,
    /// Its version, from 1.
    pub version: u32,
    /// Its codes in the order shown.
    pub values: &'static [Code],
}

/// Writes a table of codes, with or without headings.
macro_rules! code_list {
    ($name:literal, $version:literal, { $($group:literal: { $($code:literal => $label:literal),+ $(,)? })+ }) => {
        $crate::codes::CodeList { name: $name, version: $version, values: &[
            $($($crate::codes::Code { code: $code, label: $label, group: $group },)+)+
        ] }
    };
    ($name:literal, $version:literal, { $($code:literal => $label:literal),+ $(,)? }) => {
        code_list!($name, $version, { "": { $($code => $label),+ } })
    };
}
use code_list;

/// All lists.
pub fn all() -> impl Iterator<Item = &'static CodeList> {
    people::LISTS.iter().chain(harm::LISTS).chain(work::LISTS)
}

/// The list of this name.
pub fn list(name: &str) -> Option<&'static CodeList> {
    all().find(|l| l.name == name)
}

/// The label of a code; none for a code or list that does not exist.
pub fn label(list_name: &str, code: &str) -> Option<&'static str> {
    list(list_name)?
        .values
        .iter()
        .find(|c| c.code == code)
        .map(|c| c.label)
}

/// True when the list holds the code.
pub fn is_valid(list_name: &str, code: &str) -> bool {
    label(list_name, code).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_list_is_there_once() {
        for name in [
            "ethnicity",
            "sex",
            "gender_identity",
            "sexual_orientation",
            "religion",
            "relationship_status",
            "age_band",
            "disability",
            "impairment",
            "additional_need",
            "vulnerability",
            "harm_type",
            "crime_flag",
            "hate_strand",
            "criminal_justice_stage",
            "referral_initiated_by",
            "referral_submitted_by",
            "referral_source",
            "referral_reason",
            "intervention",
            "session_result",
            "session_reason",
            "outcome",
            "close_reason",
            "agency_kind",
            "participant_role",
            "participation_status",
            "contact_kind",
            "contact_safety",
            "contact_result",
            "consent_purpose",
            "consent_state",
            "consent_how",
            "note_side",
            "allocation_side",
            "practitioner_level",
        ] {
            assert_eq!(all().filter(|l| l.name == name).count(), 1, "{name}");
        }
        assert!(list("nothing").is_none() && !is_valid("nothing", "X") && !is_valid("sex", "X"));
        assert_eq!(label("ethnicity", "W4"), Some("White: Roma"));
    }

    #[test]
    fn codes_are_single_and_labels_readable() {
        for l in all() {
            let codes: HashSet<_> = l.values.iter().map(|c| c.code).collect();
            let labels: HashSet<_> = l.values.iter().map(|c| (c.group, c.label)).collect();
            assert_eq!(
                (codes.len(), labels.len()),
                (l.values.len(), l.values.len()),
                "{}",
                l.name
            );
            assert!(l.version >= 1);
            for c in l.values {
                let first = c.label.chars().next().expect("a label");
                assert!(
                    first.is_uppercase() || first.is_ascii_digit(),
                    "{} {}",
                    l.name,
                    c.label
                );
                assert!(
                    !c.label.contains('_') && !c.label.to_lowercase().contains("offender"),
                    "{}",
                    c.label
                );
                assert!(
                    c.code.bytes().all(|b| b.is_ascii_uppercase()
                        || b.is_ascii_digit()
                        || b"_.".contains(&b))
                );
            }
        }
    }

    #[test]
    fn three_ways_of_not_knowing_stay_apart() {
        for name in [
            "ethnicity",
            "sex",
            "gender_identity",
            "sexual_orientation",
            "religion",
            "relationship_status",
            "disability",
        ] {
            let labels: Vec<_> = list(name)
                .expect("list")
                .values
                .iter()
                .map(|c| c.label)
                .collect();
            for want in ["Not asked", "Not known", "Prefer not to say"] {
                assert!(labels.contains(&want), "{name}: {want}");
            }
        }
    }
}
