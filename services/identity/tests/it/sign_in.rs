//! Sign-in, sessions, enrolment, throttling.

use chrono::TimeDelta;
use identity::operator::create_first_administrator;
use proto::identity::v1::*;
use tonic::Code;

use crate::office::{Office, PASSWORD, reason};

#[tokio::test]
async fn a_session_begins_with_both_factors_and_mints_tokens() {
    let o = Office::open().await;
    let found = o.sessions().resolve_tenant(o.nowhere(ResolveTenantRequest { slug: "northmoor".into() })).await.unwrap().into_inner();
    assert_eq!((found.tenant_id, found.demonstration), (o.tenant(), true));
    let nobody = o.sessions().resolve_tenant(o.nowhere(ResolveTenantRequest { slug: "nowhere".into() })).await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);

    let session = o.sign_in(&o.administrator).await;
    let minted = o.mint(&session).await.unwrap();
    assert_eq!((minted.user_name.as_str(), minted.user_id.as_str()), ("Ada Quill", o.administrator.id.to_string().as_str()));
    assert_eq!(minted.role_names, ["Tenant administrator"]);
    assert!(minted.permissions.contains(&"user.create".to_owned()) && !minted.permissions.contains(&"case.read".to_owned()));
    let tenant = o.organisation().get_tenant(o.with(&minted.token, GetTenantRequest {})).await.unwrap().into_inner().tenant.unwrap();
    assert_eq!(tenant.slug, "northmoor");
    let again = create_first_administrator(&o.operator, "northmoor", "Eve", "eve@northmoor.example.org").await.unwrap_err();
    assert_eq!(again.reason(), "ADMINISTRATOR_EXISTS");
    o.close().await;
}

#[tokio::test]
async fn every_cause_is_refused_alike_and_a_code_is_good_once() {
    let o = Office::open().await;
    let (who, from) = (&o.administrator, "198.51.100.9");
    let right = o.begin(&who.email, PASSWORD, from).await.unwrap();
    o.complete(&right, &o.code(&who.totp), from).await.unwrap();
    let replayed = o.begin(&who.email, PASSWORD, from).await.unwrap();
    let code = o.code(&who.totp);
    let mut answers = vec![o.complete(&replayed, &code, from).await.unwrap_err()];
    o.next_code();
    for (email, password, from) in [(who.email.as_str(), "kestrel marble thundes", "a"), ("nobody@example.org", PASSWORD, "b"), ("not an address", PASSWORD, "c")] {
        let challenge = o.begin(email, password, from).await.unwrap();
        assert_eq!(challenge.len(), right.len());
        answers.push(o.complete(&challenge, &o.code(&who.totp), from).await.unwrap_err());
    }
    answers.push(o.complete("no such challenge", &code, from).await.unwrap_err());
    let late = o.begin(&who.email, PASSWORD, "d").await.unwrap();
    o.service.clock.advance(TimeDelta::minutes(6));
    answers.push(o.complete(&late, &o.code(&who.totp), "d").await.unwrap_err());
    for answer in &answers {
        assert_eq!((answer.code(), reason(answer), answer.message()), (Code::Unauthenticated, "SIGN_IN_REFUSED".into(), answers[0].message()));
    }
    o.close().await;
}

#[tokio::test]
async fn a_challenge_takes_three_codes() {
    let o = Office::open().await;
    let challenge = o.begin(&o.administrator.email, PASSWORD, "a").await.unwrap();
    for _ in 0..3 {
        assert_eq!(o.complete(&challenge, "000000", "a").await.unwrap_err().code(), Code::Unauthenticated);
    }
    assert_eq!(o.complete(&challenge, &o.code(&o.administrator.totp), "a").await.unwrap_err().code(), Code::Unauthenticated);
    o.close().await;
}

#[tokio::test]
async fn guesses_wait_longer_and_longer_and_lock_nobody_else_out() {
    let o = Office::open().await;
    for email in [o.administrator.email.as_str(), "nobody@example.org"] {
        for _ in 0..4 {
            o.begin(email, "wrong wrong wrong", "203.0.113.5").await.unwrap();
        }
        let slow = o.begin(email, "wrong wrong wrong", "203.0.113.5").await.unwrap_err();
        assert_eq!((slow.code(), reason(&slow)), (Code::ResourceExhausted, "TOO_MANY_ATTEMPTS".into()), "known or not");
    }
    o.sign_in(&o.administrator).await;
    o.service.clock.advance(TimeDelta::minutes(5));
    o.begin(&o.administrator.email, PASSWORD, "203.0.113.5").await.unwrap();
    o.close().await;
}

