//! The whole main job over gRPC: from the public form to the figure in a report.

use integration_tests::{
    rpc::{Caller, Rpc},
    stack::Stack,
    story::{self, sent_with},
    wait::until,
};
use proto::{
    case::v1::{
        AddNoteRequest, AddNoteResponse, CancelMeetingRequest, CancelMeetingResponse,
        GetMeetingRequest, GetMeetingResponse, ListNotesRequest, ListNotesResponse,
        RecordContactAttemptRequest, RecordContactAttemptResponse,
    },
    notification::v1::Message,
    reporting::v1::{RunReportRequest, RunReportResponse},
};

/// Sum of the cells of today's report that may be shown.
async fn counted(rpc: &Rpc<'_>, caller: &Caller, report: &str) -> i64 {
    let today = platform::Clock::system().now().date_naive();
    let request = RunReportRequest {
        report: report.into(),
        from: today.pred_opt().unwrap_or(today).to_string(),
        to: today.to_string(),
        ..RunReportRequest::default()
    };
    let answer: RunReportResponse = rpc
        .must(caller, "reporting.v1.ReportService/RunReport", &request)
        .await;
    answer
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .filter(|c| !c.suppressed && !c.not_applicable)
        .map(|c| c.value)
        .sum()
}

/// Waits until the newest message of a template about a meeting has one of these states.
async fn message(
    rpc: &Rpc<'_>,
    caller: &Caller,
    case_id: &str,
    meeting_id: &str,
    template: &str,
    states: &[&str],
) -> Message {
    until(&format!("{template} comes to {states:?}"), async || {
        let all = story::messages(rpc, caller, case_id).await;
        all.into_iter().find(|m| {
            m.template == template
                && (meeting_id.is_empty() || m.meeting_id == meeting_id)
                && states.contains(&m.state.as_str())
        })
    })
    .await
}

