//! Locks, conflicts of interest, restrictions, shares and break-glass: what each hides, shows and refuses.

use chrono::TimeDelta;
use proto::{
    FieldClass,
    case::v1::*,
    people::v1::{FindMatchesRequest, GetPersonRequest, Person, SearchPeopleRequest, people_service_client::PeopleServiceClient},
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::case_office::{Office, fields, reason};

fn tab(tab: CaseTab) -> ListCasesRequest {
    ListCasesRequest { tab: tab.into(), ..ListCasesRequest::default() }
}

async fn lock(office: &Office, who: Uuid, case: &str, members: &[Uuid]) -> Result<String, Status> {
    let request = LockCaseRequest {
        request_id: office.key(),
        case_id: case.into(),
        reason: "A colleague's family is concerned.".into(),
        member_user_ids: members.iter().map(Uuid::to_string).collect(),
    };
    Ok(office.access().lock_case(office.service.as_user(who, request)).await?.into_inner().lock_id)
}

async fn access(office: &Office, who: Uuid, case: &str) -> Result<CaseAccess, Status> {
    let request = office.service.as_user(who, GetCaseAccessRequest { case_id: case.into() });
    Ok(office.access().get_case_access(request).await?.into_inner().access.expect("an answer"))
}

async fn search(office: &Office, who: Uuid) -> Vec<Person> {
    let request = office.service.as_user(who, SearchPeopleRequest { text: "Example".into(), ..Default::default() });
    PeopleServiceClient::new(office.channel()).search_people(request).await.map(|a| a.into_inner().people).unwrap_or_default()
}

/// Every way to the case that the caller has; all are empty or NOT_FOUND where they do not see it.
async fn traces(office: &Office, who: Uuid, case: &str, person: &str, participant: &str, meeting: &str) -> Vec<&'static str> {
    let service = &office.service;
    let mut found = Vec::new();
    let mut note = |what, seen: bool| {
        if seen {
            found.push(what);
        }
    };
    note("case", office.get(who, case).await.is_ok());
    note("access", access(office, who, case).await.is_ok());
    let timeline = GetTimelineRequest { case_id: case.into(), ..Default::default() };
    note("timeline", office.cases().get_timeline(service.as_user(who, timeline)).await.is_ok());
    let list = office.list(who, tab(CaseTab::Open)).await.map(|a| a.cases).unwrap_or_default();
    note("list", list.iter().any(|c| c.id == case));
    let of_person = ListCasesRequest { person_id: person.into(), ..tab(CaseTab::Open) };
    note("list of person", !office.list(who, of_person).await.map(|a| a.cases).unwrap_or_default().is_empty());
    let counts = office.cases().count_cases(service.as_user(who, CountCasesRequest {})).await.map(tonic::Response::into_inner).unwrap_or_default();
    note("counts", counts.open + counts.mine + counts.unallocated > 0);
    let notes = ListNotesRequest { case_id: case.into(), ..Default::default() };
    note("notes", office.notes().list_notes(service.as_user(who, notes)).await.is_ok());
    let meetings = office.meetings().list_meetings(service.as_user(who, ListMeetingsRequest::default())).await;
    note("meetings", meetings.is_ok_and(|m| !m.into_inner().meetings.is_empty()));
    let one = GetMeetingRequest { meeting_id: meeting.into() };
    note("meeting", office.meetings().get_meeting(service.as_user(who, one)).await.is_ok());
    let mut participants = participant_service_client::ParticipantServiceClient::new(office.channel());
    note("participants", participants.list_participants(service.as_user(who, ListParticipantsRequest { case_id: case.into() })).await.is_ok());
    let one = GetParticipantRequest { participant_id: participant.into() };
    note("participant", participants.get_participant(service.as_user(who, one)).await.is_ok());
    let mut people = PeopleServiceClient::new(office.channel());
    note("person", people.get_person(service.as_user(who, GetPersonRequest { person_id: person.into() })).await.is_ok());
    note("search", !search(office, who).await.is_empty());
    let described = FindMatchesRequest { given_name: "Ana".into(), family_name: "Example".into(), ..Default::default() };
    note("duplicates", people.find_matches(service.as_user(who, described)).await.is_ok_and(|a| !a.into_inner().people.is_empty()));
    let asked = VisibleCasesRequest { case_ids: vec![case.into()] };
    note("other services", office.access().visible_cases(service.as_user(who, asked)).await.is_ok_and(|a| !a.into_inner().case_ids.is_empty()));
    found
}

