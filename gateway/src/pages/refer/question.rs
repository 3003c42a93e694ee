//! A question: what was sent is kept, checked, and answered with the next page.

use axum::extract::Path;
use http::StatusCode;
use platform::{Error, Kind};
use proto::referral::v1::{PartyInput, ReferralInput, SafeContact};
use serde::Serialize;
use tonic::Status;
use tonic_types::StatusExt;

use super::{
    answers, ask,
    ask::Question,
    check::CheckPage,
    done, drafts,
    step::{self, Seen, Step},
    words::DANGER_YES,
};
use crate::{
    error_page,
    forms::{FormData, FormState, OpenForm},
    page::{PageResult, PublicPage},
    text,
    view::PageTemplate,
};

/// Title of every page: it stays in the browser's history, where others may read it.
pub const TITLE: &str = "Your answers";
/// The trap for programs that fill in every field.
pub const TRAP: &str = "website";
const BUSY: &str = "Sorry, we could not save your answers just now. What you typed is still here. Wait a moment, then continue";

/// The page of one question.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionPage {
    action: String,
    discard: String,
    privacy_href: String,
    draft_secret: String,
    seen: String,
    after: &'static str,
    question: Question,
    form: FormState,
}

impl PageTemplate for QuestionPage {
    const TEMPLATE: &'static str = "pages/refer/question.html";

    fn samples() -> Vec<Self> {
        let safe = SafeContact { email: true, text: true, phone: true, post: true, ..Default::default() };
        let party = PartyInput { safe_contact: Some(safe), interpreter: true, date_of_birth: "1990-05-04".into(), ..Default::default() };
        let mut all = Vec::new();
        for initiated_by in ["HARMED", "FAMILY_SUPPORTER"] {
            let input = ReferralInput {
                initiated_by: initiated_by.into(),
                parties: vec![party.clone()],
                reported: "YES".into(),
                risks: DANGER_YES.into(),
                ..Default::default()
            };
            let now = chrono::NaiveDate::from_ymd_opt(2027, 5, 4).unwrap_or_default();
            for step in Step::ALL.into_iter().filter(|s| *s != Step::CheckAnswers) {
                let sample = |form| Self {
                    action: format!("/t/example/refer/{}", step.slug()),
                    discard: "/t/example/refer/discard".into(),
                    privacy_href: "/t/example/privacy".into(),
                    draft_secret: "00".into(),
                    seen: "who".into(),
                    after: "check",
                    question: ask::question(step, &input),
                    form,
                };
                all.push(sample(answers::fill(step, &input, true)));
                let mut form = FormState::sent(FormData::default());
                answers::read(step, &mut form, &mut input.clone(), now);
                form.fail("", BUSY);
                all.push(sample(form));
            }
        }
        all
    }
}

/// One person's way through the form.
pub struct Way {
    /// The draft's secret.
    pub secret: String,
    /// Answers so far.
    pub input: ReferralInput,
    /// Questions answered.
    pub seen: Seen,
    /// An answer is being changed from the check page.
    pub changing: bool,
}

impl Way {
    /// A new one.
    pub fn new(secret: String) -> Self {
        Self { secret, input: ReferralInput::default(), seen: Seen::default(), changing: false }
    }

    /// The first question that is not answered yet.
    fn unfinished(&self, page: &PublicPage) -> Option<Step> {
        let today = text::local_date(page.app.clock.now());
        step::path(&self.input)
            .into_iter()
            .take_while(|s| *s != Step::CheckAnswers)
            .find(|s| !self.seen.has(*s) || !answers::is_answered(*s, &self.input, today))
    }

    fn page(&self, page: &PublicPage, step: Step, form: FormState) -> QuestionPage {
        QuestionPage {
            action: page.href(&format!("/refer/{}", step.slug())),
            discard: page.href("/refer/discard"),
            privacy_href: page.href("/privacy"),
            draft_secret: self.secret.clone(),
            seen: self.seen.text(),
            after: if self.changing { "check" } else { "" },
            question: ask::question(step, &self.input),
            form,
        }
    }

    /// The page of a step, filled in.
    ///
    /// # Errors
    /// None of its own.
    pub fn show(&self, page: &PublicPage, step: Step) -> PageResult {
        if step == Step::CheckAnswers {
            return page.render(&page.frame(TITLE), &CheckPage::of(page, &self.secret, &self.seen.text(), &self.input));
        }
        self.show_form(page, step, answers::fill(step, &self.input, self.seen.has(step)))
    }

    /// The page of a step as it was sent, with its mistakes.
    fn show_form(&self, page: &PublicPage, step: Step, form: FormState) -> PageResult {
        page.render(&page.frame(TITLE), &self.page(page, step, form))
    }

    /// The page again after a service failed: nothing typed is lost.
    fn show_busy(&self, page: &PublicPage, step: Step, mut form: FormState) -> PageResult {
        form.fail("", BUSY);
        Ok(page.app.views.render_with(StatusCode::SERVICE_UNAVAILABLE, &page.frame(TITLE), &self.page(page, step, form)))
    }
}

