//! Help with a lost password or factor: started by one, for leading roles confirmed by another, seen by neither.

use proto::identity::v1::*;
use tonic::Code;

use crate::office::{Office, Person, reason};

async fn ask(o: &Office, helper: &Person, user: &Person) -> Result<bool, tonic::Status> {
    let token = o.token(helper).await;
    let message = RenewEnrolmentRequest { request_id: o.key().to_string(), user_id: user.id.to_string() };
    o.users().renew_enrolment(o.with(&token, message)).await.map(|a| a.into_inner().awaits_confirmation)
}

async fn confirm(o: &Office, second: &Person, user: &Person) -> Result<(), tonic::Status> {
    let token = o.token(second).await;
    let message = ConfirmEnrolmentRequest { request_id: o.key().to_string(), user_id: user.id.to_string() };
    o.users().confirm_enrolment(o.with(&token, message)).await.map(|_| ())
}

async fn offered(o: &Office, reader: &Person, user: &Person) -> bool {
    let token = o.token(reader).await;
    o.users().get_user(o.with(&token, GetUserRequest { user_id: user.id.to_string() })).await.unwrap().into_inner().user.unwrap().enrolment_to_confirm
}

#[tokio::test]
async fn a_leading_role_takes_two_people_and_nobody_sees_the_link() {
    let o = Office::open().await;
    let lead = o.hire("Lee", "partnership_lead", o.made.root_id).await;
    let officer = o.hire("Dee", "data_protection_officer", o.made.root_id).await;
    let worker = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let helper = o.administrator.clone();

    assert!(!ask(&o, &helper, &worker).await.unwrap(), "one is enough here");
    let before = o.newest_enrolment().await;
    assert!(ask(&o, &helper, &lead).await.unwrap());
    assert_eq!(o.newest_enrolment().await, before, "nothing was sent");
    assert!(offered(&o, &officer, &lead).await && !offered(&o, &helper, &lead).await && !offered(&o, &worker, &lead).await);
    for not in [&helper, &lead, &worker] {
        assert_eq!(confirm(&o, not, &lead).await.unwrap_err().code(), Code::PermissionDenied);
    }
    assert!(ask(&o, &helper, &lead).await.unwrap(), "asking twice is not two people");
    confirm(&o, &officer, &lead).await.unwrap();
    assert_ne!(o.newest_enrolment().await, before);
    o.enrol(&o.mailed_link().await).await;
    assert_eq!(reason(&confirm(&o, &officer, &lead).await.unwrap_err()), "NOTHING_TO_CONFIRM", "once");
    o.close().await;
}

#[tokio::test]
async fn what_nobody_confirmed_in_a_day_is_over() {
    let o = Office::open().await;
    let lead = o.hire("Lee", "partnership_lead", o.made.root_id).await;
    let officer = o.hire("Dee", "data_protection_officer", o.made.root_id).await;
    ask(&o, &o.administrator.clone(), &lead).await.unwrap();
    o.service.clock.advance(chrono::TimeDelta::hours(25));
    assert_eq!(reason(&confirm(&o, &officer, &lead).await.unwrap_err()), "NOTHING_TO_CONFIRM");
    o.close().await;
}
