//! Whether the caller may join a referral to what the case service holds. Their own token is asked with: the rights that
//! count are those over the case and the people there (architecture 7).

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use platform::{
    Ctx, Error, Kind, Result,
    grpc::{outgoing, retry_read},
};
use proto::{
    case::v1::{Case, GetCaseRequest, case_service_client::CaseServiceClient},
    people::v1::{GetPersonRequest, people_service_client::PeopleServiceClient},
    referral::v1::AcceptReferralRequest,
};
use uuid::Uuid;

use crate::{Parts, domain::validation::MOST_PARTIES};

/// What the case service offers to who may change a case.
const UPDATE: &str = "UPDATE";

/// Every field that names a case which the caller may not change, or a person whom they do not see. Asks nothing where
/// the request names neither; ids that cannot be read are left to the command.
///
/// # Errors
/// `Unavailable` where the case service is away, and whatever else it says about the caller.
pub(super) async fn refused(parts: &Parts, ctx: &Ctx, req: &AcceptReferralRequest) -> Result<Error> {
    let mut wrong = Error::invalid();
    if let Ok(case) = Uuid::parse_str(&req.existing_case_id)
        && !may_change(parts, ctx, case).await?
    {
        wrong = wrong.field("existing_case_id", "Choose a case that you may change.");
    }
    // No referral has more parties, so the command refuses the rest unread.
    let named: Vec<_> = req.parties.iter().take(MOST_PARTIES).map(|p| Uuid::parse_str(&p.existing_person_id).ok()).collect();
    let people: BTreeSet<Uuid> = named.iter().copied().flatten().collect();
    let seen = try_join_all(people.into_iter().map(async |person| Ok::<_, Error>((person, sees(parts, ctx, person).await?))));
    let seen: BTreeMap<Uuid, bool> = seen.await?.into_iter().collect();
    for (n, _) in named.iter().enumerate().filter(|(_, person)| person.is_some_and(|id| seen.get(&id) != Some(&true))) {
        wrong = wrong.field(format!("parties[{n}].existing_person_id"), "Choose a person that you may see.");
    }
    Ok(wrong)
}

async fn may_change(parts: &Parts, ctx: &Ctx, id: Uuid) -> Result<bool> {
    let answer = retry_read(|| async {
        let mut cases = CaseServiceClient::new(parts.peers.channel("case")?);
        cases.get_case(outgoing(ctx, GetCaseRequest { case_id: id.to_string() })).await
    });
    Ok(visible(answer.await)?.and_then(|a| a.case).is_some_and(|case| is_open_to_change(&case)))
}

async fn sees(parts: &Parts, ctx: &Ctx, id: Uuid) -> Result<bool> {
    let answer = retry_read(|| async {
        let mut people = PeopleServiceClient::new(parts.peers.channel("case")?);
        people.get_person(outgoing(ctx, GetPersonRequest { person_id: id.to_string() })).await
    });
    Ok(visible(answer.await)?.is_some_and(|a| a.person.is_some_and(|person| person.erased_at.is_none())))
}

/// A record that may not be seen and one that may not be read are both none.
fn visible<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::PermissionDenied) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_open_to_change(case: &Case) -> bool {
    case.closed_at.is_none() && case.allowed_actions.iter().any(|action| action == UPDATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_case_that_offers_a_change_is_joined() {
        let case = |actions: &[&str], closed: bool| Case {
            allowed_actions: actions.iter().map(|&a| a.to_owned()).collect(),
            closed_at: closed.then(prost_types::Timestamp::default),
            ..Case::default()
        };
        assert!(is_open_to_change(&case(&["CLOSE", "UPDATE"], false)));
        assert!(!is_open_to_change(&case(&["UPDATE"], true)));
        assert!(!is_open_to_change(&case(&["ADD_NOTE"], false)));
        assert!(!is_open_to_change(&case(&[], false)));
    }

    #[test]
    fn what_is_unknown_is_not_taken_for_hidden() {
        assert_eq!(visible(Ok(1)).unwrap(), Some(1));
        assert_eq!(visible::<u8>(Err(Error::not_found())).unwrap(), None);
        assert_eq!(visible::<u8>(Err(Error::denied())).unwrap(), None);
        for error in [Error::unavailable("away"), Error::stale_token(), Error::fault("broken")] {
            let kind = error.kind();
            assert_eq!(visible::<u8>(Err(error)).unwrap_err().kind(), kind);
        }
    }
}
