//! Acts on an account, each asked first: disable, enable, new enrolment link, end of a role.

use axum::extract::Path;
use proto::identity::v1::{ConfirmEnrolmentRequest, DisableUserRequest, EnableUserRequest, EndAssignmentRequest, RenewEnrolmentRequest, user_service_client::UserServiceClient};
use serde::Serialize;

use super::{
    common::{in_force, refused, request_id},
    confirm::{Question, ask},
};
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{FlashKind, PageTemplate},
};

/// After an enrolment link was sent to its account's address.
#[derive(Serialize)]
pub struct SentPage {
    heading: String,
    href: String,
    acknowledged: bool,
}

impl SentPage {
    /// The page after an invitation or a renewal.
    pub fn new(heading: &str, href: String, acknowledged: bool) -> Self {
        Self { heading: heading.to_owned(), href, acknowledged }
    }
}

impl PageTemplate for SentPage {
    const TEMPLATE: &'static str = "pages/staff/enrolment_link.html";

    fn samples() -> Vec<Self> {
        [true, false].map(|acknowledged| Self::new("User invited", "/t/example/users/1".into(), acknowledged)).into()
    }
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
    Question { title: "Send a new enrolment link?", text: "Make sure that you speak to the right person. The link goes to their own email address; you will not see it. When they use it, their old password, authenticator and sessions end. Older links stop working now. The link is good for 24 hours.", button: "Send the link", action: format!("/users/{id}/enrolment"), cancel: format!("/users/{id}") }
}

fn confirm_question(id: &str) -> Question<'static> {
    Question { title: "Confirm the new enrolment link?", text: "Somebody asked for a new link for this person, who holds a leading role. Speak to the person yourself and be sure who it is before you confirm. The link goes to their own email address; nobody else sees it. When they use it, their old password, authenticator and sessions end.", button: "Confirm and send the link", action: format!("/users/{id}/enrolment/confirm"), cancel: format!("/users/{id}") }
}

/// Asks the second person.
pub async fn get_confirm(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    ask(&page, page.form(), &confirm_question(&id))
}

/// Confirms what another helper asked for.
pub async fn post_confirm(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = ConfirmEnrolmentRequest { request_id: request_id(&form), user_id: id.clone() };
    match rpc!(page, "identity", UserServiceClient::confirm_enrolment, request).await {
        Ok(_) => page.done(&format!("/users/{id}"), "Confirmed. The link is on its way to the person"),
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            ask(&page, form, &confirm_question(&id))
        }
    }
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

/// Asks before sending a link.
pub async fn get_renew(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("user.manage")?;
    ask(&page, page.form(), &renew_question(&id))
}

/// Sends the link to the account's own address.
pub async fn post_renew(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = RenewEnrolmentRequest { request_id: request_id(&form), user_id: id.clone() };
    match rpc!(page, "identity", UserServiceClient::renew_enrolment, request).await {
        Ok(answer) if answer.awaits_confirmation => page.flashed(&format!("/users/{id}"), FlashKind::Information, "This person holds a leading role. The link is sent when a second person with a leading role has confirmed it; we have told them"),
        Ok(_) => {
            let context = SentPage::new("Enrolment link sent", page.href(&format!("/users/{id}")), true);
            page.render(&page.frame("Enrolment link sent"), &context)
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
