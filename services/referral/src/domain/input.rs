//! What a referrer tells, whoever they are.

use access::class::ClassSet;
use proto::FieldClass;

use super::party::{Equality, Party, is_blank};

/// The content of a referral; the same for the public form, staff and partner systems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Code of list referral_initiated_by.
    pub initiated_by: String,
    /// Code of list referral_submitted_by.
    pub submitted_by: String,
    /// Code of list referral_source.
    pub source: String,
    /// The people concerned; the first is the one whom the referral is about.
    pub parties: Vec<Party>,
    /// What is known of the harm.
    pub harm: Harm,
    /// Where it happened.
    pub harm_place: String,
    /// Crime reference of the police.
    pub crime_reference: String,
    /// What support or adjustment is needed.
    pub needs: String,
    /// Risks that the referrer knows of.
    pub risks: String,
    /// Who sent it, where that is not the person themself.
    pub referrer: Referrer,
    /// The person knows of it and agrees to be contacted.
    pub agrees_to_contact: bool,
    /// Version of the privacy text that was shown.
    pub privacy_version: String,
    /// Kind of case asked for; may be empty.
    pub case_kind: String,
    /// Equality answers of the first party.
    pub equality: Equality,
}

/// What is known of the harm: class offence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harm {
    /// Code of list harm_type.
    pub harm_type: String,
    /// In the referrer's own words.
    pub what_happened: String,
    /// ISO date, or empty.
    pub date: String,
    /// YES, NO, UNKNOWN or empty.
    pub reported: String,
    /// Code of list criminal_justice_stage.
    pub justice_stage: String,
    /// Codes of list crime_flag.
    pub crime_flags: Vec<String>,
    /// Codes of list hate_strand.
    pub hate_strands: Vec<String>,
}

/// Who sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referrer {
    /// Name.
    pub name: String,
    /// Organisation.
    pub organisation: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// Relation to the person, for someone who asks on another's behalf.
    pub relation: String,
}

/// The person themself sent it.
pub const SELF: &str = "SELF";
/// Someone sent it on another's behalf.
pub const ON_BEHALF: &str = "ON_BEHALF";

impl Input {
    /// Fills in what the service knows better than a public form: who submitted it, where from, and the role of
    /// somebody who speaks for themself.
    pub fn settle_public(&mut self) {
        let themself =
            matches!(self.initiated_by.as_str(), "HARMED" | "HARMER") && is_blank(&[&self.referrer.name, &self.referrer.relation]);
        self.submitted_by = if themself { SELF } else { ON_BEHALF }.into();
        self.source = match (themself, self.initiated_by.as_str()) {
            (true, _) => "SELF",
            (false, "FAMILY_SUPPORTER") => "FAMILY",
            (false, _) => "WEBSITE",
        }
        .into();
        if let Some(first) = self.parties.first_mut().filter(|p| p.role.is_empty()) {
            first.role = match self.initiated_by.as_str() {
                "HARMED" => "HARMED_PERSON",
                "HARMER" => "HARMER",
                _ => "",
            }
            .into();
        }
    }

    /// Fills in how it came from a partner's system, which is known by its certificate.
    pub fn settle_partner(&mut self) {
        let police = self.source.starts_with("POLICE_") || self.source == "BTP";
        self.submitted_by = if police { "POLICE_FEED" } else { "PARTNER_TRANSFER" }.into();
    }

    /// Fills in how it came from signed-in staff, where they do not say.
    pub fn settle_staff(&mut self) {
        if self.submitted_by.is_empty() {
            self.submitted_by = "PROFESSIONAL".into();
        }
    }

    /// The field classes that it holds something of, for the caller's right to write them.
    pub fn classes(&self) -> ClassSet {
        let harm = &self.harm;
        let offence = !harm.crime_flags.is_empty()
            || !harm.hate_strands.is_empty()
            || !is_blank(&[&harm.harm_type, &harm.what_happened, &harm.date, &harm.reported, &harm.justice_stage]);
        let referrer = !is_blank(&[&self.referrer.name, &self.referrer.email, &self.referrer.phone, &self.referrer.relation]);
        [
            (offence, FieldClass::Offence),
            (!self.harm_place.is_empty(), FieldClass::HarmLocation),
            (!self.crime_reference.is_empty(), FieldClass::ExternalIds),
            (!self.needs.is_empty() || self.parties.iter().any(|p| p.interpreter), FieldClass::Needs),
            (!self.risks.is_empty(), FieldClass::Risk),
            (referrer || self.parties.iter().any(Party::has_contact), FieldClass::Contact),
            (self.parties.iter().any(Party::has_name), FieldClass::Identity),
            (self.parties.iter().any(|p| !p.date_of_birth.is_empty()), FieldClass::DateOfBirth),
            (self.equality != Equality::default(), FieldClass::SpecialCategory),
        ]
        .into_iter()
        .filter_map(|(held, class)| held.then_some(class))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(initiated_by: &str, relation: &str) -> Input {
        let mut input = Input {
            initiated_by: initiated_by.into(),
            submitted_by: "IMPORT".into(),
            referrer: Referrer { relation: relation.into(), ..Referrer::default() },
            parties: vec![Party::default()],
            ..Input::default()
        };
        input.settle_public();
        input
    }

    #[test]
    fn the_public_cannot_say_who_submitted() {
        for (initiated_by, relation, submitted_by, source, role) in [
            ("HARMED", "", "SELF", "SELF", "HARMED_PERSON"),
            ("HARMER", "", "SELF", "SELF", "HARMER"),
            ("HARMED", "sister", "ON_BEHALF", "WEBSITE", "HARMED_PERSON"),
            ("FAMILY_SUPPORTER", "mother", "ON_BEHALF", "FAMILY", ""),
        ] {
            let input = public(initiated_by, relation);
            assert_eq!((input.submitted_by.as_str(), input.source.as_str(), input.parties[0].role.as_str()), (submitted_by, source, role));
        }
    }

    #[test]
    fn classes_are_those_that_hold_something() {
        assert_eq!(Input::default().classes(), ClassSet::NONE);
        let input = Input { risks: "x".into(), equality: Equality { sex: "F".into(), ..Equality::default() }, ..Input::default() };
        assert_eq!(input.classes(), ClassSet::of(&[FieldClass::Risk, FieldClass::SpecialCategory]));
    }
}
