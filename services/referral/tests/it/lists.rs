//! Lists, counts and similar referrals: only what the caller may see.

use chrono::TimeDelta;
use proto::referral::v1::*;
use uuid::Uuid;

use crate::support::{Office, fields, professional};

async fn list(office: &Office, user: Uuid, request: ListReferralsRequest) -> ListReferralsResponse {
    office.client().list_referrals(office.service.as_user(user, request)).await.expect("a list").into_inner()
}

#[tokio::test]
async fn pages_walk_from_what_waits_longest() {
    let office = Office::open().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        office.service.clock.advance(TimeDelta::minutes(1));
        let node = if n == 4 { office.service.world.other_agency } else { office.service.world.agency };
        ids.push(office.submit(office.lead, Some(node), professional("Ana", &format!("Example{n}"))).await.referral_id);
    }
    let waiting = ListReferralsRequest { page_size: 2, states: vec![ReferralState::Submitted.into()], ..ListReferralsRequest::default() };
    let mut seen = Vec::new();
    let mut request = waiting.clone();
    loop {
        let page = list(&office, office.coordinator, request.clone()).await;
        seen.extend(page.referrals.iter().map(|r| r.id.clone()));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen, ids[..4], "the other agency's is not there");
    let newest = list(&office, office.lead, ListReferralsRequest::default()).await;
    assert_eq!(newest.referrals.iter().map(|r| r.id.clone()).collect::<Vec<_>>(), ids.iter().rev().cloned().collect::<Vec<_>>());
    let row = newest.referrals[0].input.as_ref().expect("a row");
    assert_eq!((row.parties[0].family_name.as_str(), row.harm_type.as_str(), row.parties[0].email.as_str()), ("Example4", "BUR.RES", ""));

    let token = list(&office, office.coordinator, waiting.clone()).await.next_page_token;
    let wrong = ListReferralsRequest { page_token: token, source: "SELF".into(), ..waiting };
    let refused = office.client().list_referrals(office.service.as_user(office.coordinator, wrong)).await.expect_err("another list's");
    assert_eq!(fields(refused), ["page_token"]);

    for (user, submitted) in [(office.lead, 5), (office.coordinator, 4), (office.other_coordinator, 1), (office.facilitator, 0)] {
        let mut client = office.client();
        let answer = client.count_referrals(office.service.as_user(user, CountReferralsRequest {})).await.expect("counts").into_inner();
        assert_eq!(answer.counts.len(), 9);
        assert_eq!((answer.counts[0].state(), answer.counts[0].count), (ReferralState::Submitted, submitted));
    }
    let mine = list(&office, office.facilitator, ListReferralsRequest { mine: true, ..ListReferralsRequest::default() }).await;
    assert!(mine.referrals.is_empty());
    office.service.stop().await;
}

#[tokio::test]
async fn likely_repeats_are_found_among_what_the_caller_sees() {
    let office = Office::open().await;
    let agency = office.service.world.agency;
    let first = office.submit(office.lead, Some(agency), professional("Catherine", "Ashworth")).await.referral_id;
    let misspelled = office.submit(office.lead, Some(agency), professional("Katherine", "Ashwerth")).await.referral_id;
    let mut stranger = professional("Dinesh", "Patel");
    stranger.parties[0].date_of_birth = "1990-01-01".into();
    stranger.parties[0].email = "dinesh@example.net".into();
    stranger.parties[0].phone = "07700 900999".into();
    office.submit(office.lead, Some(agency), stranger).await;
    office.submit(office.lead, Some(office.service.world.other_agency), professional("Catherine", "Ashworth")).await;
    let request = FindSimilarReferralsRequest { referral_id: first };
    let found = office
        .client()
        .find_similar_referrals(office.service.as_user(office.coordinator, request.clone()))
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(found.referrals.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), [misspelled.as_str()]);
    let all = office.client().find_similar_referrals(office.service.as_user(office.lead, request)).await.expect("an answer").into_inner();
    assert_eq!(all.referrals.len(), 2);
    office.service.stop().await;
}