struct Told {
    case: String,
    person: String,
    participant: String,
    meeting: String,
}

/// A case with somebody in it, a meeting and a note, allocated to facilitator and colleague.
async fn told(office: &Office) -> Told {
    let case = office.rj().await;
    let participant = office.participant(&case, "HARMED_PERSON", "Ana").await;
    for user in [office.facilitator, office.colleague] {
        office.allocate(&case, user, "BOTH").await.expect("allocated");
    }
    let mut client = participant_service_client::ParticipantServiceClient::new(office.channel());
    let one = GetParticipantRequest { participant_id: participant.clone() };
    let person = client.get_participant(office.service.as_user(office.coordinator, one)).await.expect("seen").into_inner().participant.expect("one").person_id;
    let starts_at = office.service.clock.now() + TimeDelta::days(3);
    let meeting = ScheduleMeetingRequest {
        request_id: office.key(),
        case_id: case.clone(),
        kind: "PREPARATION".into(),
        mode: "PHONE".into(),
        starts_at: Some(prost_types::Timestamp { seconds: starts_at.timestamp(), nanos: 0 }),
        minutes: 30,
        attendees: vec![Attendee { participant_id: participant.clone(), ..Default::default() }],
        ..Default::default()
    };
    let meeting = office.meetings().schedule_meeting(office.service.as_user(office.facilitator, meeting)).await.expect("planned").into_inner().meeting_id;
    Told { case, person, participant, meeting }
}

async fn seen(office: &Office, who: Uuid, t: &Told) -> Vec<&'static str> {
    traces(office, who, &t.case, &t.person, &t.participant, &t.meeting).await
}

