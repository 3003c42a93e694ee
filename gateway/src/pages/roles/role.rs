//! One role in sentences, with who holds it.

use axum::extract::Path;
use proto::identity::v1::{AssignmentState, GetRoleRequest, ListAssignmentsRequest, RoleAssignment, RoleDetail, role_service_client::RoleServiceClient};
use serde::Serialize;

use super::sentences;
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    page::{PageResult, StaffPage},
    pages::{names::Names, staff::common::{day, node_name, nodes}},
    rpc,
    view::{Cell, Colour, Column, Link, PageTemplate, Table, Tag},
};

/// What a role allows of one kind of record.
#[derive(Serialize)]
struct Chapter {
    title: &'static str,
    sentences: Vec<String>,
}

/// The page.
#[derive(Serialize)]
pub struct RolePage {
    tag: Tag,
    description: String,
    chapters: Vec<Chapter>,
    holders: Option<Table>,
    acts: Vec<Link>,
    /// Why it cannot be changed by the reader.
    fixed: String,
    changed: String,
}

impl PageTemplate for RolePage {
    const TEMPLATE: &'static str = "pages/roles/role.html";

    fn samples() -> Vec<Self> {
        let full = |n: usize| {
            let role = &access::roles::built_in()[n];
            Self {
                tag: kind_tag(&role.built_in),
                description: "For students".into(),
                chapters: chapters(&role.grants),
                holders: Some(Table { caption: "Holders".into(), columns: vec![Column::new("Who")], rows: vec![vec![Cell::new("Alex Example")]] }),
                acts: vec![Link::new("Change this role", "/t/example/roles/1/edit")],
                fixed: fixed("BUILT_IN_ROLE").into(),
                changed: "Changed by Alex Example on 4 May 2027".into(),
            }
        };
        let bare = Self { tag: kind_tag(""), description: String::new(), chapters: Vec::new(), holders: None, acts: Vec::new(), fixed: String::new(), changed: String::new() };
        let empty = Self { holders: Some(Table { caption: "Holders".into(), columns: Vec::new(), rows: Vec::new() }), ..full(3) };
        vec![full(0), empty, bare]
    }
}

/// Whether a role is built in.
pub fn kind_tag(built_in: &str) -> Tag {
    if built_in.is_empty() { Tag::new("Your own", Colour::Purple) } else { Tag::new("Built in", Colour::Blue) }
}

fn chapters(grants: &[proto::authz::v1::Grant]) -> Vec<Chapter> {
    sentences::by_resource(grants).into_iter().map(|(title, sentences)| Chapter { title, sentences }).collect()
}

fn fixed(refusal: &str) -> &'static str {
    match refusal {
        "BUILT_IN_ROLE" => "Built-in roles cannot be changed. Make a copy and change that.",
        "OWN_ROLE" => "You hold this role, so you cannot change it. Ask another administrator.",
        "ROLE_WIDER_THAN_OWN" => "This role allows more than you could give, so you cannot change it.",
        _ => "",
    }
}

/// A role.
///
/// # Errors
/// The error page.
pub async fn load(page: &StaffPage, id: &str) -> Result<RoleDetail, ErrorPage> {
    Ok(rpc!(page, "identity", RoleServiceClient::get_role, GetRoleRequest { role_id: id.to_owned() }).await.or_page(page)?.role.unwrap_or_default())
}

async fn holders(page: &StaffPage, id: &str) -> Result<(Vec<RoleAssignment>, bool), ErrorPage> {
    let states = vec![AssignmentState::Current.into(), AssignmentState::Coming.into()];
    let request = ListAssignmentsRequest { page_size: 200, role_id: id.to_owned(), states, ..ListAssignmentsRequest::default() };
    let answer = rpc!(page, "identity", RoleServiceClient::list_assignments, request).await.or_page(page)?;
    Ok((answer.assignments, !answer.next_page_token.is_empty()))
}

/// From when to when, in words.
pub fn period(held: &RoleAssignment) -> String {
    let until = match &held.valid_to {
        None => "no end set".to_owned(),
        to => format!("until {}", last_day(to.as_ref())),
    };
    if held.state() == AssignmentState::Coming { format!("From {}, {until}", day(held.valid_from.as_ref())) } else { format!("Since {}, {until}", day(held.valid_from.as_ref())) }
}

/// The last day of a period that ends at this instant: an end at midnight belongs to the day before.
pub fn last_day(to: Option<&prost_types::Timestamp>) -> String {
    let before = to.map(|to| prost_types::Timestamp { seconds: to.seconds - 1, nanos: 0 });
    day(before.as_ref())
}

/// Shows the role.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let role = load(&page, &id).await?;
    let href = |path: &str| page.href(&format!("/roles/{}{path}", role.id));
    let mut holders_table = None;
    let mut ids = vec![role.changed_by_id.clone()];
    if page.may("role.list") {
        let (held, more) = holders(&page, &id).await?;
        let nodes = nodes(&page).await?;
        ids.extend(held.iter().map(|h| h.user_id.clone()));
        let names = Names::load(&page, ids.clone()).await;
        let rows = held
            .iter()
            .map(|h| vec![Cell::link(names.of(&h.user_id), page.href(&format!("/users/{}", h.user_id))), Cell::new(node_name(&nodes, &h.node_id)), Cell::new(period(h))])
            .collect();
        let caption = if more { "The first 200 people who hold this role" } else { "People who hold this role" };
        holders_table = Some(Table { caption: caption.into(), columns: ["Who", "Where", "When"].map(Column::new).into(), rows });
    }
    let names = Names::load(&page, ids).await;
    let allowed = |action: &str| role.allowed_actions.iter().any(|a| a == action);
    let mut acts = Vec::new();
    if allowed("EDIT") {
        acts.push(Link::new("Change this role", href("/edit")));
    }
    if allowed("COPY") {
        acts.push(Link::new("Make a copy", page.href(&format!("/roles/add?from={}", role.id))));
    }
    acts.push(Link::new("See what this role can see", href("/preview")));
    acts.push(Link::new("Compare with another role", page.href(&format!("/roles/compare?a={}", role.id))));
    if allowed("RETIRE") {
        acts.push(Link::new("Retire this role", href("/retire")));
    }
    let changed = if role.built_in.is_empty() && !role.changed_by_id.is_empty() {
        format!("Changed by {} on {}", names.of(&role.changed_by_id), day(role.changed_at.as_ref()))
    } else {
        String::new()
    };
    let context = RolePage {
        tag: kind_tag(&role.built_in),
        description: role.description.clone(),
        chapters: chapters(&role.grants),
        holders: holders_table,
        acts,
        fixed: fixed(&role.edit_refusal).to_owned(),
        changed,
    };
    page.render(&page.frame(&role.name).back("Back to roles", page.href("/roles")), &context)
}
