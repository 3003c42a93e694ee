//! Erasure of a person: who may, what holds it back, that two people decide, and that nothing opens afterwards, also
//! from a backup. And that a sealed value opens in its own place alone.

use std::time::Duration;

use case::CaseService;
use figment::providers::Serialized;
use platform::{
    Tx,
    app::{self, Mode, Shared},
    grpc::{PeerChannel, Peers, admin::Checks},
    ids,
    jobs::JobCtx,
    keys::operate::Operator,
    lifecycle::Shutdown,
    telemetry::Telemetry,
};
use prost::Message;
use proto::{
    case::v1::CloseCaseRequest,
    events::v1::{ErasureConfirmed, PersonErased},
    people::v1::{erasure_service_client::ErasureServiceClient, people_service_client::PeopleServiceClient, *},
};
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::{db::TestDb, eventually};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::case_office::{Office, fields, reason};

impl Office {
    fn erasures(&self) -> ErasureServiceClient<PeerChannel> {
        ErasureServiceClient::new(self.service.channel())
    }

    async fn person(&self, user: Uuid, id: &str) -> Result<Person, Status> {
        let mut client = PeopleServiceClient::new(self.service.channel());
        let answer = client.get_person(self.service.as_user(user, GetPersonRequest { person_id: id.into() })).await?;
        Ok(answer.into_inner().person.expect("a person"))
    }

    async fn erasure(&self, user: Uuid, id: &str) -> Result<GetErasureResponse, Status> {
        Ok(self.erasures().get_erasure(self.service.as_user(user, GetErasureRequest { person_id: id.into() })).await?.into_inner())
    }

    async fn erase(&self, user: Uuid, id: &str, dry_run: bool, reason: &str) -> Result<ErasePersonResponse, Status> {
        let request = ErasePersonRequest { request_id: self.key(), person_id: id.into(), dry_run, reason: reason.into() };
        Ok(self.erasures().erase_person(self.service.as_user(user, request)).await?.into_inner())
    }

    async fn approve(&self, user: Uuid, id: &str, erasure: &str, etag: &str) -> Result<String, Status> {
        let request = ApproveErasureRequest { request_id: self.key(), person_id: id.into(), erasure_id: erasure.into(), etag: etag.into() };
        Ok(self.erasures().approve_erasure(self.service.as_user(user, request)).await?.into_inner().etag)
    }

    async fn close(&self, case_id: &str) {
        let case = self.get(self.lead, case_id).await.expect("the case");
        let request = CloseCaseRequest { request_id: self.key(), case_id: case_id.into(), etag: case.etag, reason: case.allowed_close_reasons[0].clone(), ..Default::default() };
        self.cases().close_case(self.service.as_user(self.lead, request)).await.expect("closed");
    }

    /// A case with one person and a way to reach them; answers case, participant and person.
    async fn somebody(&self, given: &str) -> (String, String, String) {
        let case_id = self.rj().await;
        let participant = self.participant(&case_id, "HARMED_PERSON", given).await;
        let mut db = self.service.db.connect().await;
        let person: Uuid = sqlx::query_scalar("select person_id from cases.participant where id = $1::uuid").bind(&participant).fetch_one(&mut db).await.expect("a person");
        let request = AddContactPointRequest { request_id: self.key(), person_id: person.to_string(), kind: "EMAIL".into(), value: format!("{given}@example.org").to_lowercase() };
        let mut client = PeopleServiceClient::new(self.service.channel());
        client.add_contact_point(self.service.as_user(self.coordinator, request)).await.expect("a contact point");
        (case_id, participant, person.to_string())
    }

    async fn tx(&self, tenant: Uuid) -> Tx {
        let db = &self.service.running.db;
        let jobs = JobCtx::new("case", db.clone(), self.service.clock.clone(), Shutdown::new(Duration::ZERO, Duration::ZERO));
        let ctx = jobs.ctx_for(tenant, ids::new_id(self.service.clock.now()));
        Tx::begin(db, &ctx, ctx.permit()).await.expect("begun")
    }

    /// Approved by two officers and destroyed here.
    async fn erased_here(&self, person: &str) -> String {
        let asked = self.erase(self.officer, person, false, "WITHDREW").await.expect("asked").erasure_id;
        self.approve(self.other_officer, person, &asked, "1").await.expect("approved");
        eventually(async || self.person(self.officer, person).await.is_ok_and(|p| p.erased_at.is_some())).await;
        asked
    }
}

