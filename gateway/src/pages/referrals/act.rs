//! What is done with a referral, but for accepting it: one page for each act, with its question and its button.

use axum::extract::Path;
use platform::{Error, Kind};
use proto::referral::v1::{
    AppealRejectionRequest, GetReferralStatusRequest, MarkDuplicateRequest, Referral, RejectReferralRequest, ReturnForInformationRequest,
    StartTriageRequest, TransferOutRequest, WithdrawReferralRequest, referral_service_client::ReferralServiceClient,
};
use serde::Serialize;
use tonic::Status;

use super::{detail, show, similar, words};
use crate::{
    error_page,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, PageTemplate, Tag},
};

/// An act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Triage,
    Return,
    Reject,
    Duplicate,
    Transfer,
    Withdraw,
    Appeal,
}

/// Words of an act.
struct Words {
    path: &'static str,
    allowed: &'static str,
    heading: &'static str,
    intro: &'static str,
    button: &'static str,
    done: &'static str,
}

impl Act {
    const ALL: [Self; 7] = [Self::Triage, Self::Return, Self::Reject, Self::Duplicate, Self::Transfer, Self::Withdraw, Self::Appeal];

    fn words(self) -> Words {
        let (path, allowed, heading, intro, button, done) = match self {
            Self::Triage => ("triage", "TRIAGE", "Start triage", "The referral moves to the tab “In triage”, where it is decided.", "Start triage", "Triage started"),
            Self::Return => (
                "return",
                "RETURN",
                "Ask for information",
                "Whoever sent the referral sees your question, so write no detail of the case. Without an answer the referral lapses after 20 working days.",
                "Send question",
                "Question sent",
            ),
            Self::Reject => (
                "reject",
                "REJECT",
                "Do not accept this referral",
                "The reason is told to whoever sent the referral. The note is for colleagues only.",
                "Do not accept",
                "Referral not accepted",
            ),
            Self::Duplicate => (
                "duplicate",
                "DUPLICATE",
                "Mark as duplicate",
                "The referral ends, and work goes on with the other one.",
                "Mark as duplicate",
                "Referral marked as duplicate",
            ),
            Self::Transfer => (
                "transfer",
                "TRANSFER",
                "Pass to another service",
                "The referral ends here. Tell the other service yourself, and only what the person agreed to.",
                "Pass to another service",
                "Referral passed to another service",
            ),
            Self::Withdraw => ("withdraw", "WITHDRAW", "Withdraw this referral", "The referral ends. Nobody is contacted because of it.", "Withdraw referral", "Referral withdrawn"),
            Self::Appeal => (
                "appeal",
                "APPEAL",
                "Look at this referral again",
                "The referral goes back to triage. This can be done once.",
                "Take back to triage",
                "Referral is in triage again",
            ),
        };
        Words { path, allowed, heading, intro, button, done }
    }

    fn parse(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.words().path == path)
    }
}

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct ActPage {
    act: &'static str,
    heading: &'static str,
    intro: &'static str,
    button: &'static str,
    action: String,
    cancel: String,
    reference: String,
    tag: Tag,
    /// What changed while somebody else was typing.
    clash: String,
    reasons: Vec<Choice>,
    duplicates: Vec<Choice>,
    similar_failed: bool,
    form: FormState,
}

impl PageTemplate for ActPage {
    const TEMPLATE: &'static str = "pages/referrals/act.html";

    fn samples() -> Vec<Self> {
        let referral = detail::sample();
        let mut all = Vec::new();
        for act in Act::ALL {
            let form = FormState::new(uuid::Uuid::nil()).with_etag("1");
            all.push(build("/t/example/referrals", &referral, act, Some(vec![referral.clone()]), form.clone(), String::new()));
            let mut wrong = form;
            check(act, &mut wrong);
            all.push(build("/t/example/referrals", &referral, act, None, wrong, "It changed".into()));
        }
        all.push(build("/t/example/referrals", &referral, Act::Duplicate, Some(Vec::new()), FormState::new(uuid::Uuid::nil()), String::new()));
        all
    }
}

