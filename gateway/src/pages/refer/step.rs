//! The questions in their order, and which of them a person is asked.

use std::collections::BTreeSet;

use proto::referral::v1::ReferralInput;

use super::words::{DANGER_YES, speaks_for_themself};

/// A page of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Harmed, harmer, or for someone else.
    Who,
    /// For someone else: who asks.
    YourName,
    /// For someone else: how they are related.
    Relation,
    /// For someone else: how to reach who asks.
    YourContact,
    /// For someone else: harmed or harmer.
    Person,
    /// The name of the person concerned.
    Name,
    /// Which ways are safe: before anything else about them.
    SafeContact,
    /// Address or number for the ways chosen.
    ContactDetails,
    /// May a message be left.
    Voicemail,
    /// When it is safe.
    Times,
    /// Words to use or to avoid.
    Words,
    /// Optional.
    DateOfBirth,
    /// In their own words; optional.
    WhatHappened,
    /// Kind of harm.
    KindOfHarm,
    /// Optional.
    When,
    /// To the police.
    Reported,
    /// Asked where it was reported; optional.
    CrimeNumber,
    /// Whether an interpreter is needed.
    Interpreter,
    /// Asked where one is: which language.
    Language,
    /// Support and adjustments; optional.
    Support,
    /// Immediate danger.
    Danger,
    /// Numbers to call, where there is danger.
    HelpNow,
    /// All answers with the way to change each.
    CheckAnswers,
    /// Agreement to be contacted, and the privacy text.
    Consent,
    /// Optional and apart; sends the request.
    Equality,
}

impl Step {
    /// Every step, in the order of the form.
    pub const ALL: [Self; 25] = [
        Self::Who,
        Self::YourName,
        Self::Relation,
        Self::YourContact,
        Self::Person,
        Self::Name,
        Self::SafeContact,
        Self::ContactDetails,
        Self::Voicemail,
        Self::Times,
        Self::Words,
        Self::DateOfBirth,
        Self::WhatHappened,
        Self::KindOfHarm,
        Self::When,
        Self::Reported,
        Self::CrimeNumber,
        Self::Interpreter,
        Self::Language,
        Self::Support,
        Self::Danger,
        Self::HelpNow,
        Self::CheckAnswers,
        Self::Consent,
        Self::Equality,
    ];

    /// The last part of its address. It says nothing of the answer.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::YourName => "your-name",
            Self::Relation => "relation",
            Self::YourContact => "your-contact",
            Self::Person => "person",
            Self::Name => "name",
            Self::SafeContact => "safe-contact",
            Self::ContactDetails => "contact-details",
            Self::Voicemail => "voicemail",
            Self::Times => "times",
            Self::Words => "words",
            Self::DateOfBirth => "date-of-birth",
            Self::WhatHappened => "what-happened",
            Self::KindOfHarm => "kind-of-harm",
            Self::When => "when",
            Self::Reported => "reported",
            Self::CrimeNumber => "crime-number",
            Self::Interpreter => "interpreter",
            Self::Language => "language",
            Self::Support => "support",
            Self::Danger => "danger",
            Self::HelpNow => "help-now",
            Self::CheckAnswers => "check-answers",
            Self::Consent => "consent",
            Self::Equality => "equality",
        }
    }

    /// The step of an address.
    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.slug() == slug)
    }

    fn is_asked(self, input: &ReferralInput) -> bool {
        let own = speaks_for_themself(input);
        let safe = input.parties.first().and_then(|p| p.safe_contact.clone()).unwrap_or_default();
        let any = safe.email || safe.text || safe.phone || safe.post;
        match self {
            Self::YourName | Self::Relation | Self::YourContact | Self::Person => !own,
            Self::ContactDetails | Self::Times | Self::Words => any,
            Self::Voicemail => safe.phone,
            Self::CrimeNumber => input.reported == "YES",
            Self::Language => input.parties.first().is_some_and(|p| p.interpreter),
            Self::HelpNow => input.risks == DANGER_YES,
            _ => true,
        }
    }
}

/// The steps that a person with these answers goes through.
pub fn path(input: &ReferralInput) -> Vec<Step> {
    Step::ALL.into_iter().filter(|s| s.is_asked(input)).collect()
}

/// The step before this one; none before the first.
pub fn before(step: Step, input: &ReferralInput) -> Option<Step> {
    path(input).into_iter().take_while(|s| *s < step).last()
}

