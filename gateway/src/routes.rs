//! The whole map of addresses: path, page. Who may open a page is decided by the services that it calls; a page behind
//! sign-in takes a [`crate::page::StaffPage`], one for anybody a [`crate::page::PublicPage`].

use axum::{Router, middleware, routing::get};

use platform::telemetry::Telemetry;

use crate::{error_page, headers, measures::{self, RouteMetrics}, pages, state::App, step_up};

/// The pages of a tenant, below `/t/{slug}`.
fn tenant() -> Router<App> {
    Router::new()
        .merge(pages::staff::routes())
        .merge(pages::roles::routes())
        .merge(pages::people::routes())
        .merge(pages::reports::routes())
        .merge(pages::referrals::routes())
        .merge(pages::refer::routes())
        .merge(pages::cases::routes())
        .merge(pages::audit::routes())
        .merge(pages::access::routes())
}

/// Every route of the web front.
pub fn router(app: App, telemetry: &Telemetry) -> Router {
    Router::new()
        .nest("/t/{slug}", tenant())
        .route("/", get(error_page::front))
        .route("/healthz", get(|| async { "ok" }))
        .fallback(error_page::not_found)
        .with_state(app.clone())
        .merge(app.views.assets().router())
        .layer(middleware::from_fn_with_state(app.clone(), step_up::carry))
        .layer(middleware::from_fn_with_state(app.clone(), error_page::dress))
        .layer(middleware::from_fn_with_state(app, headers::guard_posts))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn_with_state(RouteMetrics::new(telemetry), measures::measure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pages_share_an_address() {
        // axum panics where two routes are the same.
        drop(Router::new().nest("/t/{slug}", tenant()));
    }
}
