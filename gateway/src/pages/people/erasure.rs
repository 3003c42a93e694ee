//! Erasure of a person, for the data protection officer: what would go, what holds it back, the request, the approval by a
//! second person, and the certificate.

use axum::extract::Path;
use proto::people::v1::{
    ApproveErasureRequest, Blocker, CancelErasureRequest, Erasure, ErasePersonRequest, Extent, GetErasureRequest, GetErasureResponse, LiftHoldRequest,
    PlaceHoldRequest, erasure_service_client::ErasureServiceClient,
};
use serde::Serialize;

use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::{
        names::Names,
        staff::common::{day, day_and_time, refused, request_id},
    },
    rpc, text,
    view::{Choice, Colour, PageTemplate, SummaryRow, Tag},
};

/// Reasons for which a person may be erased.
const REASONS: [(&str, &str); 5] = [
    ("REQUESTED_BY_PERSON", "The person asked for it"),
    ("WITHDREW", "The person withdrew their consent"),
    ("RETENTION_OVER", "The time for which we may keep it is over"),
    ("COURT_ORDER", "A court or the regulator ordered it"),
    ("RECORDED_IN_ERROR", "The person was recorded in error"),
];

/// Something that holds an erasure back.
#[derive(Serialize)]
struct Held {
    words: String,
    /// The hold that can be lifted; empty for a case.
    hold_id: String,
}

/// The page.
#[derive(Serialize)]
pub struct ErasurePage {
    form: FormState,
    href: String,
    person: String,
    state: Option<Tag>,
    erased_on: String,
    request: Vec<SummaryRow>,
    confirmations: Vec<SummaryRow>,
    erasure_id: String,
    etag: String,
    held: Vec<Held>,
    extent: Vec<SummaryRow>,
    may_request: bool,
    may_approve: bool,
    is_own: bool,
    may_cancel: bool,
    may_hold: bool,
    reasons: Vec<Choice>,
    kinds: Vec<Choice>,
}

impl PageTemplate for ErasurePage {
    const TEMPLATE: &'static str = "pages/people/erasure.html";

    fn samples() -> Vec<Self> {
        use proto::people::v1::Confirmation;
        let at = Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 });
        let erasure = |state: &str| Erasure {
            id: "1".into(), state: state.into(), etag: "2".into(), reason: "WITHDREW".into(), requested_by: "a".into(), requested_at: at, approved_by: "b".into(), approved_at: at,
            completed_at: at.filter(|_| state == "COMPLETED"), certificate: if state == "COMPLETED" { "ab12".into() } else { String::new() },
            confirmations: vec![Confirmation { service: "case".into(), keys: 1, confirmed_at: at }, Confirmation { service: "referral".into(), ..Confirmation::default() }],
        };
        let answer = |state: Option<&str>, blockers: Vec<Blocker>| GetErasureResponse {
            person_reference: "P-1".into(), erasure: state.map(erasure), blockers, extent: Some(Extent { cases: 2, notes_to_read: 3, ..Extent::default() }),
            erased_at: at.filter(|_| state == Some("COMPLETED")),
        };
        let held = vec![
            Blocker { code: "OPEN_CASE".into(), case_reference: "RJ-1".into(), ..Blocker::default() },
            Blocker { code: "OPEN_CASE".into(), ..Blocker::default() },
            Blocker { code: "LEGAL_HOLD".into(), hold_id: "1".into(), ..Blocker::default() },
            Blocker { code: "RETENTION".into(), hold_id: "2".into(), until: "2027-05-04".into(), ..Blocker::default() },
        ];
        let page = |answer: &GetErasureResponse, user: &str| Self::new(FormState::default(), "/t/example/people/1".into(), answer, &Names::default(), user);
        let mut refused = page(&answer(None, Vec::new()), "c");
        refused.form.fail("reason", "Select why this person is to be erased");
        vec![
            page(&answer(None, held), "c"),
            page(&answer(Some("REQUESTED"), Vec::new()), "a"),
            page(&answer(Some("REQUESTED"), Vec::new()), "c"),
            page(&answer(Some("RUNNING"), Vec::new()), "c"),
            page(&answer(Some("COMPLETED"), Vec::new()), "c"),
            page(&answer(Some("CANCELLED"), Vec::new()), "c"),
            refused,
        ]
    }
}

fn state_tag(state: &str) -> Tag {
    match state {
        "REQUESTED" => Tag::new("Waits for a second person", Colour::Yellow),
        "RUNNING" => Tag::new("Being erased", Colour::Blue),
        "COMPLETED" => Tag::new("Erased", Colour::Green),
        _ => Tag::new("Taken back", Colour::Grey),
    }
}

