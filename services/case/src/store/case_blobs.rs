//! What the sealed columns of case files hold: one message for each row and field class, under the case's own key.

/// `case_file.c_offence`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OffenceBlob {
    /// Code of list harm_type.
    #[prost(string, tag = "1")]
    pub harm_type: String,
    /// ISO date, or empty.
    #[prost(string, tag = "2")]
    pub harm_date: String,
    /// In the referrer's own words.
    #[prost(string, tag = "3")]
    pub what_happened: String,
    /// Code of list criminal_justice_stage.
    #[prost(string, tag = "4")]
    pub justice_stage: String,
    /// Codes of list crime_flag.
    #[prost(string, repeated, tag = "5")]
    pub crime_flags: Vec<String>,
    /// Codes of list hate_strand.
    #[prost(string, repeated, tag = "6")]
    pub hate_strands: Vec<String>,
}

/// A column that holds one text: risks, crime reference, place of the harm, reason of a hold or of a move, place of a meeting.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TextBlob {
    /// The text.
    #[prost(string, tag = "1")]
    pub text: String,
}

/// `note.c_notes`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NoteBlob {
    /// The text.
    #[prost(string, tag = "1")]
    pub text: String,
    /// Why it corrects an earlier note; empty for a first version.
    #[prost(string, tag = "2")]
    pub correction_reason: String,
}

/// `outcome.c_notes`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OutcomeBlob {
    /// Code of list intervention.
    #[prost(string, tag = "1")]
    pub intervention: String,
    /// ISO date.
    #[prost(string, tag = "2")]
    pub held_on: String,
    /// Code of list session_result.
    #[prost(string, tag = "3")]
    pub result: String,
    /// Codes of list outcome.
    #[prost(string, repeated, tag = "4")]
    pub outcomes: Vec<String>,
    /// In words.
    #[prost(string, tag = "5")]
    pub summary: String,
}
