//! Sign-in, home, accounts, users, the organisation, and the pages that every tenant has.

use axum::{
    Router,
    routing::{get, post},
};

use crate::state::App;

pub mod account;
pub mod before;
pub mod common;
pub mod confirm;
pub mod enrol;
pub mod home;
pub mod invite;
pub mod keys;
pub mod nodes;
pub mod organisation;
pub mod own;
pub mod role_words;
pub mod service_accounts;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod step_up;
pub mod tenant_pages;
pub mod user;
pub mod user_acts;
pub mod user_edit;
pub mod users;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::get))
        .route("/theme.css", get(tenant_pages::theme))
        .route("/privacy", get(tenant_pages::privacy))
        .route("/accessibility", get(tenant_pages::accessibility))
        .route("/cookies", get(tenant_pages::cookies))
        .route("/help", get(tenant_pages::help))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/code", get(sign_in::get_code).post(sign_in::post_code))
        .route("/sign-in/passkey", post(sign_in::post_passkey))
        .route("/sign-in/passkey-options", post(sign_in::passkey_options))
        .route("/sign-out", post(sign_out::post))
        .route("/sign-out-everywhere", post(sign_out::everywhere))
        .route("/session/keep-alive", post(sign_out::keep_alive))
        .route("/enrol", get(enrol::get).post(enrol::post))
        .route("/enrol/strength", post(own::strength_of_link))
        .route("/account", get(account::get))
        .route("/account/password", get(own::get_password).post(own::post_password))
        .route("/account/password/strength", post(own::strength))
        .route("/account/authenticator", get(own::get_authenticator).post(own::post_authenticator))
        .route("/account/recovery-codes", get(own::get_codes).post(own::post_codes))
        .route("/account/passkeys/add", get(own::get_passkey).post(own::post_passkey))
        .route("/account/passkeys/options", post(own::passkey_options))
        .route("/account/passkeys/{id}/remove", get(own::get_remove).post(own::post_remove))
        .route("/account/sessions/end-others", post(own::end_others))
        .route("/account/sessions/{id}/end", post(own::end_session))
        .route("/account/notices", post(own::notices))
        .route("/step-up", get(step_up::get).post(step_up::post))
        .route("/step-up/passkey-options", post(step_up::passkey_options))
        .route("/users", get(users::get))
        .route("/users/invite", get(invite::get).post(invite::post))
        .route("/users/{id}", get(user::get))
        .route("/users/{id}/edit", get(user_edit::get).post(user_edit::post))
        .route("/users/{id}/roles/add", get(user_edit::get_role).post(user_edit::post_role))
        .route("/users/{id}/roles/{assignment}/end", get(user_acts::get_end_role).post(user_acts::post_end_role))
        .route("/users/{id}/disable", get(user_acts::get_disable).post(user_acts::post_disable))
        .route("/users/{id}/enable", get(user_acts::get_enable).post(user_acts::post_enable))
        .route("/users/{id}/enrolment", get(user_acts::get_renew).post(user_acts::post_renew))
        .route("/users/{id}/enrolment/confirm", get(user_acts::get_confirm).post(user_acts::post_confirm))
        .route("/organisation", get(organisation::get))
        .route("/organisation/keys", get(keys::get))
        .route("/organisation/settings", get(settings::get).post(settings::post))
        .route("/organisation/nodes/add", get(nodes::get_add).post(nodes::post_add))
        .route("/organisation/nodes/{id}", get(nodes::get_rename).post(nodes::post_rename))
        .route("/organisation/service-accounts/add", get(service_accounts::get_add).post(service_accounts::post_add))
        .route("/organisation/service-accounts/{id}/revoke", get(service_accounts::get_revoke).post(service_accounts::post_revoke))
}
