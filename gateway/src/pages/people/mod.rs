//! The people register as staff meet it: the search and the person.

use axum::{Router, routing::get};

use crate::state::App;

pub mod erasure;
pub mod person;
pub mod search;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new().route("/people", get(search::get).post(search::post)).route("/people/{id}", get(person::get)).route("/people/{id}/erasure", get(erasure::get).post(erasure::post))
}
