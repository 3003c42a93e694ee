//! The cases of the demonstration, day by day, through the calls that pages and partner systems make.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use proto::{
    case::v1::{
        AddNoteRequest, AllocateCaseRequest, Attendee, CloseCaseRequest, GetCaseRequest, MoveStageRequest, Participant, RecordAttendanceRequest, RecordConsentRequest,
        RecordContactAttemptRequest, RecordOutcomeRequest, ScheduleMeetingRequest, SetParticipationStatusRequest, ListMeetingsRequest, ListParticipantsRequest,
        case_service_client::CaseServiceClient, meeting_service_client::MeetingServiceClient, note_service_client::NoteServiceClient,
        participant_service_client::ParticipantServiceClient,
    },
    people::v1::{Demographics, GetPersonRequest, SetContactSafetyRequest, SetDemographicsRequest, people_service_client::PeopleServiceClient},
    referral::v1::{
        AcceptReferralRequest, Equality, GetReferralRequest, ListReferralsRequest, PartyDecision, PartyInput, ProvideInformationRequest, Referral, ReferralInput, ReferralState, Referrer,
        RejectReferralRequest, ReturnForInformationRequest, SafeContact, SaveDraftRequest, StartDraftRequest, StartTriageRequest, SubmitDraftRequest, SubmitReferralRequest,
        public_referral_service_client::PublicReferralServiceClient, referral_service_client::ReferralServiceClient,
    },
};
use uuid::Uuid;

use crate::stack::Stack;
use super::{client::{As, Client}, invent::{Dice, HARM, NOTES, Person, person}, tenants::{Desk, Made}};
use crate::call;

/// Cases that are worked at once; the machine has few cores and the database few connections.
const AT_ONCE: usize = 6;

/// What one case becomes.
#[derive(Clone)]
struct Plan {
    tenant: usize,
    agency: usize,
    facilitator: usize,
    dice: Dice,
    /// Days after the referral on which the next steps happen, in order.
    steps: Vec<(i64, Step)>,
    begins: DateTime<Utc>,
}

/// One step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Refer(From),
    Triage,
    AskForMore,
    Answer,
    Reject,
    Accept,
    Allocate,
    FirstContact,
    Engage(Side),
    Assess,
    Prepare,
    Plan,
    /// The day on which the reminder leaves.
    DayBefore,
    Meet,
    Monitor,
    Evaluate,
    Close(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Harmed,
    Professional,
    Partner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Harmed,
    Harmer,
}

/// What is known of a case while it is told.
#[derive(Default)]
struct State {
    referral: String,
    case: String,
    meeting: String,
}