#[tokio::test]
async fn only_the_officer_may_and_everything_that_holds_it_back_is_told() {
    let office = Office::open().await;
    let (case_id, _, person) = office.somebody("Ana").await;
    for user in [office.lead, office.coordinator, office.reader] {
        let code = office.erasure(user, &person).await.expect_err("no right").code();
        assert!(matches!(code, Code::PermissionDenied | Code::NotFound), "{code:?}");
        assert!(office.erase(user, &person, false, "WITHDREW").await.is_err());
    }
    assert_eq!(office.erasure(office.lead, &person).await.expect_err("visible").code(), Code::PermissionDenied);
    let unseen = office.erasure(office.facilitator, &person).await.expect_err("not theirs");
    let random = office.erasure(office.facilitator, &Uuid::from_u128(3).to_string()).await.expect_err("nobody");
    assert_eq!((unseen.code(), unseen.message(), unseen.details()), (random.code(), random.message(), random.details()), "who has no such right learns nothing");
    assert_eq!(office.erasure(office.officer, &Uuid::from_u128(3).to_string()).await.expect_err("nobody").code(), Code::NotFound);

    let told = office.erase(office.officer, &person, true, "").await.expect("a dry run");
    assert_eq!(told.blockers.iter().map(|b| (b.code.as_str(), b.case_reference.is_empty())).collect::<Vec<_>>(), [("OPEN_CASE", false)]);
    let extent = told.extent.expect("extent");
    assert_eq!((extent.cases, extent.contact_points, told.erasure_id.as_str()), (1, 1, ""));
    let refused = office.erase(office.officer, &person, false, "WITHDREW").await.expect_err("an open case");
    assert_eq!((reason(refused.clone()), refused.message()), ("ERASURE_HELD_BACK".into(), "This person cannot be erased yet. What holds it back: 1 open case."));

    office.close(&case_id).await;
    let place = |kind: &str, until: &str| PlaceHoldRequest { request_id: office.key(), person_id: person.clone(), kind: kind.into(), until: until.into() };
    let hold = async |request| office.erasures().place_hold(office.service.as_user(office.officer, request)).await.map(|a| a.into_inner().hold_id);
    assert_eq!(fields(hold(place("RETENTION", "")).await.expect_err("until when")), ["until"]);
    assert_eq!(fields(hold(place("OTHER", "2020-01-01")).await.expect_err("which, and past")), ["kind", "until"]);
    let held = hold(place("LEGAL_HOLD", "")).await.expect("held");
    assert_eq!(reason(office.erase(office.officer, &person, false, "WITHDREW").await.expect_err("a hold")), "ERASURE_HELD_BACK");
    let lift = LiftHoldRequest { request_id: office.key(), person_id: person.clone(), hold_id: held };
    office.erasures().lift_hold(office.service.as_user(office.other_officer, lift.clone())).await.expect("lifted");
    let again = LiftHoldRequest { request_id: office.key(), ..lift };
    assert_eq!(office.erasures().lift_hold(office.service.as_user(office.officer, again)).await.expect_err("over").code(), Code::NotFound);

    assert_eq!(fields(office.erase(office.officer, &person, false, "").await.expect_err("why")), ["reason"]);
    let asked = office.erase(office.officer, &person, false, "WITHDREW").await.expect("asked").erasure_id;
    assert_eq!(reason(office.erase(office.other_officer, &person, false, "WITHDREW").await.expect_err("twice")), "ERASURE_UNDER_WAY");
    assert_eq!(reason(office.approve(office.officer, &person, &asked, "1").await.expect_err("alone")), "SECOND_PERSON_NEEDED");
    assert_eq!(office.approve(office.other_officer, &person, &asked, "7").await.expect_err("stale").code(), Code::Aborted);
    let (_, _, other) = office.somebody("Bo").await;
    assert_eq!(office.approve(office.other_officer, &other, &asked, "1").await.expect_err("another's").code(), Code::NotFound);
    let held = hold(place("LEGAL_HOLD", "")).await.expect("held");
    assert_eq!(reason(office.approve(office.other_officer, &person, &asked, "1").await.expect_err("held since")), "ERASURE_HELD_BACK");
    let lift = LiftHoldRequest { request_id: office.key(), person_id: person.clone(), hold_id: held };
    office.erasures().lift_hold(office.service.as_user(office.officer, lift)).await.expect("lifted");
    let cancel = CancelErasureRequest { request_id: office.key(), person_id: person.clone(), erasure_id: asked.clone(), etag: "1".into() };
    office.erasures().cancel_erasure(office.service.as_user(office.other_officer, cancel)).await.expect("refused");
    assert_eq!(reason(office.approve(office.other_officer, &person, &asked, "2").await.expect_err("decided")), "ERASURE_STATE");
    assert_eq!(office.person(office.coordinator, &person).await.expect("nothing happened").given_name, "Ana");
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_erase_and_a_certificate_follows_when_all_have_confirmed() {
    let office = Office::start(Mode::ALL).await;
    let (case_id, participant, person) = office.somebody("Ana").await;
    let (_, _, other) = office.somebody("Bo").await;
    let party = Uuid::from_u128(77);
    let mut db = office.service.db.connect().await;
    let sql = "insert into people.party (tenant_id, party_id, person_id, joined_at) values ($1, $2, $3::uuid, now())";
    sqlx::query(sql).bind(office.service.world.tenant).bind(party).bind(&person).execute(&mut db).await.expect("a party");
    office.close(&case_id).await;
    let erasure = office.erased_here(&person).await;

    let body: Vec<u8> = sqlx::query_scalar("select body from platform.outbox where type = 'accord.events.v1.PersonErased'").fetch_one(&mut db).await.expect("a notice");
    let notice = PersonErased::decode(body.as_slice()).expect("it decodes");
    assert_eq!(notice, PersonErased { erasure_id: erasure.clone(), person_id: person.clone(), party_ids: vec![party.to_string()] });

    let shown = office.person(office.officer, &person).await.expect("the reference is left");
    assert_eq!((shown.given_name.as_str(), shown.contact_points.len(), shown.reference.is_empty()), ("", 0, false));
    let left = |sql: &'static str| {
        let person = person.clone();
        let service = &office.service;
        async move {
            let mut db = service.db.connect().await;
            sqlx::query_scalar::<_, i64>(sql).bind(person).fetch_one(&mut db).await.expect("a count")
        }
    };
    assert_eq!(left("select count(*) from keys.subject_key where subject_id = $1::uuid and wrapped is not null").await, 0);
    assert_eq!(left("select count(*) from search.person_token where person_id = $1::uuid").await, 0);
    assert_eq!(left("select count(*) from people.contact_point where person_id = $1::uuid").await, 0);
    let case = office.get(office.lead, &case_id).await.expect("the case goes on");
    assert_eq!(case.participants.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect::<Vec<_>>(), [(participant.as_str(), "")]);
    let search = SearchPeopleRequest { family_name: "Example".into(), given_name: "Ana".into(), ..SearchPeopleRequest::default() };
    let found = PeopleServiceClient::new(office.service.channel()).search_people(office.service.as_user(office.lead, search)).await.expect("a search").into_inner();
    assert!(found.people.iter().all(|p| p.id != person));
    assert_eq!(office.person(office.lead, &other).await.expect("somebody else").given_name, "Bo");

    let state = office.erasure(office.officer, &person).await.expect("state").erasure.expect("an erasure");
    assert_eq!((state.state.as_str(), state.certificate.as_str()), ("RUNNING", ""), "the other service has not confirmed");
    let mut tx = office.tx(office.service.world.tenant).await;
    let confirmed = ErasureConfirmed { erasure_id: erasure.clone(), person_id: person.clone(), service: "referral".into(), keys: 2 };
    tx.publish(Uuid::from_u128(1), 1, &confirmed).await.expect("published");
    tx.commit().await.expect("committed");
    eventually(async || office.erasure(office.officer, &person).await.is_ok_and(|a| a.erasure.is_some_and(|e| e.state == "COMPLETED"))).await;
    let state = office.erasure(office.officer, &person).await.expect("state").erasure.expect("an erasure");
    assert_eq!(state.certificate.len(), 64);
    assert_eq!(state.confirmations.iter().map(|c| (c.service.as_str(), c.keys, c.confirmed_at.is_some())).collect::<Vec<_>>(), [("case", 1, true), ("referral", 2, true)]);
    assert_eq!(reason(office.erase(office.officer, &person, false, "WITHDREW").await.expect_err("once")), "ALREADY_ERASED");
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_opens_nothing_once_the_list_was_replayed() {
    let office = Office::start(Mode::ALL).await;
    let (case_id, _, person) = office.somebody("Ana").await;
    let (_, _, other) = office.somebody("Bo").await;
    office.close(&case_id).await;
    let backup = office.service.db.dump();
    office.erased_here(&person).await;

    let restored = TestDb::restored::<CaseService>(&backup).await;
    let section = serde_json::json!({
        "app_url": restored.section.app_url.expose(), "platform_url": restored.section.platform_url.expose(), "owner_url": restored.section.owner_url.expose(), "max_connections": 4,
    });
    let figment = office.service.figment.clone().merge(Serialized::default("case.database", section)).merge(Serialized::default("broker.prefix", format!("restored.{}", Uuid::from_u128(1))));
    let shared = Shared {
        clock: office.service.clock.clone(),
        shutdown: Shutdown::new(Duration::ZERO, Duration::from_secs(10)),
        telemetry: Telemetry::init(&Default::default()).expect("telemetry"),
        checks: Checks::default(),
    };
    let running = app::start::<CaseService>(&figment, &shared, Mode::SERVE, None).await.expect("it starts");
    let peers = serde_json::from_value(serde_json::json!({ "case": running.grpc_addr.expect("it serves").to_string() })).expect("peers");
    let channel = || Peers::connect(&peers, &office.service.ca.identity("gateway")).and_then(|p| p.channel("case")).expect("a channel");
    let get = async |id: &str| {
        let request = office.service.as_user(office.officer, GetPersonRequest { person_id: id.into() });
        PeopleServiceClient::new(channel()).get_person(request).await.expect("a person").into_inner().person.expect("a person")
    };
    assert_eq!(get(&person).await.given_name, "Ana", "the backup holds the key");

    let operator = Operator::open::<CaseService>(&figment, &office.service.clock).await.expect("the operator");
    let replayed = operator.replay_shred_list::<CaseService>().await.expect("replayed");
    assert_eq!((replayed.entries, replayed.destroyed), (1, 1));
    operator.close().await;
    let shown = get(&person).await;
    assert_eq!((shown.given_name.as_str(), shown.erased_at.is_some()), ("", true));
    assert_eq!(get(&other).await.given_name, "Bo");
    let mut db = restored.connect().await;
    let left: i64 = sqlx::query_scalar("select (select count(*) from search.person_token where person_id = $1::uuid) + (select count(*) from people.contact_point where person_id = $1::uuid)")
        .bind(&person)
        .fetch_one(&mut db)
        .await
        .expect("a count");
    assert_eq!(left, 0);
    drop(db);
    shared.shutdown.start();
    assert!(shared.shutdown.complete().await);
    running.db.close().await;
    office.service.stop().await;
}

async fn run(db: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db).await.expect("as a superuser");
}

