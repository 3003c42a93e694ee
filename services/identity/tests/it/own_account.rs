//! What somebody does with their own account: fresh proofs, recovery codes, sessions, factors.

use chrono::TimeDelta;
use proto::identity::v1::{account_service_client::AccountServiceClient, *};
use tonic::Code;

use crate::office::{Office, PASSWORD, Person, reason};

const FROM: &str = "198.51.100.7";

fn account(o: &Office) -> AccountServiceClient<platform::grpc::PeerChannel> {
    AccountServiceClient::new(o.channel())
}

async fn step_up(o: &Office, session: &str, password: &str, code: &str) -> Result<(), tonic::Status> {
    let message = StepUpRequest { tenant_id: o.tenant(), session_secret: session.into(), password: password.into(), code: code.into(), source: FROM.into() };
    account(o).step_up(o.gateway(message)).await.map(|_| ())
}

async fn shown(o: &Office, session: &str) -> GetAccountResponse {
    account(o).get_account(o.gateway(GetAccountRequest { tenant_id: o.tenant(), session_secret: session.into() })).await.unwrap().into_inner()
}

async fn change_password(o: &Office, session: &str, password: &str) -> Result<(), tonic::Status> {
    let message = ChangePasswordRequest { tenant_id: o.tenant(), session_secret: session.into(), password: password.into() };
    account(o).change_password(o.gateway(message)).await.map(|_| ())
}

async fn codes(o: &Office, session: &str) -> Vec<String> {
    let message = RenewRecoveryCodesRequest { tenant_id: o.tenant(), session_secret: session.into() };
    account(o).renew_recovery_codes(o.gateway(message)).await.unwrap().into_inner().recovery_codes
}

/// What the owner was told of, in order.
async fn told(o: &Office) -> Vec<String> {
    let mut db = o.service.db.connect().await;
    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar("select body from platform.outbox where type like '%AccountNotice' order by sequence").fetch_all(&mut db).await.unwrap();
    bodies.iter().map(|b| <proto::events::v1::AccountNotice as prost::Message>::decode(b.as_slice()).unwrap().what).collect()
}

/// Signs in as the gateway does for a browser with this cookie.
async fn sign_in(o: &Office, person: &Person, code: &str, device: &str) -> Result<CompleteSignInResponse, tonic::Status> {
    let begin = BeginSignInRequest { tenant_id: o.tenant(), email: person.email.clone(), password: PASSWORD.into(), source: FROM.into(), device_secret: device.into() };
    let challenge = o.sessions().begin_sign_in(o.gateway(begin)).await?.into_inner().challenge;
    let complete = CompleteSignInRequest {
        tenant_id: o.tenant(), challenge, code: code.into(), source: FROM.into(), device_secret: device.into(), agent: "Firefox on Windows".into(),
    };
    o.sessions().complete_sign_in(o.gateway(complete)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn what_an_unlocked_screen_must_not_do_asks_for_a_fresh_proof() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let session = o.sign_in(&o.administrator).await;
    o.service.clock.advance(TimeDelta::minutes(6));
    let token = o.mint(&session).await.unwrap().token;
    let assign = |key: String| AssignRoleRequest { request_id: key, user_id: bo.id.to_string(), role_id: o.role("read_only"), node_id: o.made.root_id.to_string(), valid_to: None, valid_from: None };
    let refused = o.users().assign_role(o.with(&token, assign(o.key().to_string()))).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "STEP_UP_REQUIRED".into()));
    let invite = InviteUserRequest {
        request_id: o.key().to_string(), name: "Cy Example".into(), email: "cy@northmoor.example.org".into(), node_id: o.made.root_id.to_string(),
        roles: vec![RoleChoice { role_id: o.role("read_only"), node_id: String::new() }],
    };
    assert_eq!(reason(&o.users().invite_user(o.with(&token, invite)).await.unwrap_err()), "STEP_UP_REQUIRED");
    assert_eq!(reason(&change_password(&o, &session, "seven amber kettles").await.unwrap_err()), "STEP_UP_REQUIRED");
    assert!(shown(&o, &session).await.fresh_until.is_none());

    let wrong = step_up(&o, &session, "kestrel marble thundes", &o.code(&o.administrator.totp)).await.unwrap_err();
    assert_eq!(reason(&wrong), "PROOF_REFUSED");
    assert_eq!(reason(&step_up(&o, &session, PASSWORD, "000000").await.unwrap_err()), "PROOF_REFUSED", "the same answer");
    step_up(&o, &session, PASSWORD, &o.code(&o.administrator.totp)).await.unwrap();
    assert_eq!(reason(&step_up(&o, &session, PASSWORD, &o.code(&o.administrator.totp)).await.unwrap_err()), "PROOF_REFUSED", "a code is good once");
    let token = o.mint(&session).await.unwrap().token;
    o.users().assign_role(o.with(&token, assign(o.key().to_string()))).await.unwrap();
    o.close().await;
}

