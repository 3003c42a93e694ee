//! Everything that a referral tells, as summary lists.

use proto::referral::v1::{PartyInput, Referral, Referrer};
use serde::Serialize;

use super::words;
use crate::view::{Shown, SummaryRow};

/// One list with its heading.
#[derive(Clone, Debug, Serialize)]
pub struct Block {
    /// Heading.
    pub title: String,
    /// Lines.
    pub rows: Vec<SummaryRow>,
}

/// Words of a person's part in the matter.
pub fn role(code: &str) -> String {
    match code {
        "HARMED_PERSON" => "Harmed".into(),
        "HARMER" => "Harmer".into(),
        other => words::label("participant_role", other),
    }
}

fn safe_ways(party: &PartyInput) -> String {
    let safe = party.safe_contact.clone().unwrap_or_default();
    let ways = [(safe.email, "Email"), (safe.text, "Text message"), (safe.phone, "Phone call"), (safe.post, "Post")];
    let ways: Vec<&str> = ways.into_iter().filter_map(|(on, way)| on.then_some(way)).collect();
    if ways.is_empty() { "None is known to be safe".into() } else { ways.join("\n") }
}

/// The lines about one person.
pub fn party(party: &PartyInput, masked: &[String]) -> Vec<SummaryRow> {
    let shown = |field: &str, text: String| Shown::field(&format!("input.parties.{field}"), masked, text);
    let safe = party.safe_contact.clone().unwrap_or_default();
    let yes = |yes: bool| if yes { "Yes" } else { "No" }.to_owned();
    vec![
        SummaryRow::new("Part in the matter", role(&party.role)),
        SummaryRow::new("Name", shown("given_name", format!("{} {}", party.given_name, party.family_name).trim().to_owned())),
        SummaryRow::new("Likes to be called", shown("known_as", party.known_as.clone())),
        SummaryRow::new("Date of birth", shown("date_of_birth", words::day(&party.date_of_birth))),
        SummaryRow::new("Safe ways to contact", shown("safe_contact.email", safe_ways(party))),
        SummaryRow::new("Voicemail", shown("safe_contact.voicemail", if safe.voicemail { "May be left".into() } else { "Must not be left".into() })),
        SummaryRow::new("Safe times", shown("safe_contact.times", safe.times)),
        SummaryRow::new("Words to use or avoid", shown("safe_contact.words", safe.words)),
        SummaryRow::new("Email", shown("email", party.email.clone())),
        SummaryRow::new("Phone", shown("phone", party.phone.clone())),
        SummaryRow::new("Address", shown("address", format!("{}\n{}", party.address, party.postcode).trim().to_owned())),
        SummaryRow::new("Language", party.language.clone()),
        SummaryRow::new("Interpreter", shown("interpreter", yes(party.interpreter))),
    ]
}

