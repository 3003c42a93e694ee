//! Lists agree with single reads for everybody, whatever opens and closes cases; and a revocation holds from the moment that
//! it is acknowledged.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::{AtomicBool, Ordering}},
};

use futures::future::join_all;
use proto::{FieldClass, case::v1::*};
use tokio::sync::mpsc;
use tonic::Code;
use uuid::Uuid;

use crate::case_office::Office;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).expect("small")
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())].clone()
    }
}

/// Ids of a tab, page by page.
async fn listed(office: &Office, who: Uuid, tab: CaseTab, order: &str) -> Vec<String> {
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListCasesRequest { tab: tab.into(), order: order.into(), page_size: 3, page_token, ..Default::default() };
        let answer = match office.list(who, request).await {
            Ok(answer) => answer,
            Err(status) if status.code() == Code::PermissionDenied => return ids,
            Err(status) => panic!("{status:?}"),
        };
        ids.extend(answer.cases.into_iter().map(|c| c.id));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return ids;
        }
    }
}

async fn act(office: &Office, dice: &mut Dice, cases: &[(String, Uuid)], people: &[Uuid], agreements: &[String]) {
    let (case, owner) = dice.of(cases);
    let by = if owner == office.service.world.agency { office.coordinator } else { office.other_coordinator };
    let user = dice.of(people);
    let key = office.key();
    let service = &office.service;
    // What is refused changes nothing, which is as good a step as any.
    match dice.roll(9) {
        0..=2 => drop(office.allocate_by(by, &case, user).await),
        3 => {
            let members = [user, by].map(|u| u.to_string()).to_vec();
            drop(office.access().lock_case(service.as_user(by, LockCaseRequest { request_id: key, case_id: case, reason: "x".into(), member_user_ids: members })).await);
        }
        4 => drop(office.access().unlock_case(service.as_user(by, UnlockCaseRequest { request_id: key, case_id: case, reason: "x".into() })).await),
        5 => {
            let request = DeclareConflictRequest { request_id: key, user_id: user.to_string(), case_id: case, person_id: String::new(), reason: "x".into() };
            drop(office.access().declare_conflict(service.as_user(by, request)).await);
        }
        6 => {
            let request = SetRestrictionRequest { request_id: key, case_id: case, person_id: String::new(), reason: "x".into() };
            if dice.roll(4) == 0 {
                drop(office.access().set_restriction(service.as_user(office.officer, request)).await);
            }
        }
        7 => {
            let world = &service.world;
            let node = if owner == world.agency { world.other_agency } else { world.agency };
            let request = ShareCaseRequest { request_id: key, case_id: case, agreement_id: dice.of(agreements), node_id: node.to_string(), last_day: String::new() };
            drop(office.access().share_case(service.as_user(by, request)).await);
        }
        _ => {
            let reference = platform::ids::reference("RJ", Uuid::parse_str(&case).expect("an id"));
            let request = BreakGlassRequest { request_id: key, case_reference: reference, reason: "x".into() };
            drop(office.access().break_glass(service.as_user(user, request)).await);
        }
    }
}