#[tokio::test]
async fn guesses_at_an_unlocked_screen_are_few() {
    let o = Office::open().await;
    let session = o.sign_in(&o.administrator).await;
    for _ in 0..4 {
        step_up(&o, &session, "wrong wrong wrong", "000000").await.unwrap_err();
    }
    let slow = step_up(&o, &session, PASSWORD, &o.code(&o.administrator.totp)).await.unwrap_err();
    assert_eq!(slow.code(), Code::ResourceExhausted);
    o.close().await;
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_with_the_password_and_its_use_is_told() {
    let o = Office::open().await;
    let session = o.sign_in(&o.administrator).await;
    let made = codes(&o, &session).await;
    assert_eq!(made.len(), 10);
    let mut db = o.service.db.connect().await;
    let rows: Vec<String> = sqlx::query_scalar("select r::text from identity.recovery_code r").fetch_all(&mut db).await.unwrap();
    assert!(rows.len() == 10 && made.iter().all(|code| rows.iter().all(|row| !row.contains(code))), "only hashes are kept");

    let first = sign_in(&o, &o.administrator, &made[3].to_lowercase().replace('-', " "), "").await.unwrap();
    assert_eq!((first.recovery_code_used, first.recovery_codes_left), (true, 9));
    assert_eq!(reason(&sign_in(&o, &o.administrator, &made[3], "").await.unwrap_err()), "SIGN_IN_REFUSED", "once");
    let wrong = BeginSignInRequest { tenant_id: o.tenant(), email: o.administrator.email.clone(), password: "wrong wrong wrong".into(), source: "a".into(), ..Default::default() };
    let challenge = o.sessions().begin_sign_in(o.gateway(wrong)).await.unwrap().into_inner().challenge;
    assert_eq!(reason(&o.complete(&challenge, &made[4], "a").await.unwrap_err()), "SIGN_IN_REFUSED", "never without the password");
    assert!(told(&o).await.ends_with(&["RECOVERY_CODES_RENEWED".into(), "RECOVERY_CODE_USED".into(), "NEW_DEVICE".into()]), "{:?}", told(&o).await);

    let newer = codes(&o, &session).await;
    assert_eq!(reason(&sign_in(&o, &o.administrator, &made[5], "").await.unwrap_err()), "SIGN_IN_REFUSED", "the older ones are over");
    sign_in(&o, &o.administrator, &newer[0], "").await.unwrap();
    o.close().await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let theirs = o.sign_in(&bo).await;
    let one = sign_in(&o, &o.administrator, &o.code(&o.administrator.totp), "").await.unwrap();
    o.next_code();
    let two = sign_in(&o, &o.administrator, &o.code(&o.administrator.totp), &one.device_secret).await.unwrap();
    assert_eq!(two.device_secret, one.device_secret, "the browser is known again");
    let before = told(&o).await.len();
    let seen = shown(&o, &two.session_secret).await.sessions;
    assert!(seen[0].current && !seen[1].current && seen[1].agent == "Firefox on Windows", "{seen:?}");
    let other = shown(&o, &theirs).await.sessions[0].session_id.clone();
    let end = async |id: &str| {
        let message = EndSessionRequest { tenant_id: o.tenant(), session_secret: two.session_secret.clone(), session_id: id.to_owned() };
        account(&o).end_session(o.gateway(message)).await.unwrap();
    };
    end(&other).await;
    o.mint(&theirs).await.expect("nobody ends the session of another");
    let token = o.mint(&one.session_secret).await.unwrap().token;
    end(&seen[1].session_id).await;
    assert_eq!(o.mint(&one.session_secret).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(reason(&o.organisation().get_tenant(o.with(&token, GetTenantRequest {})).await.unwrap_err()), "STALE_TOKEN");
    assert_eq!(told(&o).await.len(), before);
    o.close().await;
}

#[tokio::test]
async fn a_changed_factor_ends_the_other_sessions_and_is_told() {
    let o = Office::open().await;
    let (one, two) = (o.sign_in(&o.administrator).await, o.sign_in(&o.administrator).await);
    let weak = change_password(&o, &two, "northmoor2027").await.unwrap_err();
    assert_eq!(platform::Error::from(weak).fields()[0].field, "password");
    change_password(&o, &two, "seven amber kettles").await.unwrap();
    assert_eq!(o.mint(&one).await.unwrap_err().code(), Code::Unauthenticated);
    o.mint(&two).await.expect("the session that changed it goes on");
    assert_eq!(told(&o).await.last().unwrap(), "PASSWORD_CHANGED");

    let begin = BeginAuthenticatorRequest { tenant_id: o.tenant(), session_secret: two.clone() };
    let begun = account(&o).begin_authenticator(o.gateway(begin)).await.unwrap().into_inner();
    let totp = data_encoding::BASE32_NOPAD.decode(begun.totp_secret.as_bytes()).unwrap();
    let complete = |code: String| CompleteAuthenticatorRequest { tenant_id: o.tenant(), session_secret: two.clone(), ceremony: begun.ceremony.clone(), code };
    assert_eq!(account(&o).complete_authenticator(o.gateway(complete("000000".into()))).await.unwrap_err().code(), Code::InvalidArgument);
    account(&o).complete_authenticator(o.gateway(complete(o.code(&totp)))).await.unwrap();
    assert_eq!(reason(&account(&o).complete_authenticator(o.gateway(complete(o.code(&totp)))).await.unwrap_err()), "CEREMONY_OVER");
    o.next_code();
    let challenge = o.begin(&o.administrator.email, "seven amber kettles", FROM).await.unwrap();
    o.complete(&challenge, &o.code(&totp), FROM).await.expect("the new password and the new authenticator");
    o.close().await;
}

#[tokio::test]
async fn an_attacker_cannot_slow_a_known_browser_down_and_a_known_password_buys_few_codes() {
    let o = Office::open().await;
    let known = sign_in(&o, &o.administrator, &o.code(&o.administrator.totp), "").await.unwrap().device_secret;
    o.next_code();
    for source in 0..12 {
        let challenge = o.begin(&o.administrator.email, PASSWORD, &format!("203.0.113.{source}")).await.unwrap();
        o.complete(&challenge, "000000", &format!("203.0.113.{source}")).await.unwrap_err();
    }
    let challenge = o.begin(&o.administrator.email, PASSWORD, "203.0.113.99").await.unwrap();
    let stopped = o.complete(&challenge, &o.code(&o.administrator.totp), "203.0.113.99").await.unwrap_err();
    assert_eq!(reason(&stopped), "SIGN_IN_REFUSED", "even the right code, and the answer does not tell");
    sign_in(&o, &o.administrator, &o.code(&o.administrator.totp), &known).await.expect("the owner's browser gets through");
    o.next_code();
    for _ in 0..60 {
        let _ = o.begin(&o.administrator.email, "wrong wrong wrong", &format!("198.18.{}.1", o.service.clock.now().timestamp() % 250)).await;
        o.service.clock.advance(TimeDelta::milliseconds(900));
    }
    sign_in(&o, &o.administrator, &o.code(&o.administrator.totp), &known).await.expect("still");
    o.close().await;
}

#[tokio::test]
async fn a_tenant_may_shorten_the_day() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let tenant = o.organisation().get_tenant(o.with(&token, GetTenantRequest {})).await.unwrap().into_inner().tenant.unwrap();
    let change = |hours| UpdateTenantSettingsRequest { request_id: o.key().to_string(), etag: tenant.etag.clone(), absolute_hours: hours, settings: tenant.settings, ..Default::default() };
    let wrong = o.organisation().update_tenant_settings(o.with(&token, change(13))).await.unwrap_err();
    assert_eq!(platform::Error::from(wrong).fields()[0].field, "absolute_hours");
    o.organisation().update_tenant_settings(o.with(&token, change(1))).await.unwrap();
    let session = o.sign_in(&o.administrator).await;
    for _ in 0..3 {
        o.service.clock.advance(TimeDelta::minutes(15));
        o.mint(&session).await.unwrap();
    }
    o.service.clock.advance(TimeDelta::minutes(15));
    assert_eq!(o.mint(&session).await.unwrap_err().code(), Code::Unauthenticated);
    o.close().await;
}

#[tokio::test]
async fn a_password_is_judged_before_it_is_chosen_but_not_for_strangers() {
    let o = Office::open().await;
    let session = o.sign_in(&o.administrator).await;
    let assess = async |session_secret: &str, enrolment_secret: &str, password: &str| {
        let message = AssessPasswordRequest { tenant_id: o.tenant(), session_secret: session_secret.into(), enrolment_secret: enrolment_secret.into(), password: password.into() };
        account(&o).assess_password(o.gateway(message)).await.map(tonic::Response::into_inner)
    };
    let good = assess(&session, "", "kestrel marble thunder").await.unwrap();
    assert!(good.mistake.is_empty() && good.strength >= 3, "{good:?}");
    assert!(assess(&session, "", "Ada Quill Northmoor").await.unwrap().mistake.contains("harder to guess"));
    assert_eq!(assess("", "", "kestrel marble thunder").await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(reason(&assess("", "no such link", "kestrel marble thunder").await.unwrap_err()), "ENROLMENT_LINK");
    o.close().await;
}

#[tokio::test]
async fn no_read_that_starts_after_disabling_succeeds() {
    let o = std::sync::Arc::new(Office::open().await);
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let token = o.token(&bo).await;
    let administrator = o.token(&o.administrator).await;
    let (ended, is_over) = tokio::sync::watch::channel(false);
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (o, token, is_over) = (o.clone(), token.clone(), is_over.clone());
            tokio::spawn(async move {
                let mut reads = 0;
                loop {
                    let over = *is_over.borrow();
                    match o.organisation().get_tenant(o.with(&token, GetTenantRequest {})).await {
                        Ok(_) => assert!(!over, "a read that started after the account was disabled"),
                        Err(status) if status.code() == Code::Unauthenticated => return reads,
                        // A busy machine sheds readers; nothing was read.
                        Err(status) if matches!(status.code(), Code::ResourceExhausted | Code::Unavailable | Code::DeadlineExceeded) => continue,
                        Err(status) => panic!("{status:?}"),
                    }
                    reads += 1;
                }
            })
        })
        .collect();
    let message = DisableUserRequest { request_id: o.key().to_string(), user_id: bo.id.to_string() };
    o.users().disable_user(o.with(&administrator, message)).await.unwrap();
    ended.send(true).unwrap();
    for reader in readers {
        tokio::time::timeout(std::time::Duration::from_secs(1), reader).await.expect("within a second").unwrap();
    }
    std::sync::Arc::into_inner(o).unwrap().close().await;
}
