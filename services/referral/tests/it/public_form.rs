//! The public form: drafts, submission, expiry.

use chrono::TimeDelta;
use proto::referral::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::support::{Office, fields, own};

async fn start(office: &Office) -> String {
    office.form().start_draft(office.service.as_public(StartDraftRequest {})).await.expect("a draft").into_inner().draft_secret
}

async fn save(office: &Office, secret: &str, input: ReferralInput) -> Result<(), tonic::Status> {
    let request = SaveDraftRequest { draft_secret: secret.into(), input: Some(input) };
    office.form().save_draft(office.service.as_public(request)).await.map(|_| ())
}

async fn get(office: &Office, secret: &str) -> Result<GetDraftResponse, tonic::Status> {
    let request = GetDraftRequest { draft_secret: secret.into() };
    Ok(office.form().get_draft(office.service.as_public(request)).await?.into_inner())
}

async fn submit(office: &Office, secret: &str) -> Result<SubmitDraftResponse, tonic::Status> {
    let request = SubmitDraftRequest { draft_secret: secret.into() };
    Ok(office.form().submit_draft(office.service.as_public(request)).await?.into_inner())
}

#[tokio::test]
async fn a_request_is_kept_as_typed_and_sent_once() {
    let office = Office::open().await;
    let secret = start(&office).await;
    assert_eq!(secret.len(), 64);
    assert_eq!(get(&office, &secret).await.expect("an empty draft"), GetDraftResponse::default());

    let half = ReferralInput {
        parties: vec![PartyInput { email: "not yet".into(), date_of_birth: "1980".into(), ..PartyInput::default() }],
        ..ReferralInput::default()
    };
    save(&office, &secret, half.clone()).await.expect("saved");
    assert_eq!(get(&office, &secret).await.expect("a draft").input, Some(half));
    let refused = fields(submit(&office, &secret).await.expect_err("incomplete"));
    for field in ["input.initiated_by", "input.parties[0].given_name", "input.parties[0].email", "input.agrees_to_contact"] {
        assert!(refused.contains(&field.to_owned()), "{field} {refused:?}");
    }

    save(&office, &secret, own()).await.expect("saved");
    let first = submit(&office, &secret).await.expect("submitted");
    assert!(first.reference.starts_with("RF-") && first.acknowledgement_follows);
    assert_eq!(submit(&office, &secret).await.expect("the same again"), first);
    let after = get(&office, &secret).await.expect("what it became");
    assert_eq!((after.reference, after.input), (first.reference.clone(), None));
    assert_eq!(save(&office, &secret, own()).await.expect_err("it was sent").code(), Code::FailedPrecondition);
    assert_eq!(office.count("select count(*) from referral.referrals").await, 1);
    assert_eq!(office.outbox().await, ["events.v1.ReferralSubmitted", "facts.v1.ReferralFact"]);

    let listed = office
        .client()
        .list_referrals(office.service.as_user(office.lead, ListReferralsRequest::default()))
        .await
        .expect("a list")
        .into_inner();
    let referral = office.get(office.lead, &listed.referrals[0].id).await.expect("the referral");
    let input = referral.input.expect("what was told");
    assert_eq!((input.submitted_by.as_str(), input.source.as_str(), input.parties[0].role.as_str()), ("SELF", "SELF", "HARMED_PERSON"));
    assert_eq!((input.what_happened.as_str(), referral.submitted_by_user_id.as_str()), ("Somebody broke in.", ""));
    assert_eq!(referral.owner_node_id, office.service.world.partnership.to_string());
    assert_eq!(referral.history[0].by, "public");
    office.service.stop().await;
}

#[tokio::test]
async fn twenty_submissions_at_once_make_one_referral() {
    let office = Office::open().await;
    let secret = start(&office).await;
    save(&office, &secret, own()).await.expect("saved");
    let answers = futures::future::join_all((0..20).map(|_| submit(&office, &secret))).await;
    let references: std::collections::BTreeSet<_> = answers.into_iter().filter_map(Result::ok).map(|a| a.reference).collect();
    assert_eq!(references.len(), 1);
    assert_eq!(office.count("select count(*) from referral.referrals").await, 1);
    office.service.stop().await;
}

#[tokio::test]
async fn a_draft_is_gone_after_a_day_or_when_the_page_is_left() {
    let office = Office::open().await;
    let (left, kept) = (start(&office).await, start(&office).await);
    save(&office, &left, own()).await.expect("saved");
    save(&office, &kept, own()).await.expect("saved");
    for _ in 0..2 {
        office.form().discard_draft(office.service.as_public(DiscardDraftRequest { draft_secret: left.clone() })).await.expect("discarded");
    }
    let unknown = get(&office, &"ab".repeat(32)).await.expect_err("nobody's");
    assert_eq!(format!("{:?}", get(&office, &left).await.expect_err("gone").message()), format!("{:?}", unknown.message()));
    assert_eq!(unknown.code(), Code::NotFound);

    office.service.clock.advance(TimeDelta::hours(24));
    assert_eq!(get(&office, &kept).await.expect_err("its time is over").code(), Code::NotFound);
    assert_eq!(submit(&office, &kept).await.expect_err("its time is over").code(), Code::NotFound);
    assert!(office.service.running.run_job("referral.expire_drafts").await.expect("the job"));
    assert_eq!(office.count("select count(*) from referral.drafts").await, 0);
    assert_eq!(office.count("select count(*) from keys.subject_key where kind = 'draft' and wrapped is not null").await, 0);
    office.service.stop().await;
}

#[tokio::test]
async fn the_public_reaches_the_form_only_and_staff_do_not_reach_it() {
    let office = Office::open().await;
    let referral_id = Uuid::nil().to_string();
    let code =
        office.client().get_referral(office.service.as_public(GetReferralRequest { referral_id })).await.expect_err("staff only").code();
    assert_eq!(code, Code::PermissionDenied);
    let code = office.form().start_draft(office.service.as_user(office.lead, StartDraftRequest {})).await.expect_err("public only").code();
    assert_eq!(code, Code::PermissionDenied);
    office.service.stop().await;
}
