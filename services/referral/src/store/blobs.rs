//! Sealed fields: one message for each row and field class. Field numbers are never used again with another meaning.

use crate::domain::{
    input::{Harm, Referrer},
    party::{Equality, Party, SafeContact},
};

/// Referral, class contact: how to reach the referrer.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ReferrerBlob {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub email: String,
    #[prost(string, tag = "3")]
    pub phone: String,
    #[prost(string, tag = "4")]
    pub relation: String,
}

/// Referral, class offence.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HarmBlob {
    #[prost(string, tag = "1")]
    pub harm_type: String,
    #[prost(string, tag = "2")]
    pub what_happened: String,
    #[prost(string, tag = "3")]
    pub date: String,
    #[prost(string, tag = "4")]
    pub reported: String,
    #[prost(string, tag = "5")]
    pub justice_stage: String,
    #[prost(string, repeated, tag = "6")]
    pub crime_flags: Vec<String>,
    #[prost(string, repeated, tag = "7")]
    pub hate_strands: Vec<String>,
}

/// One text: place of harm, crime reference, needs, risks, note on the decision.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TextBlob {
    #[prost(string, tag = "1")]
    pub text: String,
}

/// Information, class notes: what was asked and answered.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExchangeBlob {
    #[prost(string, tag = "1")]
    pub question: String,
    #[prost(string, tag = "2")]
    pub answer: String,
}

/// Party, class identity.
#[derive(Clone, PartialEq, prost::Message)]
pub struct IdentityBlob {
    #[prost(string, tag = "1")]
    pub given_name: String,
    #[prost(string, tag = "2")]
    pub family_name: String,
    #[prost(string, tag = "3")]
    pub known_as: String,
}

/// Party, class contact.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ContactBlob {
    #[prost(string, tag = "1")]
    pub email: String,
    #[prost(string, tag = "2")]
    pub phone: String,
    #[prost(string, tag = "3")]
    pub address: String,
    #[prost(string, tag = "4")]
    pub postcode: String,
    #[prost(bool, tag = "5")]
    pub safe_email: bool,
    #[prost(bool, tag = "6")]
    pub safe_text: bool,
    #[prost(bool, tag = "7")]
    pub safe_phone: bool,
    #[prost(bool, tag = "8")]
    pub safe_post: bool,
    #[prost(bool, tag = "9")]
    pub safe_voicemail: bool,
    #[prost(string, tag = "10")]
    pub times: String,
    #[prost(string, tag = "11")]
    pub words: String,
}

/// Party, class needs.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PartyNeedsBlob {
    #[prost(bool, tag = "1")]
    pub interpreter: bool,
}

/// Party, class special category.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EqualityBlob {
    #[prost(string, tag = "1")]
    pub ethnicity: String,
    #[prost(string, tag = "2")]
    pub sex: String,
    #[prost(string, tag = "3")]
    pub gender_identity: String,
    #[prost(string, tag = "4")]
    pub sexual_orientation: String,
    #[prost(string, tag = "5")]
    pub religion: String,
    #[prost(string, tag = "6")]
    pub disability: String,
}

/// Draft: the answers as the form's contract encodes them.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AnswersBlob {
    #[prost(bytes = "vec", tag = "1")]
    pub input: Vec<u8>,
}

impl TextBlob {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned() }
    }
}

impl From<&Referrer> for ReferrerBlob {
    fn from(r: &Referrer) -> Self {
        Self { name: r.name.clone(), email: r.email.clone(), phone: r.phone.clone(), relation: r.relation.clone() }
    }
}

impl ReferrerBlob {
    /// With the organisation, which stands in a plain column.
    pub fn into_referrer(self, organisation: String) -> Referrer {
        Referrer { name: self.name, organisation, email: self.email, phone: self.phone, relation: self.relation }
    }
}

impl From<&Harm> for HarmBlob {
    fn from(h: &Harm) -> Self {
        let h = h.clone();
        Self {
            harm_type: h.harm_type,
            what_happened: h.what_happened,
            date: h.date,
            reported: h.reported,
            justice_stage: h.justice_stage,
            crime_flags: h.crime_flags,
            hate_strands: h.hate_strands,
        }
    }
}

impl From<HarmBlob> for Harm {
    fn from(h: HarmBlob) -> Self {
        Self {
            harm_type: h.harm_type,
            what_happened: h.what_happened,
            date: h.date,
            reported: h.reported,
            justice_stage: h.justice_stage,
            crime_flags: h.crime_flags,
            hate_strands: h.hate_strands,
        }
    }
}

impl From<&Party> for IdentityBlob {
    fn from(p: &Party) -> Self {
        Self { given_name: p.given_name.clone(), family_name: p.family_name.clone(), known_as: p.known_as.clone() }
    }
}

impl From<&Party> for ContactBlob {
    fn from(p: &Party) -> Self {
        Self {
            email: p.email.clone(),
            phone: p.phone.clone(),
            address: p.address.clone(),
            postcode: p.postcode.clone(),
            safe_email: p.safe.email,
            safe_text: p.safe.text,
            safe_phone: p.safe.phone,
            safe_post: p.safe.post,
            safe_voicemail: p.safe.voicemail,
            times: p.safe.times.clone(),
            words: p.safe.words.clone(),
        }
    }
}

impl ContactBlob {
    /// Puts the fields into a party.
    pub fn put_into(self, p: &mut Party) {
        p.email = self.email;
        p.phone = self.phone;
        p.address = self.address;
        p.postcode = self.postcode;
        p.safe = SafeContact {
            email: self.safe_email,
            text: self.safe_text,
            phone: self.safe_phone,
            post: self.safe_post,
            voicemail: self.safe_voicemail,
            times: self.times,
            words: self.words,
        };
    }
}

impl From<&Equality> for EqualityBlob {
    fn from(e: &Equality) -> Self {
        let e = e.clone();
        Self {
            ethnicity: e.ethnicity,
            sex: e.sex,
            gender_identity: e.gender_identity,
            sexual_orientation: e.sexual_orientation,
            religion: e.religion,
            disability: e.disability,
        }
    }
}

impl From<EqualityBlob> for Equality {
    fn from(e: EqualityBlob) -> Self {
        Self {
            ethnicity: e.ethnicity,
            sex: e.sex,
            gender_identity: e.gender_identity,
            sexual_orientation: e.sexual_orientation,
            religion: e.religion,
            disability: e.disability,
        }
    }
}
