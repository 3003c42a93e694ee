//! What may be about the same people: other referrals, and people of the register.

use futures::future::join_all;
use platform::{Error, Kind};
use proto::{
    people::v1::{FindMatchesRequest, Person, people_service_client::PeopleServiceClient},
    referral::v1::{FindSimilarReferralsRequest, PartyInput, Referral, referral_service_client::ReferralServiceClient},
};

use super::words;
use crate::{
    page::StaffPage,
    rpc,
    view::{Shown, Tag},
};

/// A person of the register who may be a party of the referral.
#[derive(Clone, Debug)]
pub struct Match {
    /// The person.
    pub person: Person,
    /// 0 to 100.
    pub score: u32,
}

impl Match {
    /// Their name as the reader may see it.
    pub fn name(&self) -> Shown {
        Shown::field("given_name", &self.person.masked_paths, format!("{} {}", self.person.given_name, self.person.family_name).trim().to_owned())
    }

    /// Their date of birth as the reader may see it.
    pub fn born(&self) -> Shown {
        Shown::field("date_of_birth", &self.person.masked_paths, words::day(&self.person.date_of_birth))
    }

    /// Their postcode as the reader may see it.
    pub fn postcode(&self) -> Shown {
        Shown::field("postcode", &self.person.masked_paths, self.person.postcode.as_str())
    }

    /// How likely it is that they are the same.
    pub fn likelihood(&self) -> Tag {
        words::likelihood(self.score)
    }
}

/// The likely ones for each party, in order. `None` where the search failed, which is not the same as nobody found.
pub async fn matches(page: &StaffPage, parties: &[PartyInput]) -> Option<Vec<Vec<Match>>> {
    let all = join_all(parties.iter().map(|party| async {
        let request = FindMatchesRequest {
            given_name: party.given_name.clone(),
            family_name: party.family_name.clone(),
            date_of_birth: party.date_of_birth.clone(),
            postcode: party.postcode.clone(),
            phone: party.phone.clone(),
            email: party.email.clone(),
        };
        if request == FindMatchesRequest::default() {
            return Some(Vec::new());
        }
        match rpc!(page, "case", PeopleServiceClient::find_matches, request).await {
            Ok(found) => Some(found.people.into_iter().zip(found.scores).map(|(person, score)| Match { person, score }).collect()),
            // Too little was told to compare.
            Err(status) if Error::from(status.clone()).kind() == Kind::InvalidArgument => Some(Vec::new()),
            Err(_) => None,
        }
    }))
    .await;
    all.into_iter().collect()
}

/// Other open referrals about the same people. `None` where the search failed.
pub async fn referrals(page: &StaffPage, id: &str) -> Option<Vec<Referral>> {
    let request = FindSimilarReferralsRequest { referral_id: id.to_owned() };
    rpc!(page, "referral", ReferralServiceClient::find_similar_referrals, request).await.ok().map(|found| found.referrals)
}
