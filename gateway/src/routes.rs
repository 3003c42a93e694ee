//! The whole map of addresses: path, page. Who may open a page is decided by the services that it calls; a page behind
//! sign-in takes a [`crate::page::StaffPage`], one for anybody a [`crate::page::PublicPage`].

use axum::{Router, middleware, routing::get};

use crate::{headers, pages, state::App};

/// The pages of a tenant, below `/t/{slug}`.
fn tenant() -> Router<App> {
    Router::new()
        .merge(pages::staff::routes())
        .merge(pages::people::routes())
        .merge(pages::reports::routes())
        .merge(pages::referrals::routes())
        .merge(pages::refer::routes())
        .merge(pages::cases::routes())
}

/// Every route of the web front.
pub fn router(app: App) -> Router {
    Router::new()
        .nest("/t/{slug}", tenant())
        .route("/healthz", get(|| async { "ok" }))
        .with_state(app.clone())
        .merge(app.views.assets().router())
        .fallback(pages::not_found)
        .layer(middleware::from_fn_with_state(app, headers::guard_posts))
        .layer(middleware::from_fn(headers::secure))
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