#[tokio::test]
async fn a_locked_case_does_not_exist_for_anybody_else() {
    let office = Office::open().await;
    let t = told(&office).await;
    for who in [office.lead, office.coordinator, office.colleague] {
        assert_eq!(seen(&office, who, &t).await.len(), 15, "before");
    }
    assert_eq!(fields(lock(&office, office.coordinator, &t.case, &[]).await.expect_err("nobody")), ["member_user_ids"]);
    assert_eq!(fields(lock(&office, office.coordinator, &t.case, &[office.administrator]).await.expect_err("no worker")), ["member_user_ids"]);
    assert_eq!(lock(&office, office.facilitator, &t.case, &[office.facilitator]).await.expect_err("no right").code(), Code::PermissionDenied);
    assert_eq!(lock(&office, office.other_coordinator, &t.case, &[office.other_coordinator]).await.expect_err("not theirs").code(), Code::NotFound);
    lock(&office, office.coordinator, &t.case, &[office.coordinator, office.facilitator]).await.expect("locked");

    for who in [office.lead, office.colleague, office.officer, office.reader] {
        assert_eq!(seen(&office, who, &t).await, Vec::<&str>::new());
    }
    let random = office.get(office.lead, &office.key()).await.expect_err("nothing");
    let hidden = office.get(office.lead, &t.case).await.expect_err("locked");
    assert_eq!((hidden.code(), hidden.message(), hidden.details()), (random.code(), random.message(), random.details()));
    for who in [office.coordinator, office.facilitator] {
        assert!(seen(&office, who, &t).await.contains(&"search"));
    }
    let shown = access(&office, office.coordinator, &t.case).await.expect("a member");
    assert_eq!(shown.readers.len(), 2);
    assert_eq!(shown.lock.expect("a lock").reason, "A colleague's family is concerned.");
    assert_eq!(reason(office.allocate_by(office.coordinator, &t.case, office.reader).await.expect_err("not among them")), "NOT_IN_LOCK");

    let locks = |who| office.service.as_user(who, ListLocksRequest::default());
    assert_eq!(office.access().list_locks(locks(office.lead)).await.expect_err("no administrator").code(), Code::PermissionDenied);
    let known = office.access().list_locks(locks(office.administrator)).await.expect("a list").into_inner().locks.remove(0);
    assert!(known.case_reference.starts_with("RJ-") && known.member_user_ids.len() == 2);
    let release = ReleaseLockRequest { request_id: office.key(), lock_id: known.lock_id, reason: "Both have left.".into() };
    office.access().release_lock(office.service.as_user(office.administrator, release.clone())).await.expect("released");
    office.access().release_lock(office.service.as_user(office.administrator, release)).await.expect("replayed");
    assert_eq!(office.get(office.administrator, &t.case).await.expect_err("never theirs").code(), Code::PermissionDenied);
    assert!(!seen(&office, office.lead, &t).await.is_empty());

    lock(&office, office.lead, &t.case, &[office.lead]).await.expect("locked anew");
    let unlock = UnlockCaseRequest { request_id: office.key(), case_id: t.case.clone(), reason: "Over.".into() };
    assert_eq!(office.access().unlock_case(office.service.as_user(office.coordinator, unlock.clone())).await.expect_err("not a member").code(), Code::NotFound);
    office.access().unlock_case(office.service.as_user(office.lead, unlock)).await.expect("unlocked");
    assert_eq!(seen(&office, office.coordinator, &t).await.len(), 15, "as before");
}

#[tokio::test]
async fn a_conflict_of_interest_hides_and_refuses_and_tells_no_more_than_that() {
    let office = Office::open().await;
    let t = told(&office).await;
    let declare = |user_id: &str, case_id: &str, person_id: &str| DeclareConflictRequest {
        request_id: office.key(), user_id: user_id.into(), case_id: case_id.into(), person_id: person_id.into(), reason: "They are neighbours.".into(),
    };
    let other = declare(&office.facilitator.to_string(), &t.case, "");
    assert_eq!(office.access().declare_conflict(office.service.as_user(office.colleague, other)).await.expect_err("for others").code(), Code::PermissionDenied);
    let own = declare("", "", &t.person);
    office.access().declare_conflict(office.service.as_user(office.colleague, own.clone())).await.expect("declared");
    office.access().declare_conflict(office.service.as_user(office.colleague, own)).await.expect("replayed");
    assert_eq!(seen(&office, office.colleague, &t).await, Vec::<&str>::new());
    let case = office.get(office.coordinator, &t.case).await.expect("the case");
    let ended = case.allocations.iter().find(|a| a.user_id == office.colleague.to_string()).expect("an allocation");
    assert_eq!(ended.end_reason, "CONFLICT");

    let refused = office.allocate(&t.case, office.colleague, "BOTH").await.expect_err("in conflict");
    assert!(!refused.message().contains("neighbour") && !refused.message().contains("conflict"), "{}", refused.message());
    assert_eq!(reason(refused), "CANNOT_WORK_CASE");
    let over = HandOverCasesRequest { request_id: office.key(), from_user_id: office.facilitator.to_string(), to_user_id: office.colleague.to_string(), ..Default::default() };
    let results = office.cases().hand_over_cases(office.service.as_user(office.coordinator, over)).await.expect("results").into_inner().results;
    assert_eq!(results[0].reason, "CANNOT_WORK_CASE");

    let lead = declare(&office.lead.to_string(), &t.case, "");
    office.access().declare_conflict(office.service.as_user(office.coordinator, lead)).await.expect("for a colleague");
    assert_eq!(seen(&office, office.lead, &t).await, Vec::<&str>::new());
    let list = |who| office.service.as_user(who, ListConflictsRequest::default());
    let known = office.access().list_conflicts(list(office.coordinator)).await.expect("a list").into_inner().conflicts;
    assert_eq!(known.len(), 2);
    let of_lead = known.iter().find(|c| c.about == "CASE").expect("the lead's");
    assert!(office.access().list_conflicts(list(office.lead)).await.expect("a list").into_inner().conflicts.is_empty(), "nobody finds their own");
    assert!(office.access().list_conflicts(list(office.other_coordinator)).await.expect("a list").into_inner().conflicts.is_empty());
    assert_eq!(access(&office, office.coordinator, &t.case).await.expect("access").conflicts.len(), 2);
    assert!(access(&office, office.facilitator, &t.case).await.expect("access").conflicts.is_empty(), "of those who manage it only");

    let end = EndConflictRequest { request_id: office.key(), conflict_id: of_lead.id.clone(), reason: "A mistake.".into() };
    assert_eq!(office.access().end_conflict(office.service.as_user(office.lead, end.clone())).await.expect_err("one's own").code(), Code::NotFound);
    office.access().end_conflict(office.service.as_user(office.coordinator, end)).await.expect("ended");
    assert!(!seen(&office, office.lead, &t).await.is_empty());
}

