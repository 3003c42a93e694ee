//! The fields of a professional's referral as the contract's input.

use chrono::NaiveDate;
use proto::referral::v1::{PartyInput, ReferralInput, Referrer, SafeContact};

use crate::forms::FormState;

/// Names of fields by the paths that the service refuses; what is not here is found by its last part.
pub const FIELDS: [(&str, &str); 30] = [
    ("owner_node_id", "owner_node"),
    ("input.parties", "given_name"),
    ("input.parties[0].role", "role"),
    ("input.parties[0].date_of_birth", "dob"),
    ("input.parties[0].safe_contact", "safe"),
    ("input.parties[0].safe_contact.times", "times"),
    ("input.parties[0].safe_contact.words", "words"),
    ("input.parties[0].email", "email"),
    ("input.parties[0].phone", "phone"),
    ("input.parties[0].address", "address"),
    ("input.parties[0].postcode", "postcode"),
    ("input.parties[1].role", "other_given_name"),
    ("input.parties[1].given_name", "other_given_name"),
    ("input.parties[1].family_name", "other_family_name"),
    ("input.parties[1].known_as", "other_family_name"),
    ("input.parties[1].date_of_birth", "other_dob"),
    ("input.parties[1].email", "other_phone"),
    ("input.parties[1].phone", "other_phone"),
    ("input.parties[1].postcode", "other_postcode"),
    ("input.harm_date", "harm_date"),
    ("input.harm_place", "harm_place"),
    ("input.referrer.name", "referrer_name"),
    ("input.referrer.organisation", "referrer_organisation"),
    ("input.referrer.email", "referrer_email"),
    ("input.referrer.phone", "referrer_phone"),
    ("input.agrees_to_contact", "agrees"),
    ("input.crime_flags", "crime_flags"),
    ("input.hate_strands", "hate_strands"),
    ("input.submitted_by", "source"),
    ("input.privacy_version", "agrees"),
];

fn codes(list: &str) -> impl Iterator<Item = &'static str> {
    access::codes::list(list).into_iter().flat_map(|l| l.values.iter().map(|c| c.code))
}

fn iso(form: &mut FormState, name: &str, label: &str) -> String {
    form.date(name, label).map(|date: NaiveDate| date.to_string()).unwrap_or_default()
}

/// Reads the form and notes what is missing; everything else the service checks.
pub fn read(form: &mut FormState, triages: bool) -> ReferralInput {
    let role = form.one_of("role", ["HARMED_PERSON", "HARMER"], "Select if the person was harmed or caused harm");
    let given_name = form.required("given_name", "Enter the person’s first name");
    let family_name = form.required("family_name", "Enter the person’s last name");
    let date_of_birth = iso(form, "dob", "Date of birth");
    let safe_contact = safe_contact(form);
    let harm_date = iso(form, "harm_date", "The date it happened");
    let other_dob = iso(form, "other_dob", "Date of birth");
    let text = |name: &str| form.get(name).to_owned();
    let first = PartyInput {
        given_name,
        family_name,
        known_as: text("known_as"),
        date_of_birth,
        email: text("email"),
        phone: text("phone"),
        address: text("address"),
        postcode: text("postcode"),
        safe_contact: Some(safe_contact),
        language: text("language"),
        interpreter: text("interpreter") == "yes",
        role: role.clone(),
    };
    let other = PartyInput {
        role: if role == "HARMER" { "HARMED_PERSON" } else { "HARMER" }.into(),
        given_name: text("other_given_name"),
        family_name: text("other_family_name"),
        date_of_birth: other_dob,
        phone: text("other_phone"),
        postcode: text("other_postcode"),
        ..PartyInput::default()
    };
    let told = [&other.given_name, &other.family_name, &other.date_of_birth, &other.phone, &other.postcode].iter().any(|v| !v.is_empty());
    let mut input = ReferralInput {
        parties: if told { vec![first, other] } else { vec![first] },
        submitted_by: if triages { "STAFF" } else { "PROFESSIONAL" }.into(),
        harm_type: text("harm_type"),
        what_happened: text("what_happened"),
        harm_date,
        harm_place: text("harm_place"),
        crime_reference: text("crime_reference"),
        reported: text("reported"),
        justice_stage: text("justice_stage"),
        case_kind: text("case_kind"),
        needs: text("needs"),
        risks: text("risks"),
        referrer: Some(Referrer {
            name: text("referrer_name"),
            organisation: text("referrer_organisation"),
            email: text("referrer_email"),
            phone: text("referrer_phone"),
            relation: String::new(),
        }),
        ..ReferralInput::default()
    };
    input.crime_flags = form.some_of("crime_flags", codes("crime_flag"), "Select only flags from the list");
    input.hate_strands = form.some_of("hate_strands", codes("hate_strand"), "Select only strands from the list");
    if input.harm_type.is_empty() && input.what_happened.is_empty() {
        form.fail("harm_type", "Select the type of harm, or tell us what happened");
    }
    input.source = form.one_of("source", codes("referral_source"), "Select where this referral comes from");
    input.initiated_by = form.one_of("initiated_by", codes("referral_initiated_by"), "Select who asked for this referral");
    input.agrees_to_contact = form.one_of("agrees", ["yes", "no"], "Select yes if the person knows about this referral and agrees to be contacted") == "yes";
    input
}

fn safe_contact(form: &mut FormState) -> SafeContact {
    let ways = form.some_of("safe", ["email", "text", "phone", "post", "none"], "Select ways from the list");
    let has = |way: &str| ways.iter().any(|w| w == way);
    if has("none") && ways.len() > 1 {
        form.fail("safe", "Select the safe ways, or select that none is known to be safe");
    }
    SafeContact {
        email: has("email"),
        text: has("text"),
        phone: has("phone"),
        post: has("post"),
        voicemail: has("phone") && form.get("voicemail") == "yes",
        times: form.get("times").to_owned(),
        words: form.get("words").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::FormData;

    #[test]
    fn a_full_form_becomes_an_input_and_an_empty_one_is_refused_field_by_field() {
        let body = b"role=HARMED_PERSON&given_name=Ada&family_name=Okafor&dob-day=4&dob-month=5&dob-year=1990&safe=phone&phone=07700+900123&voicemail=yes&harm_type=ROB.PERS&other_family_name=Brown&source=POLICE_OIC&initiated_by=PROFESSIONAL&agrees=yes";
        let mut form = FormState::sent(FormData::parse(body));
        let input = read(&mut form, false);
        assert!(form.is_valid(), "{:?}", form.errors());
        assert_eq!(input.parties[0].date_of_birth, "1990-05-04");
        assert_eq!(input.parties[1].role, "HARMER");
        assert!(input.parties[0].safe_contact.as_ref().is_some_and(|s| s.phone && s.voicemail && !s.text));
        assert_eq!((input.submitted_by.as_str(), input.agrees_to_contact), ("PROFESSIONAL", true));

        let mut empty = FormState::sent(FormData::default());
        let input = read(&mut empty, true);
        assert_eq!(input.parties.len(), 1, "nothing was told of another person");
        let wrong: Vec<&str> = empty.errors().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(wrong, ["role", "given_name", "family_name", "harm_type", "source", "initiated_by", "agrees"]);
    }
}
