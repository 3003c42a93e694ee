//! Roles: what each may do in words, a tenant's own, two side by side, what one sees, and who holds one until when.

use axum::{Router, routing::get};

use crate::state::App;

pub mod compare;
pub mod edit;
pub mod ending;
pub mod grants;
pub mod invented;
pub mod list;
pub mod preview;
pub mod retire;
pub mod role;
pub mod sentences;
pub mod why;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/roles", get(list::get))
        .route("/roles/add", get(edit::get_add).post(edit::post_add))
        .route("/roles/compare", get(compare::get))
        .route("/roles/ending", get(ending::get))
        .route("/access/why", get(why::get))
        .route("/roles/{id}", get(role::get))
        .route("/roles/{id}/edit", get(edit::get).post(edit::post))
        .route("/roles/{id}/preview", get(preview::get))
        .route("/roles/{id}/retire", get(retire::get).post(retire::post))
}
