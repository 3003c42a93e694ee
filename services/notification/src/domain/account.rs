//! What the owner of an account is told of (ASVS 5.0: 6.3.7): one fixed sentence for each, with nothing of the account in it.

/// Something that happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// A sign-in with a browser that was not known before.
    NewDevice,
    /// Another password.
    PasswordChanged,
    /// Another authenticator.
    AuthenticatorChanged,
    /// One more passkey.
    PasskeyAdded,
    /// One passkey less.
    PasskeyRemoved,
    /// A sign-in with a recovery code.
    RecoveryCodeUsed,
    /// New recovery codes in place of the old ones.
    RecoveryCodesRenewed,
    /// A helper asked for a new enrolment link for the account.
    HelpAsked,
    /// A helper asked for a new enrolment link for somebody else, which the reader may confirm.
    HelpToConfirm,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NewDevice, Self::PasswordChanged, Self::AuthenticatorChanged, Self::PasskeyAdded, Self::PasskeyRemoved, Self::RecoveryCodeUsed,
        Self::RecoveryCodesRenewed, Self::HelpAsked, Self::HelpToConfirm,
    ];

    /// The word of the event, which is also stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NewDevice => "NEW_DEVICE",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::AuthenticatorChanged => "AUTHENTICATOR_CHANGED",
            Self::PasskeyAdded => "PASSKEY_ADDED",
            Self::PasskeyRemoved => "PASSKEY_REMOVED",
            Self::RecoveryCodeUsed => "RECOVERY_CODE_USED",
            Self::RecoveryCodesRenewed => "RECOVERY_CODES_RENEWED",
            Self::HelpAsked => "HELP_ASKED",
            Self::HelpToConfirm => "HELP_TO_CONFIRM",
        }
    }

    /// Reads the word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|n| n.code() == code)
    }

    /// What the mail says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NewDevice => "Your account was used to sign in on a device or browser that it was not used on before.",
            Self::PasswordChanged => "The password of your account was changed.",
            Self::AuthenticatorChanged => "The authenticator app of your account was changed.",
            Self::PasskeyAdded => "A passkey was added to your account.",
            Self::PasskeyRemoved => "A passkey was removed from your account.",
            Self::RecoveryCodeUsed => "A recovery code was used to sign in to your account. That code does not work any more.",
            Self::RecoveryCodesRenewed => "New recovery codes were made for your account. The older codes do not work any more.",
            Self::HelpAsked => "Somebody asked for a new enrolment link for your account. It comes to this address when a second person has confirmed it.",
            Self::HelpToConfirm => "Somebody asked for a new enrolment link for a colleague with a leading role. Speak to that colleague, then confirm it on the page of your account.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_again_and_has_a_sentence_of_its_own() {
        for notice in Notice::ALL {
            assert_eq!(Notice::parse(notice.code()), Some(notice));
            assert_eq!(Notice::ALL.iter().filter(|n| n.sentence() == notice.sentence()).count(), 1);
        }
        assert_eq!(Notice::parse("PASSWORD"), None);
    }
}
