//! What is sealed under a user's key, one message for each row and field class.

/// Class identity of a user.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NameBlob {
    /// The name that colleagues see.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// Class contact of a user.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EmailBlob {
    /// The address as it was given.
    #[prost(string, tag = "1")]
    pub email: String,
}

/// Class staff HR of a user's factors. Sealed, so that a stolen database cannot be guessed at.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FactorBlob {
    /// argon2id, PHC string.
    #[prost(string, tag = "1")]
    pub password_hash: String,
    /// Secret of the authenticator.
    #[prost(bytes = "vec", tag = "2")]
    pub totp_secret: Vec<u8>,
}

/// Class staff HR of a passkey.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PasskeyBlob {
    /// As its owner named it.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Public key and counter, as the WebAuthn library writes them.
    #[prost(bytes = "vec", tag = "2")]
    pub credential: Vec<u8>,
}

/// Class staff HR of an enrolment: the secret that its page shows.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EnrolmentBlob {
    /// Secret of the authenticator.
    #[prost(bytes = "vec", tag = "1")]
    pub totp_secret: Vec<u8>,
}
