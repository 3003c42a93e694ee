//! The program dies while people work: what was acknowledged is there once, and every event had its effect once.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use futures::future::join_all;
use integration_tests::{
    rpc::{Caller, Rpc, words},
    stack::Stack,
    story::{self, sent_with},
    wait::until,
};
use prost::Message;
use proto::{
    case::v1::{
        AddNoteRequest, AllocateCaseRequest, GetCaseRequest, GetCaseResponse, ListNotesRequest,
        ListNotesResponse,
    },
    referral::v1::{
        AcceptReferralResponse, ReferralState, StartTriageRequest, SubmitReferralRequest,
        SubmitReferralResponse,
    },
};

/// People who work at once.
const CLIENTS: usize = 20;
/// Acknowledged commands after which the power goes.
const ENOUGH: usize = 45;
/// Commands of one client, in order.
const STEPS: usize = 6;

/// One command that was sent.
#[derive(Clone)]
struct Sent {
    path: &'static str,
    message: Bytes,
    /// What came back, if anything did.
    answer: Option<Bytes>,
}

/// A client's work: everything it sent, in order; only the last may lack its answer.
#[derive(Clone)]
struct Work {
    family: String,
    sent: Vec<Sent>,
}

/// Who does what in the one office.
struct Desk<'r, 's> {
    rpc: &'r Rpc<'s>,
    coordinator: Caller,
    node: String,
    facilitator: String,
}

impl Desk<'_, '_> {
    /// The command after those that were answered; none where the work is done, an error where something that it needs
    /// cannot be read now.
    async fn next(&self, work: &Work) -> Result<Option<Sent>, tonic::Status> {
        let answer = |n: usize| {
            work.sent[n]
                .answer
                .clone()
                .expect("an earlier command was answered")
        };
        let submitted =
            || SubmitReferralResponse::decode(answer(0)).expect("the answer of SubmitReferral");
        let case_id = || {
            AcceptReferralResponse::decode(answer(2))
                .expect("the answer of AcceptReferral")
                .case_id
        };
        let request_id = self.rpc.new_id();
        let (path, message) = match work.sent.len() {
            0 => {
                let request = SubmitReferralRequest {
                    request_id,
                    input: Some(story::professional_input(&work.family)),
                    owner_node_id: self.node.clone(),
                };
                (
                    "referral.v1.ReferralService/SubmitReferral",
                    request.encode_to_vec(),
                )
            }
            1 => (
                "referral.v1.ReferralService/StartTriage",
                StartTriageRequest {
                    request_id,
                    referral_id: submitted().referral_id,
                }
                .encode_to_vec(),
            ),
            2 => {
                let read = proto::referral::v1::GetReferralRequest {
                    referral_id: submitted().referral_id,
                };
                let referral: proto::referral::v1::GetReferralResponse = self
                    .rpc
                    .ask(
                        &self.coordinator,
                        "referral.v1.ReferralService/GetReferral",
                        &read,
                    )
                    .await?;
                (
                    "referral.v1.ReferralService/AcceptReferral",
                    story::acceptance(self.rpc, &referral.referral.unwrap_or_default(), &self.node)
                        .encode_to_vec(),
                )
            }
            3 => {
                let case: GetCaseResponse = self
                    .rpc
                    .ask(
                        &self.coordinator,
                        "case.v1.CaseService/GetCase",
                        &GetCaseRequest { case_id: case_id() },
                    )
                    .await?;
                let etag = case.case.unwrap_or_default().etag;
                let request = AllocateCaseRequest {
                    request_id,
                    case_id: case_id(),
                    etag,
                    user_id: self.facilitator.clone(),
                    side: "BOTH".into(),
                    lead: true,
                    last_day: String::new(),
                };
                ("case.v1.CaseService/AllocateCase", request.encode_to_vec())
            }
            n if n < STEPS => {
                let text = format!("Note {n} about {}.", work.family);
                let request = AddNoteRequest {
                    request_id,
                    case_id: case_id(),
                    side: "BOTH".into(),
                    readers: "EVERYONE".into(),
                    text,
                    ..AddNoteRequest::default()
                };
                ("case.v1.NoteService/AddNote", request.encode_to_vec())
            }
            _ => return Ok(None),
        };
        Ok(Some(Sent {
            path,
            message: message.into(),
            answer: None,
        }))
    }

    async fn send(&self, sent: &Sent) -> Result<Bytes, tonic::Status> {
        self.rpc
            .raw(
                &self.coordinator,
                integration_tests::rpc::service_of(sent.path),
                &format!("/accord.{}", sent.path),
                sent.message.clone(),
            )
            .await
    }
}

async fn desk<'r, 's>(rpc: &'r Rpc<'s>) -> Desk<'r, 's> {
    let office = rpc.stack.demo.office();
    let coordinator = Caller::user(office, office.first("agency_coordinator"));
    Desk {
        rpc,
        coordinator,
        node: office.nodes[0].id.clone(),
        facilitator: office.first("facilitator").id.clone(),
    }
}

