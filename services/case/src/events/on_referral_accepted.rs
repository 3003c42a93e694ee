//! A referral was accepted: fetches it and opens a case, or joins one, with the people concerned (architecture 10).

use chrono::{DateTime, NaiveDate, Utc};
use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error, Result,
    events::{Consumer, consumer::Failure, envelope::Received},
    grpc::{Peers, as_workload, retry_read},
    ids,
};
use proto::{
    events::v1::ReferralAccepted,
    referral::v1::{
        Equality, GetAcceptedReferralRequest, GetAcceptedReferralResponse, PartyInput, ReferralInput,
        referral_service_client::ReferralServiceClient,
    },
};
use uuid::Uuid;

use crate::{
    commands::{open_case::{self, OpenCase}, take_party::{self, Party}},
    domain::contact::Given,
    store::people_blobs::{DemographicsBlob, IdentityBlob},
};

/// The queue, also the name in the inbox.
const QUEUE: &str = "case.referral_accepted";

/// The consumer.
pub struct OnReferralAccepted {
    db: Db,
    peers: Peers,
}

impl OnReferralAccepted {
    /// Works on the service's database and asks the referral service.
    pub fn new(db: Db, peers: Peers) -> Self {
        Self { db, peers }
    }

    async fn take(&self, ctx: &Ctx, event: &Received) -> Result<()> {
        let notice: ReferralAccepted = event.decode()?;
        // Asked before the transaction begins: nothing is locked while another service answers.
        let referral = self.fetch(ctx, &notice.referral_id).await?;
        let Some(mut tx) = event.begin(&self.db, ctx, QUEUE).await? else { return Ok(()) };
        let input = referral.input.clone().unwrap_or_default();
        let case_id = ids::parse_id("case_id", &referral.case_id)?;
        if open_case::open(&mut tx, wanted(&referral, &input, case_id)?).await? {
            for party in parties(&referral, &input)? {
                take_party::take_party(&mut tx, case_id, party).await?;
            }
        }
        tx.commit().await
    }

    async fn fetch(&self, ctx: &Ctx, referral_id: &str) -> Result<GetAcceptedReferralResponse> {
        let channel = self.peers.channel("referral")?;
        retry_read(|| {
            let mut client = ReferralServiceClient::new(channel.clone());
            let request = as_workload(ctx, GetAcceptedReferralRequest { referral_id: referral_id.to_owned() });
            async move { client.get_accepted_referral(request).await }
        })
        .await
    }
}

impl Consumer for OnReferralAccepted {
    fn name(&self) -> &'static str {
        QUEUE
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { self.take(ctx, event).await.map_err(Failure::from) })
    }
}

fn wanted(referral: &GetAcceptedReferralResponse, input: &ReferralInput, case_id: Uuid) -> Result<OpenCase> {
    Ok(OpenCase {
        case_id,
        referral_id: ids::parse_id("referral_id", &referral.referral_id)?,
        kind: referral.case_kind.clone(),
        owner_node_id: ids::parse_id("owner_node_id", &referral.owner_node_id)?,
        referral_source: input.source.clone(),
        harm_type: input.harm_type.clone(),
        harm_date: input.harm_date.clone(),
        what_happened: input.what_happened.clone(),
        harm_place: input.harm_place.clone(),
        crime_reference: input.crime_reference.clone(),
        justice_stage: input.justice_stage.clone(),
        crime_flags: input.crime_flags.clone(),
        hate_strands: input.hate_strands.clone(),
        risks: input.risks.clone(),
        joins_existing: referral.joins_existing_case,
    })
}

/// The parties with the coordinator's decisions, which stand in the same order. Only of the first party of a referral that
/// they submitted themself is known what they said: everybody else's consent and safe contacts are unknown.
fn parties(referral: &GetAcceptedReferralResponse, input: &ReferralInput) -> Result<Vec<Party>> {
    let submitted = referral.submitted_at.as_ref().and_then(|t| DateTime::from_timestamp(t.seconds, u32::try_from(t.nanos).ok()?));
    let themself = submitted.filter(|_| input.submitted_by == "SELF");
    let mut parties = Vec::with_capacity(input.parties.len());
    for (n, given) in input.parties.iter().enumerate() {
        let known = referral.parties.get(n).map(|p| p.existing_person_id.as_str()).filter(|id| !id.is_empty());
        let known = known.map(|id| Uuid::parse_str(id).map_err(|_| Error::fault("a decision names no person"))).transpose()?;
        let party_id = referral.parties.get(n).map(|p| ids::parse_id("party_id", &p.party_id)).transpose()?;
        parties.push(Party { party_id, ..party(given, known, if n == 0 { Some(input) } else { None }, themself.filter(|_| n == 0)) });
    }
    Ok(parties)
}

