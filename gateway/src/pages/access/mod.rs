//! Who may see a case, by hand: locks, shares and agreements, conflicts of interest, restrictions, emergency access.

mod agreements;
mod case_forms;
mod glass;
mod lists;
mod person_forms;
mod words;

use axum::{Router, routing::get};

use crate::state::App;

pub use lists::ListPage;
pub use words::{class_list, outcome, way};

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/access/lock", get(case_forms::get_lock).post(case_forms::post_lock))
        .route("/cases/{id}/access/unlock", get(case_forms::get_unlock).post(case_forms::post_unlock))
        .route("/cases/{id}/access/share", get(case_forms::get_share).post(case_forms::post_share))
        .route("/cases/{id}/access/shares/{share}/end", get(case_forms::get_end_share).post(case_forms::post_end_share))
        .route("/cases/{id}/access/conflict", get(case_forms::get_conflict).post(case_forms::post_conflict))
        .route("/cases/{id}/access/restrict", get(case_forms::get_restrict).post(case_forms::post_restrict))
        .route("/people/{id}/conflict", get(person_forms::get_conflict).post(person_forms::post_conflict))
        .route("/people/{id}/restrict", get(person_forms::get_restrict).post(person_forms::post_restrict))
        .route("/locked-cases", get(lists::locks))
        .route("/locked-cases/{lock}/release", get(lists::get_release).post(lists::post_release))
        .route("/restrictions", get(lists::restrictions))
        .route("/restrictions/{restriction}/lift", get(lists::get_lift).post(lists::post_lift))
        .route("/conflicts", get(lists::conflicts))
        .route("/conflicts/{conflict}/end", get(lists::get_end_conflict).post(lists::post_end_conflict))
        .route("/agreements", get(agreements::list))
        .route("/agreements/add", get(agreements::get_add).post(agreements::post_add))
        .route("/agreements/{agreement}/end", get(agreements::get_end).post(agreements::post_end))
        .route("/break-glass", get(glass::list))
        .route("/break-glass/use", get(glass::get_use).post(glass::post_use))
        .route("/break-glass/{use}/review", get(glass::get_review).post(glass::post_review))
}