#[tokio::test]
async fn what_is_restricted_is_stored_and_nothing_else() {
    let office = Office::open().await;
    let t = told(&office).await;
    let set = |case_id: &str, person_id: &str| SetRestrictionRequest { request_id: office.key(), case_id: case_id.into(), person_id: person_id.into(), reason: "Contested.".into() };
    assert_eq!(office.access().set_restriction(office.service.as_user(office.lead, set(&t.case, ""))).await.expect_err("no officer").code(), Code::PermissionDenied);
    assert_eq!(fields(office.access().set_restriction(office.service.as_user(office.officer, set("", ""))).await.expect_err("of what")), ["case_id"]);

    office.access().set_restriction(office.service.as_user(office.officer, set("", &t.person))).await.expect("restricted");
    for who in [office.lead, office.coordinator, office.officer] {
        let left = seen(&office, who, &t).await;
        assert!(left.contains(&"case"), "the case of others goes on");
        for gone in ["person", "participant", "search", "duplicates", "list of person"] {
            assert!(!left.contains(&gone), "{gone}");
        }
    }
    assert!(office.get(office.lead, &t.case).await.expect("the case").participants.is_empty());
    let list = || office.service.as_user(office.officer, ListRestrictionsRequest::default());
    let known = office.access().list_restrictions(list()).await.expect("a list").into_inner().restrictions.remove(0);
    assert_eq!(known.about, "PERSON");
    let lift = |restriction_id: String| LiftRestrictionRequest { request_id: office.key(), restriction_id, reason: "Settled.".into() };
    assert_eq!(office.access().lift_restriction(office.service.as_user(office.lead, lift(known.id.clone()))).await.expect_err("no officer").code(), Code::PermissionDenied);
    office.access().lift_restriction(office.service.as_user(office.officer, lift(known.id))).await.expect("lifted");
    assert!(seen(&office, office.lead, &t).await.contains(&"person"));

    office.access().set_restriction(office.service.as_user(office.officer, set(&t.case, ""))).await.expect("restricted");
    for who in [office.lead, office.coordinator, office.facilitator, office.officer] {
        assert_eq!(seen(&office, who, &t).await, Vec::<&str>::new());
    }
    let known = office.access().list_restrictions(list()).await.expect("a list").into_inner().restrictions.remove(0);
    office.access().lift_restriction(office.service.as_user(office.officer, lift(known.id))).await.expect("lifted");
    assert_eq!(seen(&office, office.coordinator, &t).await.len(), 15);
}