#[tokio::test]
async fn a_sealed_value_opens_for_its_own_person_class_row_and_tenant_alone() {
    let office = Office::open().await;
    let (_, _, ana) = office.somebody("Ana").await;
    let (_, _, bo) = office.somebody("Bo").await;
    let stranger = Uuid::from_u128(9);
    let (subject, blob) = {
        let mut tx = office.tx(stranger).await;
        let subject = Uuid::from_u128(10);
        tx.create_subject(subject, "person").await.expect("a key");
        let blob = tx.seal(subject, proto::FieldClass::Identity, subject, &Person { id: "Cy".into(), ..Person::default() }).await.expect("sealed");
        tx.commit().await.expect("committed");
        (subject, blob)
    };
    let mut db = office.service.db.connect().await;
    run(&mut db, "create table public.kept_person as select * from people.person; create table public.kept_key as select * from keys.subject_key; create table public.kept_point as select * from people.contact_point").await;
    let hex: String = blob.iter().map(|b| format!("{b:02x}")).collect();
    for (what, sql) in [
        ("between people", format!("update people.person p set c_identity = o.c_identity from public.kept_person o where p.id = '{ana}' and o.id = '{bo}'")),
        ("with the key of another person", format!("update keys.subject_key k set wrapped = o.wrapped from public.kept_key o where k.subject_id = '{ana}' and o.subject_id = '{bo}'")),
        ("key and value of another person", format!("update keys.subject_key k set wrapped = o.wrapped from public.kept_key o where k.subject_id = '{ana}' and o.subject_id = '{bo}'; update people.person p set c_identity = o.c_identity from public.kept_person o where p.id = '{ana}' and o.id = '{bo}'")),
        ("between columns", format!("update people.person set c_needs = c_identity where id = '{ana}'")),
        ("between rows", format!("update people.person p set c_contact = o.c_contact from public.kept_point o where p.id = '{ana}' and o.person_id = '{ana}'")),
        ("between tenants", format!("update keys.subject_key k set wrapped = o.wrapped from public.kept_key o where k.subject_id = '{ana}' and o.subject_id = '{subject}'; update people.person set c_identity = '\\x{hex}' where id = '{ana}'")),
    ] {
        run(&mut db, &sql).await;
        let refused = office.person(office.coordinator, &ana).await.expect_err(what);
        assert_eq!(refused.code(), Code::Internal, "{what}");
        let told = format!("{refused:?}");
        assert!(!["Ana", "Bo", "Cy"].iter().any(|name| told.contains(name)), "{what}: {told}");
        run(&mut db, &format!("update people.person p set c_identity = o.c_identity, c_needs = o.c_needs, c_contact = o.c_contact from public.kept_person o where p.id = o.id and p.id = '{ana}'; update keys.subject_key k set wrapped = o.wrapped from public.kept_key o where k.subject_id = o.subject_id and k.tenant_id = o.tenant_id")).await;
        assert_eq!(office.person(office.coordinator, &ana).await.expect("put back").given_name, "Ana");
    }
    office.service.stop().await;
}
