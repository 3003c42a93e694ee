//! Adding and renaming agencies and teams.

use axum::extract::Path;
use proto::{
    authz::v1::NodeKind,
    identity::v1::{CreateNodeRequest, RenameNodeRequest, organisation_service_client::OrganisationServiceClient},
};
use serde::Serialize;

use super::common::{in_force, node_choices, nodes, refused, request_id};
use crate::{
    error_page::{self, ErrorPage},
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{Choice, PageTemplate},
};

/// The form for a new node.
#[derive(Serialize)]
pub struct AddNodePage {
    form: FormState,
    parents: Vec<Choice>,
    kinds: Vec<Choice>,
    agency_kinds: Vec<Choice>,
}

/// The form for a name.
#[derive(Serialize)]
pub struct RenameNodePage {
    form: FormState,
    href: String,
}

impl PageTemplate for AddNodePage {
    const TEMPLATE: &'static str = "pages/staff/node_add.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self { form, parents: vec![Choice::new("1", "Example partnership")], kinds: kinds(), agency_kinds: Choice::from_codes("agency_kind") };
        let mut wrong = FormState::sent(FormData::parse(b"name=&kind=team"));
        check(&mut wrong);
        vec![page(FormState::default()), page(wrong)]
    }
}

impl PageTemplate for RenameNodePage {
    const TEMPLATE: &'static str = "pages/staff/node_rename.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self { form, href: "/t/example/organisation/nodes/1".into() };
        let mut wrong = FormState::sent(FormData::parse(b"name="));
        wrong.required("name", "Enter a name");
        vec![page(FormState::default().with("name", "Example agency")), page(wrong)]
    }
}

fn kinds() -> Vec<Choice> {
    vec![Choice::new("agency", "Agency").hint("An organisation of the partnership"), Choice::new("team", "Team").hint("A part of an agency or of the partnership")]
}

fn check(form: &mut FormState) -> CreateNodeRequest {
    let name = form.required("name", "Enter a name");
    let kind = match form.one_of("kind", ["agency", "team"], "Select whether it is an agency or a team").as_str() {
        "agency" => NodeKind::Agency,
        "team" => NodeKind::Team,
        _ => NodeKind::Unspecified,
    };
    let agency_kind = if kind == NodeKind::Agency { form.required("agency_kind", "Select what kind of agency it is") } else { String::new() };
    let parent_id = form.required("parent", "Select what it is part of");
    CreateNodeRequest { request_id: request_id(form), parent_id, name, kind: kind as i32, agency_kind }
}

async fn show_add(page: &StaffPage, form: FormState) -> PageResult {
    let context = AddNodePage { form, parents: node_choices(&nodes(page).await?), kinds: kinds(), agency_kinds: Choice::from_codes("agency_kind") };
    page.render(&page.frame("Add an agency or team").back("Back to organisation", page.href("/organisation")), &context)
}

/// Shows the form for a new node.
pub async fn get_add(page: StaffPage) -> PageResult {
    page.require("node.manage")?;
    show_add(&page, page.form()).await
}

/// Adds the node.
pub async fn post_add(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = check(&mut form);
    if !form.is_valid() {
        return show_add(&page, form).await;
    }
    match rpc!(page, "identity", OrganisationServiceClient::create_node, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Agency or team added");
            page.flashed("/organisation", kind, &text)
        }
        Err(status) => {
            refused(&page, &mut form, status, &[("parent_id", "parent")])?;
            show_add(&page, form).await
        }
    }
}

fn show_rename(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    let context = RenameNodePage { form, href: page.href(&format!("/organisation/nodes/{id}")) };
    page.render(&page.frame("Rename an agency or team").back("Back to organisation", page.href("/organisation")), &context)
}

async fn present_name(page: &StaffPage, id: &str) -> Result<String, ErrorPage> {
    let found = nodes(page).await?.into_iter().find(|n| n.id == id).map(|n| n.name);
    found.ok_or_else(|| error_page::of(page, platform::Error::not_found().into_status()))
}

/// Shows the name.
pub async fn get_rename(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("node.manage")?;
    let name = present_name(&page, &id).await?;
    show_rename(&page, &id, page.form().with("name", name))
}

/// Saves the name.
pub async fn post_rename(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let name = form.required("name", "Enter a name");
    if !form.is_valid() {
        return show_rename(&page, &id, form);
    }
    let request = RenameNodeRequest { request_id: request_id(&form), node_id: id.clone(), name };
    match rpc!(page, "identity", OrganisationServiceClient::rename_node, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Name saved");
            page.flashed("/organisation", kind, &text)
        }
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            show_rename(&page, &id, form)
        }
    }
}
