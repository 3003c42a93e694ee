//! The people register and participants through gRPC and a real database.

mod office;

use platform::db::Tx;
use proto::{case::v1::*, people::v1::*};
use tonic::Code;
use uuid::Uuid;

use self::office::{key, naomi, office};
use crate::{
    commands::take_party::{self, Party},
    domain::contact::Given,
    store::{participants, people_blobs::IdentityBlob},
};

#[tokio::test]
async fn people_are_found_by_what_is_known_and_by_whom_they_concern() {
    let mut o = office().await;
    let (coordinator, outsider, facilitator) = (o.coordinator, o.outsider, o.harmed_side);
    for text in ["adeyemi", "Adeyami Naomi", "naomi adeyemi 12/3/1990", "12 March 1990", "1990-03-12", "07700900123", "naomi@mail.example.org", "LS9 8QT"] {
        let found = o.search(coordinator, text).await;
        assert_eq!(found.iter().map(|p| p.family_name.as_str()).collect::<Vec<_>>(), ["Adeyemi"], "{text}");
        assert_eq!(o.search(facilitator, text).await.len(), 1, "{text}: the facilitator's own");
        assert!(o.search(outsider, text).await.is_empty(), "{text}: another agency's people do not exist");
    }
    let reference = o.search(coordinator, "adeyemi").await.remove(0).reference;
    assert_eq!(o.search(coordinator, &reference.to_lowercase()).await.len(), 1);
    assert!(o.search(outsider, &reference).await.is_empty());
    assert!(o.search(facilitator, "Whitlock").await.is_empty(), "the other side");
    let (reader, nothing) = (o.reader, o.service.as_user(o.coordinator, SearchPeopleRequest::default()));
    assert_eq!(o.people.search_people(nothing).await.expect_err("nothing to search for").code(), Code::InvalidArgument);
    let request = o.service.as_user(reader, SearchPeopleRequest { text: "adeyemi".into(), ..SearchPeopleRequest::default() });
    assert_eq!(o.people.search_people(request).await.expect_err("no right to search").code(), Code::PermissionDenied);

    let described = FindMatchesRequest { given_name: "Naomy".into(), family_name: "Adeyemi".into(), date_of_birth: "1990-03-12".into(), ..FindMatchesRequest::default() };
    let matches = o.people.find_matches(o.service.as_user(coordinator, described.clone())).await.expect("matches").into_inner();
    assert_eq!((matches.people.len(), matches.scores.len()), (1, 1));
    assert!(matches.scores[0] >= 65, "{:?}", matches.scores);
    assert!(o.people.find_matches(o.service.as_user(outsider, described)).await.expect("none").into_inner().people.is_empty());
}