fn reason(code: &str) -> String {
    REASONS.iter().find(|(known, _)| *known == code).map_or_else(|| text::humanise(code), |(_, words)| (*words).to_owned())
}

/// A local date as the services write it, in words.
fn date(iso: &str) -> String {
    iso.parse().map(text::date).unwrap_or_else(|_| iso.to_owned())
}

fn held(blocker: &Blocker) -> Held {
    let words = match (blocker.code.as_str(), blocker.case_reference.as_str(), blocker.until.as_str()) {
        ("OPEN_CASE", "", _) => "A case that you may not see is open".to_owned(),
        ("OPEN_CASE", reference, _) => format!("Case {reference} is open"),
        ("RETENTION", _, until) => format!("We must keep the data until {}", date(until)),
        (_, _, "") => "A legal hold, until it is lifted".to_owned(),
        (_, _, until) => format!("A legal hold until {}", date(until)),
    };
    Held { words, hold_id: blocker.hold_id.clone() }
}

fn extent_rows(extent: &Extent) -> Vec<SummaryRow> {
    let row = |key: &str, n: i32, after: &str| SummaryRow::new(key, format!("{n} {after}").trim().to_owned());
    vec![
        row("Parts of referrals", extent.referral_parties, "destroyed"),
        row("Ways to reach the person", extent.contact_points, "destroyed"),
        row("Sets of equality answers", extent.demographics_revisions, "destroyed"),
        row("Reasons noted with consents", extent.consents, "destroyed; that consent was given or taken back stays"),
        row("Attempts to reach the person", extent.contact_attempts, "destroyed; when they were made stays"),
        row("Warnings", extent.flags, "destroyed"),
        row("Cases", extent.cases, "go on without the person’s name"),
        row("Notes in these cases", extent.notes_to_read, "stay, because they are about others too: read them and correct what names the person"),
    ]
}

impl ErasurePage {
    fn new(form: FormState, href: String, answer: &GetErasureResponse, names: &Names, user: &str) -> Self {
        let none = Erasure::default();
        let erasure = answer.erasure.as_ref().unwrap_or(&none);
        let state = erasure.state.as_str();
        let erased_on = day(answer.erased_at.as_ref());
        let mut request = Vec::new();
        if answer.erasure.is_some() {
            request.push(SummaryRow::new("Why", reason(&erasure.reason)));
            request.push(SummaryRow::new("Asked for by", format!("{}, {}", names.of(&erasure.requested_by), day_and_time(erasure.requested_at.as_ref()))));
        }
        if matches!(state, "RUNNING" | "COMPLETED") {
            request.push(SummaryRow::new("Approved by", format!("{}, {}", names.of(&erasure.approved_by), day_and_time(erasure.approved_at.as_ref()))));
        }
        if state == "COMPLETED" {
            request.push(SummaryRow::new("Complete", day_and_time(erasure.completed_at.as_ref())));
            request.push(SummaryRow::new("Certificate", format!("{}\n{}", erasure.id, erasure.certificate)));
        }
        let confirmations = erasure.confirmations.iter().filter(|_| matches!(state, "RUNNING" | "COMPLETED")).map(|c| {
            let at = day_and_time(c.confirmed_at.as_ref());
            let words = if at.is_empty() { "Not confirmed yet".to_owned() } else { format!("{} destroyed, {at}", text::plural(i64::from(c.keys), "key", "keys")) };
            SummaryRow::new(if c.service == "referral" { "Referrals" } else { "Cases and people" }, words)
        });
        let over = !erased_on.is_empty() || matches!(state, "RUNNING" | "COMPLETED");
        let own = erasure.requested_by == user;
        Self {
            person: href.clone(),
            href: format!("{href}/erasure"),
            form,
            state: answer.erasure.as_ref().map(|e| state_tag(&e.state)),
            request,
            confirmations: confirmations.collect(),
            erasure_id: erasure.id.clone(),
            etag: erasure.etag.clone(),
            held: if over { Vec::new() } else { answer.blockers.iter().map(held).collect() },
            extent: if over { Vec::new() } else { answer.extent.as_ref().map(extent_rows).unwrap_or_default() },
            may_request: !over && state != "REQUESTED" && answer.blockers.is_empty(),
            may_approve: state == "REQUESTED" && !own && answer.blockers.is_empty(),
            is_own: state == "REQUESTED" && own,
            may_cancel: state == "REQUESTED",
            may_hold: !over,
            reasons: REASONS.iter().map(|(code, words)| Choice::new(*code, *words)).collect(),
            kinds: vec![Choice::new("LEGAL_HOLD", "Legal hold: proceedings or an inquiry"), Choice::new("RETENTION", "We have a duty to keep the data")],
            erased_on,
        }
    }
}

