//! A referral as answers show it.

use std::collections::HashMap;

use platform::{Result, Tx};
use proto::referral::v1::Referral;
use uuid::Uuid;

use crate::{
    api::convert,
    domain::{input::Input, party::Party},
    rights,
    store::{parties, referrals::Stored},
};

/// What an erased subject left: nothing. The record itself stays.
pub(super) fn erased<T: Default>(opened: Result<T>) -> Result<T> {
    match opened {
        Err(error) if error.reason() == "ERASED" => Ok(T::default()),
        other => other,
    }
}

/// Everything that was told.
///
/// # Errors
/// The database's.
pub async fn input(tx: &mut Tx, stored: &Stored, people: &[parties::Stored]) -> Result<Input> {
    let mut input = match stored.input(tx).await {
        Err(error) if error.reason() == "ERASED" => stored.plain_input(),
        other => other?,
    };
    for (n, row) in people.iter().enumerate() {
        input.parties.push(erased(row.party(tx).await)?);
        if n == 0 {
            input.equality = erased(row.equality(tx).await)?;
        }
    }
    Ok(input)
}

/// Rows of a list: who and what kind of harm, and no more than that. The caller's decisions are recorded already.
///
/// # Errors
/// The database's.
pub async fn rows(tx: &mut Tx, stored: &[Stored]) -> Result<Vec<Referral>> {
    let ids: Vec<Uuid> = stored.iter().map(|s| s.referral.id).collect();
    let people = parties::of(tx, &ids).await?;
    let subjects: Vec<Uuid> = ids.iter().copied().chain(people.iter().map(|p| p.id)).collect();
    tx.load_subject_keys(&subjects).await?;
    let mut by_referral: HashMap<Uuid, Vec<(Uuid, Party)>> = HashMap::new();
    for row in &people {
        let party = erased(row.named(tx).await)?;
        by_referral.entry(row.referral_id).or_default().push((row.id, party));
    }
    let mut all = Vec::with_capacity(stored.len());
    for s in stored {
        let mut input = s.plain_input();
        input.harm.harm_type = erased(s.harm(tx).await)?.harm_type;
        let (party_ids, parties) = by_referral.remove(&s.referral.id).unwrap_or_default().into_iter().unzip();
        input.parties = parties;
        let mut row = convert::referral(&s.referral, input, party_ids);
        row.allowed_actions = rights::allowed_actions(tx.ctx(), &s.referral);
        all.push(row);
    }
    Ok(all)
}
