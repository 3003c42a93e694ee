//! Referrals for staff: list and triage, referrals that a professional sends, and what became of them (domain.md 2.4,
//! 3.2, R3-R5).

mod accept;
mod accept_people;
mod act;
mod detail;
mod directory;
mod list;
mod mine;
mod new;
mod new_input;
mod sent;
mod show;
mod similar;
mod status;
mod words;

pub use accept::AcceptPage;
pub use act::ActPage;
pub use list::ListPage;
pub use mine::MinePage;
pub use new::NewPage;
pub use sent::ReferralSentPage;
pub use show::ShowPage;
pub use status::StatusPage;

use axum::{Router, routing::get};

use crate::state::App;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/referrals", get(list::get))
        .route("/referrals/mine", get(mine::get))
        .route("/referrals/new", get(new::get).post(new::post))
        .route("/referrals/{id}", get(show::get))
        .route("/referrals/{id}/sent", get(sent::get))
        .route("/referrals/{id}/status", get(status::get).post(status::post))
        .route("/referrals/{id}/accept", get(accept::get).post(accept::post))
        .route("/referrals/{id}/{action}", get(act::get).post(act::post))
}
