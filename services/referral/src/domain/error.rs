//! What the rules refuse.

use super::state::{Move, State};

/// A refusal of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferralError {
    /// The lifecycle has no such move.
    #[error("{step:?} is not possible in state {from:?}")]
    NotPossible {
        /// Where the referral stands.
        from: State,
        /// What was wanted.
        step: Move,
    },
    /// A rejection is appealed once.
    #[error("appealed before")]
    AppealedBefore,
    /// The referral was not accepted.
    #[error("not accepted")]
    NotAccepted,
    /// A draft that was submitted is not changed.
    #[error("draft submitted")]
    DraftSubmitted,
}

impl From<ReferralError> for platform::Error {
    fn from(error: ReferralError) -> Self {
        let (reason, public) = match error {
            ReferralError::NotPossible { from, .. } => {
                let words = match from {
                    State::Submitted => "This referral is waiting for triage. Start triage first.",
                    State::Triage => "This referral is in triage, so this cannot be done.",
                    State::ReturnedForInformation => "This referral is waiting for information from the referrer.",
                    State::Accepted => "This referral was accepted.",
                    State::Rejected => "This referral was rejected.",
                    State::Duplicate => "This referral was ended as a duplicate.",
                    State::TransferredOut => "This referral was passed to another service.",
                    State::Lapsed => "This referral lapsed because no more information came.",
                    State::Withdrawn => "This referral was withdrawn.",
                };
                ("WRONG_STATE", words)
            }
            ReferralError::AppealedBefore => ("APPEALED_BEFORE", "A rejection can be appealed once only. Make a new referral."),
            ReferralError::NotAccepted => ("NOT_ACCEPTED", "This referral is not accepted."),
            ReferralError::DraftSubmitted => ("DRAFT_SUBMITTED", "You have sent your request already. You cannot change it."),
        };
        Self::precondition(reason, public).internal(error)
    }
}
