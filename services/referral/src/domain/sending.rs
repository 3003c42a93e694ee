//! The safety gate of messages about a referral: one answer to whether, and where to (architecture 8).

use super::input::{Input, SELF};

/// A way to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
}

impl Channel {
    /// Reads the word of the contract.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "EMAIL" => Some(Self::Email),
            "SMS" => Some(Self::Sms),
            _ => None,
        }
    }
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The channel was not marked safe.
    NoSafeChannel,
    /// There is no address.
    NoAddress,
    /// The person did not agree to be contacted.
    NotAgreed,
}

impl Refusal {
    /// The word of the contract.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoSafeChannel => "NO_SAFE_CHANNEL",
            Self::NoAddress => "NO_ADDRESS",
            Self::NotAgreed => "NOT_AGREED",
        }
    }
}

/// The address for a message to whom sent the referral.
///
/// Who asked for themself is written to on a channel that they marked safe and after they agreed. A professional is
/// written to by e-mail at work. Anybody else, for instance a relative, is never written to: what is safe for the
/// person concerned is not known there.
///
/// # Errors
/// The reason why nothing may be sent.
pub fn resolve(input: &Input, channel: Channel) -> Result<&str, Refusal> {
    let address = match input.submitted_by.as_str() {
        SELF => {
            let person = input.parties.first().ok_or(Refusal::NoAddress)?;
            if !input.agrees_to_contact {
                return Err(Refusal::NotAgreed);
            }
            match channel {
                Channel::Email if person.safe.email => &person.email,
                Channel::Sms if person.safe.text => &person.phone,
                _ => return Err(Refusal::NoSafeChannel),
            }
        }
        "PROFESSIONAL" | "STAFF" | "POLICE_FEED" | "PARTNER_TRANSFER" if channel == Channel::Email => &input.referrer.email,
        _ => return Err(Refusal::NoSafeChannel),
    };
    let address = address.trim();
    if address.is_empty() { Err(Refusal::NoAddress) } else { Ok(address) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        input::Referrer,
        party::{Party, SafeContact},
    };

    fn input(submitted_by: &str) -> Input {
        Input {
            submitted_by: submitted_by.into(),
            agrees_to_contact: true,
            parties: vec![Party {
                email: "ana@example.org".into(),
                phone: "07700 900123".into(),
                safe: SafeContact { email: true, ..SafeContact::default() },
                ..Party::default()
            }],
            referrer: Referrer { email: "officer@example.com".into(), ..Referrer::default() },
            ..Input::default()
        }
    }

    #[test]
    fn a_person_is_written_to_only_where_it_is_safe_and_agreed() {
        let mut own = input("SELF");
        assert_eq!(resolve(&own, Channel::Email), Ok("ana@example.org"));
        assert_eq!(resolve(&own, Channel::Sms), Err(Refusal::NoSafeChannel));
        own.parties[0].safe.text = true;
        assert_eq!(resolve(&own, Channel::Sms), Ok("07700 900123"));
        own.parties[0].email = " ".into();
        assert_eq!(resolve(&own, Channel::Email), Err(Refusal::NoAddress));
        own.agrees_to_contact = false;
        assert_eq!(resolve(&own, Channel::Sms), Err(Refusal::NotAgreed));
    }

    #[test]
    fn a_professional_is_written_to_by_email_only() {
        for how in ["PROFESSIONAL", "STAFF", "POLICE_FEED", "PARTNER_TRANSFER"] {
            assert_eq!(resolve(&input(how), Channel::Email), Ok("officer@example.com"));
            assert_eq!(resolve(&input(how), Channel::Sms), Err(Refusal::NoSafeChannel));
        }
    }

    #[test]
    fn nobody_else_is_ever_written_to() {
        for how in ["ON_BEHALF", "IMPORT", "", "SOMETHING_NEW"] {
            for channel in [Channel::Email, Channel::Sms] {
                assert_eq!(resolve(&input(how), channel), Err(Refusal::NoSafeChannel), "{how}");
            }
        }
    }
}