#[tokio::test]
async fn sessions_end_by_sign_out_by_idling_and_after_twelve_hours() {
    let o = Office::open().await;
    let one = o.sign_in(&o.administrator).await;
    o.mint(&one).await.unwrap();
    o.sessions().sign_out(o.gateway(SignOutRequest { tenant_id: o.tenant(), session_secret: one.clone() })).await.unwrap();
    assert_eq!(o.mint(&one).await.unwrap_err().code(), Code::Unauthenticated, "also where it was cached");

    let (two, three) = (o.sign_in(&o.administrator).await, o.sign_in(&o.administrator).await);
    let token = o.mint(&two).await.unwrap().token;
    let everywhere = SignOutEverywhereRequest { tenant_id: o.tenant(), session_secret: two.clone() };
    let ended = o.sessions().sign_out_everywhere(o.gateway(everywhere)).await.unwrap().into_inner().ended;
    assert_eq!(ended, 2);
    for session in [&two, &three] {
        assert_eq!(o.mint(session).await.unwrap_err().code(), Code::Unauthenticated);
    }
    let stale = o.organisation().get_tenant(o.with(&token, GetTenantRequest {})).await.unwrap_err();
    assert_eq!(reason(&stale), "STALE_TOKEN", "no token outlives it");

    let idle = o.sign_in(&o.administrator).await;
    o.service.clock.advance(TimeDelta::minutes(19));
    o.mint(&idle).await.unwrap();
    o.service.clock.advance(TimeDelta::minutes(19));
    o.mint(&idle).await.unwrap();
    o.service.clock.advance(TimeDelta::minutes(21));
    assert_eq!(o.mint(&idle).await.unwrap_err().code(), Code::Unauthenticated);

    let long = o.sign_in(&o.administrator).await;
    for _ in 0..47 {
        o.service.clock.advance(TimeDelta::minutes(15));
        o.mint(&long).await.unwrap();
    }
    o.service.clock.advance(TimeDelta::minutes(15));
    assert_eq!(o.mint(&long).await.unwrap_err().code(), Code::Unauthenticated);
    o.close().await;
}

#[tokio::test]
async fn an_enrolment_link_is_good_once_and_says_all_that_is_wrong() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let invite = InviteUserRequest {
        request_id: o.key().to_string(),
        name: "Bo Example".into(),
        email: "bo@northmoor.example.org".into(),
        node_id: o.made.node_ids[0].to_string(),
        roles: Vec::new(),
    };
    o.users().invite_user(o.with(&token, invite.clone())).await.unwrap();
    let link = o.mailed_link().await;
    let complete = |password: &str, code: &str| CompleteEnrolmentRequest {
        tenant_id: o.tenant(),
        enrolment_secret: link.clone(),
        password: password.into(),
        code: code.into(),
    };
    let early = o.sessions().complete_enrolment(o.gateway(complete(PASSWORD, "123456"))).await.unwrap_err();
    assert_eq!(reason(&early), "ENROLMENT_NOT_BEGUN");
    let begin = BeginEnrolmentRequest { tenant_id: o.tenant(), enrolment_secret: link.clone() };
    let shown = o.sessions().begin_enrolment(o.gateway(begin)).await.unwrap().into_inner();
    assert_eq!((shown.user_name.as_str(), shown.email.as_str()), ("Bo Example", "bo@northmoor.example.org"));
    let wrong = o.sessions().complete_enrolment(o.gateway(complete("northmoor2027", "12"))).await.unwrap_err();
    let fields: Vec<String> = platform::Error::from(wrong).fields().iter().map(|f| f.field.clone()).collect();
    assert_eq!(fields, ["password", "code"]);
    o.enrol(&link).await;
    let used = o.sessions().complete_enrolment(o.gateway(complete(PASSWORD, "123456"))).await.unwrap_err();
    assert_eq!(reason(&used), "ENROLMENT_LINK");
    o.close().await;
}

#[tokio::test]
async fn both_halves_of_a_sign_in_and_its_end_are_recorded_for_the_user() {
    let o = Office::open().await;
    let session = o.sign_in(&o.administrator).await;
    let sign_out = SignOutRequest { tenant_id: o.tenant(), session_secret: session };
    o.sessions().sign_out(o.gateway(sign_out)).await.unwrap();
    let challenge = o.begin(&o.administrator.email, "not the password", "198.51.100.7").await.unwrap();
    assert_eq!(o.complete(&challenge, "000000", "198.51.100.7").await.unwrap_err().code(), Code::Unauthenticated);

    let mut database = o.service.db.connect().await;
    let sql = "SELECT substring(method from '[^/]*$'), outcome, coalesce(on_behalf, '') FROM platform.audit_event WHERE operation = 8 ORDER BY sequence DESC LIMIT 5";
    let mut rows: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(&mut database).await.unwrap();
    rows.reverse();
    let who = format!("user:{}", o.administrator.id);
    let expected = [("BeginSignIn", "ok"), ("CompleteSignIn", "ok"), ("SignOut", "ok"), ("BeginSignIn", "ok"), ("CompleteSignIn", "denied")];
    let expected: Vec<(String, String, String)> = expected.iter().map(|(method, outcome)| ((*method).to_owned(), (*outcome).to_owned(), who.clone())).collect();
    assert_eq!(rows, expected);
    o.close().await;
}
