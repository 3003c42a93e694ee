//! States, codes and times of referrals in words.

use proto::referral::v1::{Referral, ReferralState};

use crate::{
    text,
    view::{Choice, Colour, Shown, Tag},
};

/// A state as a tag.
pub fn tag(state: ReferralState) -> Tag {
    let (words, colour) = match state {
        ReferralState::Submitted => ("New", Colour::Purple),
        ReferralState::Triage => ("In triage", Colour::Blue),
        ReferralState::ReturnedForInformation => ("Waiting for information", Colour::Yellow),
        ReferralState::Accepted => ("Accepted", Colour::Green),
        ReferralState::Rejected => ("Not accepted", Colour::Orange),
        ReferralState::Duplicate => ("Duplicate", Colour::Grey),
        ReferralState::TransferredOut => ("Passed to another service", Colour::Grey),
        ReferralState::Lapsed => ("Lapsed", Colour::Grey),
        ReferralState::Withdrawn => ("Withdrawn", Colour::Grey),
        ReferralState::Unspecified => ("Not known", Colour::Grey),
    };
    Tag::new(words, colour)
}

/// Kinds of case.
pub fn case_kinds() -> Vec<Choice> {
    vec![
        Choice::new("RESTORATIVE_JUSTICE", "Restorative justice"),
        Choice::new("VICTIM_CARE", "Victim care"),
        Choice::new("DOMESTIC_ABUSE", "Domestic abuse support"),
    ]
}

/// A kind of case in words; empty for none.
pub fn case_kind(code: &str) -> String {
    case_kinds().into_iter().find(|c| c.value == code).map_or_else(|| if code.is_empty() { String::new() } else { text::humanise(code) }, |c| c.text)
}

/// The label of a code; empty for none.
pub fn label(list: &str, code: &str) -> String {
    if code.is_empty() { String::new() } else { text::label(list, code) }
}

/// "YES", "NO", "UNKNOWN" in words; empty for none.
pub fn yes_no_unknown(code: &str) -> &'static str {
    match code {
        "YES" => "Yes",
        "NO" => "No",
        "UNKNOWN" => "Not known",
        _ => "",
    }
}

/// An ISO date in words; what is no date stays as it is.
pub fn day(iso: &str) -> String {
    iso.parse().map_or_else(|_| iso.to_owned(), text::date)
}

/// The names of the people of a referral, one line each, as the reader may see them.
pub fn people(referral: &Referral) -> Shown {
    let input = referral.input.clone().unwrap_or_default();
    let names: Vec<String> = input.parties.iter().map(|p| format!("{} {}", p.given_name, p.family_name).trim().to_owned()).filter(|n| !n.is_empty()).collect();
    Shown::field("input.parties.given_name", &referral.masked_paths, names.join("\n"))
}

/// Kind of harm, as the reader may see it.
pub fn harm(referral: &Referral) -> Shown {
    let code = referral.input.as_ref().map_or("", |i| i.harm_type.as_str());
    Shown::field("input.harm_type", &referral.masked_paths, label("harm_type", code))
}

/// Chance that two records are about one person, in words.
pub fn likelihood(score: u32) -> Tag {
    match score {
        90.. => Tag::new("Very likely the same person", Colour::Red),
        70..90 => Tag::new("Likely the same person", Colour::Orange),
        50..70 => Tag::new("Possibly the same person", Colour::Yellow),
        _ => Tag::new("Similar", Colour::Grey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_names_say_so_and_absent_ones_are_empty() {
        let mut referral = Referral { masked_paths: vec!["input.parties.given_name".into()], ..Default::default() };
        assert_eq!(people(&referral), Shown::restricted());
        referral.masked_paths.clear();
        assert_eq!(people(&referral), Shown::text(""));
        assert_eq!(case_kind(""), "");
        assert_eq!(day("1990-05-04"), "4 May 1990");
        assert_eq!(likelihood(95).text, "Very likely the same person");
    }
}
