//! Where a referral stands, for whoever sent it: no case detail. Here they answer a question.

use axum::extract::Path;
use proto::referral::v1::{
    GetReferralStatusRequest, ProvideInformationRequest, ReferralState, ReferralStatus, referral_service_client::ReferralServiceClient,
};
use serde::Serialize;

use super::words;
use crate::{
    error_page::{self, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{PageTemplate, Shown, SummaryRow, Tag},
};

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct StatusPage {
    reference: String,
    tag: Tag,
    meaning: &'static str,
    rows: Vec<SummaryRow>,
    /// What is asked; empty where nothing is.
    question: String,
    action: String,
    withdraw_href: Option<String>,
    form: FormState,
}

impl PageTemplate for StatusPage {
    const TEMPLATE: &'static str = "pages/referrals/status.html";

    fn samples() -> Vec<Self> {
        let status = |state: ReferralState, question: &str| ReferralStatus {
            id: "1".into(),
            reference: "RF-7K3M-2Q9D-4".into(),
            state: state.into(),
            question: question.into(),
            ..Default::default()
        };
        let mut wrong = FormState::new(uuid::Uuid::nil());
        wrong.required("answer", "Enter your answer");
        vec![
            build("/t/example/referrals", &status(ReferralState::ReturnedForInformation, "When was it?"), wrong, true),
            build("/t/example/referrals", &status(ReferralState::Rejected, ""), FormState::new(uuid::Uuid::nil()), true),
        ]
    }
}

fn meaning(state: ReferralState) -> &'static str {
    match state {
        ReferralState::Submitted => "The referral has arrived. A coordinator reads it, usually within 1 working day.",
        ReferralState::Triage => "A coordinator is working on the referral.",
        ReferralState::ReturnedForInformation => "The coordinator needs to know more before deciding. Without an answer the referral lapses after 20 working days.",
        ReferralState::Accepted => "The referral was accepted. The service contacts the person. Nothing more about the case is shown here.",
        ReferralState::Rejected => "The referral was not accepted. If you disagree, ask the coordinator to look at it again.",
        ReferralState::Duplicate => "Another referral tells about the same. The service works with that one.",
        ReferralState::TransferredOut => "The referral was passed to another service.",
        ReferralState::Lapsed => "The referral lapsed because more information was needed and did not arrive. You can make a new one.",
        ReferralState::Withdrawn => "The referral was withdrawn.",
        ReferralState::Unspecified => "",
    }
}

fn build(base: &str, status: &ReferralStatus, form: FormState, updates: bool) -> StatusPage {
    let state = status.state();
    let at = |instant: Option<&prost_types::Timestamp>| text::instant(instant).map(text::date_time).unwrap_or_default();
    let mut rows = vec![
        SummaryRow::new("Sent", at(status.submitted_at.as_ref())),
        SummaryRow::new("State", "").tagged(words::tag(state)),
        SummaryRow::new("Since", at(status.state_since.as_ref())),
    ];
    if !status.decision_reason.is_empty() {
        rows.push(SummaryRow::new("Reason", words::label("referral_reason", &status.decision_reason)));
    }
    let open = matches!(state, ReferralState::Submitted | ReferralState::Triage | ReferralState::ReturnedForInformation);
    StatusPage {
        reference: status.reference.clone(),
        tag: words::tag(state),
        meaning: meaning(state),
        rows,
        question: if updates && state == ReferralState::ReturnedForInformation {
            Shown::field("question", &status.masked_paths, status.question.as_str()).text
        } else {
            String::new()
        },
        action: format!("{base}/{}/status", status.id),
        withdraw_href: (open && updates).then(|| format!("{base}/{}/withdraw", status.id)),
        form,
    }
}

async fn show(page: &StaffPage, id: String, form: FormState) -> PageResult {
    let request = GetReferralStatusRequest { referral_id: id };
    let status = rpc!(page, "referral", ReferralServiceClient::get_referral_status, request).await.or_page(page)?.status.unwrap_or_default();
    let frame = page.frame("State of a referral").back("Back to referrals that you sent", page.href("/referrals/mine"));
    page.render(&frame, &build(&page.href("/referrals"), &status, form, page.may("referral.update")))
}

/// The state.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let form = page.form();
    show(&page, id, form).await
}

/// The answer to what was asked.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let answer = form.required("answer", "Enter your answer");
    form.at_most("answer", 10_000, "Answer");
    if !form.is_valid() {
        return show(&page, id, form).await;
    }
    let request = ProvideInformationRequest {
        request_id: form.data().request_id().map(|id| id.to_string()).unwrap_or_default(),
        referral_id: id.clone(),
        answer,
    };
    match rpc!(page, "referral", ReferralServiceClient::provide_information, request).await {
        Ok(_) => page.done(&format!("/referrals/{id}/status"), "Your answer was sent. The referral is in triage again"),
        Err(status) if form.take_violations(&status, &[("answer", "answer")]) => show(&page, id, form).await,
        Err(status) => Err(error_page::of(&page, status)),
    }
}
