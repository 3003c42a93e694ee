//! What is recorded about a participant: status, consent, contact attempts, warnings.

use axum::extract::{Path, Query};
use proto::case::v1::{
    RecordConsentRequest, RecordContactAttemptRequest, SetFlagRequest, SetParticipationStatusRequest, participant_service_client::ParticipantServiceClient,
};
use serde::Deserialize;

use super::{
    form_page::{Field, FormPage, clashed, etag, key, refused},
    participant::Known,
    participants, when, words,
};
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, SummaryRow},
};

/// Address of a participant: slug, case, participant.
pub type Ids = Path<(String, String, String)>;

/// What a link may fill in beforehand: codes only.
#[derive(Debug, Default, Deserialize)]
pub struct Given {
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    code: String,
}

fn facts(known: &Known) -> Vec<SummaryRow> {
    vec![
        SummaryRow::new("Name", participants::name(&known.participant)),
        SummaryRow::new("Role", text::label("participant_role", &known.participant.role)),
        SummaryRow::new("Status", "").tagged(words::status_tag(&known.participant.status)),
    ]
}

fn start(known: &Known, form: FormState, path: &str) -> FormPage {
    FormPage::new(Some(&known.case), form, known.href(path), known.href("")).facts(facts(known))
}

fn status(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    let choices = known.participant.allowed_statuses.iter().map(|s| Choice::new(s, text::label("participation_status", s))).collect();
    start(known, form, "/status")
        .intro("Nobody can be marked as having agreed to take part before their consent is recorded.")
        .fields(vec![Field::radios("status", "What is their status now?", choices), Field::area("reason", "Reason (optional)", 1_000)])
        .submit("Change status")
        .show(page, Some(&known.case), "Change status")
}

/// The question about a status.
///
/// # Errors
/// The service's as a page.
pub async fn get_status(page: StaffPage, Path((_, id, participant)): Ids) -> PageResult {
    page.require("participant.update")?;
    let known = Known::load(&page, &id, &participant).await?;
    let form = page.form().with_etag(&known.participant.etag);
    status(&page, &known, form)
}

/// Moves the status.
///
/// # Errors
/// The service's as a page.
pub async fn post_status(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &participant).await?;
    let mut form = FormState::sent(data);
    let chosen = form.required("status", "Select their status");
    form.at_most("reason", 1_000, "Reason");
    if form.is_valid() {
        let request = SetParticipationStatusRequest {
            request_id: key(&page, &form),
            participant_id: participant,
            etag: etag(&form),
            status: chosen,
            reason: form.get("reason").to_owned(),
        };
        match rpc!(page, "case", ParticipantServiceClient::set_participation_status, request).await {
            Ok(_) => return page.done(&known.path(), "Status changed"),
            Err(error) => {
                if refused(&page, &mut form, error, &[])? {
                    form = clashed(form, &known.participant.etag);
                }
            }
        }
    }
    status(&page, &known, form)
}

fn consent(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    let states = ["REQUESTED", "GIVEN", "REFUSED", "RENEWED", "REVIEW_DUE", "WITHDRAWN", "EXPIRED"];
    start(known, form, "/consent")
        .intro("Consent may be withdrawn at any time, also in a meeting. Each purpose has its own.")
        .fields(vec![
            Field::select("purpose", "What is the consent for?", Choice::from_codes("consent_purpose")),
            Field::radios("state", "What did they say?", states.map(|s| Choice::new(s, text::label("consent_state", s))).into()),
            Field::radios("how", "How?", Choice::from_codes("consent_how")),
            Field::date("date", "Date"),
            Field::time("time", "Time (optional)"),
            Field::area("note", "Note (optional)", 2_000),
        ])
        .submit("Record consent")
        .show(page, Some(&known.case), "Record consent")
}

/// The form for a consent.
///
/// # Errors
/// The service's as a page.
pub async fn get_consent(page: StaffPage, Path((_, id, participant)): Ids, Query(given): Query<Given>) -> PageResult {
    page.require("participant.update")?;
    let known = Known::load(&page, &id, &participant).await?;
    let form = when::filled(page.form().with("purpose", given.purpose), "date", "time", page.app.clock.now());
    consent(&page, &known, form)
}

