//! Cases: the list, one case with its sections, and every act in it.

mod access_log;
mod allocate;
pub(crate) mod bar;
mod close;
mod contact;
mod edit;
pub(crate) mod form_page;
mod hand_over;
mod identity;
mod list;
mod meeting_forms;
mod meetings;
mod messages;
mod notes;
mod outcomes;
mod overview;
mod participant;
mod participant_add;
mod participant_forms;
mod participants;
mod stage;
mod timeline;
mod when;
mod words;

use axum::{Router, routing::get};

use crate::state::App;

pub use access_log::AccessPage;
pub use allocate::AllocatedPage;
pub use form_page::FormPage;
pub use hand_over::HandedOverPage;
pub use list::CasesPage;
pub use meetings::{MeetingPage, MeetingsPage};
pub use notes::NotesPage;
pub use outcomes::OutcomesPage;
pub use overview::{OpeningPage, OverviewPage};
pub use participant::ParticipantPage;
pub use participants::ParticipantsPage;
pub use timeline::TimelinePage;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    let case = Router::new()
        .route("/cases", get(list::get))
        .route("/cases/hand-over", get(hand_over::get_all).post(hand_over::post_all))
        .route("/cases/{id}", get(overview::get))
        .route("/cases/{id}/stage", get(stage::get).post(stage::post))
        .route("/cases/{id}/hold", get(stage::get_hold).post(stage::post_hold))
        .route("/cases/{id}/edit", get(edit::get).post(edit::post))
        .route("/cases/{id}/allocate", get(allocate::get).post(allocate::post))
        .route("/cases/{id}/allocated", get(allocate::done))
        .route("/cases/{id}/allocations/{allocation}/end", get(allocate::get_end).post(allocate::post_end))
        .route("/cases/{id}/hand-over", get(hand_over::get_one).post(hand_over::post_one))
        .route("/cases/{id}/close", get(close::get).post(close::post))
        .route("/cases/{id}/reopen", get(close::get_reopen).post(close::post_reopen))
        .route("/cases/{id}/timeline", get(timeline::get))
        .route("/cases/{id}/access", get(access_log::get));
    let people = Router::new()
        .route("/cases/{id}/participants", get(participants::get))
        .route("/cases/{id}/participants/add", get(participant_add::get).post(participant_add::post))
        .route("/cases/{id}/participants/{participant}", get(participant::get))
        .route("/cases/{id}/participants/{participant}/status", get(participant_forms::get_status).post(participant_forms::post_status))
        .route("/cases/{id}/participants/{participant}/consent", get(participant_forms::get_consent).post(participant_forms::post_consent))
        .route("/cases/{id}/participants/{participant}/contact-attempt", get(participant_forms::get_attempt).post(participant_forms::post_attempt))
        .route("/cases/{id}/participants/{participant}/flag", get(participant_forms::get_flag).post(participant_forms::post_flag))
        .route("/cases/{id}/participants/{participant}/contact-points/add", get(contact::get_add).post(contact::post_add))
        .route("/cases/{id}/participants/{participant}/contact-points/{point}/safety", get(contact::get_safety).post(contact::post_safety))
        .route("/cases/{id}/participants/{participant}/contact-points/{point}/remove", get(contact::get_remove).post(contact::post_remove))
        .route("/cases/{id}/participants/{participant}/identity", get(identity::get).post(identity::post))
        .route("/cases/{id}/participants/{participant}/demographics", get(identity::get_demographics).post(identity::post_demographics));
    let work = Router::new()
        .route("/cases/{id}/notes", get(notes::get))
        .route("/cases/{id}/notes/add", get(notes::get_add).post(notes::post_add))
        .route("/cases/{id}/notes/{note}/correct", get(notes::get_correct).post(notes::post_correct))
        .route("/cases/{id}/meetings", get(meetings::get))
        .route("/cases/{id}/meetings/new", get(meeting_forms::get).post(meeting_forms::post))
        .route("/cases/{id}/meetings/{meeting}", get(meetings::get_one).post(meetings::post_one))
        .route("/cases/{id}/meetings/{meeting}/reschedule", get(meeting_forms::get_move).post(meeting_forms::post_move))
        .route("/cases/{id}/meetings/{meeting}/cancel", get(meeting_forms::get_cancel).post(meeting_forms::post_cancel))
        .route("/cases/{id}/outcomes", get(outcomes::get))
        .route("/cases/{id}/outcomes/new", get(outcomes::get_new).post(outcomes::post_new));
    case.merge(people).merge(work)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_routes_clash() {
        let _ = axum::Router::new().nest("/t/{slug}", super::routes());
    }
}
