//! A referral by a professional or by the service's own staff (domain.md 3.2).

use proto::{
    identity::v1::Node,
    referral::v1::{SubmitReferralRequest, referral_service_client::ReferralServiceClient},
};
use serde::Serialize;
use tonic::Code;

use super::{directory, new_input, words};
use crate::{
    error_page,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{Choice, PageTemplate},
};

/// The page: one long form in sections, as a professional has all of it at hand.
#[derive(Clone, Debug, Serialize)]
pub struct NewPage {
    action: String,
    cancel: String,
    agencies: Vec<Choice>,
    roles: Vec<Choice>,
    channels: Vec<Choice>,
    harm_types: Vec<Choice>,
    reported: Vec<Choice>,
    stages: Vec<Choice>,
    crime_flags: Vec<Choice>,
    hate_strands: Vec<Choice>,
    case_kinds: Vec<Choice>,
    sources: Vec<Choice>,
    initiators: Vec<Choice>,
    yes_no: Vec<Choice>,
    form: FormState,
}

impl NewPage {
    fn new(base: &str, nodes: &[Node], form: FormState) -> Self {
        Self {
            action: format!("{base}/new"),
            cancel: base.to_owned(),
            agencies: directory::agencies(nodes),
            roles: vec![Choice::new("HARMED_PERSON", "They were harmed"), Choice::new("HARMER", "They caused harm")],
            channels: vec![
                Choice::new("email", "Email"),
                Choice::new("text", "Text message"),
                Choice::new("phone", "Phone call"),
                Choice::new("post", "Post"),
                Choice::new("none", "None is known to be safe").after_or(),
            ],
            harm_types: Choice::from_codes("harm_type"),
            reported: vec![Choice::new("YES", "Yes"), Choice::new("NO", "No"), Choice::new("UNKNOWN", "Not known")],
            stages: Choice::from_codes("criminal_justice_stage"),
            crime_flags: Choice::from_codes("crime_flag"),
            hate_strands: Choice::from_codes("hate_strand"),
            case_kinds: words::case_kinds(),
            sources: Choice::from_codes("referral_source"),
            initiators: Choice::from_codes("referral_initiated_by"),
            yes_no: Choice::yes_no(),
            form,
        }
    }
}

impl PageTemplate for NewPage {
    const TEMPLATE: &'static str = "pages/referrals/new.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::new(uuid::Uuid::nil());
        new_input::read(&mut wrong, false);
        let nodes = [Node { id: "1".into(), name: "Example agency".into(), ..Default::default() }];
        vec![Self::new("/t/example/referrals", &nodes, FormState::new(uuid::Uuid::nil())), Self::new("/t/example/referrals", &[], wrong)]
    }
}

async fn show(page: &StaffPage, form: FormState) -> PageResult {
    let nodes = directory::nodes(page).await;
    let frame = page.frame("Make a referral").back("Back to referrals", page.href("/referrals"));
    page.render(&frame, &NewPage::new(&page.href("/referrals"), &nodes, form))
}

/// An empty form; the name of whoever is signed in stands in it.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("referral.create")?;
    let form = page.form().with("referrer_name", page.session.user_name.clone());
    show(&page, form).await
}

/// Sends it, once for each form shown. Whatever is wrong, all that was typed comes back.
pub async fn post(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let input = new_input::read(&mut form, page.may("referral.triage"));
    if !form.is_valid() {
        return show(&page, form).await;
    }
    let request = SubmitReferralRequest {
        request_id: form.data().request_id().map(|id| id.to_string()).unwrap_or_default(),
        input: Some(input),
        owner_node_id: form.get("owner_node").to_owned(),
    };
    match rpc!(page, "referral", ReferralServiceClient::submit_referral, request).await {
        Ok(sent) => page.redirect(&format!("/referrals/{}/sent", sent.referral_id)),
        Err(status) if form.take_violations(&status, &new_input::FIELDS) => show(&page, form).await,
        Err(status) if matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted) => {
            form.fail("", "Sorry, the service is busy and the referral was not sent. What you typed is still here. Wait a moment and send it again");
            show(&page, form).await
        }
        Err(status) => Err(error_page::of(&page, status)),
    }
}