/// Records a consent.
///
/// # Errors
/// The service's as a page.
pub async fn post_consent(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &participant).await?;
    let mut form = FormState::sent(data);
    let purpose = form.required("purpose", "Select what the consent is for");
    let state = form.required("state", "Select what they said");
    let at = when::optional(&mut form, "date", "time", page.app.clock.now());
    form.at_most("note", 2_000, "Note");
    if form.is_valid() {
        let request = RecordConsentRequest {
            request_id: key(&page, &form),
            participant_id: participant,
            purpose,
            state,
            how: form.get("how").to_owned(),
            at: at.map(text::timestamp),
            note: form.get("note").to_owned(),
        };
        match rpc!(page, "case", ParticipantServiceClient::record_consent, request).await {
            Ok(_) => return page.done(&known.path(), "Consent recorded"),
            Err(error) => {
                if refused(&page, &mut form, error, &[("at", "date"), ("how", "how")])? {
                    form = clashed(form, "");
                }
            }
        }
    }
    consent(&page, &known, form)
}

async fn attempt(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    let others = participants::list(page, &known.case.case.id).await?;
    start(known, form, "/contact-attempt")
        .warning(participants::BEFORE_CONTACT_WORDS)
        .consents(participants::consent_table(&others))
        .fields(vec![
            Field::date("date", "Date"),
            Field::time("time", "Time"),
            Field::radios("channel", "How did you try to reach them?", Choice::from_codes("contact_kind")),
            Field::radios("result", "What came of it?", Choice::from_codes("contact_result")),
            Field::area("note", "Note (optional)", 2_000),
        ])
        .submit("Record contact attempt")
        .show(page, Some(&known.case), "Record contact attempt")
}

/// The form for a contact attempt.
///
/// # Errors
/// The service's as a page.
pub async fn get_attempt(page: StaffPage, Path((_, id, participant)): Ids) -> PageResult {
    page.require("participant.update")?;
    let known = Known::load(&page, &id, &participant).await?;
    let form = when::filled(page.form(), "date", "time", page.app.clock.now());
    attempt(&page, &known, form).await
}

/// Records a contact attempt.
///
/// # Errors
/// The service's as a page.
pub async fn post_attempt(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &participant).await?;
    let mut form = FormState::sent(data);
    let at = when::optional(&mut form, "date", "time", page.app.clock.now());
    let channel = form.required("channel", "Select how you tried to reach them");
    let result = form.required("result", "Select what came of it");
    form.at_most("note", 2_000, "Note");
    if form.is_valid() {
        let request = RecordContactAttemptRequest {
            request_id: key(&page, &form),
            participant_id: participant,
            at: at.map(text::timestamp),
            channel,
            result,
            note: form.get("note").to_owned(),
        };
        match rpc!(page, "case", ParticipantServiceClient::record_contact_attempt, request).await {
            Ok(_) => return page.done(&known.path(), "Contact attempt recorded"),
            Err(error) => {
                if refused(&page, &mut form, error, &[("at", "date")])? {
                    form = clashed(form, "");
                }
            }
        }
    }
    attempt(&page, &known, form).await
}

fn flag(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    start(known, form, "/flag")
        .intro("Everybody who works this case sees the warning above every page of it.")
        .fields(vec![
            Field::radios("code", "Which warning?", words::choices(&words::FLAGS)),
            Field::area("text", "What do colleagues have to know?", 500).hint("Needed for another warning than those named"),
            Field::tick("clear", "Take this warning away"),
        ])
        .submit("Save warning")
        .show(page, Some(&known.case), "Set a warning")
}

/// The form for a warning.
///
/// # Errors
/// The service's as a page.
pub async fn get_flag(page: StaffPage, Path((_, id, participant)): Ids, Query(given): Query<Given>) -> PageResult {
    page.require("participant.update")?;
    let known = Known::load(&page, &id, &participant).await?;
    let words = known.participant.flags.iter().find(|f| f.code == given.code).map(|f| f.text.clone()).unwrap_or_default();
    let form = page.form().with("code", given.code).with("text", words);
    flag(&page, &known, form)
}

/// Sets or takes away a warning.
///
/// # Errors
/// The service's as a page.
pub async fn post_flag(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &participant).await?;
    let mut form = FormState::sent(data);
    let code = form.one_of("code", words::FLAGS.map(|(code, _)| code), "Select the warning");
    form.at_most("text", 500, "What colleagues have to know");
    let clear = form.get("clear") == "yes";
    if form.is_valid() {
        let request = SetFlagRequest { request_id: key(&page, &form), participant_id: participant, code, text: form.get("text").to_owned(), clear };
        match rpc!(page, "case", ParticipantServiceClient::set_flag, request).await {
            Ok(_) => return page.done(&known.path(), if clear { "Warning taken away" } else { "Warning set" }),
            Err(error) => {
                if refused(&page, &mut form, error, &[])? {
                    form = clashed(form, "");
                }
            }
        }
    }
    flag(&page, &known, form)
}
