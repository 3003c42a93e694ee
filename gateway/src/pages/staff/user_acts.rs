//! Acts on an account, each asked first: disable, enable, new enrolment link, end of a role.

use axum::extract::Path;
use proto::identity::v1::{DisableUserRequest, EnableUserRequest, EndAssignmentRequest, RenewEnrolmentRequest, user_service_client::UserServiceClient};
use serde::Serialize;

use super::{
    common::{in_force, refused, request_id},
    confirm::{Question, ask},
    host::Host,
};
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::PageTemplate,
};

/// A new enrolment link, shown once.
#[derive(Serialize)]
pub struct LinkPage {
    heading: String,
    /// The link; empty when the answer was replayed, as its secret is kept nowhere.
    link: String,
    href: String,
    acknowledged: bool,
}

impl LinkPage {
    /// The page after an invitation or a renewal.
    pub fn new(heading: &str, link: String, href: String, acknowledged: bool) -> Self {
        Self { heading: heading.to_owned(), link, href, acknowledged }
    }
}

impl PageTemplate for LinkPage {
    const TEMPLATE: &'static str = "pages/staff/enrolment_link.html";

    fn samples() -> Vec<Self> {
        let page = |link: &str, acknowledged| Self::new("User invited", link.to_owned(), "/t/example/users/1".into(), acknowledged);
        vec![page("https://example.org/t/example/enrol?key=k", true), page("", false)]
    }
}

/// The address that the person opens; a path where the host is not known. Empty without a secret.
pub fn enrolment_address(page: &StaffPage, host: &Host, secret: &str) -> String {
    if secret.is_empty() {
        return String::new();
    }
    let key: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let host = host.0.as_ref().map(|host| format!("https://{host}")).unwrap_or_default();
    format!("{host}{}?key={key}", page.href("/enrol"))
}

type Ids = Path<(String, String)>;
type IdsOfRole = Path<(String, String, String)>;

fn disable_question(id: &str) -> Question<'static> {
    Question { title: "Disable this account?", text: "The person is signed out at once and cannot sign in again. Their work stays, and open cases must be given to somebody else. You can enable the account again.", button: "Disable the account", action: format!("/users/{id}/disable"), cancel: format!("/users/{id}") }
}

fn enable_question(id: &str) -> Question<'static> {
    Question { title: "Enable this account?", text: "The person can sign in again with the password and authenticator that they had, and holds the roles that are still in force.", button: "Enable the account", action: format!("/users/{id}/enable"), cancel: format!("/users/{id}") }
}

fn renew_question(id: &str) -> Question<'static> {
    Question { title: "Make a new enrolment link?", text: "Make sure that you speak to the right person. When they use the link, their old password, authenticator and sessions end. Older links stop working now. The link is good for 24 hours.", button: "Make the link", action: format!("/users/{id}/enrolment"), cancel: format!("/users/{id}") }
}

fn end_question(id: &str, assignment: &str) -> Question<'static> {
    Question { title: "End this role?", text: "The person loses at once what only this role lets them do. Cases that are allocated to them stay so until you hand them over.", button: "End the role", action: format!("/users/{id}/roles/{assignment}/end"), cancel: format!("/users/{id}") }
}

/// Asks before disabling.
pub async fn get_disable(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("user.manage")?;
    ask(&page, page.form(), &disable_question(&id))
}

/// Disables the account.
pub async fn post_disable(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = DisableUserRequest { request_id: request_id(&form), user_id: id.clone() };
    match rpc!(page, "identity", UserServiceClient::disable_user, request).await {
        Ok(answer) => done(&page, &id, answer.acknowledged_everywhere, "Account disabled"),
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            ask(&page, form, &disable_question(&id))
        }
    }
}

/// Asks before enabling.
pub async fn get_enable(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("user.manage")?;
    ask(&page, page.form(), &enable_question(&id))
}

/// Enables the account.
pub async fn post_enable(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = EnableUserRequest { request_id: request_id(&form), user_id: id.clone() };
    match rpc!(page, "identity", UserServiceClient::enable_user, request).await {
        Ok(answer) => done(&page, &id, answer.acknowledged_everywhere, "Account enabled"),
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            ask(&page, form, &enable_question(&id))
        }
    }
}

/// Asks before making a link.
pub async fn get_renew(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("user.manage")?;
    ask(&page, page.form(), &renew_question(&id))
}

/// Makes the link and shows it once.
pub async fn post_renew(page: StaffPage, host: Host, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = RenewEnrolmentRequest { request_id: request_id(&form), user_id: id.clone() };
    match rpc!(page, "identity", UserServiceClient::renew_enrolment, request).await {
        Ok(answer) => {
            let context = LinkPage::new("New enrolment link", enrolment_address(&page, &host, &answer.enrolment_secret), page.href(&format!("/users/{id}")), true);
            page.render(&page.frame("New enrolment link"), &context)
        }
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            ask(&page, form, &renew_question(&id))
        }
    }
}

/// Asks before ending a role.
pub async fn get_end_role(page: StaffPage, Path((_, id, assignment)): IdsOfRole) -> PageResult {
    page.require("role.manage")?;
    ask(&page, page.form(), &end_question(&id, &assignment))
}

/// Ends the role.
pub async fn post_end_role(page: StaffPage, Path((_, id, assignment)): IdsOfRole, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = EndAssignmentRequest { request_id: request_id(&form), user_id: id.clone(), assignment_id: assignment.clone() };
    match rpc!(page, "identity", UserServiceClient::end_assignment, request).await {
        Ok(answer) => done(&page, &id, answer.acknowledged_everywhere, "Role ended"),
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            ask(&page, form, &end_question(&id, &assignment))
        }
    }
}

fn done(page: &StaffPage, id: &str, acknowledged: bool, text: &str) -> PageResult {
    let (kind, text) = in_force(acknowledged, text);
    page.flashed(&format!("/users/{id}"), kind, &text)
}