fn build(base: &str, referral: &Referral, act: Act, similar: Option<Vec<Referral>>, form: FormState, clash: String) -> ActPage {
    let words = act.words();
    let people = |r: &Referral| {
        let people = words::people(r);
        if people.state == "restricted" { "Names are restricted".to_owned() } else { people.text.replace('\n', ", ") }
    };
    ActPage {
        act: words.path,
        heading: words.heading,
        intro: words.intro,
        button: words.button,
        action: format!("{base}/{}/{}", referral.id, words.path),
        cancel: format!("{base}/{}", referral.id),
        reference: referral.reference.clone(),
        tag: words::tag(referral.state()),
        clash,
        reasons: Choice::from_codes("referral_reason"),
        similar_failed: act == Act::Duplicate && similar.is_none(),
        duplicates: similar
            .unwrap_or_default()
            .iter()
            .map(|r| Choice::new(r.id.as_str(), r.reference.as_str()).hint(format!("{}. {}", words::tag(r.state()).text, people(r)).trim_end_matches(". ").to_owned()))
            .collect(),
        form,
    }
}

fn codes() -> impl Iterator<Item = &'static str> {
    access::codes::list("referral_reason").into_iter().flat_map(|l| l.values.iter().map(|c| c.code))
}

fn check(act: Act, form: &mut FormState) {
    match act {
        Act::Triage => {}
        Act::Return => {
            form.required("question", "Enter what you need to know");
            form.at_most("question", 10_000, "Question");
        }
        Act::Reject => {
            form.one_of("reason", codes(), "Select a reason");
            form.at_most("note", 10_000, "Note");
        }
        Act::Withdraw => {
            form.one_of("reason", codes(), "Select a reason");
        }
        Act::Transfer => {
            form.one_of("reason", codes(), "Select a reason");
            form.required("to_service", "Enter the name of the service that takes it");
        }
        Act::Duplicate => {
            if form.get("duplicate_of").is_empty() && form.get("duplicate_reference").is_empty() {
                form.fail("duplicate_reference", "Select the other referral, or enter its reference");
            }
        }
        Act::Appeal => {
            form.required("reason", "Enter why this should be looked at again");
            form.at_most("reason", 10_000, "Reason");
        }
    }
}

async fn page_of(page: &StaffPage, referral: &Referral, act: Act, form: FormState, clash: String) -> PageResult {
    let similar = if act == Act::Duplicate { similar::referrals(page, &referral.id).await } else { None };
    let frame = page.frame(act.words().heading).back("Back to the referral", page.href(&format!("/referrals/{}", referral.id)));
    page.render(&frame, &build(&page.href("/referrals"), referral, act, similar, form, clash))
}

fn not_offered(page: &StaffPage) -> error_page::ErrorPage {
    error_page::of(page, Error::precondition("NOT_POSSIBLE", "This cannot be done with the referral as it is now. Open the referral to see its state and what you can do.").into_status())
}

/// The question of an act.
pub async fn get(page: StaffPage, Path((_, id, path)): Path<(String, String, String)>) -> PageResult {
    let Some(act) = Act::parse(&path) else { return Err(error_page::of(&page, Error::not_found().into_status())) };
    let referral = show::load(&page, &id).await?;
    if !referral.allowed_actions.iter().any(|a| a == act.words().allowed) {
        return Err(not_offered(&page));
    }
    let form = page.form().with_etag(referral.etag.clone());
    page_of(&page, &referral, act, form, String::new()).await
}

