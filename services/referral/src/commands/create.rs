//! How a complete input becomes a referral, whichever way it came.

use platform::{Ctx, Error, Kind, Principal, Result, Tx, ids};
use proto::ResourceType;
use uuid::Uuid;

use crate::{
    domain::{
        input::Input,
        party::Equality,
        referral::{REFERENCE_PREFIX, Referral},
        state::State,
        validation::{self, Form, Violation},
    },
    events::publish,
    rights,
    store::{history, parties, referrals, tokens},
};

/// Refuses an input with every field that is wrong.
pub(crate) fn check(ctx: &Ctx, input: &Input, form: Form) -> Result<()> {
    refuse(validation::complete(input, form, ctx.now().date_naive()))
}

/// Violations as the answer that names them all.
pub(crate) fn refuse(violations: Vec<Violation>) -> Result<()> {
    violations.into_iter().fold(Error::invalid(), |error, v| error.field(v.field, v.message)).into_result()
}

/// Makes the referral with its parties, their search tokens, its notice and its fact. The input is complete.
pub(crate) async fn referral(tx: &mut Tx, input: &Input, owner_node: Uuid) -> Result<Referral> {
    let ctx = tx.ctx().clone();
    let made_by = ctx.principal().subject();
    let id = free_id(tx).await?;
    let decision = ctx.decide_create(id, &rights::facts_of(owner_node, made_by))?;
    rights::may_write(&decision, input.classes())?;
    let now = tx.now();
    let r = Referral {
        id,
        reference: ids::reference(REFERENCE_PREFIX, id),
        state: State::Submitted,
        version: 1,
        owner_node,
        made_by,
        made_by_user: matches!(ctx.principal(), Principal::User { .. }),
        initiated_by: input.initiated_by.clone(),
        submitted_by: input.submitted_by.clone(),
        source: input.source.clone(),
        case_kind: input.case_kind.clone(),
        organisation: input.referrer.organisation.clone(),
        agrees_to_contact: input.agrees_to_contact,
        privacy_version: input.privacy_version.clone(),
        submitted_at: now,
        state_since: now,
        decided_at: None,
        decision_reason: None,
        appealed: false,
        lapses_at: None,
        duplicate_of: None,
        acceptance: None,
    };
    referrals::insert(tx, &r, input).await?;
    let nothing = Equality::default();
    for (position, party) in (0..).zip(&input.parties) {
        let party_id = ctx.new_id();
        let equality = if position == 0 { &input.equality } else { &nothing };
        parties::insert(tx, id, position, party_id, party, equality).await?;
        tokens::put(tx, id, party_id, party, &input.crime_reference).await?;
    }
    history::add(tx, &r).await?;
    publish::notice(tx, &r).await?;
    publish::fact(tx, &r, &input.harm.harm_type).await?;
    tx.changed(ResourceType::Referral, id);
    Ok(r)
}

/// A new id whose reference no other referral of the tenant has: 40 bits meet by chance among very many.
async fn free_id(tx: &mut Tx) -> Result<Uuid> {
    for _ in 0..8 {
        let id = tx.ctx().new_id();
        match referrals::id_of(tx, &ids::reference(REFERENCE_PREFIX, id)).await {
            Err(error) if error.kind() == Kind::NotFound => return Ok(id),
            Err(error) => return Err(error),
            Ok(_taken) => {}
        }
    }
    Err(Error::fault("no free reference was found"))
}