#[tokio::test]
async fn the_whole_job_over_grpc() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let lead = Caller::user(tenant, tenant.first("partnership_lead"));
    let coordinating = tenant.first("agency_coordinator");
    let coordinator = Caller::user(tenant, coordinating);
    let node = tenant.node(&coordinating.agency).to_owned();
    let working = tenant
        .at(&coordinating.agency, "facilitator")
        .last()
        .expect("a facilitator");
    let facilitator = Caller::user(tenant, working);
    let family = story::family_name(&rpc);
    let before = counted(&rpc, &lead, "referrals_by_source_and_month").await;

    // Somebody asks for help on the public form.
    let reference = story::send_public_form(&rpc, tenant, story::public_input(&family)).await;
    let referral = story::find_referral(&rpc, &lead, &reference).await;
    let case_id = story::accept(&rpc, &lead, &referral.id, &node).await;
    let case = story::opened(&rpc, &coordinator, &case_id).await;
    assert_eq!(
        (
            case.kind.as_str(),
            case.stage.as_str(),
            case.owner_node_id.as_str()
        ),
        ("RESTORATIVE_JUSTICE", "OPEN", node.as_str())
    );

    // It is allocated; the facilitator sees it from then on, and is told in words that tell nobody else anything.
    let hidden = rpc
        .ask::<proto::case::v1::GetCaseResponse>(
            &facilitator,
            "case.v1.CaseService/GetCase",
            &proto::case::v1::GetCaseRequest {
                case_id: case_id.clone(),
            },
        )
        .await;
    assert_eq!(
        hidden.expect_err("not allocated yet").code(),
        tonic::Code::NotFound
    );
    story::allocate(&rpc, &coordinator, &case_id, &working.id).await;
    let mails = until("the facilitator's mail", async || {
        Some(sent_with(&tenant.mail, &case.reference)).filter(|m| !m.is_empty())
    })
    .await;
    assert_eq!(mails.len(), 1, "one mail");
    assert!(mails[0].contains(&working.email));
    for word in [family.as_str(), "Ilse", "Otto", "fence", "07700"] {
        assert!(!mails[0].contains(word), "the mail says {word}");
    }

    // Contact, consent, notes.
    let harmed = story::participant(&rpc, &facilitator, &case_id, "HARMED_PERSON").await;
    story::move_stage(&rpc, &facilitator, &case_id, "INITIAL_CONTACT").await;
    let attempt = RecordContactAttemptRequest {
        request_id: rpc.new_id(),
        participant_id: harmed.id.clone(),
        at: Some(story::timestamp(rpc.clock().now())),
        channel: "MOBILE".into(),
        result: "REACHED".into(),
        note: "Would like to meet.".into(),
    };
    let _: RecordContactAttemptResponse = rpc
        .must(
            &facilitator,
            "case.v1.ParticipantService/RecordContactAttempt",
            &attempt,
        )
        .await;
    let note = AddNoteRequest {
        request_id: rpc.new_id(),
        case_id: case_id.clone(),
        side: "HARMED".into(),
        readers: "EVERYONE".into(),
        kind: "CONTACT".into(),
        text: "First conversation; hopes for an explanation.".into(),
        participant_id: harmed.id.clone(),
        ..AddNoteRequest::default()
    };
    let first: AddNoteResponse = rpc
        .must(&facilitator, "case.v1.NoteService/AddNote", &note)
        .await;
    let again: AddNoteResponse = rpc
        .must(&facilitator, "case.v1.NoteService/AddNote", &note)
        .await;
    assert_eq!(first.note_id, again.note_id, "the same command is one note");
    let other = AddNoteRequest {
        text: "Something else.".into(),
        ..note
    };
    assert!(
        rpc.ask::<AddNoteResponse>(&facilitator, "case.v1.NoteService/AddNote", &other)
            .await
            .is_err(),
        "another body under the same id"
    );
    let notes: ListNotesResponse = rpc
        .must(
            &facilitator,
            "case.v1.NoteService/ListNotes",
            &ListNotesRequest {
                case_id: case_id.clone(),
                ..ListNotesRequest::default()
            },
        )
        .await;
    assert_eq!(notes.notes.len(), 1);
    for stage in ["ASSESSMENT", "PREPARATION"] {
        story::move_stage(&rpc, &facilitator, &case_id, stage).await;
    }

    // A reminder of a meeting that is near goes at once, and only where it is safe and agreed.
    let unasked_person = story::participant(&rpc, &facilitator, &case_id, "HARMER").await;
    let unasked = story::schedule(&rpc, &facilitator, &case_id, &unasked_person.id, 20).await;
    let refused = message(
        &rpc,
        &facilitator,
        &case_id,
        &unasked,
        "meeting_reminder",
        &["NOT_SENT"],
    )
    .await;
    assert_eq!(
        refused.reason, "NO_CONSENT",
        "the worker sees why nothing was sent"
    );
    let given = |purpose: &str| {
        harmed
            .consents
            .iter()
            .any(|c| c.purpose == purpose && c.state == "GIVEN")
    };
    assert!(
        given("CONTACT") && given("SMS"),
        "what was agreed on the form is known: {:?}",
        harmed.consents
    );
    story::agree(&rpc, &facilitator, &harmed.id, &["TAKE_PART"]).await;
    story::set_mobile_safety(&rpc, &facilitator, &harmed.person_id, "UNSAFE").await;
    let unsafe_one = story::schedule(&rpc, &facilitator, &case_id, &harmed.id, 21).await;
    assert_eq!(
        message(
            &rpc,
            &facilitator,
            &case_id,
            &unsafe_one,
            "meeting_reminder",
            &["NOT_SENT"]
        )
        .await
        .reason,
        "CONTACT_UNSAFE"
    );
    story::set_mobile_safety(&rpc, &facilitator, &harmed.person_id, "SAFE").await;
    let near = story::schedule(&rpc, &facilitator, &case_id, &harmed.id, 22).await;
    let sent = message(
        &rpc,
        &facilitator,
        &case_id,
        &near,
        "meeting_reminder",
        &["SENT", "DELIVERED"],
    )
    .await;
    let text = std::fs::read_to_string(tenant.texts.join(format!("{}.txt", sent.id)))
        .expect("the text lies in the folder");
    assert!(text.contains("your appointment is on"), "{text}");
    for word in [
        family.as_str(),
        "Ilse",
        "restorative",
        "Library",
        &case.reference,
    ] {
        assert!(!text.contains(word), "the text says {word}");
    }

    // One that is far waits, and does not go when the meeting is cancelled.
    let far = story::schedule(&rpc, &facilitator, &case_id, &harmed.id, 96).await;
    message(
        &rpc,
        &facilitator,
        &case_id,
        &far,
        "meeting_reminder",
        &["QUEUED", "WAITING"],
    )
    .await;
    for meeting_id in [unasked, unsafe_one, far.clone(), near] {
        let meeting: GetMeetingResponse = rpc
            .must(
                &facilitator,
                "case.v1.MeetingService/GetMeeting",
                &GetMeetingRequest {
                    meeting_id: meeting_id.clone(),
                },
            )
            .await;
        let cancel = CancelMeetingRequest {
            request_id: rpc.new_id(),
            meeting_id,
            etag: meeting.meeting.expect("a meeting").etag,
            reason: "STAFF".into(),
        };
        let _: CancelMeetingResponse = rpc
            .must(
                &facilitator,
                "case.v1.MeetingService/CancelMeeting",
                &cancel,
            )
            .await;
    }
    message(
        &rpc,
        &facilitator,
        &case_id,
        &far,
        "meeting_reminder",
        &["CANCELLED"],
    )
    .await;

    // The work is done and counted.
    story::move_stage(&rpc, &facilitator, &case_id, "INTERVENTION_PLANNED").await;
    story::record_outcome(&rpc, &facilitator, &case_id).await;
    assert_eq!(
        story::case(&rpc, &facilitator, &case_id).await.stage,
        "INTERVENTION_DELIVERED"
    );
    story::close(&rpc, &facilitator, &case_id, "COMPLETED_INTERVENTION").await;
    let closed = story::case(&rpc, &coordinator, &case_id).await;
    assert_eq!(
        (closed.stage.as_str(), closed.close_reason.as_str()),
        ("CLOSED", "COMPLETED_INTERVENTION")
    );
    assert!(
        closed.allocations.iter().all(|a| a.to.is_some()),
        "nobody works a closed case"
    );
    // Small cells are suppressed, and the smallest of the others with a single one: the largest of three sources shows.
    let mut by_charity = story::professional_input(&story::family_name(&rpc));
    by_charity.source = "VCSE".into();
    for _ in 0..8 {
        story::submit(&rpc, &lead, by_charity.clone(), &node).await;
    }
    for _ in 0..25 {
        story::send_public_form(&rpc, tenant, story::public_input(&story::family_name(&rpc))).await;
    }
    until("the report counts the referrals", async || {
        (counted(&rpc, &lead, "referrals_by_source_and_month").await > before).then_some(())
    })
    .await;
}