async fn agreement(office: &Office, classes: &[FieldClass], last_day: &str) -> Result<String, Status> {
    let world = &office.service.world;
    let request = CreateAgreementRequest {
        request_id: office.key(),
        name: "Joint conferences".into(),
        purpose: "Preparing conferences together".into(),
        party_node_ids: vec![world.agency.to_string(), world.other_agency.to_string()],
        classes: classes.iter().map(|c| *c as i32).collect(),
        first_day: "2027-01-01".into(),
        last_day: last_day.into(),
    };
    Ok(office.access().create_agreement(office.service.as_user(office.lead, request)).await?.into_inner().agreement_id)
}

#[tokio::test]
async fn a_share_shows_what_the_agreement_names_until_the_instant_of_its_end() {
    let office = Office::open().await;
    let t = told(&office).await;
    assert_eq!(fields(agreement(&office, &[FieldClass::SupervisorOnly], "2027-02-01").await.expect_err("never shared")), ["classes"]);
    let agreed = agreement(&office, &[FieldClass::Identity, FieldClass::Offence], "2027-01-20").await.expect("recorded");
    let share = |node: Uuid, last_day: &str| ShareCaseRequest {
        request_id: office.key(), case_id: t.case.clone(), agreement_id: agreed.clone(), node_id: node.to_string(), last_day: last_day.into(),
    };
    let world = &office.service.world;
    assert_eq!(fields(office.access().share_case(office.service.as_user(office.coordinator, share(world.partnership, ""))).await.expect_err("no party")), ["node_id"]);
    assert_eq!(office.access().share_case(office.service.as_user(office.facilitator, share(world.other_agency, ""))).await.expect_err("no right").code(), Code::PermissionDenied);
    assert_eq!(seen(&office, office.other_coordinator, &t).await, Vec::<&str>::new());
    let made = office.access().share_case(office.service.as_user(office.coordinator, share(world.other_agency, ""))).await.expect("shared").into_inner();

    let partner = office.get(office.other_coordinator, &t.case).await.expect("shared");
    assert_eq!((partner.harm_type.as_str(), partner.risks.as_str()), ("BUR.RES", ""), "offence is named, risk is not");
    assert!(partner.masked_paths.iter().any(|p| p == "risks") && partner.allowed_actions.is_empty());
    assert_eq!(partner.participants[0].name, "Ana Example");
    assert!(!seen(&office, office.other_coordinator, &t).await.is_empty());
    assert_eq!(search(&office, office.other_coordinator).await.len(), 1, "by name, which the agreement names");
    let mut people = PeopleServiceClient::new(office.channel());
    let by_phone = SearchPeopleRequest { text: "07700 900123".into(), ..Default::default() };
    assert!(people.search_people(office.service.as_user(office.other_coordinator, by_phone)).await.expect("an answer").into_inner().people.is_empty());
    let hold = SetHoldRequest { request_id: office.key(), case_id: t.case.clone(), etag: partner.etag, on_hold: true, reason: "x".into(), review_on: "2027-02-15".into() };
    assert_eq!(office.cases().set_hold(office.service.as_user(office.other_coordinator, hold)).await.expect_err("looking only").code(), Code::PermissionDenied);

    let end = made.ends_at.expect("an end").seconds - office.service.clock.now().timestamp();
    office.service.clock.advance(TimeDelta::seconds(end - 1));
    assert!(office.get(office.other_coordinator, &t.case).await.is_ok(), "a second before");
    office.service.clock.advance(TimeDelta::seconds(1));
    assert_eq!(seen(&office, office.other_coordinator, &t).await, Vec::<&str>::new(), "at the instant");
    assert_eq!(fields(office.access().share_case(office.service.as_user(office.coordinator, share(world.other_agency, ""))).await.expect_err("over")), ["agreement_id"]);

    let agreed = agreement(&office, &[FieldClass::Identity], "2027-06-01").await.expect("recorded");
    let share = ShareCaseRequest { agreement_id: agreed.clone(), request_id: office.key(), ..share(world.other_agency, "") };
    office.access().share_case(office.service.as_user(office.coordinator, share)).await.expect("shared");
    assert!(office.get(office.other_coordinator, &t.case).await.is_ok());
    let end = EndAgreementRequest { request_id: office.key(), agreement_id: agreed };
    assert_eq!(office.access().end_agreement(office.service.as_user(office.coordinator, end.clone())).await.expect_err("not the lead").code(), Code::PermissionDenied);
    let ended = office.access().end_agreement(office.service.as_user(office.lead, end)).await.expect("ended").into_inner();
    assert_eq!(ended.ended_shares, 1);
    assert_eq!(seen(&office, office.other_coordinator, &t).await, Vec::<&str>::new());
}