/// Takes the answers of a step. The answer is the page of another one.
pub async fn post(page: PublicPage, Path((_, slug)): Path<(String, String)>, OpenForm(data): OpenForm) -> PageResult {
    let Some(step) = Step::parse(&slug) else { return page.redirect("/refer") };
    let mut way = Way::new(data.get("draft_secret").to_owned());
    way.seen = Seen::parse(data.get("seen"));
    way.changing = data.get("after") == "check";
    let go = data.get("go").to_owned();
    let trapped = !data.get(TRAP).is_empty();
    let today = text::local_date(page.app.clock.now());
    let mut form = FormState::sent(data).with(TRAP, "");

    let draft = match drafts::get(&page, &way.secret).await {
        Ok(Some(draft)) => draft,
        Ok(None) => return done::gone(&page),
        Err(_) => {
            way.input = known_without_draft(form.data());
            return way.show_busy(&page, step, form);
        }
    };
    if !draft.reference.is_empty() {
        return send(&page, &way).await;
    }
    way.input = draft.input.unwrap_or_default();
    if let Some(target) = go.strip_prefix("change:").and_then(Step::parse) {
        way.changing = true;
        return way.show(&page, target);
    }
    answers::read(step, &mut form, &mut way.input, today);
    if let Err(status) = drafts::save(&page, &way.secret, &way.input).await {
        if Error::from(status.clone()).kind() == Kind::NotFound {
            return done::gone(&page);
        }
        return if form.take_violations(&status, &[]) { way.show_form(&page, step, form) } else { way.show_busy(&page, step, form) };
    }
    if form.is_valid() {
        way.seen.add(step);
    }
    if go == "back" {
        return back(&page, &way, step);
    }
    if trapped {
        form.fail("", "We could not accept this page. Continue to send it again");
    }
    if !form.is_valid() {
        return way.show_form(&page, step, form);
    }
    onward(&page, way, step).await
}

/// Enough of the answers to show a page again while the draft cannot be read: the fields that were on it.
fn known_without_draft(sent: &FormData) -> ReferralInput {
    let on_page = |name: &str| !sent.all(name).is_empty();
    let safe = SafeContact { email: on_page("email"), phone: on_page("phone"), post: on_page("address"), ..Default::default() };
    ReferralInput { parties: vec![PartyInput { safe_contact: Some(safe), ..Default::default() }], ..Default::default() }
}

fn back(page: &PublicPage, way: &Way, from: Step) -> PageResult {
    if way.changing && from < Step::CheckAnswers {
        return way.show(page, Step::CheckAnswers);
    }
    match step::before(from, &way.input) {
        Some(before) => way.show(page, before),
        None => super::start::interruption(page, &way.secret),
    }
}

/// Where a valid answer leads. Nobody reaches consent with a question open.
async fn onward(page: &PublicPage, way: Way, step: Step) -> PageResult {
    if step == Step::Equality {
        return send(page, &way).await;
    }
    if way.changing && step < Step::CheckAnswers {
        return match way.unfinished(page) {
            // Help comes before anything else once danger is said.
            _ if step == Step::Danger && way.input.risks == DANGER_YES => way.show(page, Step::HelpNow),
            Some(open) => way.show(page, open),
            None => way.show(page, Step::CheckAnswers),
        };
    }
    let next = step::after(step, &way.input);
    if next > Step::CheckAnswers && let Some(open) = way.unfinished(page) {
        return Way { changing: true, ..way }.show(page, open);
    }
    way.show(page, next)
}

/// Sends the request; what keeps it from being complete leads to its question.
async fn send(page: &PublicPage, way: &Way) -> PageResult {
    let status = match drafts::submit(page, &way.secret).await {
        Ok(sent) => return done::sent(page, &sent),
        Err(status) => status,
    };
    let error = Error::from(status.clone());
    match error.kind() {
        Kind::NotFound => done::gone(page),
        Kind::InvalidArgument => {
            let wrong = step_and_words(&status);
            let Some((step, words)) = wrong else { return Err(error_page::with_tenant(page, status)) };
            let mut form = answers::fill(step, &way.input, true);
            form.fail("", words);
            let changing = step < Step::CheckAnswers;
            Way { secret: way.secret.clone(), input: way.input.clone(), seen: way.seen.clone(), changing }.show_form(page, step, form)
        }
        _ => way.show_busy(page, Step::Equality, answers::fill(Step::Equality, &way.input, true)),
    }
}

fn step_and_words(status: &Status) -> Option<(Step, String)> {
    let bad = status.get_details_bad_request()?;
    let first = bad.field_violations.iter().min_by_key(|v| step::of_field(&v.field))?;
    Some((step::of_field(&first.field), first.description.trim_end_matches('.').to_owned()))
}
