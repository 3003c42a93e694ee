//! What the blobs of persons and participants hold: one message for each field class of a row. Tags are never reused.

/// Class identity of a person.
#[derive(Clone, PartialEq, prost::Message)]
pub struct IdentityBlob {
    /// Given names.
    #[prost(string, tag = "1")]
    pub given_name: String,
    /// Family names.
    #[prost(string, tag = "2")]
    pub family_name: String,
    /// The name they want to be called by.
    #[prost(string, tag = "3")]
    pub known_as: String,
    /// Other names.
    #[prost(string, repeated, tag = "4")]
    pub aliases: Vec<String>,
}

impl IdentityBlob {
    /// Given and family name as one line.
    pub fn full_name(&self) -> String {
        [self.given_name.as_str(), self.family_name.as_str()].iter().filter(|n| !n.is_empty()).copied().collect::<Vec<_>>().join(" ")
    }
}

/// Class date of birth of a person.
#[derive(Clone, PartialEq, prost::Message)]
pub struct BirthBlob {
    /// ISO date.
    #[prost(string, tag = "1")]
    pub date: String,
}

/// Class needs of a person.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NeedsBlob {
    /// Language they speak best, in words.
    #[prost(string, tag = "1")]
    pub language: String,
    /// An interpreter is needed.
    #[prost(bool, tag = "2")]
    pub interpreter: bool,
    /// Support or adjustments, in words.
    #[prost(string, tag = "3")]
    pub needs: String,
}

/// Class contact of a person: where they live.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AddressBlob {
    /// Address in lines.
    #[prost(string, tag = "1")]
    pub address: String,
    /// Postcode.
    #[prost(string, tag = "2")]
    pub postcode: String,
}

/// Class special category of a person or of a revision: codes of the lists of the same names, empty for never asked.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DemographicsBlob {
    /// Self-defined ethnicity.
    #[prost(string, tag = "1")]
    pub ethnicity: String,
    /// Sex.
    #[prost(string, tag = "2")]
    pub sex: String,
    /// Gender identity.
    #[prost(string, tag = "3")]
    pub gender_identity: String,
    /// Sexual orientation.
    #[prost(string, tag = "4")]
    pub sexual_orientation: String,
    /// Religion or belief.
    #[prost(string, tag = "5")]
    pub religion: String,
    /// Relationship status.
    #[prost(string, tag = "6")]
    pub relationship_status: String,
    /// Whether a disability is declared.
    #[prost(string, tag = "7")]
    pub disability: String,
    /// Impairments.
    #[prost(string, repeated, tag = "8")]
    pub impairments: Vec<String>,
    /// Additional needs.
    #[prost(string, repeated, tag = "9")]
    pub additional_needs: Vec<String>,
    /// Vulnerabilities.
    #[prost(string, repeated, tag = "10")]
    pub vulnerabilities: Vec<String>,
    /// When it was asked, microseconds since 1970.
    #[prost(int64, tag = "11")]
    pub asked_at: i64,
}

/// Class contact of a contact point.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PointBlob {
    /// Number, e-mail address or postal address.
    #[prost(string, tag = "1")]
    pub value: String,
    /// Words to use or avoid, and limits that were given in words.
    #[prost(string, tag = "2")]
    pub words: String,
}

/// Class contact of an attempt to reach somebody.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AttemptBlob {
    /// Code of list contact_kind.
    #[prost(string, tag = "1")]
    pub channel: String,
    /// Code of list contact_result.
    #[prost(string, tag = "2")]
    pub result: String,
    /// Note.
    #[prost(string, tag = "3")]
    pub note: String,
}

/// Class risk of a flag.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FlagBlob {
    /// DO_NOT_TEXT, DO_NOT_CALL, RISK_TO_STAFF, NO_CONTACT_ORDER, SAFEGUARDING or OTHER.
    #[prost(string, tag = "1")]
    pub code: String,
    /// Words.
    #[prost(string, tag = "2")]
    pub text: String,
}

/// Class notes of a consent or of a status.
#[derive(Clone, PartialEq, prost::Message)]
pub struct WordsBlob {
    /// The words.
    #[prost(string, tag = "1")]
    pub text: String,
}