/// All lists of a referral.
pub fn blocks(referral: &Referral) -> Vec<Block> {
    let input = referral.input.clone().unwrap_or_default();
    let masked = &referral.masked_paths;
    let shown = |field: &str, text: String| Shown::field(&format!("input.{field}"), masked, text);
    let labels = |list: &str, codes: &[String]| codes.iter().map(|c| words::label(list, c)).collect::<Vec<_>>().join("\n");
    let mut all: Vec<Block> = input
        .parties
        .iter()
        .enumerate()
        .map(|(n, p)| Block { title: if n == 0 { "The person it is about".into() } else { format!("Another person: {}", role(&p.role).to_lowercase()) }, rows: party(p, masked) })
        .collect();
    all.push(Block {
        title: "The harm".into(),
        rows: vec![
            SummaryRow::new("Kind of harm", words::harm(referral)),
            SummaryRow::new("What happened", shown("what_happened", input.what_happened.clone())),
            SummaryRow::new("When", shown("harm_date", words::day(&input.harm_date))),
            SummaryRow::new("Where", shown("harm_place", input.harm_place.clone())),
            SummaryRow::new("Reported to the police", shown("reported", words::yes_no_unknown(&input.reported).into())),
            SummaryRow::new("Crime number", shown("crime_reference", input.crime_reference.clone())),
            SummaryRow::new("Stage of the justice process", shown("justice_stage", words::label("criminal_justice_stage", &input.justice_stage))),
            SummaryRow::new("Flags", shown("crime_flags", labels("crime_flag", &input.crime_flags))),
            SummaryRow::new("Hate strands", shown("hate_strands", labels("hate_strand", &input.hate_strands))),
        ],
    });
    all.push(Block {
        title: "Needs and risks".into(),
        rows: vec![
            SummaryRow::new("Support needed", shown("needs", input.needs.clone())),
            SummaryRow::new("Risks", shown("risks", input.risks.clone())),
            SummaryRow::new("Kind of case asked for", words::case_kind(&input.case_kind)),
        ],
    });
    let from: Referrer = input.referrer.clone().unwrap_or_default();
    all.push(Block {
        title: "Where it comes from".into(),
        rows: vec![
            SummaryRow::new("Source", words::label("referral_source", &input.source)),
            SummaryRow::new("Initiated by", words::label("referral_initiated_by", &input.initiated_by)),
            SummaryRow::new("Sent by", words::label("referral_submitted_by", &input.submitted_by)),
            SummaryRow::new("Referrer", shown("referrer.name", from.name)),
            SummaryRow::new("Relation to the person", shown("referrer.relation", from.relation)),
            SummaryRow::new("Organisation", from.organisation),
            SummaryRow::new("Referrer’s email", shown("referrer.email", from.email)),
            SummaryRow::new("Referrer’s phone", shown("referrer.phone", from.phone)),
            SummaryRow::new("Knows of it and agrees to contact", if input.agrees_to_contact { "Yes" } else { "No" }),
            SummaryRow::new("Version of the privacy text", input.privacy_version.clone()),
        ],
    });
    let e = input.equality.clone().unwrap_or_default();
    all.push(Block {
        title: "Equality answers".into(),
        rows: [
            ("Ethnic group", "ethnicity", e.ethnicity),
            ("Sex", "sex", e.sex),
            ("Gender identity", "gender_identity", e.gender_identity),
            ("Sexual orientation", "sexual_orientation", e.sexual_orientation),
            ("Religion or belief", "religion", e.religion),
            ("Disability", "disability", e.disability),
        ]
        .map(|(key, list, code)| SummaryRow::new(key, shown(&format!("equality.{list}"), words::label(list, &code))))
        .into(),
    });
    all
}

/// A referral with everything in it, for samples of pages.
pub fn sample() -> Referral {
    use proto::referral::v1::{InformationExchange, ReferralInput, ReferralState, SafeContact, StateChange};
    let at = Some(prost_types::Timestamp { seconds: 1_809_437_400, nanos: 0 });
    let person = PartyInput {
        role: "HARMED_PERSON".into(),
        given_name: "Ada".into(),
        family_name: "Okafor".into(),
        phone: "07700 900123".into(),
        safe_contact: Some(SafeContact { phone: true, ..Default::default() }),
        ..Default::default()
    };
    let other = PartyInput { role: "HARMER".into(), ..Default::default() };
    Referral {
        id: "1".into(),
        reference: "RF-7K3M-2Q9D-4".into(),
        etag: "1".into(),
        state: ReferralState::Triage.into(),
        state_since: at,
        submitted_at: at,
        input: Some(ReferralInput { parties: vec![person, other], harm_type: "ROB.PERS".into(), agrees_to_contact: true, ..Default::default() }),
        party_ids: vec!["11".into(), "12".into()],
        history: vec![StateChange { state: ReferralState::Submitted.into(), at, by: "public".into(), reason: String::new() }],
        information: vec![InformationExchange { question: "When?".into(), asked_at: at, answer: "In May".into(), answered_at: at }],
        decision_reason: "CAPACITY".into(),
        decision_note: "Try again".into(),
        case_id: "2".into(),
        allowed_actions: ["TRIAGE", "ACCEPT", "REJECT", "RETURN", "WITHDRAW", "APPEAL", "DUPLICATE", "TRANSFER"].map(str::to_owned).into(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_is_restricted_in_every_list() {
        let mut referral = sample();
        referral.masked_paths = ["input.parties.phone", "input.risks", "input.parties.safe_contact.email"].map(str::to_owned).into();
        let restricted: Vec<String> =
            blocks(&referral).into_iter().flat_map(|b| b.rows).filter(|r| r.value == Shown::restricted()).map(|r| r.key).collect();
        assert_eq!(restricted, ["Safe ways to contact", "Phone", "Safe ways to contact", "Phone", "Risks"]);
    }
}
