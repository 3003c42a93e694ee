//! Codes and sentences that several pages of the form share.

use proto::referral::v1::ReferralInput;

use crate::view::Choice;

/// Version of the privacy text on the consent page; it is kept with the referral. Changes with the text.
pub const PRIVACY_VERSION: &str = "2026-11";

/// How the answer to "immediate danger" stands among the risks that coordinators read.
pub const DANGER_YES: &str = "Immediate danger: yes";
/// The same for no.
pub const DANGER_NO: &str = "Immediate danger: no";
/// The same for "I do not know".
pub const DANGER_UNKNOWN: &str = "Immediate danger: not known";

/// Answer of the page "kind of harm" that is a flag and no code of list harm_type.
pub const DOMESTIC_ABUSE: &str = "DOMESTIC_ABUSE";

/// True where the person concerned fills the form in.
pub fn speaks_for_themself(input: &ReferralInput) -> bool {
    input.initiated_by != "FAMILY_SUPPORTER"
}

/// Kinds of harm in words of every day: a part of list harm_type, and the one flag that people name as a kind.
pub const HARMS: [(&str, &str); 19] = [
    (DOMESTIC_ABUSE, "Abuse by a partner, former partner or family member"),
    ("VAP.WI", "Violence that caused an injury"),
    ("VAP.WOI", "Violence or threats without an injury"),
    ("VAP.SH", "Stalking or harassment"),
    ("SEX.OTH", "Sexual harm"),
    ("VAP.HOM", "Someone was killed"),
    ("ROAD_DEATH_INJURY", "Death or injury on the road"),
    ("ROB.PERS", "Robbery"),
    ("BUR.RES", "Burglary of a home"),
    ("THE.OTH", "Theft"),
    ("ARS.CD", "Damage to property"),
    ("FRA", "Fraud"),
    ("HATE_INCIDENT", "Hate because of who someone is"),
    ("ASB", "Antisocial behaviour"),
    ("NEIGHBOUR_DISPUTE", "A dispute between neighbours"),
    ("FAMILY_CONFLICT", "A conflict in the family"),
    ("BULLYING", "Bullying"),
    ("WORKPLACE", "A conflict at work"),
    ("OTHER", "Something else"),
];

/// The answers of the page "kind of harm".
pub fn harms() -> Vec<Choice> {
    HARMS.iter().map(|(code, text)| Choice::new(*code, *text)).chain([Choice::new("unknown", "I do not know").after_or()]).collect()
}

/// "Yes", "No" and "I do not know".
pub fn yes_no_unknown() -> Vec<Choice> {
    let mut all = Choice::yes_no();
    all.push(Choice::new("unknown", "I do not know"));
    all
}

/// Ways to contact a person, by field and words.
pub fn channels() -> Vec<Choice> {
    vec![
        Choice::new("email", "Email"),
        Choice::new("text", "Text message"),
        Choice::new("phone", "Phone call"),
        Choice::new("post", "Post"),
        Choice::new("none", "None of these is safe").after_or(),
    ]
}

/// Lists of the equality page: field, question, codes that only staff record.
pub const EQUALITY: [(&str, &str, &[&str]); 6] = [
    ("ethnicity", "Ethnic group", &["UN", "NA"]),
    ("sex", "Sex", &["N", "NA"]),
    ("gender_identity", "Gender identity", &["UNK", "NA"]),
    ("sexual_orientation", "Sexual orientation", &["ND", "UNKNOWN", "NA"]),
    ("religion", "Religion or belief", &["UN", "NA"]),
    ("disability", "Do you have a physical or mental health condition or illness that lasts 12 months or more?", &["UN", "NA"]),
];

/// The answers that the public is offered of an equality list.
pub fn equality_choices(list: &str, hidden: &[&str]) -> Vec<Choice> {
    Choice::from_codes(list).into_iter().filter(|c| !hidden.contains(&c.value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_a_code_that_services_know() {
        for (code, _) in HARMS {
            assert!(access::codes::is_valid("harm_type", code) || code == DOMESTIC_ABUSE, "{code}");
        }
        assert!(access::codes::is_valid("crime_flag", DOMESTIC_ABUSE));
        for (list, _, hidden) in EQUALITY {
            assert!(hidden.iter().all(|code| access::codes::is_valid(list, code)), "{list}");
            assert!(!equality_choices(list, hidden).is_empty(), "{list}");
        }
    }
}