/// Tells `count` cases that began between the clock's present and `now`, three of four in the first tenant.
pub async fn tell(client: &Client, tenants: &[Made], count: u32, now: DateTime<Utc>, stack: &Stack) -> Result<()> {
    let start = client.clock.now();
    let span = (now - start).num_days().max(1);
    let mut days: BTreeMap<i64, Vec<(usize, Step)>> = BTreeMap::new();
    let mut plans = Vec::new();
    for number in 0..count as usize {
        let plan = plan(tenants, number, start, span - 2);
        let first = (plan.begins - start).num_days();
        for (after, step) in &plan.steps {
            days.entry(first + after).or_default().push((number, *step));
        }
        plans.push(plan);
    }
    let mut states: Vec<State> = plans.iter().map(|_| State::default()).collect();
    let mut told = 0;
    for (day, steps) in days.range(..span) {
        let morning = (start + TimeDelta::days(*day)).date_naive().and_time(NaiveTime::from_hms_opt(9, 30, 0).unwrap_or_default()).and_utc();
        client.clock.advance(morning.max(client.clock.now() + TimeDelta::seconds(1)) - client.clock.now());
        let mut of_case: BTreeMap<usize, Vec<Step>> = BTreeMap::new();
        for (number, step) in steps {
            of_case.entry(*number).or_default().push(*step);
        }
        let work: Vec<_> = of_case.into_iter().map(|(number, steps)| (number, steps, std::mem::take(&mut states[number]))).collect();
        let done: Vec<(usize, State)> = stream::iter(work)
            .map(|(number, steps, mut state)| {
                let plan = &plans[number];
                async move {
                    for step in steps {
                        let teller = Teller { made: &tenants[plan.tenant], client, plan, number };
                        teller.step(step, &mut state).await.with_context(|| format!("case {number}, {step:?}"))?;
                    }
                    Ok::<_, anyhow::Error>((number, state))
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (number, state) in done {
            states[number] = state;
            told += 1;
        }
        settle(client, stack).await?;
        if told % 50 < AT_ONCE && *day % 30 == 0 {
            eprintln!("    {}", morning.format("%B %Y"));
        }
    }
    Ok(())
}

/// Lets the day's messages leave before the next day begins, or they would be too old.
async fn settle(client: &Client, stack: &Stack) -> Result<()> {
    let Some((_, notification)) = stack.services.iter().find(|(name, _)| *name == "notification") else { return Ok(()) };
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        let due = notification.db.due("notification.due_messages", client.clock.now(), 1).await.map_err(|e| anyhow::anyhow!("{e:?}"))?;
        if due.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

/// Decides what a case becomes. The same number always becomes the same.
fn plan(tenants: &[Made], number: usize, start: DateTime<Utc>, span: i64) -> Plan {
    let mut dice = Dice::new(number as u64 + 1);
    let tenant = if number % 4 == 3 { 1 } else { 0 };
    let agency = dice.below(tenants[tenant].desks.len());
    let facilitator = dice.below(tenants[tenant].desks[agency].facilitators.len());
    let from = match dice.below(10) {
        0..=3 => From::Harmed,
        4..=7 => From::Professional,
        _ => From::Partner,
    };
    let mut steps = vec![(0, Step::Refer(from)), (dice.between(0, 2), Step::Triage)];
    let mut day = dice.between(2, 4);
    match dice.below(20) {
        0 | 1 => steps.push((day, Step::Reject)),
        other => {
            if other == 2 && from == From::Professional {
                steps.push((day, Step::AskForMore));
                day += dice.between(2, 9);
                steps.push((day, Step::Answer));
                day += 1;
            }
            steps.push((day, Step::Accept));
            let mut then = |steps: &mut Vec<(i64, Step)>, least: i64, most: i64, step: Step| {
                day += dice.between(least, most);
                steps.push((day, step));
            };
            then(&mut steps, 1, 6, Step::Allocate);
            then(&mut steps, 2, 10, Step::FirstContact);
            let ends_early = number % 6 == 4;
            then(&mut steps, 3, 14, Step::Engage(Side::Harmed));
            if ends_early {
                then(&mut steps, 5, 20, Step::Close("HARMED_DECLINED"));
            } else {
                then(&mut steps, 5, 20, Step::Engage(Side::Harmer));
                then(&mut steps, 3, 14, Step::Assess);
                then(&mut steps, 7, 25, Step::Prepare);
                if number % 9 == 5 {
                    then(&mut steps, 7, 30, Step::Close("HARMER_WITHDREW"));
                } else {
                    then(&mut steps, 10, 30, Step::Plan);
                    then(&mut steps, 6, 6, Step::DayBefore);
                    then(&mut steps, 2, 2, Step::Meet);
                    then(&mut steps, 5, 20, if number % 2 == 0 { Step::Monitor } else { Step::Evaluate });
                    if number % 2 == 0 {
                        then(&mut steps, 20, 60, Step::Evaluate);
                    }
                    then(&mut steps, 5, 25, Step::Close("COMPLETED_INTERVENTION"));
                }
            }
        }
    }
    let begins = start + TimeDelta::days(dice.between(0, span.max(1)));
    Plan { tenant, agency, facilitator, dice, steps, begins }
}

/// One case at its present step.
struct Teller<'a> {
    made: &'a Made,
    client: &'a Client,
    plan: &'a Plan,
    number: usize,
}

impl Teller<'_> {
    fn desk(&self) -> Desk<'_> {
        Desk { client: self.client, tenant: self.made.tenant, epoch: self.made.epoch }
    }

    fn coordinator(&self) -> As {
        As::User(self.made.desks[self.plan.agency].coordinator)
    }

    fn facilitator_id(&self) -> Uuid {
        self.made.desks[self.plan.agency].facilitators[self.plan.facilitator]
    }

    fn facilitator(&self) -> As {
        As::User(self.facilitator_id())
    }

    /// Choices of this case for one purpose.
    fn dice(&self, purpose: u64) -> Dice {
        let mut dice = self.plan.dice.clone();
        Dice::new(dice.below(usize::MAX / 2) as u64 ^ purpose << 32)
    }

    fn id(&self) -> String {
        self.client.new_id()
    }

    fn stamp(&self) -> prost_types::Timestamp {
        gateway::text::timestamp(self.client.clock.now())
    }

    async fn step(&self, step: Step, state: &mut State) -> Result<()> {
        match step {
            Step::Refer(from) => self.refer(from, state).await,
            Step::Triage => self.triage(state).await,
            Step::AskForMore => self.ask_for_more(state).await,
            Step::Answer => self.answer(state).await,
            Step::Reject => self.reject(state).await,
            Step::Accept => self.accept(state).await,
            Step::Allocate => self.allocate(state).await,
            Step::FirstContact => self.first_contact(state).await,
            Step::Engage(side) => self.engage(state, side).await,
            Step::Assess => self.assess(state).await,
            Step::Prepare => self.prepare(state).await,
            Step::Plan => self.schedule(state).await,
            Step::DayBefore => Ok(()),
            Step::Meet => self.meet(state).await,
            Step::Monitor => self.move_to(state, "AGREEMENT_MONITORING").await,
            Step::Evaluate => self.move_to(state, "EVALUATION").await,
            Step::Close(reason) => self.close(state, reason).await,
        }
    }

    fn input(&self, from: From) -> ReferralInput {
        let mut dice = self.dice(1);
        let (harm, words) = *dice.pick(&HARM);
        let harmed = person(&mut dice);
        let harmer = person(&mut dice);
        let safe_text = dice.in_hundred(70);
        let mut parties = vec![party("HARMED_PERSON", &harmed, safe_text)];
        if from != From::Harmed || dice.in_hundred(40) {
            parties.push(PartyInput { safe_contact: None, email: String::new(), ..party("HARMER", &harmer, false) });
        }
        let by_professional = from != From::Harmed;
        ReferralInput {
            initiated_by: if by_professional { "PROFESSIONAL" } else { "HARMED" }.into(),
            source: if by_professional { *dice.pick(&["POLICE_OIC", "POLICE_NEIGHBOURHOOD", "PROBATION_COM", "VICTIM_SUPPORT", "YOUTH_JUSTICE"]) } else { "" }.into(),
            parties,
            harm_type: harm.into(),
            what_happened: words.into(),
            harm_date: (self.plan.begins - TimeDelta::days(dice.between(5, 200))).date_naive().to_string(),
            harm_place: format!("Near {}", harmed.address),
            crime_reference: if by_professional { format!("NV/{:05}/{}", 10_000 + self.number * 7, self.plan.begins.format("%y")) } else { String::new() },
            reported: if by_professional { "YES" } else { "UNKNOWN" }.into(),
            justice_stage: if by_professional { *dice.pick(&["COMMUNITY_RESOLUTION", "POST_SENTENCE_COMMUNITY", "UNDER_INVESTIGATION", "POST_SENTENCE_CUSTODY"]) } else { "" }.into(),
            needs: if dice.in_hundred(25) { "Needs step-free access.".into() } else { String::new() },
            risks: if dice.in_hundred(20) { "Ex-partner of the harmer lives at the same address.".into() } else { String::new() },
            referrer: by_professional.then(|| Referrer {
                name: "Case officer".into(),
                organisation: "Northvale Police".into(),
                email: "officer@police.northvale.example.org".into(),
                phone: "07700 900123".into(),
                relation: String::new(),
            }),
            agrees_to_contact: true,
            privacy_version: "2026-01".into(),
            case_kind: "RESTORATIVE_JUSTICE".into(),
            equality: (!by_professional && dice.in_hundred(60)).then(|| Equality {
                ethnicity: (*dice.pick(&["W1", "A1", "B1", "M1", "W9", "NS"])).into(),
                sex: (*dice.pick(&["F", "M"])).into(),
                ..Equality::default()
            }),
            ..ReferralInput::default()
        }
    }

    async fn refer(&self, from: From, state: &mut State) -> Result<()> {
        let desk = self.desk();
        let input = self.input(from);
        let owner = self.made.desks[self.plan.agency].node.to_string();
        match from {
            From::Harmed => {
                let draft = call!(desk, As::Public, "referral", PublicReferralServiceClient::start_draft, StartDraftRequest {}).await?.draft_secret;
                call!(desk, As::Public, "referral", PublicReferralServiceClient::save_draft, SaveDraftRequest { draft_secret: draft.clone(), input: Some(input) }).await?;
                let sent = call!(desk, As::Public, "referral", PublicReferralServiceClient::submit_draft, SubmitDraftRequest { draft_secret: draft }).await?;
                state.referral = self.find(&sent.reference).await?;
            }
            From::Professional | From::Partner => {
                let caller = if from == From::Partner { As::Account(self.made.account) } else { As::User(self.made.referrers[self.number % self.made.referrers.len()]) };
                let message = SubmitReferralRequest { request_id: self.id(), input: Some(input), owner_node_id: owner };
                state.referral = call!(desk, caller, "referral", ReferralServiceClient::submit_referral, message).await?.referral_id;
            }
        }
        Ok(())
    }

    /// A public referral answers its reference only; who triages finds it in the list.
    async fn find(&self, reference: &str) -> Result<String> {
        let desk = self.desk();
        let lead = self.triager(true);
        let mut page_token = String::new();
        loop {
            let message = ListReferralsRequest { states: vec![ReferralState::Submitted as i32], page_size: 200, page_token, ..ListReferralsRequest::default() };
            let page = call!(desk, lead, "referral", ReferralServiceClient::list_referrals, message).await?;
            if let Some(found) = page.referrals.iter().find(|r| r.reference == reference) {
                return Ok(found.id.clone());
            }
            if page.next_page_token.is_empty() {
                bail!("the referral {reference} is not in the list");
            }
            page_token = page.next_page_token;
        }
    }

    /// Who triages: a public referral belongs to the root, where the lead works.
    fn triager(&self, public: bool) -> As {
        let lead = self.made.shown.users.iter().find(|u| u.role == "partnership_lead").and_then(|u| u.id.parse().ok());
        match lead {
            Some(lead) if public => As::User(lead),
            _ => self.coordinator(),
        }
    }

    fn is_public(&self) -> bool {
        self.plan.steps.first().is_some_and(|(_, step)| *step == Step::Refer(From::Harmed))
    }

    async fn referral(&self, state: &State) -> Result<Referral> {
        let desk = self.desk();
        let message = GetReferralRequest { referral_id: state.referral.clone() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::get_referral, message).await?.referral.context("a referral")
    }

    async fn triage(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let message = StartTriageRequest { request_id: self.id(), referral_id: state.referral.clone() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::start_triage, message).await.map(drop)
    }

    async fn ask_for_more(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let etag = self.referral(state).await?.etag;
        let message = ReturnForInformationRequest { request_id: self.id(), referral_id: state.referral.clone(), etag, question: "Does the person harmed know of this referral, and how may we reach them?".into() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::return_for_information, message).await.map(drop)
    }

    async fn answer(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let sender = As::User(self.made.referrers[self.number % self.made.referrers.len()]);
        let message = ProvideInformationRequest { request_id: self.id(), referral_id: state.referral.clone(), answer: "Yes, we spoke on Tuesday. Mornings by telephone are best.".into() };
        call!(desk, sender, "referral", ReferralServiceClient::provide_information, message).await.map(drop)
    }

    async fn reject(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let etag = self.referral(state).await?.etag;
        let reason = *self.dice(2).pick(&["NOT_ELIGIBLE_AREA", "NO_CONSENT", "OTHER_SERVICE_BETTER"]);
        let message = RejectReferralRequest { request_id: self.id(), referral_id: state.referral.clone(), etag, reason: reason.into(), note: "Told by telephone and given other services.".into() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::reject_referral, message).await.map(drop)
    }

    async fn accept(&self, state: &mut State) -> Result<()> {
        let desk = self.desk();
        let referral = self.referral(state).await?;
        let message = AcceptReferralRequest {
            request_id: self.id(),
            referral_id: state.referral.clone(),
            etag: referral.etag,
            case_kind: "RESTORATIVE_JUSTICE".into(),
            existing_case_id: String::new(),
            owner_node_id: self.made.desks[self.plan.agency].node.to_string(),
            parties: referral.party_ids.iter().map(|id| PartyDecision { party_id: id.clone(), existing_person_id: String::new() }).collect(),
        };
        state.case = call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::accept_referral, message).await?.case_id;
        self.opened(&state.case).await
    }

    /// Waits until the event has opened the case.
    async fn opened(&self, case_id: &str) -> Result<()> {
        let desk = self.desk();
        for _ in 0..600 {
            if call!(desk, self.coordinator(), "case", CaseServiceClient::get_case, GetCaseRequest { case_id: case_id.to_owned() }).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        bail!("the case did not open")
    }

    async fn etag(&self, state: &State, caller: As) -> Result<String> {
        let desk = self.desk();
        let message = GetCaseRequest { case_id: state.case.clone() };
        Ok(call!(desk, caller, "case", CaseServiceClient::get_case, message).await?.case.context("a case")?.etag)
    }

    async fn allocate(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let etag = self.etag(state, self.coordinator()).await?;
        let message = AllocateCaseRequest { request_id: self.id(), case_id: state.case.clone(), etag, user_id: self.facilitator_id().to_string(), side: "BOTH".into(), lead: true };
        call!(desk, self.coordinator(), "case", CaseServiceClient::allocate_case, message).await.map(drop)
    }

    async fn move_to(&self, state: &State, stage: &str) -> Result<()> {
        let desk = self.desk();
        let etag = self.etag(state, self.facilitator()).await?;
        let message = MoveStageRequest { request_id: self.id(), case_id: state.case.clone(), etag, stage: stage.into(), reason: String::new() };
        call!(desk, self.facilitator(), "case", CaseServiceClient::move_stage, message).await.map(drop)
    }

    async fn note(&self, state: &State, side: &str) -> Result<()> {
        let desk = self.desk();
        let text = *self.dice(self.client.clock.now().timestamp().unsigned_abs()).pick(&NOTES);
        let message = AddNoteRequest {
            request_id: self.id(),
            case_id: state.case.clone(),
            side: side.into(),
            readers: "EVERYONE".into(),
            kind: "CONTACT".into(),
            text: text.into(),
            happened_at: Some(self.stamp()),
            participant_id: String::new(),
        };
        call!(desk, self.facilitator(), "case", NoteServiceClient::add_note, message).await.map(drop)
    }

    async fn participants(&self, state: &State) -> Result<Vec<Participant>> {
        let desk = self.desk();
        let message = ListParticipantsRequest { case_id: state.case.clone() };
        Ok(call!(desk, self.facilitator(), "case", ParticipantServiceClient::list_participants, message).await?.participants)
    }

    async fn status(&self, participant: &str, status: &str) -> Result<()> {
        let desk = self.desk();
        let message = proto::case::v1::GetParticipantRequest { participant_id: participant.into() };
        let etag = call!(desk, self.facilitator(), "case", ParticipantServiceClient::get_participant, message).await?.participant.context("a participant")?.etag;
        let message = SetParticipationStatusRequest { request_id: self.id(), participant_id: participant.into(), etag, status: status.into(), reason: String::new() };
        call!(desk, self.facilitator(), "case", ParticipantServiceClient::set_participation_status, message).await.map(drop).with_context(|| format!("to {status}"))
    }

    async fn first_contact(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        self.move_to(state, "INITIAL_CONTACT").await?;
        let people = self.participants(state).await?;
        let Some(harmed) = people.iter().find(|p| p.role == "HARMED_PERSON") else { return Ok(()) };
        self.status(&harmed.id, "CONTACTING").await?;
        let mut dice = self.dice(3);
        let result = if dice.in_hundred(60) { "REACHED" } else { "NO_ANSWER" };
        let message = RecordContactAttemptRequest { request_id: self.id(), participant_id: harmed.id.clone(), at: Some(self.stamp()), channel: "MOBILE".into(), result: result.into(), note: String::new() };
        call!(desk, self.facilitator(), "case", ParticipantServiceClient::record_contact_attempt, message).await?;
        self.note(state, "HARMED").await
    }

    async fn engage(&self, state: &State, side: Side) -> Result<()> {
        let desk = self.desk();
        let role = if side == Side::Harmed { "HARMED_PERSON" } else { "HARMER" };
        let people = self.participants(state).await?;
        let Some(participant) = people.iter().find(|p| p.role == role) else { return Ok(()) };
        self.verify_contacts(&participant.person_id).await?;
        for purpose in ["TAKE_PART", "SMS"] {
            let known = participant.consents.iter().any(|c| c.purpose == purpose);
            if !known {
                let message = RecordConsentRequest { request_id: self.id(), participant_id: participant.id.clone(), purpose: purpose.into(), state: "GIVEN".into(), how: "SPOKEN".into(), at: Some(self.stamp()), note: String::new() };
                call!(desk, self.facilitator(), "case", ParticipantServiceClient::record_consent, message).await.with_context(|| purpose)?;
            }
        }
        self.status(&participant.id, "ENGAGED").await?;
        if self.number % 6 == 4 {
            return self.status(&participant.id, "DECLINED").await;
        }
        self.status(&participant.id, "CONSENTED").await?;
        self.note(state, if side == Side::Harmed { "HARMED" } else { "HARMER" }).await
    }

    /// Asks the person which contact point is safe, and records their answer.
    async fn verify_contacts(&self, person_id: &str) -> Result<()> {
        let desk = self.desk();
        let get = GetPersonRequest { person_id: person_id.to_owned() };
        let person = call!(desk, self.facilitator(), "case", PeopleServiceClient::get_person, get.clone()).await?.person.context("a person")?;
        let mut etag = person.etag;
        let unsafe_one = self.dice(4).in_hundred(12);
        for point in person.contact_points.iter().filter(|p| matches!(p.kind.as_str(), "MOBILE" | "EMAIL")) {
            let message = SetContactSafetyRequest {
                request_id: self.id(),
                person_id: person_id.to_owned(),
                contact_point_id: point.id.clone(),
                etag,
                safety: if unsafe_one { "UNSAFE" } else { "SAFE" }.into(),
                may_text: !unsafe_one && point.kind == "MOBILE",
                may_leave_voicemail: false,
                may_write: !unsafe_one && point.kind == "EMAIL",
                safe_from: String::new(),
                safe_to: String::new(),
                words: String::new(),
                verified: true,
                review_on: String::new(),
            };
            etag = call!(desk, self.facilitator(), "case", PeopleServiceClient::set_contact_safety, message).await?.etag;
        }
        if self.dice(5).in_hundred(50) {
            let demographics = Demographics { disability: "N".into(), relationship_status: "PNTS".into(), ..Demographics::default() };
            let message = SetDemographicsRequest { request_id: self.id(), person_id: person_id.to_owned(), etag, demographics: Some(demographics) };
            call!(desk, self.facilitator(), "case", PeopleServiceClient::set_demographics, message).await?;
        }
        Ok(())
    }

    async fn assess(&self, state: &State) -> Result<()> {
        self.move_to(state, "ASSESSMENT").await?;
        self.note(state, "BOTH").await
    }

    async fn prepare(&self, state: &State) -> Result<()> {
        self.move_to(state, "PREPARATION").await?;
        for participant in self.participants(state).await?.iter().filter(|p| p.status == "CONSENTED") {
            self.status(&participant.id, "PREPARING").await?;
        }
        self.note(state, "BOTH").await
    }

    async fn schedule(&self, state: &mut State) -> Result<()> {
        let desk = self.desk();
        let people = self.participants(state).await?;
        for participant in people.iter().filter(|p| p.status == "PREPARING") {
            self.status(&participant.id, "READY").await?;
        }
        self.move_to(state, "INTERVENTION_PLANNED").await?;
        // At 10:00 on the seventh day: the reminder is due on the sixth, after that day has begun.
        let starts_at = self.client.clock.now() + TimeDelta::days(7) - TimeDelta::minutes(5);
        let message = ScheduleMeetingRequest {
            request_id: self.id(),
            case_id: state.case.clone(),
            kind: "FACE_TO_FACE_MEETING".into(),
            starts_at: Some(gateway::text::timestamp(starts_at)),
            minutes: 90,
            place: "Northvale Library, meeting room 2".into(),
            mode: "IN_PERSON".into(),
            attendees: people.iter().map(|p| Attendee { participant_id: p.id.clone(), remind_by_text: true, remind_by_email: false, attendance: String::new() }).collect(),
        };
        state.meeting = call!(desk, self.facilitator(), "case", MeetingServiceClient::schedule_meeting, message).await?.meeting_id;
        Ok(())
    }

    async fn meet(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let list = ListMeetingsRequest { case_id: state.case.clone(), page_size: 50, ..ListMeetingsRequest::default() };
        let meetings = call!(desk, self.facilitator(), "case", MeetingServiceClient::list_meetings, list).await?.meetings;
        let meeting = meetings.into_iter().find(|m| m.id == state.meeting).context("the meeting")?;
        let message = RecordAttendanceRequest {
            request_id: self.id(),
            meeting_id: meeting.id.clone(),
            etag: meeting.etag,
            result: "HELD".into(),
            result_reason: String::new(),
            attendees: meeting.attendees.iter().map(|a| Attendee { attendance: "CAME".into(), ..a.clone() }).collect(),
        };
        call!(desk, self.facilitator(), "case", MeetingServiceClient::record_attendance, message).await?;
        let etag = self.etag(state, self.facilitator()).await?;
        let mut dice = self.dice(6);
        let message = RecordOutcomeRequest {
            request_id: self.id(),
            case_id: state.case.clone(),
            etag,
            intervention: (*dice.pick(&["FACE_TO_FACE_MEETING", "SHUTTLE_MEDIATION", "LETTER_OF_APOLOGY"])).into(),
            held_on: self.client.clock.now().date_naive().to_string(),
            result: "HELD".into(),
            outcomes: vec![(*dice.pick(&["FULL_AGREEMENT", "QUESTIONS_ANSWERED", "APOLOGY_GIVEN", "NO_AGREEMENT_NEEDED"])).into()],
            summary: "Everyone could say what they wanted to say.".into(),
            meeting_id: state.meeting.clone(),
        };
        call!(desk, self.facilitator(), "case", CaseServiceClient::record_outcome, message).await?;
        for participant in self.participants(state).await?.iter().filter(|p| p.status == "READY") {
            self.status(&participant.id, "PARTICIPATED").await?;
        }
        Ok(())
    }

    async fn close(&self, state: &State, reason: &str) -> Result<()> {
        let desk = self.desk();
        let etag = self.etag(state, self.coordinator()).await?;
        let message = CloseCaseRequest { request_id: self.id(), case_id: state.case.clone(), etag, reason: reason.into(), note: String::new() };
        call!(desk, self.coordinator(), "case", CaseServiceClient::close_case, message).await.map(drop)
    }
}

fn party(role: &str, person: &Person, text_is_safe: bool) -> PartyInput {
    PartyInput {
        role: role.into(),
        given_name: person.given.clone(),
        family_name: person.family.clone(),
        date_of_birth: person.born.to_string(),
        email: person.email.clone(),
        phone: person.phone.clone(),
        address: person.address.clone(),
        postcode: person.postcode.clone(),
        safe_contact: Some(SafeContact { email: true, text: text_is_safe, phone: text_is_safe, times: "Weekday mornings".into(), ..SafeContact::default() }),
        language: "English".into(),
        ..PartyInput::default()
    }
}