#[tokio::test]
async fn an_allocation_with_a_last_day_ends_by_itself() {
    let office = Office::open().await;
    let case = office.rj().await;
    let request = AllocateCaseRequest {
        request_id: office.key(), case_id: case.clone(), etag: office.etag(&case).await, user_id: office.colleague.to_string(), side: "BOTH".into(),
        lead: false, last_day: "2027-01-15".into(),
    };
    let past = AllocateCaseRequest { last_day: "2027-01-01".into(), ..request.clone() };
    assert_eq!(fields(office.cases().allocate_case(office.service.as_user(office.coordinator, past)).await.expect_err("past")), ["last_day"]);
    office.cases().allocate_case(office.service.as_user(office.coordinator, request)).await.expect("allocated");
    let until = office.get(office.colleague, &case).await.expect("theirs").allocations[0].until.expect("an end");
    let ahead = until.seconds - office.service.clock.now().timestamp();
    office.service.clock.advance(TimeDelta::seconds(ahead));
    assert_eq!(office.get(office.colleague, &case).await.expect_err("over").code(), Code::NotFound);
    assert!(office.list(office.colleague, tab(CaseTab::Open)).await.expect("a list").cases.is_empty());
    assert_eq!(office.list(office.coordinator, tab(CaseTab::Unallocated)).await.expect("a list").cases.len(), 1);
    office.allocate(&case, office.colleague, "BOTH").await.expect("again");
}

async fn break_glass(office: &Office, who: Uuid, reference: &str) -> Result<BreakGlassResponse, Status> {
    let request = BreakGlassRequest { request_id: office.key(), case_reference: reference.into(), reason: "A threat was heard.".into() };
    Ok(office.access().break_glass(office.service.as_user(who, request)).await?.into_inner())
}

