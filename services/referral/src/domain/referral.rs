//! A referral and what can be done with it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    error::ReferralError,
    state::{Move, State, next},
    working_days,
};

/// What is told apart of a referral's reference among all kinds of record.
pub const REFERENCE_PREFIX: &str = "RF";
/// Reason of a referral that ends as a duplicate.
pub const DUPLICATE: &str = "DUPLICATE";

/// A referral without its sealed texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// Id.
    pub id: Uuid,
    /// What people read and type.
    pub reference: String,
    /// Where it stands.
    pub state: State,
    /// Grows with each change.
    pub version: i64,
    /// Node whose staff work it.
    pub owner_node: Uuid,
    /// User or service account that sent it; none for the public.
    pub made_by: Option<Uuid>,
    /// `made_by` is a user.
    pub made_by_user: bool,
    /// Code of list referral_initiated_by.
    pub initiated_by: String,
    /// Code of list referral_submitted_by.
    pub submitted_by: String,
    /// Code of list referral_source.
    pub source: String,
    /// Kind of case asked for; may be empty.
    pub case_kind: String,
    /// Organisation of the referrer; may be empty.
    pub organisation: String,
    /// The person knows of it and agrees to be contacted.
    pub agrees_to_contact: bool,
    /// Version of the privacy text that was shown.
    pub privacy_version: String,
    /// When it was sent.
    pub submitted_at: DateTime<Utc>,
    /// When it came into its present state.
    pub state_since: DateTime<Utc>,
    /// When it was accepted or ended.
    pub decided_at: Option<DateTime<Utc>>,
    /// Code of list referral_reason.
    pub decision_reason: Option<String>,
    /// A rejection was appealed.
    pub appealed: bool,
    /// When it lapses if no information comes.
    pub lapses_at: Option<DateTime<Utc>>,
    /// Referral that it repeats.
    pub duplicate_of: Option<Uuid>,
    /// What was decided at acceptance.
    pub acceptance: Option<Acceptance>,
}

/// What the coordinator decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Case that opens or is joined.
    pub case_id: Uuid,
    /// The case is there already.
    pub joins_existing: bool,
    /// Kind of the case.
    pub kind: String,
    /// Agency that owns it.
    pub node: Uuid,
}

impl Referral {
    /// Whether a move is possible now.
    pub fn can(&self, step: Move) -> bool {
        next(self.state, step).is_some() && !(step == Move::Appeal && self.appealed)
    }

    /// The user who sent it, where one did.
    pub fn submitted_by_user(&self) -> Option<Uuid> {
        self.made_by.filter(|_| self.made_by_user)
    }

    /// Makes a move; `reason` is a code of list referral_reason.
    ///
    /// # Errors
    /// The state does not allow it.
    pub fn make(&mut self, step: Move, at: DateTime<Utc>, reason: Option<&str>) -> Result<(), ReferralError> {
        let to = next(self.state, step).ok_or(ReferralError::NotPossible { from: self.state, step })?;
        if step == Move::Appeal {
            if self.appealed {
                return Err(ReferralError::AppealedBefore);
            }
            self.appealed = true;
        }
        self.state = to;
        self.state_since = at;
        self.version += 1;
        self.decision_reason = reason.map(str::to_owned);
        self.decided_at = (!to.is_open()).then_some(at);
        self.lapses_at = (to == State::ReturnedForInformation).then(|| working_days::lapses_at(at));
        Ok(())
    }

    /// Accepts it into a case.
    ///
    /// # Errors
    /// The state does not allow it.
    pub fn accept(&mut self, at: DateTime<Utc>, acceptance: Acceptance) -> Result<(), ReferralError> {
        self.make(Move::Accept, at, None)?;
        self.acceptance = Some(acceptance);
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::state::MOVES;

    pub(crate) fn referral(state: State) -> Referral {
        let at = DateTime::from_timestamp(1_780_000_000, 0).expect("an instant");
        Referral {
            id: Uuid::from_u128(1),
            reference: "RF-0000-0001-1".into(),
            state,
            version: 1,
            owner_node: Uuid::from_u128(2),
            made_by: None,
            made_by_user: false,
            initiated_by: "HARMED".into(),
            submitted_by: "SELF".into(),
            source: "SELF".into(),
            case_kind: String::new(),
            organisation: String::new(),
            agrees_to_contact: true,
            privacy_version: "1".into(),
            submitted_at: at,
            state_since: at,
            decided_at: None,
            decision_reason: None,
            appealed: false,
            lapses_at: None,
            duplicate_of: None,
            acceptance: None,
        }
    }

    #[test]
    fn every_pair_is_as_the_table_says() {
        let at = DateTime::from_timestamp(1_780_100_000, 0).expect("an instant");
        for from in State::ALL {
            for step in Move::ALL {
                let mut r = referral(from);
                let to = MOVES.iter().find(|(f, m, _)| *f == from && *m == step).map(|(_, _, to)| *to);
                assert_eq!(r.can(step), to.is_some());
                match (r.make(step, at, None), to) {
                    (Ok(()), Some(to)) => {
                        assert_eq!((r.state, r.version, r.state_since), (to, 2, at));
                        assert_eq!(r.decided_at.is_some(), !to.is_open());
                        assert_eq!(r.lapses_at.is_some(), to == State::ReturnedForInformation);
                    }
                    (Err(error), None) => {
                        assert_eq!(error, ReferralError::NotPossible { from, step });
                        assert_eq!(r, referral(from), "a refused move changes nothing");
                    }
                    (result, to) => panic!("{from:?} {step:?} {result:?} {to:?}"),
                }
            }
        }
    }

    #[test]
    fn a_rejection_is_appealed_once() {
        let mut r = referral(State::Rejected);
        let at = r.submitted_at;
        r.make(Move::Appeal, at, None).expect("the first appeal");
        r.make(Move::Reject, at, Some("CAPACITY")).expect("rejected again");
        assert!(!r.can(Move::Appeal));
        assert_eq!(r.make(Move::Appeal, at, None), Err(ReferralError::AppealedBefore));
    }

    #[test]
    fn an_account_is_no_user() {
        let mut r = referral(State::Submitted);
        r.made_by = Some(Uuid::from_u128(9));
        assert_eq!(r.submitted_by_user(), None);
        r.made_by_user = true;
        assert_eq!(r.submitted_by_user(), Some(Uuid::from_u128(9)));
    }
}
