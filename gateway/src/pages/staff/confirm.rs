//! One question before an act that has consequences.

use serde::Serialize;

use crate::{
    forms::FormState,
    page::{PageResult, StaffPage},
    view::PageTemplate,
};

/// The page.
#[derive(Serialize)]
pub struct ConfirmPage {
    form: FormState,
    text: String,
    button: String,
    action: String,
    cancel: String,
}

impl PageTemplate for ConfirmPage {
    const TEMPLATE: &'static str = "pages/staff/confirm.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self { form, text: "They will be signed out.".into(), button: "Disable the account".into(), action: "/t/example/users/1/disable".into(), cancel: "/t/example/users/1".into() };
        let mut refused = FormState::default();
        refused.fail("", "This is the last administrator");
        vec![page(FormState::default()), page(refused)]
    }
}

/// What is asked.
pub struct Question<'a> {
    /// Heading and title, a question.
    pub title: &'a str,
    /// What will happen.
    pub text: &'a str,
    /// Words of the button.
    pub button: &'a str,
    /// Where the form posts to, below the tenant's address.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
}

/// Asks.
pub fn ask(page: &StaffPage, form: FormState, question: &Question<'_>) -> PageResult {
    let context = ConfirmPage { form, text: question.text.to_owned(), button: question.button.to_owned(), action: page.href(&question.action), cancel: page.href(&question.cancel) };
    page.render(&page.frame(question.title).back("Back", page.href(&question.cancel)), &context)
}
