//! A referral of the demonstration, from its form to its decision.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use proto::{
    case::v1::{GetCaseRequest, case_service_client::CaseServiceClient},
    referral::v1::{
        AcceptReferralRequest, Equality, GetReferralRequest, ListReferralsRequest, PartyDecision, PartyInput, ProvideInformationRequest, Referral, ReferralInput, ReferralState, Referrer,
        RejectReferralRequest, ReturnForInformationRequest, SafeContact, SaveDraftRequest, StartDraftRequest, StartTriageRequest, SubmitDraftRequest, SubmitReferralRequest,
        public_referral_service_client::PublicReferralServiceClient, referral_service_client::ReferralServiceClient,
    },
};

use super::{client::As, invent::{HARM, Person, person}, plan::{From, Step}, teller::{State, Teller}};
use crate::call;

impl Teller<'_> {
    pub(super) fn input(&self, from: From) -> ReferralInput {
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

    pub(super) async fn refer(&self, from: From, state: &mut State) -> Result<()> {
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
    pub(super) async fn find(&self, reference: &str) -> Result<String> {
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

    pub(super) async fn referral(&self, state: &State) -> Result<Referral> {
        let desk = self.desk();
        let message = GetReferralRequest { referral_id: state.referral.clone() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::get_referral, message).await?.referral.context("a referral")
    }

    pub(super) async fn triage(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let message = StartTriageRequest { request_id: self.id(), referral_id: state.referral.clone() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::start_triage, message).await.map(drop)
    }

    pub(super) async fn ask_for_more(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let etag = self.referral(state).await?.etag;
        let message = ReturnForInformationRequest { request_id: self.id(), referral_id: state.referral.clone(), etag, question: "Does the person harmed know of this referral, and how may we reach them?".into() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::return_for_information, message).await.map(drop)
    }

    pub(super) async fn answer(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let sender = As::User(self.made.referrers[self.number % self.made.referrers.len()]);
        let message = ProvideInformationRequest { request_id: self.id(), referral_id: state.referral.clone(), answer: "Yes, we spoke on Tuesday. Mornings by telephone are best.".into() };
        call!(desk, sender, "referral", ReferralServiceClient::provide_information, message).await.map(drop)
    }

    pub(super) async fn reject(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let etag = self.referral(state).await?.etag;
        let reason = *self.dice(2).pick(&["NOT_ELIGIBLE_AREA", "NO_CONSENT", "OTHER_SERVICE_BETTER"]);
        let message = RejectReferralRequest { request_id: self.id(), referral_id: state.referral.clone(), etag, reason: reason.into(), note: "Told by telephone and given other services.".into() };
        call!(desk, self.triager(self.is_public()), "referral", ReferralServiceClient::reject_referral, message).await.map(drop)
    }

    pub(super) async fn accept(&self, state: &mut State) -> Result<()> {
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
    pub(super) async fn opened(&self, case_id: &str) -> Result<()> {
        let desk = self.desk();
        for _ in 0..600 {
            if call!(desk, self.coordinator(), "case", CaseServiceClient::get_case, GetCaseRequest { case_id: case_id.to_owned() }).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        bail!("the case did not open")
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