#[tokio::test]
async fn a_list_holds_exactly_what_single_reads_allow() {
    let office = Office::open().await;
    let world = &office.service.world;
    let mut cases = Vec::new();
    for n in 0..12 {
        let owner = [world.agency, world.other_agency][n % 2];
        cases.push((office.case_at("RESTORATIVE_JUSTICE", owner).await, owner));
        office.service.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let mut agreements = Vec::new();
    for classes in [vec![FieldClass::Identity], vec![FieldClass::Identity, FieldClass::Offence, FieldClass::Notes]] {
        let request = CreateAgreementRequest {
            request_id: office.key(),
            name: "Terms".into(),
            purpose: "Working together".into(),
            party_node_ids: [world.agency, world.other_agency].map(|n| n.to_string()).to_vec(),
            classes: classes.into_iter().map(|c| c as i32).collect(),
            first_day: "2027-01-01".into(),
            last_day: "2027-12-31".into(),
        };
        agreements.push(office.access().create_agreement(office.service.as_user(office.lead, request)).await.expect("recorded").into_inner().agreement_id);
    }
    let people = [office.lead, office.coordinator, office.other_coordinator, office.facilitator, office.colleague, office.reader, office.officer];
    let mut dice = Dice(7);
    let mut kinds = BTreeSet::new();
    for _round in 0..4 {
        for _step in 0..25 {
            act(&office, &mut dice, &cases, &people, &agreements).await;
        }
        for who in people {
            let mut allowed = BTreeSet::new();
            for (case, _) in &cases {
                match office.get(who, case).await {
                    Ok(_) => drop(allowed.insert(case.clone())),
                    Err(status) => assert_eq!(status.code(), Code::NotFound),
                }
            }
            kinds.insert(allowed.len());
            for order in ["", "OPENED", "STAGE_SINCE"] {
                let list = listed(&office, who, CaseTab::Open, order).await;
                assert_eq!(list.iter().cloned().collect::<BTreeSet<_>>(), allowed, "{order}");
                assert_eq!(list.len(), allowed.len(), "each once");
            }
            let mine = listed(&office, who, CaseTab::Mine, "").await;
            let unallocated = listed(&office, who, CaseTab::Unallocated, "").await;
            assert!(mine.iter().chain(&unallocated).all(|id| allowed.contains(id)));
            let counts = office.cases().count_cases(office.service.as_user(who, CountCasesRequest {})).await.expect("counts").into_inner();
            let len = |list: &[String]| u32::try_from(list.len()).expect("few");
            assert_eq!((counts.open as usize, counts.mine, counts.unallocated), (allowed.len(), len(&mine), len(&unallocated)));
            let asked = VisibleCasesRequest { case_ids: cases.iter().map(|(id, _)| id.clone()).collect() };
            let visible = office.access().visible_cases(office.service.as_user(who, asked)).await.expect("an answer").into_inner().case_ids;
            assert_eq!(visible.into_iter().collect::<BTreeSet<_>>(), allowed);
        }
    }
    assert!(kinds.len() > 4, "the dice made differences: {kinds:?}");
}

/// Eight readers in a loop; no read that starts after the revocation is acknowledged succeeds.
async fn revoked(office: &Arc<Office>, who: Uuid, case: &str, revoke: impl AsyncFnOnce()) {
    let over = Arc::new(AtomicBool::new(false));
    let (told, mut reads) = mpsc::unbounded_channel();
    let readers = (0..8).map(|n: usize| {
        let (office, over, told, case) = (Arc::clone(office), Arc::clone(&over), told.clone(), case.to_owned());
        tokio::spawn(async move {
            let mut refused = 0;
            while refused < 5 {
                let started_after = over.load(Ordering::SeqCst);
                match office.get(who, &case).await {
                    Ok(_) => assert!(!started_after, "a read began after the revocation and succeeded"),
                    Err(status) => refused += usize::from(started_after && REFUSALS.contains(&status.code())),
                }
                let _revoked_meanwhile = told.send(n);
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    drop(told);
    let mut counts = [0; 8];
    while counts.iter().any(|n| *n < 3) {
        counts[reads.recv().await.expect("all read until it is revoked")] += 1;
    }
    revoke().await;
    over.store(true, Ordering::SeqCst);
    for reader in join_all(readers).await {
        reader.expect("a reader");
    }
}

/// How a read is refused that comes too late.
const REFUSALS: [Code; 3] = [Code::NotFound, Code::PermissionDenied, Code::Unauthenticated];

#[tokio::test(flavor = "multi_thread")]
async fn no_read_that_starts_after_a_revocation_succeeds() {
    let office = Arc::new(Office::open().await);
    let case = office.rj().await;
    let service = &office.service;

    let allocation_id = office.allocate(&case, office.facilitator, "BOTH").await.expect("allocated");
    let etag = office.etag(&case).await;
    let end = EndAllocationRequest { request_id: office.key(), case_id: case.clone(), etag, allocation_id, reason: "LEFT".into() };
    revoked(&office, office.facilitator, &case, async || drop(office.cases().end_allocation(service.as_user(office.coordinator, end)).await.expect("ended"))).await;

    let agreement = CreateAgreementRequest {
        request_id: office.key(),
        name: "Terms".into(),
        purpose: "Working together".into(),
        party_node_ids: [service.world.agency, service.world.other_agency].map(|n| n.to_string()).to_vec(),
        classes: vec![FieldClass::Identity as i32],
        first_day: "2027-01-01".into(),
        last_day: "2027-12-31".into(),
    };
    let agreement_id = office.access().create_agreement(service.as_user(office.lead, agreement)).await.expect("recorded").into_inner().agreement_id;
    let share = ShareCaseRequest { request_id: office.key(), case_id: case.clone(), agreement_id, node_id: service.world.other_agency.to_string(), last_day: String::new() };
    let share_id = office.access().share_case(service.as_user(office.coordinator, share)).await.expect("shared").into_inner().share_id;
    let end = EndShareRequest { request_id: office.key(), case_id: case.clone(), share_id };
    revoked(&office, office.other_coordinator, &case, async || drop(office.access().end_share(service.as_user(office.coordinator, end)).await.expect("ended"))).await;

    let lock = LockCaseRequest { request_id: office.key(), case_id: case.clone(), reason: "x".into(), member_user_ids: vec![office.coordinator.to_string()] };
    revoked(&office, office.lead, &case, async || drop(office.access().lock_case(service.as_user(office.coordinator, lock)).await.expect("locked"))).await;

    let mut snapshot = service.world.snapshot();
    let coordinator = office.coordinator.to_string();
    snapshot.assignments.retain(|a| a.subject_id != coordinator);
    snapshot.epoch += 1;
    revoked(&office, office.coordinator, &case, async || {
        service.running.snapshots.advance(service.world.tenant, &snapshot).await.expect("the role ended");
        service.world.advance();
    })
    .await;
}
