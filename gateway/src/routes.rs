//! The whole map of addresses: path, page. Who may open a page is decided by the services that it calls; a page behind
//! sign-in takes a [`crate::page::StaffPage`], one for anybody a [`crate::page::PublicPage`].

use axum::{Router, middleware, routing::get};

use crate::{headers, pages, state::App};

/// Every route of the web front.
pub fn router(app: App) -> Router {
    let tenant = Router::new()
        .merge(pages::staff::routes())
        .merge(pages::referrals::routes())
        .merge(pages::cases::routes());
    Router::new()
        .nest("/t/{slug}", tenant)
        .route("/healthz", get(|| async { "ok" }))
        .with_state(app.clone())
        .merge(app.views.assets().router())
        .fallback(pages::not_found)
        .layer(middleware::from_fn_with_state(app, headers::guard_posts))
        .layer(middleware::from_fn(headers::secure))
}