/// `first` holds what a referral tells of its first party only.
fn party(given: &PartyInput, known: Option<Uuid>, first: Option<&ReferralInput>, themself: Option<DateTime<Utc>>) -> Party {
    let safe = given.safe_contact.clone().unwrap_or_default();
    Party {
        party_id: None,
        known,
        role: given.role.clone(),
        identity: IdentityBlob {
            given_name: given.given_name.clone(),
            family_name: given.family_name.clone(),
            known_as: given.known_as.clone(),
            aliases: Vec::new(),
        },
        birth: NaiveDate::parse_from_str(&given.date_of_birth, "%Y-%m-%d").ok(),
        contact: Given {
            email: given.email.clone(),
            phone: given.phone.clone(),
            address: given.address.clone(),
            postcode: given.postcode.clone(),
            safe_email: safe.email,
            safe_text: safe.text,
            safe_phone: safe.phone,
            safe_post: safe.post,
            voicemail: safe.voicemail,
            times: safe.times,
            words: safe.words,
        },
        language: given.language.clone(),
        interpreter: given.interpreter,
        needs: first.map(|input| input.needs.clone()).unwrap_or_default(),
        demographics: first.and_then(|input| input.equality.as_ref()).and_then(answers),
        themself,
        agrees: first.is_some_and(|input| input.agrees_to_contact),
    }
}

/// Equality answers, where any was given.
fn answers(given: &Equality) -> Option<DemographicsBlob> {
    let blob = DemographicsBlob {
        ethnicity: given.ethnicity.clone(),
        sex: given.sex.clone(),
        gender_identity: given.gender_identity.clone(),
        sexual_orientation: given.sexual_orientation.clone(),
        religion: given.religion.clone(),
        disability: given.disability.clone(),
        ..DemographicsBlob::default()
    };
    (blob != DemographicsBlob::default()).then_some(blob)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::referral::v1::{PartyDecision, SafeContact};

    fn referral(submitted_by: &str) -> GetAcceptedReferralResponse {
        let person = |role: &str, name: &str| PartyInput {
            role: role.into(),
            given_name: name.into(),
            email: format!("{name}@example.org").to_lowercase(),
            safe_contact: Some(SafeContact { email: true, ..SafeContact::default() }),
            ..PartyInput::default()
        };
        GetAcceptedReferralResponse {
            submitted_at: Some(prost_types::Timestamp { seconds: 1000, nanos: 0 }),
            input: Some(ReferralInput {
                submitted_by: submitted_by.into(),
                agrees_to_contact: true,
                equality: Some(Equality { sex: "F".into(), ..Equality::default() }),
                parties: vec![person("HARMED_PERSON", "Naomi"), person("HARMER", "Sam")],
                ..ReferralInput::default()
            }),
            parties: vec![
                PartyDecision { party_id: Uuid::from_u128(1).to_string(), ..PartyDecision::default() },
                PartyDecision { party_id: Uuid::from_u128(2).to_string(), existing_person_id: Uuid::from_u128(7).to_string() },
            ],
            ..GetAcceptedReferralResponse::default()
        }
    }

    fn read(submitted_by: &str) -> Vec<Party> {
        let referral = referral(submitted_by);
        parties(&referral, referral.input.as_ref().expect("input")).expect("parties")
    }

    #[test]
    fn only_the_person_themself_speaks_for_themself() {
        let own = read("SELF");
        assert_eq!(own.iter().map(|p| p.themself.is_some()).collect::<Vec<_>>(), [true, false]);
        assert!(own[0].agrees && !own[1].agrees);
        for submitted_by in ["PROFESSIONAL", "ON_BEHALF", "POLICE_FEED", "STAFF", ""] {
            assert!(read(submitted_by).iter().all(|p| p.themself.is_none()), "{submitted_by}");
        }
    }

    #[test]
    fn decisions_and_answers_go_to_whom_they_belong() {
        let all = read("SELF");
        assert_eq!(all.iter().map(|p| p.known).collect::<Vec<_>>(), [None, Some(Uuid::from_u128(7))]);
        assert!(all[0].demographics.is_some() && all[1].demographics.is_none());
        assert_eq!(answers(&Equality::default()), None);
    }
}