/// Does it.
pub async fn post(page: StaffPage, Path((_, id, path)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let Some(act) = Act::parse(&path) else { return Err(error_page::of(&page, Error::not_found().into_status())) };
    let mut form = FormState::sent(data);
    check(act, &mut form);
    if !form.is_valid() {
        let referral = show::load(&page, &id).await?;
        return page_of(&page, &referral, act, form, String::new()).await;
    }
    let Err(status) = call(&page, act, &id, &form).await else {
        let next = if act == Act::Withdraw && !page.may("referral.triage") { format!("/referrals/{id}/status") } else { format!("/referrals/{id}") };
        return page.done(&next, act.words().done);
    };
    if Error::from(status.clone()).kind() == Kind::Conflict {
        let referral = show::load(&page, &id).await?;
        let clash = clash(&referral);
        let mut form = anew(&page, act, &form).with_etag(referral.etag.clone());
        form.fail("", "The referral changed while you were editing. Check it, then send again if it is still right");
        return page_of(&page, &referral, act, form, clash).await;
    }
    let fields = [("duplicate_of_id", if form.get("duplicate_reference").is_empty() { "duplicate_of" } else { "duplicate_reference" })];
    if form.take_violations(&status, &fields) {
        let referral = show::load(&page, &id).await?;
        return page_of(&page, &referral, act, form, String::new()).await;
    }
    Err(error_page::of(&page, status))
}

/// What the referral is now, after somebody else changed it.
pub fn clash(referral: &Referral) -> String {
    let since = text::instant(referral.state_since.as_ref()).map(text::date_time).unwrap_or_default();
    format!("It is now: {}, since {since}. Your text below was not saved.", words::tag(referral.state()).text)
}

/// The typed values in a form with a new key: the old one is bound to the old version.
fn anew(page: &StaffPage, act: Act, sent: &FormState) -> FormState {
    let names: &[&str] = match act {
        Act::Triage => &[],
        Act::Return => &["question"],
        Act::Reject => &["reason", "note"],
        Act::Duplicate => &["duplicate_of", "duplicate_reference"],
        Act::Transfer => &["reason", "to_service"],
        Act::Withdraw | Act::Appeal => &["reason"],
    };
    names.iter().fold(page.form(), |form, name| form.with(name, sent.get(name)))
}

async fn call(page: &StaffPage, act: Act, id: &str, form: &FormState) -> Result<(), Status> {
    let request_id = form.data().request_id().map(|id| id.to_string()).unwrap_or_default();
    let etag = form.data().etag().unwrap_or_default().to_owned();
    let (referral_id, text) = (id.to_owned(), |name: &str| form.get(name).to_owned());
    match act {
        Act::Triage => rpc!(page, "referral", ReferralServiceClient::start_triage, StartTriageRequest { request_id, referral_id }).await.map(drop),
        Act::Return => {
            let request = ReturnForInformationRequest { request_id, referral_id, etag, question: text("question") };
            rpc!(page, "referral", ReferralServiceClient::return_for_information, request).await.map(drop)
        }
        Act::Reject => {
            let request = RejectReferralRequest { request_id, referral_id, etag, reason: text("reason"), note: text("note") };
            rpc!(page, "referral", ReferralServiceClient::reject_referral, request).await.map(drop)
        }
        Act::Duplicate => {
            let duplicate_of_id = match form.get("duplicate_reference") {
                "" => text("duplicate_of"),
                reference => by_reference(page, reference).await?,
            };
            rpc!(page, "referral", ReferralServiceClient::mark_duplicate, MarkDuplicateRequest { request_id, referral_id, etag, duplicate_of_id }).await.map(drop)
        }
        Act::Transfer => {
            let request = TransferOutRequest { request_id, referral_id, etag, reason: text("reason"), to_service: text("to_service") };
            rpc!(page, "referral", ReferralServiceClient::transfer_out, request).await.map(drop)
        }
        Act::Withdraw => {
            let request = WithdrawReferralRequest { request_id, referral_id, reason: text("reason") };
            rpc!(page, "referral", ReferralServiceClient::withdraw_referral, request).await.map(drop)
        }
        Act::Appeal => {
            let request = AppealRejectionRequest { request_id, referral_id, reason: text("reason") };
            rpc!(page, "referral", ReferralServiceClient::appeal_rejection, request).await.map(drop)
        }
    }
}

/// The id of a reference; one that leads nowhere is a mistake of its field, not a page that is not there.
async fn by_reference(page: &StaffPage, reference: &str) -> Result<String, Status> {
    let request = GetReferralStatusRequest { referral_id: reference.to_owned() };
    match rpc!(page, "referral", ReferralServiceClient::get_referral_status, request).await {
        Ok(found) => Ok(found.status.unwrap_or_default().id),
        Err(status) if matches!(Error::from(status.clone()).kind(), Kind::NotFound | Kind::InvalidArgument | Kind::PermissionDenied) => {
            Err(Error::invalid().field("duplicate_of_id", "There is no such referral. Check the reference").into_status())
        }
        Err(status) => Err(status),
    }
}