#[tokio::test]
async fn a_person_is_visible_through_a_visible_case_and_by_nothing_else() {
    let mut o = office().await;
    let (coordinator, outsider, facilitator) = (o.coordinator, o.outsider, o.harmed_side);
    let harmed = o.participant(coordinator, o.naomi).await.expect("visible").person_id;
    let harmer = o.participant(coordinator, o.sam).await.expect("visible").person_id;
    let whole = o.person(coordinator, &harmed).await.expect("visible");
    assert_eq!((whole.given_name.as_str(), whole.postcode.as_str(), whole.contact_points.len()), ("Naomi", "LS9 8QT", 3));
    assert_eq!(whole.case_ids, [o.case.to_string()]);
    assert_eq!(whole.demographics.map(|d| d.sex).as_deref(), Some("F"));
    assert!(o.person(facilitator, &harmed).await.is_ok());
    let absent = o.person(facilitator, &key()).await.expect_err("nobody");
    for (who, id) in [(facilitator, &harmer), (outsider, &harmed)] {
        let hidden = o.person(who, id).await.expect_err("hidden");
        assert_eq!((hidden.code(), hidden.message(), hidden.details()), (absent.code(), absent.message(), absent.details()));
    }
    let list = |who| o.service.as_user(who, ListParticipantsRequest { case_id: o.case.to_string() });
    let (all, own) = (list(coordinator), list(facilitator));
    assert_eq!(o.participants.list_participants(all).await.expect("a list").into_inner().participants.len(), 2);
    let own = o.participants.list_participants(own).await.expect("a list").into_inner().participants;
    assert_eq!(own.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Naomi Adeyemi"]);
}

#[tokio::test]
async fn the_gate_opens_only_for_what_the_person_marked_safe() {
    let mut o = office().await;
    let sms = o.resolve(o.naomi, "SMS").await;
    assert_eq!((sms.allowed, sms.address.as_str()), (true, "07700 900123"));
    assert_eq!(o.resolve(o.naomi, "EMAIL").await.address, "naomi@mail.example.org");
    let other = o.resolve(o.sam, "SMS").await;
    assert_eq!((other.allowed, other.reason.as_str(), other.address.as_str()), (false, "NO_CONSENT", ""));
    o.consent(o.sam, "CONTACT", "GIVEN").await.expect("recorded");
    assert_eq!(o.resolve(o.sam, "SMS").await.reason, "CONTACT_UNKNOWN", "what another said of safety is unknown");

    let flag = |clear| SetFlagRequest { request_id: key(), participant_id: o.naomi.to_string(), code: "DO_NOT_TEXT".into(), text: "Shared telephone.".into(), clear };
    let (set, clear) = (o.service.as_user(o.coordinator, flag(false)), o.service.as_user(o.coordinator, flag(true)));
    o.participants.set_flag(set).await.expect("set");
    assert_eq!(o.resolve(o.naomi, "SMS").await.reason, "CONTACT_UNSAFE");
    assert!(o.resolve(o.naomi, "EMAIL").await.allowed);
    o.participants.set_flag(clear).await.expect("cleared");
    assert!(o.resolve(o.naomi, "SMS").await.allowed);
    o.consent(o.naomi, "SMS", "WITHDRAWN").await.expect("recorded");
    assert_eq!(o.resolve(o.naomi, "SMS").await.reason, "NO_CONSENT", "at once");
}

#[tokio::test]
async fn statuses_and_consents_follow_their_tables() {
    let mut o = office().await;
    o.status(o.naomi, "ENGAGED").await.expect("allowed");
    assert_eq!(o.status(o.naomi, "CONSENTED").await.expect_err("no consent").code(), Code::FailedPrecondition);
    assert_eq!(o.consent(o.naomi, "TAKE_PART", "RENEWED").await.expect_err("never given").code(), Code::FailedPrecondition);
    o.consent(o.naomi, "TAKE_PART", "GIVEN").await.expect("recorded");
    o.status(o.naomi, "CONSENTED").await.expect("allowed now");
    let attempt = RecordContactAttemptRequest {
        request_id: key(),
        participant_id: o.naomi.to_string(),
        channel: "MOBILE".into(),
        result: "REACHED".into(),
        note: "Wants to go on.".into(),
        at: None,
    };
    o.participants.record_contact_attempt(o.service.as_user(o.coordinator, attempt)).await.expect("recorded");
    o.consent(o.naomi, "TAKE_PART", "WITHDRAWN").await.expect("recorded");
    let after = o.participant(o.coordinator, o.naomi).await.expect("visible");
    assert_eq!((after.status.as_str(), after.allowed_statuses.as_slice()), ("WITHDRAWN", ["ENGAGED".to_owned()].as_slice()));
    assert_eq!((after.consents[0].state.as_str(), after.consents[0].note.as_str()), ("WITHDRAWN", "By telephone."));
    assert_eq!(after.contact_attempts[0].result, "REACHED");
    assert_eq!(o.resolve(o.naomi, "EMAIL").await.reason, "WITHDRAWN");
    let mut tx = Tx::begin(&o.service.running.db, &o.ctx, o.ctx.permit()).await.expect("a transaction");
    assert!(participants::names(&mut tx, &[o.case]).await.is_ok_and(|names| names.len() == 2));
    let case = crate::store::cases::get(&mut tx, o.case).await.expect("the case").expect("the case");
    assert!(case.first_contact_at.is_some());
}

#[tokio::test]
async fn a_person_is_changed_once_and_by_who_saw_the_newest() {
    let mut o = office().await;
    let coordinator = o.coordinator;
    let id = o.participant(coordinator, o.sam).await.expect("visible").person_id;
    let before = o.person(coordinator, &id).await.expect("visible");
    let change = UpdateIdentityRequest {
        request_id: key(),
        person_id: id.clone(),
        etag: before.etag.clone(),
        given_name: "Samuel".into(),
        family_name: "Whitlock".into(),
        known_as: "Sammy".into(),
        date_of_birth: "1988-11-02".into(),
        language: "English".into(),
        ..UpdateIdentityRequest::default()
    };
    let once = o.people.update_identity(o.service.as_user(coordinator, change.clone())).await.expect("changed").into_inner();
    let again = o.people.update_identity(o.service.as_user(coordinator, change.clone())).await.expect("replayed").into_inner();
    assert_eq!(once, again);
    let stale = UpdateIdentityRequest { request_id: key(), ..change.clone() };
    assert_eq!(o.people.update_identity(o.service.as_user(coordinator, stale)).await.expect_err("stale").code(), Code::Aborted);
    let hidden = UpdateIdentityRequest { request_id: key(), ..change };
    assert_eq!(o.people.update_identity(o.service.as_user(o.outsider, hidden)).await.expect_err("hidden").code(), Code::NotFound);
    assert_eq!(o.search(coordinator, "2 Nov 1988").await.len(), 1, "the tokens follow");

    let add = AddContactPointRequest { request_id: key(), person_id: id.clone(), kind: "EMAIL".into(), value: "sam@mail.example.net".into() };
    let point = o.people.add_contact_point(o.service.as_user(coordinator, add.clone())).await.expect("added").into_inner().contact_point_id;
    let twice = AddContactPointRequest { request_id: key(), ..add };
    assert_eq!(o.people.add_contact_point(o.service.as_user(coordinator, twice)).await.expect_err("twice").code(), Code::AlreadyExists);
    let etag = o.person(coordinator, &id).await.expect("visible").etag;
    let safe = SetContactSafetyRequest {
        request_id: key(),
        person_id: id.clone(),
        contact_point_id: point.clone(),
        etag,
        safety: "SAFE_WITH_LIMITS".into(),
        safe_from: "09:00".into(),
        safe_to: "17:00".into(),
        verified: true,
        ..SetContactSafetyRequest::default()
    };
    let etag = o.people.set_contact_safety(o.service.as_user(coordinator, safe)).await.expect("set").into_inner().etag;
    o.consent(o.sam, "CONTACT", "GIVEN").await.expect("recorded");
    // The tests' clock stands at 08:00 in winter.
    let answer = o.resolve(o.sam, "EMAIL").await;
    assert_eq!((answer.reason.as_str(), answer.not_before.is_some()), ("OUTSIDE_SAFE_HOURS", true));
    let answers = SetDemographicsRequest {
        request_id: key(),
        person_id: id.clone(),
        etag,
        demographics: Some(Demographics { ethnicity: "W1".into(), impairments: vec!["VISION".into()], ..Demographics::default() }),
    };
    o.people.set_demographics(o.service.as_user(coordinator, answers)).await.expect("set");
    let remove = RemoveContactPointRequest { request_id: key(), person_id: id.clone(), contact_point_id: point };
    o.people.remove_contact_point(o.service.as_user(coordinator, remove)).await.expect("removed");
    let after = o.person(coordinator, &id).await.expect("visible");
    assert_eq!((after.known_as.as_str(), after.contact_points.len()), ("Sammy", 1));
    assert_eq!(after.demographics.map(|d| d.ethnicity).as_deref(), Some("W1"));
    assert!(o.search(coordinator, "sam@mail.example.net").await.is_empty(), "no token is left");
}

#[tokio::test]
async fn a_participant_is_added_new_or_known() {
    let mut o = office().await;
    let (coordinator, facilitator) = (o.coordinator, o.harmed_side);
    let add = |role: &str, person: &str| AddParticipantRequest {
        request_id: key(),
        case_id: o.case.to_string(),
        role: role.into(),
        person_id: person.into(),
        given_name: if person.is_empty() { "Ifeoma".into() } else { String::new() },
        ..AddParticipantRequest::default()
    };
    let new = add("SUPPORTER_OF_HARMED", "");
    let other_side = add("SUPPORTER_OF_HARMER", "");
    let made = o.participants.add_participant(o.service.as_user(facilitator, new.clone())).await.expect("added").into_inner();
    assert_eq!(o.participants.add_participant(o.service.as_user(facilitator, new)).await.expect("replayed").into_inner(), made);
    let refused = o.participants.add_participant(o.service.as_user(facilitator, other_side)).await;
    assert_eq!(refused.expect_err("not their side").code(), Code::PermissionDenied);
    let known = AddParticipantRequest { request_id: key(), case_id: o.case.to_string(), role: "WITNESS".into(), person_id: made.person_id.clone(), ..AddParticipantRequest::default() };
    o.participants.add_participant(o.service.as_user(coordinator, known.clone())).await.expect("added");
    let twice = AddParticipantRequest { request_id: key(), ..known };
    assert_eq!(o.participants.add_participant(o.service.as_user(coordinator, twice)).await.expect_err("twice").code(), Code::AlreadyExists);
    assert_eq!(o.search(facilitator, "Ifeoma").await.len(), 1);
}

#[tokio::test]
async fn of_a_known_person_nothing_is_overwritten() {
    let mut o = office().await;
    let id = o.participant(o.coordinator, o.naomi).await.expect("visible").person_id;
    let known = Uuid::parse_str(&id).expect("an id");
    let mut tx = Tx::begin(&o.service.running.db, &o.ctx, o.ctx.permit()).await.expect("a transaction");
    let again = Party {
        known: Some(known),
        identity: IdentityBlob { given_name: "Naomi".into(), family_name: "Okafor".into(), ..IdentityBlob::default() },
        birth: chrono::NaiveDate::from_ymd_opt(1991, 1, 1),
        contact: Given { email: "Naomi@mail.example.org".into(), phone: "07700 900789".into(), ..Given::default() },
        themself: None,
        ..naomi(o.ctx.now())
    };
    let same = take_party::take_party(&mut tx, o.case, again).await.expect("joined");
    tx.commit().await.expect("committed");
    assert_eq!(same, o.naomi, "the same role in the same case is the same participant");
    let person = o.person(o.coordinator, &id).await.expect("visible");
    assert_eq!((person.family_name.as_str(), person.date_of_birth.as_str()), ("Adeyemi", "1990-03-12"));
    assert_eq!(person.aliases, ["Naomi Okafor"]);
    let safety = |kind: &str| {
        let mut all: Vec<_> = person.contact_points.iter().filter(|p| p.kind == kind).map(|p| p.safety.as_str()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!((safety("EMAIL"), safety("MOBILE")), (vec!["SAFE"], vec!["SAFE_WITH_LIMITS", "UNKNOWN"]));
    assert_eq!(o.search(o.coordinator, "okafor").await.len(), 1, "the new name is found");
}

#[tokio::test]
async fn every_table_obeys_tenancy_and_one_function_has_the_owners_rights() {
    let o = office().await;
    let pool = sqlx::PgPool::connect(o.service.db.section.owner_url.expose()).await.expect("a pool");
    let expected = platform::db::catalogue::Expected { tenantless: &[], definers: &["search.candidates"] };
    let problems = platform::db::catalogue::problems(&pool, expected).await.expect("the catalogue");
    assert!(problems.is_empty(), "{problems:#?}");
}

#[tokio::test]
async fn candidates_are_found_through_the_index_under_the_services_role() {
    let o = office().await;
    let mut conn = o.service.db.connect().await;
    // Enough people that no plan but the index's is sensible, of a tenant that nobody else asks for.
    let fill = "with t as (select gen_random_uuid() tenant), p as (
            insert into people.person (tenant_id, id, reference, created_at, c_identity)
            select t.tenant, gen_random_uuid(), 'P-' || g, now(), '\\x00' from t, generate_series(1, 5000) g returning tenant_id, id)
        insert into search.person_token select tenant_id, id, array[hashtextextended(id::text, 1), hashtextextended(id::text, 2)] from p";
    sqlx::raw_sql(fill).execute(&mut conn).await.expect("people");
    sqlx::raw_sql("analyze search.person_token").execute(&mut conn).await.expect("statistics");
    let tenant: Uuid = sqlx::query_scalar("select tenant_id from search.person_token group by 1 order by count(*) desc limit 1").fetch_one(&mut conn).await.expect("the tenant");
    let scans = "select idx_scan from pg_stat_user_indexes where indexrelname = 'person_token_tok'";
    // The service's role itself, through the function; its own transaction shows what it scanned.
    let mut app = <sqlx::PgConnection as sqlx::Connection>::connect(o.service.db.section.app_url.expose()).await.expect("the service's role");
    sqlx::query("select set_config('app.tenant', $1, false)").bind(tenant.to_string()).execute(&mut app).await.expect("a tenant");
    let found: i64 = sqlx::query_scalar("select count(*) from search.candidates(array[1, 2]::bigint[], null, null, null, 100)").fetch_one(&mut app).await.expect("candidates");
    assert_eq!(found, 0);
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut app).await.expect("flushed");
    sqlx::Connection::close(app).await.expect("closed");
    testkit::eventually(async || {
        let seen: i64 = sqlx::query_scalar(scans).fetch_one(&mut conn).await.expect("statistics");
        seen > 0
    })
    .await;
}
