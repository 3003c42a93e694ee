//! Pages of this area.

use axum::Router;

use crate::state::App;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
}
