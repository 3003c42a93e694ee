//! A person as submitted.

/// A person concerned, in the referrer's words; a subject of their own until the people register knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Code of list participant_role.
    pub role: String,
    /// Forenames.
    pub given_name: String,
    /// Surname.
    pub family_name: String,
    /// What they like to be called.
    pub known_as: String,
    /// ISO date, or empty.
    pub date_of_birth: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// Postal address.
    pub address: String,
    /// Postcode.
    pub postcode: String,
    /// How they can be reached without danger.
    pub safe: SafeContact,
    /// Language they speak.
    pub language: String,
    /// They need an interpreter.
    pub interpreter: bool,
}

/// Ways to reach a person without danger. Nothing said means that nothing is safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeContact {
    /// E-mail.
    pub email: bool,
    /// Text messages.
    pub text: bool,
    /// Calls.
    pub phone: bool,
    /// Letters.
    pub post: bool,
    /// A voicemail may be left.
    pub voicemail: bool,
    /// When, in their words.
    pub times: String,
    /// Words to use or avoid.
    pub words: String,
}

impl SafeContact {
    /// At least one way is safe.
    pub fn any(&self) -> bool {
        self.email || self.text || self.phone || self.post
    }
}

/// Answers to the equality questions: codes of the lists of the same names; empty means not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Equality {
    /// Ethnic group.
    pub ethnicity: String,
    /// Sex.
    pub sex: String,
    /// Gender identity.
    pub gender_identity: String,
    /// Sexual orientation.
    pub sexual_orientation: String,
    /// Religion or belief.
    pub religion: String,
    /// Disability.
    pub disability: String,
}

impl Party {
    /// Any part of a name is known.
    pub fn has_name(&self) -> bool {
        !is_blank(&[&self.given_name, &self.family_name, &self.known_as])
    }

    /// Any contact detail is known.
    pub fn has_contact(&self) -> bool {
        !is_blank(&[&self.email, &self.phone, &self.address, &self.postcode]) || self.safe != SafeContact::default()
    }
}

/// Nothing in any of these.
pub(super) fn is_blank(values: &[&str]) -> bool {
    values.iter().all(|v| v.trim().is_empty())
}
