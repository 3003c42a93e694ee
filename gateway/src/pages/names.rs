//! Names of colleagues and of organisations for the ids that the services answer.

use std::collections::{BTreeMap, BTreeSet};

use proto::identity::v1::{
    ListNodesRequest, ListUsersRequest, organisation_service_client::OrganisationServiceClient, user_service_client::UserServiceClient,
};
use uuid::Uuid;

use crate::{page::StaffPage, rpc, view::Choice};

/// Most ids that one call answers.
const MOST: usize = 200;
/// The same as the size of a page.
const PAGE: i32 = 200;
/// Most colleagues that a page offers to choose from.
const OFFERED: usize = 500;

/// Names of colleagues by id.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

/// The id in "user:<id>" or in a plain id.
fn user_id(actor: &str) -> Option<&str> {
    let id = actor.strip_prefix("user:").unwrap_or(actor);
    Uuid::parse_str(id).is_ok().then_some(id)
}

impl Names {
    /// The names of these users; ids may carry "user:" before them, anything else in the list is left out. A page is readable
    /// without names: where identity does not answer, "A colleague" stands in their place.
    pub async fn load(page: &StaffPage, ids: Vec<String>) -> Self {
        let mut names = BTreeMap::from([(page.session.user_id.clone(), page.session.user_name.clone())]);
        let wanted: BTreeSet<String> = ids.iter().filter_map(|id| user_id(id)).filter(|id| !names.contains_key(*id)).map(str::to_owned).collect();
        if !wanted.is_empty() {
            let request = ListUsersRequest { ids: wanted.into_iter().take(MOST).collect(), include_disabled: true, page_size: PAGE, ..Default::default() };
            match rpc!(page, "identity", UserServiceClient::list_users, request).await {
                Ok(answer) => names.extend(answer.users.into_iter().filter(|u| !u.name.is_empty()).map(|u| (u.id, u.name))),
                Err(status) => tracing::warn!(code = ?status.code(), "names of colleagues are not known"),
            }
        }
        Self(names)
    }

    /// Names that are known already, for samples.
    pub fn known<const N: usize>(names: [(&str, &str); N]) -> Self {
        Self(names.into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect())
    }

    /// Who did something: a colleague by name, else which part of the service.
    pub fn of(&self, actor: &str) -> String {
        if let Some(id) = user_id(actor) {
            return self.0.get(id).cloned().unwrap_or_else(|| "A colleague".to_owned());
        }
        match actor.split(':').next().unwrap_or_default() {
            "account" => "A partner's system",
            "public" => "The public form",
            _ => "The service",
        }
        .to_owned()
    }
}

/// Colleagues with this built-in role as answers, by name.
///
/// # Errors
/// Identity's.
pub async fn colleagues(page: &StaffPage, built_in_role: &str) -> Result<Vec<Choice>, tonic::Status> {
    let mut choices = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListUsersRequest { built_in_role: built_in_role.to_owned(), page_size: PAGE, page_token, ..Default::default() };
        let answer = rpc!(page, "identity", UserServiceClient::list_users, request).await?;
        choices.extend(answer.users.into_iter().filter(|u| !u.name.is_empty()).map(|u| Choice::new(u.id, u.name)));
        page_token = answer.next_page_token;
        if page_token.is_empty() || choices.len() >= OFFERED {
            break;
        }
    }
    choices.sort_by(|a, b| a.text.cmp(&b.text));
    Ok(choices)
}

/// Agencies and teams by id. Empty where identity does not answer.
pub async fn nodes(page: &StaffPage) -> BTreeMap<String, String> {
    rpc!(page, "identity", OrganisationServiceClient::list_nodes, ListNodesRequest {})
        .await
        .map(|answer| answer.nodes.into_iter().map(|n| (n.id, n.name)).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_acts_has_words() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let names = Names::known([(id, "Alex Example")]);
        assert_eq!(names.of(id), "Alex Example");
        assert_eq!(names.of(&format!("user:{id}")), "Alex Example");
        assert_eq!(names.of("user:01890a5d-ac96-774b-bcce-b302099a8058"), "A colleague");
        assert_eq!(names.of("workload:referral"), "The service");
        assert_eq!(names.of("account:1"), "A partner's system");
        assert_eq!(names.of(""), "The service");
    }
}