/// The step after this one.
pub fn after(step: Step, input: &ReferralInput) -> Step {
    path(input).into_iter().find(|s| *s > step).unwrap_or(Step::Equality)
}

/// Names of the steps that were answered, as the hidden field `seen` holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeSet<Step>);

impl Seen {
    /// Reads the field; what is no step is left out.
    pub fn parse(text: &str) -> Self {
        Self(text.split(' ').filter_map(Step::parse).collect())
    }

    /// Adds a step.
    pub fn add(&mut self, step: Step) {
        self.0.insert(step);
    }

    /// Whether it was answered.
    pub fn has(&self, step: Step) -> bool {
        self.0.contains(&step)
    }

    /// The field's text.
    pub fn text(&self) -> String {
        self.0.iter().map(|s| s.slug()).collect::<Vec<_>>().join(" ")
    }
}

/// The step whose answer a field of the request is.
pub fn of_field(path: &str) -> Step {
    let path = path.strip_prefix("input.").unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    if path.starts_with("equality") {
        return Step::Equality;
    }
    if path.starts_with("referrer") {
        return match last {
            "name" => Step::YourName,
            "relation" => Step::Relation,
            _ => Step::YourContact,
        };
    }
    match last {
        "given_name" | "family_name" | "known_as" | "parties" => Step::Name,
        "role" => Step::Person,
        "safe_contact" => Step::SafeContact,
        "email" | "phone" | "address" | "postcode" => Step::ContactDetails,
        "times" => Step::Times,
        "words" => Step::Words,
        "date_of_birth" => Step::DateOfBirth,
        "what_happened" => Step::WhatHappened,
        "harm_type" | "crime_flags" => Step::KindOfHarm,
        "harm_date" => Step::When,
        "reported" => Step::Reported,
        "crime_reference" => Step::CrimeNumber,
        "interpreter" => Step::Interpreter,
        "language" => Step::Language,
        "needs" => Step::Support,
        "risks" => Step::Danger,
        "agrees_to_contact" | "privacy_version" => Step::Consent,
        _ => Step::Who,
    }
}

#[cfg(test)]
mod tests {
    use proto::referral::v1::{PartyInput, SafeContact};

    use super::*;

    #[test]
    fn addresses_are_read_back_and_differ() {
        for step in Step::ALL {
            assert_eq!(Step::parse(step.slug()), Some(step));
        }
        assert_eq!(Step::parse("begin"), None);
    }

    #[test]
    fn only_what_the_answers_ask_for_is_asked() {
        let mut input = ReferralInput { initiated_by: "HARMED".into(), parties: vec![PartyInput::default()], ..Default::default() };
        assert_eq!(after(Step::Who, &input), Step::Name);
        assert_eq!(after(Step::SafeContact, &input), Step::DateOfBirth);
        input.parties[0].safe_contact = Some(SafeContact { phone: true, ..Default::default() });
        assert_eq!(after(Step::ContactDetails, &input), Step::Voicemail);
        input.initiated_by = "FAMILY_SUPPORTER".into();
        assert_eq!(after(Step::Who, &input), Step::YourName);
        assert_eq!(before(Step::Name, &input), Some(Step::Person));
        assert_eq!(before(Step::Who, &input), None);
        assert_eq!(after(Step::Reported, &input), Step::Interpreter);
        input.reported = "YES".into();
        assert_eq!(after(Step::Reported, &input), Step::CrimeNumber);
        assert_eq!(after(Step::Danger, &input), Step::CheckAnswers);
    }

    #[test]
    fn refused_fields_lead_to_their_question() {
        assert_eq!(of_field("input.parties[0].family_name"), Step::Name);
        assert_eq!(of_field("input.referrer.email"), Step::YourContact);
        assert_eq!(of_field("input.parties[0].email"), Step::ContactDetails);
        assert_eq!(of_field("input.equality.sex"), Step::Equality);
        assert_eq!(of_field("input.agrees_to_contact"), Step::Consent);
    }

    #[test]
    fn what_was_seen_survives_the_hidden_field() {
        let mut seen = Seen::default();
        seen.add(Step::Name);
        seen.add(Step::Who);
        assert_eq!(seen.text(), "who name");
        assert_eq!(Seen::parse("name who nonsense"), seen);
    }
}
