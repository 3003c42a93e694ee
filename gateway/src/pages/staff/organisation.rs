//! The organisation: its settings, its tree of agencies and teams, and the systems of partners.

use proto::identity::v1::{GetTenantRequest, ListServiceAccountsRequest, Node, Tenant, organisation_service_client::OrganisationServiceClient};
use serde::Serialize;

use super::common::{day, depth, kind_name, node_name, nodes, roles};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Colour, Link, PageTemplate, SummaryRow, Tag},
};

/// A node in the tree.
#[derive(Serialize)]
struct Branch {
    name: String,
    kind: String,
    depth: usize,
    rename: Option<Link>,
}

/// A partner's system.
#[derive(Serialize)]
struct Account {
    name: String,
    place: String,
    role: String,
    fingerprint: String,
    until: String,
    last_used: String,
    state: Tag,
    revoke: Option<Link>,
}

/// The page.
#[derive(Serialize)]
pub struct OrganisationPage {
    settings: Vec<SummaryRow>,
    branches: Vec<Branch>,
    may_shape: bool,
    sees_accounts: bool,
    may_add_account: bool,
    accounts: Vec<Account>,
    links: Vec<Link>,
}

impl PageTemplate for OrganisationPage {
    const TEMPLATE: &'static str = "pages/staff/organisation.html";

    fn samples() -> Vec<Self> {
        let full = Self {
            settings: vec![SummaryRow::new("Name", "Example Restorative Justice").change("/t/example/organisation/settings")],
            branches: vec![branch("Example partnership", 0, None), branch("Example agency", 1, Some("/t/example/organisation/nodes/1"))],
            may_shape: true,
            sees_accounts: true,
            may_add_account: true,
            accounts: vec![Account {
                name: "Police referrals".into(),
                place: "Example police".into(),
                role: "Referrer".into(),
                fingerprint: "ab12".into(),
                until: "4 May 2027".into(),
                last_used: String::new(),
                state: Tag::new("Active", Colour::Green),
                revoke: Some(Link::new("Revoke", "/t/example/organisation/service-accounts/1/revoke").hidden("Police referrals")),
            }],
            links: vec![Link::new("Roles and what they may do", "/t/example/roles")],
        };
        let bare = Self {
            settings: vec![SummaryRow::new("Name", "Example Restorative Justice")],
            branches: vec![branch("Example partnership", 0, None)],
            may_shape: false,
            sees_accounts: true,
            may_add_account: false,
            accounts: Vec::new(),
            links: Vec::new(),
        };
        vec![full, bare]
    }
}

fn branch(name: &str, depth: usize, rename: Option<&str>) -> Branch {
    Branch { name: name.into(), kind: kind_name(2).into(), depth, rename: rename.map(|href| Link::new("Rename", href).hidden(name)) }
}

/// The tenant.
///
/// # Errors
/// The error page.
pub async fn tenant(page: &StaffPage) -> Result<Tenant, ErrorPage> {
    Ok(rpc!(page, "identity", OrganisationServiceClient::get_tenant, GetTenantRequest {}).await.or_page(page)?.tenant.unwrap_or_default())
}

/// Settings in words; `change` is where they are changed.
pub fn settings_rows(tenant: &Tenant, change: Option<&str>) -> Vec<SummaryRow> {
    let settings = tenant.settings.unwrap_or_default();
    let or = |value: u32, usual: u32| if value == 0 { usual } else { value };
    let idle = or(settings.idle_minutes, 20);
    let threshold = or(settings.suppression_threshold, 5);
    let rows = vec![
        SummaryRow::new("Name", tenant.name.as_str()),
        SummaryRow::new("Colour", tenant.colour.as_str()),
        SummaryRow::new("Signed out after", format!("{idle} minutes without activity")),
        SummaryRow::new("Signed out at the latest after", format!("{} hours", or(tenant.absolute_hours, 12))),
        SummaryRow::new("Small numbers in reports", format!("1 to {} are hidden", threshold.saturating_sub(1))),
    ];
    match change {
        Some(href) => rows.into_iter().map(|row| row.change(href)).collect(),
        None => rows,
    }
}

fn branches(page: &StaffPage, nodes: &[Node]) -> Vec<Branch> {
    let may = page.may("node.manage");
    nodes
        .iter()
        .map(|n| Branch {
            name: n.name.clone(),
            kind: if n.agency_kind.is_empty() { kind_name(n.kind).to_owned() } else { format!("{} ({})", kind_name(n.kind), text::label("agency_kind", &n.agency_kind)) },
            depth: depth(nodes, &n.id),
            rename: may.then(|| Link::new("Rename", page.href(&format!("/organisation/nodes/{}", n.id))).hidden(n.name.as_str())),
        })
        .collect()
}

/// Shows the organisation.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("node.manage")?;
    let tenant = tenant(&page).await?;
    let nodes = nodes(&page).await?;
    let sees_accounts = page.may("service_account.list");
    let may_manage = page.may("service_account.manage");
    let accounts = if sees_accounts {
        let roles = roles(&page).await?;
        let found = rpc!(page, "identity", OrganisationServiceClient::list_service_accounts, ListServiceAccountsRequest {}).await.or_page(&page)?.accounts;
        let now = page.app.clock.now();
        found
            .into_iter()
            .map(|a| {
                let over = text::instant(a.expires_at.as_ref()).is_some_and(|at| at <= now);
                let state = match (a.revoked, over) {
                    (true, _) => Tag::new("Revoked", Colour::Grey),
                    (_, true) => Tag::new("Expired", Colour::Orange),
                    _ => Tag::new("Active", Colour::Green),
                };
                Account {
                    place: node_name(&nodes, &a.node_id),
                    role: roles.iter().find(|r| r.id == a.role_id).map(|r| r.name.clone()).unwrap_or_default(),
                    until: day(a.expires_at.as_ref()),
                    last_used: day(a.last_used_at.as_ref()),
                    revoke: (may_manage && !a.revoked).then(|| Link::new("Revoke", page.href(&format!("/organisation/service-accounts/{}/revoke", a.id))).hidden(a.name.as_str())),
                    fingerprint: a.certificate_fingerprint,
                    name: a.name,
                    state,
                }
            })
            .collect()
    } else {
        Vec::new()
    };
    let mut links = vec![Link::new("Users", page.href("/users"))];
    if page.may("role.list") {
        links.push(Link::new("Roles and what they may do", page.href("/roles")));
        links.push(Link::new("Roles that end soon", page.href("/roles/ending")));
    }
    if crate::pages::roles::why::may_ask(&page) {
        links.push(Link::new("Why can somebody see a record?", page.href("/access/why")));
    }
    if page.may("tenant.manage") {
        links.push(Link::new("Keys of personal data", page.href("/organisation/keys")));
    }
    let change = page.href("/organisation/settings");
    let context = OrganisationPage {
        settings: settings_rows(&tenant, page.may("tenant.manage").then_some(change.as_str())),
        branches: branches(&page, &nodes),
        may_shape: page.may("node.manage"),
        sees_accounts,
        may_add_account: may_manage,
        accounts,
        links,
    };
    page.render(&page.frame("Organisation").wide(), &context)
}
