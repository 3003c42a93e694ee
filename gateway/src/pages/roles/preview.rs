//! What somebody with a role sees of an invented case: every field, decided and masked as in an answer of a service.

use access::{
    class::ClassSet,
    decide::{Decision, Subject, decide},
    facts::Facts,
    snapshot::Snapshot,
};
use axum::extract::Path;
use proto::{
    Action, FieldClass, PrincipalKind, ResourceType,
    authz::v1::{self as wire, Grant, NodeKind},
};
use serde::Serialize;
use uuid::Uuid;

use super::{invented, role::load};
use crate::{
    page::{PageResult, StaffPage},
    view::{Cell, Column, PageTemplate, Shown, Table},
};

/// Records of the invented case, each with its message.
const RECORDS: [(&str, ResourceType, &str); 6] = [
    ("The case", ResourceType::Case, "accord.case.v1.Case"),
    ("A participant", ResourceType::Participant, "accord.case.v1.Participant"),
    ("The person", ResourceType::Person, "accord.people.v1.Person"),
    ("A note", ResourceType::Note, "accord.case.v1.Note"),
    ("A meeting", ResourceType::Meeting, "accord.case.v1.Meeting"),
    ("A message", ResourceType::Message, "accord.notification.v1.Message"),
];

/// How the holder of the role and the case belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The case is of their agency and allocated to them.
    Allocated,
    /// The case is of their agency.
    Agency,
    /// The case is of another agency.
    Elsewhere,
}

impl Relation {
    const ALL: [Self; 3] = [Self::Allocated, Self::Agency, Self::Elsewhere];

    fn heading(self) -> &'static str {
        match self {
            Self::Allocated => "Allocated to them",
            Self::Agency => "Their own agency",
            Self::Elsewhere => "Another agency",
        }
    }
}

const ROOT: Uuid = Uuid::from_u128(1);
const AGENCY: Uuid = Uuid::from_u128(2);
const OTHER: Uuid = Uuid::from_u128(3);
const ROLE: Uuid = Uuid::from_u128(50);
const HOLDER: Uuid = Uuid::from_u128(100);

/// A tenant of two agencies with one person, who holds the role at the first.
fn tenant(grants: &[Grant]) -> Option<Snapshot> {
    let node = |id: Uuid, parent: Option<Uuid>, kind: NodeKind| wire::Node { id: id.to_string(), parent_id: parent.map(|p| p.to_string()).unwrap_or_default(), name: String::new(), kind: kind.into() };
    Snapshot::compile(&wire::Snapshot {
        tenant_id: Uuid::from_u128(9).to_string(),
        epoch: 1,
        nodes: vec![node(ROOT, None, NodeKind::Partnership), node(AGENCY, Some(ROOT), NodeKind::Agency), node(OTHER, Some(ROOT), NodeKind::Agency)],
        roles: vec![wire::Role { id: ROLE.to_string(), name: String::new(), built_in: String::new(), grants: grants.to_vec() }],
        assignments: vec![wire::Assignment { subject_id: HOLDER.to_string(), role_id: ROLE.to_string(), node_id: AGENCY.to_string(), valid_from: 0, valid_to: 0 }],
        settings: None,
    })
    .ok()
}

/// What the holder may do with a record of the case.
fn look(snapshot: &Snapshot, resource: ResourceType, relation: Relation) -> Decision {
    let allocated = [HOLDER];
    let facts = Facts::new(resource).owned_by(if relation == Relation::Elsewhere { OTHER } else { AGENCY });
    let facts = if relation == Relation::Allocated { facts.allocated(&allocated) } else { facts };
    let holder = Subject { id: HOLDER, kind: PrincipalKind::User, at: 1 };
    decide(snapshot, &holder, Action::Read, &facts)
}

/// The page.
#[derive(Serialize)]
pub struct PreviewPage {
    role: String,
    tables: Vec<Table>,
}

impl PageTemplate for PreviewPage {
    const TEMPLATE: &'static str = "pages/roles/preview.html";

    fn samples() -> Vec<Self> {
        let roles = access::roles::built_in();
        vec![Self { role: "Facilitator".into(), tables: tables(&roles[3].grants) }, Self { role: "Nothing".into(), tables: tables(&[]) }]
    }
}

fn tables(grants: &[Grant]) -> Vec<Table> {
    let Some(snapshot) = tenant(grants) else { return Vec::new() };
    RECORDS.into_iter().filter_map(|(title, resource, message)| table(&snapshot, title, resource, message)).collect()
}

fn table(snapshot: &Snapshot, title: &str, resource: ResourceType, message: &str) -> Option<Table> {
    let message = proto::pool().get_message_by_name(message)?;
    let record = invented::record(&message);
    let looks = Relation::ALL.map(|relation| look(snapshot, resource, relation));
    let seen = looks.map(|d| if d.allow { invented::masked(&record, resource, d.read) } else { None });
    let mut columns = vec![Column::new("Detail")];
    columns.extend(Relation::ALL.map(|r| Column::new(r.heading())));
    let cell = |field: &str, n: usize| match &seen[n] {
        Some(record) => Cell::new(invented::shown(record, field)),
        None => Cell::new("Not visible"),
    };
    let mut rows: Vec<Vec<Cell>> = invented::fields(&message)
        .into_iter()
        .map(|field| {
            let mut row = vec![Cell::new(field.label)];
            row.extend((0..looks.len()).map(|n| cell(&field.path, n)));
            row
        })
        .collect();
    if resource == ResourceType::Note {
        let mut row = vec![Cell::new("Notes for supervisors only")];
        row.extend(looks.map(|d| Cell::new(supervisors(d.allow, d.read))));
        rows.push(row);
    }
    Some(Table { caption: title.to_owned(), columns, rows })
}

fn supervisors(allow: bool, read: ClassSet) -> Shown {
    Shown::text(if allow && read.contains(FieldClass::SupervisorOnly) { "Visible" } else { "Not visible" })
}

/// Shows what the role sees.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let role = load(&page, &id).await?;
    let context = PreviewPage { tables: tables(&role.grants), role: role.name };
    page.render(&page.frame("What this role can see").back("Back to the role", page.href(&format!("/roles/{id}"))).wide(), &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(word: &str, title: &str, detail: &str) -> Vec<String> {
        let role = access::roles::built_in().into_iter().find(|r| r.built_in == word).expect("a built-in role");
        let table = tables(&role.grants).into_iter().find(|t| t.caption == title).expect("a table");
        let row = table.rows.into_iter().find(|r| r[0].value.text == detail).expect("a row");
        row[1..].iter().map(|c| if c.value.state == "restricted" { "restricted".to_owned() } else { c.value.text.clone() }).collect()
    }

    #[test]
    fn each_relation_shows_what_the_engine_decides() {
        assert_eq!(states("facilitator", "The person", "Family name"), ["Example", "Not visible", "Not visible"]);
        assert_eq!(states("agency_coordinator", "The person", "Postcode"), ["ZZ1 1AA", "ZZ1 1AA", "Not visible"]);
        assert_eq!(states("partnership_lead", "A note", "Notes for supervisors only"), ["Visible"; 3]);
        assert_eq!(states("facilitator", "A note", "Notes for supervisors only"), ["Not visible"; 3]);
        assert_eq!(states("read_only", "The case", "Risks"), ["restricted", "restricted", "Not visible"]);
        assert_eq!(states("tenant_administrator", "The case", "Reference"), ["Not visible"; 3]);
    }
}