#[tokio::test]
async fn broken_glass_shows_a_case_for_an_hour_and_another_person_closes_the_review() {
    let office = Office::open().await;
    let t = told(&office).await;
    let reference = office.get(office.lead, &t.case).await.expect("the case").reference;
    assert_eq!(break_glass(&office, office.facilitator, &reference).await.expect_err("no right").code(), Code::PermissionDenied);
    assert_eq!(reason(break_glass(&office, office.coordinator, &reference).await.expect_err("no glass")), "SEEN_ALREADY");
    assert_eq!(fields(break_glass(&office, office.other_coordinator, "RJ").await.expect_err("no reference")), ["case_reference"]);
    lock(&office, office.coordinator, &t.case, &[office.coordinator]).await.expect("locked");

    let used = break_glass(&office, office.other_coordinator, &reference).await.expect("opened");
    assert_eq!(used.case_id, t.case);
    let all = seen(&office, office.other_coordinator, &t).await;
    assert!(["case", "list", "counts", "search", "person", "notes", "meetings"].iter().all(|w| all.contains(w)), "{all:?}");
    let case = office.get(office.other_coordinator, &t.case).await.expect("open");
    assert!(case.risks == "A dog in the yard." && case.allowed_actions.is_empty(), "looking only");
    assert_eq!(lock(&office, office.other_coordinator, &t.case, &[office.other_coordinator]).await.expect_err("no change").code(), Code::PermissionDenied);
    assert_eq!(seen(&office, office.lead, &t).await, Vec::<&str>::new(), "nobody else");
    assert!(office.outbox().await.contains(&"events.v1.BreakGlassUsed".to_owned()));

    let list = |who, open| office.service.as_user(who, ListBreakGlassRequest { open, ..Default::default() });
    let mine = office.access().list_break_glass(list(office.other_coordinator, true)).await.expect("a list").into_inner().uses;
    assert!(!mine[0].may_review, "one's own");
    let to_review = office.access().list_break_glass(list(office.coordinator, true)).await.expect("a list").into_inner().uses;
    assert!(to_review[0].may_review && to_review[0].case_id == t.case);
    let overseen = office.access().list_break_glass(list(office.officer, true)).await.expect("a list").into_inner().uses;
    assert!(overseen[0].may_review && overseen[0].case_id.is_empty(), "by reference only");
    assert!(office.access().list_break_glass(list(office.lead, true)).await.expect("a list").into_inner().uses.is_empty(), "the lead does not know of it");
    let shown = access(&office, office.coordinator, &t.case).await.expect("access");
    assert_eq!(shown.glass[0].reason, "A threat was heard.");
    assert!(shown.readers.iter().any(|r| r.user_id == office.other_coordinator.to_string() && r.ways == ["BREAK_GLASS"]));

    let review = |outcome: &str, note: &str| ReviewBreakGlassRequest { request_id: office.key(), use_id: used.use_id.clone(), outcome: outcome.into(), note: note.into() };
    let own = office.access().review_break_glass(office.service.as_user(office.other_coordinator, review("APPROPRIATE", ""))).await;
    assert_eq!(own.expect_err("one's own").code(), Code::PermissionDenied);
    assert_eq!(office.access().review_break_glass(office.service.as_user(office.lead, review("APPROPRIATE", ""))).await.expect_err("unknown").code(), Code::NotFound);
    assert_eq!(fields(office.access().review_break_glass(office.service.as_user(office.coordinator, review("WRONG", ""))).await.expect_err("why")), ["note"]);
    office.access().review_break_glass(office.service.as_user(office.coordinator, review("APPROPRIATE", "Rightly so."))).await.expect("closed");
    assert_eq!(reason(office.access().review_break_glass(office.service.as_user(office.officer, review("APPROPRIATE", ""))).await.expect_err("twice")), "REVIEWED");

    office.service.clock.advance(TimeDelta::seconds(3_600));
    assert_eq!(seen(&office, office.other_coordinator, &t).await, Vec::<&str>::new(), "the hour is over");
}

#[tokio::test]
async fn broken_glass_opens_neither_a_conflict_nor_a_restriction() {
    let office = Office::open().await;
    let t = told(&office).await;
    let reference = office.get(office.lead, &t.case).await.expect("the case").reference;
    let nothing = break_glass(&office, office.other_coordinator, &platform::ids::reference("RJ", Uuid::from_u128(9))).await.expect_err("no case");
    let declare = DeclareConflictRequest {
        request_id: office.key(), user_id: office.other_coordinator.to_string(), case_id: t.case.clone(), person_id: String::new(), reason: "Related.".into(),
    };
    office.access().declare_conflict(office.service.as_user(office.coordinator, declare)).await.expect("declared");
    let hidden = break_glass(&office, office.other_coordinator, &reference).await.expect_err("in conflict");
    assert_eq!((hidden.code(), hidden.message(), hidden.details()), (nothing.code(), nothing.message(), nothing.details()));
    let restrict = SetRestrictionRequest { request_id: office.key(), case_id: t.case.clone(), person_id: String::new(), reason: "Contested.".into() };
    office.access().set_restriction(office.service.as_user(office.officer, restrict)).await.expect("restricted");
    assert_eq!(break_glass(&office, office.lead, &reference).await.expect_err("restricted").code(), Code::NotFound);
}
