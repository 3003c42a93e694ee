//! The beginning: who the form is for, how to leave it, and the first question.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect},
};
use serde::Serialize;

use super::{
    done,
    done::ELSEWHERE,
    drafts,
    question::{TITLE, TRAP, Way},
    step::Step,
};
use crate::{
    error_page,
    forms::{FormState, OpenForm},
    page::{PageResult, PublicPage},
    view::PageTemplate,
};

/// The start page.
#[derive(Clone, Debug, Serialize)]
pub struct StartPage {
    next: String,
}

impl PageTemplate for StartPage {
    const TEMPLATE: &'static str = "pages/refer/start.html";

    fn samples() -> Vec<Self> {
        vec![Self { next: "/t/example/refer/exit-this-page".into() }]
    }
}

/// The page that explains how to leave.
#[derive(Clone, Debug, Serialize)]
pub struct ExitPage {
    action: String,
    draft_secret: String,
    form: FormState,
}

impl PageTemplate for ExitPage {
    const TEMPLATE: &'static str = "pages/refer/exit_this_page.html";

    fn samples() -> Vec<Self> {
        let mut failed = FormState::default();
        failed.fail("", "Sorry");
        [FormState::default(), failed].map(|form| Self { action: "/t/example/refer/begin".into(), draft_secret: "00".into(), form }).into()
    }
}

/// Who it is for, what to do in an emergency, other ways to ask.
pub async fn get(page: PublicPage) -> PageResult {
    page.render(&page.frame(TITLE), &StartPage { next: page.href("/refer/exit-this-page") })
}

/// How to leave in a hurry, before the first question.
pub async fn exit_this_page(page: PublicPage) -> PageResult {
    interruption(&page, "")
}

/// The same page on the way back from the first question: the draft stays.
///
/// # Errors
/// None of its own.
pub fn interruption(page: &PublicPage, secret: &str) -> PageResult {
    show(page, secret, FormState::default())
}

fn show(page: &PublicPage, secret: &str, form: FormState) -> PageResult {
    page.render(&page.frame(TITLE), &ExitPage { action: page.href("/refer/begin"), draft_secret: secret.to_owned(), form })
}

/// Begins a draft, or goes on with one, and shows the first question.
pub async fn begin(page: PublicPage, OpenForm(data): OpenForm) -> PageResult {
    let secret = data.get("draft_secret").to_owned();
    if !data.get(TRAP).is_empty() {
        let mut form = FormState::default();
        form.fail("", "We could not accept this page. Continue to send it again");
        return show(&page, &secret, form);
    }
    if secret.is_empty() {
        let secret = drafts::start(&page).await.map_err(|status| error_page::with_tenant(&page, status))?;
        return Way::new(secret).show(&page, Step::Who);
    }
    match drafts::get(&page, &secret).await.map_err(|status| error_page::with_tenant(&page, status))? {
        None => done::gone(&page),
        Some(draft) => Way { input: draft.input.unwrap_or_default(), ..Way::new(secret) }.show(&page, Step::Who),
    }
}

/// Destroys the draft and leaves the site. Whoever must leave is never held up: a failure leads away too, and the draft
/// ends by itself within a day.
pub async fn discard(page: PublicPage, OpenForm(data): OpenForm) -> PageResult {
    let deleted = drafts::discard(&page, data.get("draft_secret")).await.is_ok();
    done::left(&page, deleted)
}

/// Where "Exit this page" leads. The browser forgets what it kept of the pages; cookies stay, as they are those of staff.
pub async fn exit() -> impl IntoResponse {
    (done::FORGET, Redirect::to(ELSEWHERE))
}

/// A bookmark of a page that only a post shows.
pub async fn lead_to_start(page: PublicPage) -> PageResult {
    page.redirect("/refer")
}

/// The same for any question.
pub async fn lead_to_start_of_step(page: PublicPage, Path(_): Path<(String, String)>) -> PageResult {
    page.redirect("/refer")
}