async fn load(page: &StaffPage, id: &str) -> Result<GetErasureResponse, ErrorPage> {
    rpc!(page, "case", ErasureServiceClient::get_erasure, GetErasureRequest { person_id: id.to_owned() }).await.or_page(page)
}

async fn show(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    let answer = load(page, id).await?;
    let people = answer.erasure.iter().flat_map(|e| [e.requested_by.clone(), e.approved_by.clone()]).filter(|id| !id.is_empty()).collect();
    let names = Names::load(page, people).await;
    let href = page.href(&format!("/people/{id}"));
    let title = format!("Erase person {}", answer.person_reference);
    let context = ErasurePage::new(form, href.clone(), &answer, &names, &page.session.user_id);
    page.render(&page.frame(&title).back("Back to the person", href), &context)
}

/// Shows where it stands.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("person.manage")?;
    show(&page, &id, page.form()).await
}

/// Asks, approves, takes back, places or lifts a hold, as the pressed button says.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    page.require("person.manage")?;
    let mut form = FormState::sent(data);
    let (request_id, person_id, erasure_id) = (request_id(&form), id.clone(), form.get("erasure").to_owned());
    let etag = form.data().etag().unwrap_or_default().to_owned();
    let here = format!("/people/{id}/erasure");
    let (done, answer) = match form.get("act") {
        "request" => {
            let reason = form.required("reason", "Select why this person is to be erased");
            if !form.is_valid() {
                return show(&page, &id, form).await;
            }
            let request = ErasePersonRequest { request_id, person_id, dry_run: false, reason };
            ("Erasure asked for. Somebody else must approve it", rpc!(page, "case", ErasureServiceClient::erase_person, request).await.map(drop))
        }
        "approve" => {
            if form.get("sure") != "yes" {
                form.fail("sure", "Confirm that you understand that nothing undoes this");
                return show(&page, &id, form).await;
            }
            let request = ApproveErasureRequest { request_id, person_id, erasure_id, etag };
            ("Erasure approved. Every part of the service destroys what it holds", rpc!(page, "case", ErasureServiceClient::approve_erasure, request).await.map(drop))
        }
        "cancel" => {
            let request = CancelErasureRequest { request_id, person_id, erasure_id, etag };
            ("Request for erasure taken back", rpc!(page, "case", ErasureServiceClient::cancel_erasure, request).await.map(drop))
        }
        "hold" => {
            let kind = form.required("kind", "Select a legal hold or a duty to keep the data");
            let until = form.date("until", "The last day");
            if !form.is_valid() {
                return show(&page, &id, form).await;
            }
            let request = PlaceHoldRequest { request_id, person_id, kind, until: until.map(|d| d.to_string()).unwrap_or_default() };
            ("Hold placed", rpc!(page, "case", ErasureServiceClient::place_hold, request).await.map(drop))
        }
        _ => {
            let request = LiftHoldRequest { request_id, person_id, hold_id: form.get("hold").to_owned() };
            ("Hold lifted", rpc!(page, "case", ErasureServiceClient::lift_hold, request).await.map(drop))
        }
    };
    match answer {
        Ok(()) => page.done(&here, done),
        Err(status) => {
            refused(&page, &mut form, status, &[("reason", "reason"), ("kind", "kind"), ("until", "until")])?;
            show(&page, &id, form).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(state: &str, user: &str, blockers: Vec<Blocker>) -> ErasurePage {
        let erasure = Erasure { state: state.into(), requested_by: "a".into(), ..Erasure::default() };
        let answer = GetErasureResponse { erasure: (!state.is_empty()).then_some(erasure), blockers, ..GetErasureResponse::default() };
        ErasurePage::new(FormState::default(), String::new(), &answer, &Names::default(), user)
    }

    #[test]
    fn whoever_asked_is_not_offered_to_approve_and_nothing_is_offered_while_it_is_held_back() {
        assert!(page("", "b", Vec::new()).may_request);
        assert!(!page("", "b", vec![Blocker { code: "OPEN_CASE".into(), ..Blocker::default() }]).may_request);
        let (own, other) = (page("REQUESTED", "a", Vec::new()), page("REQUESTED", "b", Vec::new()));
        assert!(own.is_own && !own.may_approve && own.may_cancel);
        assert!(other.may_approve && !other.is_own);
        assert!(!page("RUNNING", "b", Vec::new()).may_cancel && !page("COMPLETED", "b", Vec::new()).may_request);
    }
}
