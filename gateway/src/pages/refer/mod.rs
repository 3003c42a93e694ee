//! The public form by which people ask for help for themselves or for somebody else (domain.md 3.1, R1-R3; ux.md 3).
//!
//! It uses no cookie, and no secret may stand in an address. So the draft's secret travels in a hidden field: every
//! question posts to its own address `/refer/{step}`, and the answer of a valid post *is* the page of the next question,
//! not a redirect to it. "Back" and "Change" are buttons of the same form, so that what is typed is kept whichever way a
//! person goes. Asking for one of these addresses without a post (a bookmark, a copied address) leads to the start page.
//! Sending the last post again answers the same reference.
//!
//! Hidden fields: `draft_secret`; `seen`, the names of the questions answered so far; `after` (`check` while an answer is
//! changed from the check page); `website`, which people never see and so leave empty. Buttons: `go` = `next`, `back` or
//! `change:<step>`.

mod answers;
mod ask;
mod check;
mod done;
mod drafts;
mod question;
mod start;
mod step;
mod words;

pub use check::CheckPage;
pub use done::{GonePage, LeftPage, SentPage};
pub use question::QuestionPage;
pub use start::{ExitPage, StartPage};
pub use words::PRIVACY_VERSION;

use axum::{Router, routing::get};

use crate::state::App;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/refer", get(start::get))
        .route("/refer/exit-this-page", get(start::exit_this_page))
        .route("/refer/begin", get(start::lead_to_start).post(start::begin))
        .route("/refer/discard", get(start::lead_to_start).post(start::discard))
        .route("/refer/{step}", get(start::lead_to_start_of_step).post(question::post))
        .route("/exit", get(start::exit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_taken_twice() {
        let _ = routes().merge(crate::pages::referrals::routes());
    }
}