/// Works until the program is gone.
async fn work_until_it_dies(
    desk: &Desk<'_, '_>,
    mut work: Work,
    acknowledged: &AtomicUsize,
    stack: &Stack,
) -> Work {
    loop {
        let next = match desk.next(&work).await {
            Ok(Some(next)) => next,
            Ok(None) => return work,
            // Either it is gone, or a case that was accepted has not opened yet.
            Err(status) if status.code() == tonic::Code::NotFound => {
                tokio::task::yield_now().await;
                continue;
            }
            Err(_) => return work,
        };
        work.sent.push(next.clone());
        match desk.send(&next).await {
            Ok(answer) => work.sent.last_mut().expect("just pushed").answer = Some(answer),
            Err(_) => return work,
        }
        if acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == ENOUGH {
            stack.kill();
        }
    }
}

/// Repeats what was sent, then goes on to the end.
async fn finish(desk: &Desk<'_, '_>, mut work: Work) -> Work {
    for sent in &mut work.sent {
        let again = desk
            .send(sent)
            .await
            .unwrap_or_else(|status| panic!("{} again: {}", sent.path, words(status)));
        if let Some(before) = &sent.answer {
            assert_eq!(
                before, &again,
                "{}: what was acknowledged is answered the same again",
                sent.path
            );
        }
        sent.answer = Some(again);
    }
    loop {
        let step = until("the next command can be made", async || {
            match desk.next(&work).await {
                Ok(next) => Some(next),
                Err(status) if status.code() == tonic::Code::NotFound => None,
                Err(status) => panic!("{}", words(status)),
            }
        });
        let Some(mut next) = step.await else {
            return work;
        };
        next.answer = Some(
            desk.send(&next)
                .await
                .unwrap_or_else(|status| panic!("{}: {}", next.path, words(status))),
        );
        work.sent.push(next);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_program_is_killed() {
    let mut stack = Stack::own(&[]);
    let works = {
        let rpc = Rpc::new(&stack);
        let desk = desk(&rpc).await;
        let acknowledged = AtomicUsize::new(0);
        let all = (0..CLIENTS).map(|_| Work {
            family: story::family_name(&rpc),
            sent: Vec::new(),
        });
        let works: Vec<Work> =
            join_all(all.map(|work| work_until_it_dies(&desk, work, &acknowledged, &stack))).await;
        assert!(
            works.iter().any(|w| w.sent.len() < STEPS),
            "the program was killed in the middle of the work"
        );
        works
    };
    stack.start_again();
    let rpc = Rpc::new(&stack);
    let desk = desk(&rpc).await;
    let works = join_all(works.into_iter().map(|work| finish(&desk, work))).await;

    let tenant = rpc.stack.demo.office();
    let mut cases = BTreeMap::new();
    for work in &works {
        let submitted =
            SubmitReferralResponse::decode(work.sent[0].answer.clone().expect("answered"))
                .expect("an answer");
        let accepted =
            AcceptReferralResponse::decode(work.sent[2].answer.clone().expect("answered"))
                .expect("an answer");
        let referral = story::referral(&rpc, &desk.coordinator, &submitted.referral_id).await;
        assert_eq!(
            (referral.state(), &referral.case_id),
            (ReferralState::Accepted, &accepted.case_id)
        );
        let case = story::case(&rpc, &desk.coordinator, &accepted.case_id).await;
        assert_eq!(case.referral_ids, std::slice::from_ref(&submitted.referral_id));
        assert_eq!(case.allocations.len(), 1);
        let notes: ListNotesResponse = rpc
            .must(
                &desk.coordinator,
                "case.v1.NoteService/ListNotes",
                &ListNotesRequest {
                    case_id: case.id.clone(),
                    ..ListNotesRequest::default()
                },
            )
            .await;
        let mut texts: Vec<_> = notes.notes.iter().map(|n| n.text.clone()).collect();
        texts.sort();
        assert_eq!(
            texts,
            (4..STEPS)
                .map(|n| format!("Note {n} about {}.", work.family))
                .collect::<Vec<_>>()
        );
        let people = story::participants(&rpc, &desk.coordinator, &case.id).await;
        assert_eq!(
            people.len(),
            2,
            "the event that opened the case had its effect once"
        );
        let search = proto::people::v1::SearchPeopleRequest {
            family_name: work.family.clone(),
            ..Default::default()
        };
        let found: proto::people::v1::SearchPeopleResponse = rpc
            .must(
                &desk.coordinator,
                "people.v1.PeopleService/SearchPeople",
                &search,
            )
            .await;
        assert_eq!(
            found
                .people
                .iter()
                .filter(|p| p.family_name == work.family)
                .count(),
            1,
            "one person"
        );
        assert_eq!(
            cases.insert(case.reference.clone(), case.id),
            None,
            "every case has its own reference"
        );
    }
    for (reference, case_id) in &cases {
        let mails = until("the facilitator's mail", async || {
            Some(sent_with(&tenant.mail, reference)).filter(|m| !m.is_empty())
        })
        .await;
        assert_eq!(mails.len(), 1, "one mail about {reference}");
        let told = story::messages(&rpc, &desk.coordinator, case_id).await;
        assert_eq!(
            told.iter()
                .filter(|m| m.template == "case_allocated")
                .count(),
            1,
            "one message about {reference}"
        );
    }
}
