//! A coordinator accepts a referral into a case (architecture 10).

use std::collections::BTreeMap;

use access::facts::Facts;
use platform::{Ctx, Error, Result, ids};
use proto::{
    Action, ResourceType,
    referral::v1::{AcceptReferralRequest, AcceptReferralResponse, PartyDecision},
};
use uuid::Uuid;

use super::{Begun, begin, joining, load_version, save};
use crate::{
    Parts,
    domain::{
        referral::{Acceptance, Referral},
        validation::CASE_KINDS,
    },
    store::parties,
};

/// Keeps the decision (which case, and for each party which person) and tells the case service by an event. The id of a
/// new case is made here, so that the page can wait for it. A case or person that is named must be one that the caller may
/// change or see.
///
/// # Errors
/// `InvalidArgument` with every wrong field, `NotFound`, `PermissionDenied`, `Conflict`, `FailedPrecondition` outside triage;
/// `Unavailable` where a case or person is named and the case service is away.
pub async fn accept_referral(parts: &Parts, ctx: &Ctx, req: AcceptReferralRequest) -> Result<AcceptReferralResponse> {
    // Before the transaction, so that no lock waits for another service.
    let mut wrong = joining::refused(parts, ctx, &req).await?;
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let (mut stored, _) = load_version(&mut tx, Action::Triage, &req.referral_id, &req.etag).await?;
    let known: Vec<Uuid> = parties::of(&mut tx, &[stored.referral.id]).await?.iter().map(|p| p.id).collect();
    let people;
    (wrong, people) = decisions(wrong, &known, &req.parties);
    let acceptance;
    (wrong, acceptance) = acceptance_of(wrong, ctx, &stored.referral, &req);
    wrong.into_result()?;
    // A new case opens only where the caller could open one.
    let case = Facts::new(ResourceType::Case).owned_by(acceptance.node);
    if !acceptance.joins_existing && !ctx.may(Action::Create, &case) {
        return Err(Error::denied());
    }
    let case_id = acceptance.case_id;
    stored.referral.accept(tx.now(), acceptance)?;
    for (party, person) in people {
        parties::decide(&mut tx, party, person).await?;
    }
    save(&mut tx, &stored, None).await?;
    tx.commit_with(AcceptReferralResponse { case_id: case_id.to_string() }).await
}

/// Who each party is. Every party must be decided, and once.
fn decisions(mut wrong: Error, known: &[Uuid], given: &[PartyDecision]) -> (Error, BTreeMap<Uuid, Option<Uuid>>) {
    let mut people = BTreeMap::new();
    for (n, decision) in given.iter().enumerate() {
        let party = Uuid::parse_str(&decision.party_id).ok().filter(|id| known.contains(id));
        let person = match decision.existing_person_id.as_str() {
            "" => Some(None),
            id => Uuid::parse_str(id).ok().map(Some),
        };
        if person.is_none() {
            wrong = wrong.field(format!("parties[{n}].existing_person_id"), "Select a person from the list, or a new person");
        }
        match party {
            None => wrong = wrong.field(format!("parties[{n}].party_id"), "This person is not part of the referral"),
            Some(party) => {
                if people.insert(party, person.flatten()).is_some() {
                    wrong = wrong.field(format!("parties[{n}].party_id"), "Decide about each person once");
                }
            }
        }
    }
    if known.iter().any(|id| !people.contains_key(id)) {
        wrong = wrong.field("parties", "Select for each person if they are new or already known");
    }
    (wrong, people)
}

/// Which case: an existing one, or a new one of a kind at an agency.
fn acceptance_of(mut wrong: Error, ctx: &Ctx, r: &Referral, req: &AcceptReferralRequest) -> (Error, Acceptance) {
    let existing = match req.existing_case_id.as_str() {
        "" => None,
        id => match ids::parse_id("existing_case_id", id) {
            Ok(id) => Some(id),
            Err(_) => {
                wrong = wrong.field("existing_case_id", "Select a case from the list, or a new case");
                None
            }
        },
    };
    if existing.is_none() && !CASE_KINDS.contains(&req.case_kind.as_str()) {
        wrong = wrong.field("case_kind", "Select restorative justice, victim care or domestic abuse support");
    }
    let node = match req.owner_node_id.as_str() {
        "" => r.owner_node,
        id => match Uuid::parse_str(id).ok().filter(|id| ctx.snapshot().is_some_and(|s| s.node(*id).is_some())) {
            Some(node) => node,
            None => {
                wrong = wrong.field("owner_node_id", "Select an agency of this partnership");
                r.owner_node
            }
        },
    };
    let joins_existing = existing.is_some();
    (wrong, Acceptance { case_id: existing.unwrap_or_else(|| ctx.new_id()), joins_existing, kind: req.case_kind.clone(), node })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(party: u128, person: &str) -> PartyDecision {
        PartyDecision { party_id: Uuid::from_u128(party).to_string(), existing_person_id: person.into() }
    }

    fn fields(error: &Error) -> Vec<&str> {
        error.fields().iter().map(|f| f.field.as_str()).collect()
    }

    #[test]
    fn every_party_is_decided_once() {
        let known = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let person = Uuid::from_u128(9);
        let (wrong, people) = decisions(Error::invalid(), &known, &[decision(1, ""), decision(2, &person.to_string())]);
        assert!(wrong.into_result().is_ok());
        assert_eq!(people, BTreeMap::from([(known[0], None), (known[1], Some(person))]));

        let (wrong, _) = decisions(Error::invalid(), &known, &[decision(1, "somebody"), decision(1, ""), decision(3, "")]);
        assert_eq!(fields(&wrong), ["parties[0].existing_person_id", "parties[1].party_id", "parties[2].party_id", "parties"]);
    }
}
