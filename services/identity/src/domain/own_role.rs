//! What a role of the tenant's own must be, and who may change it (domain.md I6, I7; security.md 5: wider self-made roles).

use access::{action::{ActionSet, VISIBLE}, class::ClassSet, meaning, snapshot::{Grant, Snapshot}};
use proto::{Action, FieldClass, authz::v1 as wire};
use uuid::Uuid;

use super::giving;

/// Grants that a role may have; far more than there are pairs of resource and scope that mean something.
pub const MOST_GRANTS: usize = 80;
/// Roles in use that a tenant may have.
pub const MOST_ROLES: usize = 200;

/// One thing wrong with a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field in the request.
    pub field: String,
    /// What to do.
    pub message: &'static str,
}

/// The same grants with one for each pair of resource and scope: what any of them allows on a record is allowed.
pub fn merged(grants: &[wire::Grant]) -> Vec<wire::Grant> {
    let mut out: Vec<wire::Grant> = Vec::new();
    for grant in grants {
        match out.iter_mut().find(|g| (g.resource, g.scope) == (grant.resource, grant.scope)) {
            Some(first) => {
                first.actions |= grant.actions;
                first.read_classes |= grant.read_classes;
                first.write_classes |= grant.write_classes;
            }
            None => out.push(*grant),
        }
    }
    out
}

/// Everything that is wrong with the grants of a role, whoever makes it.
pub fn faults(grants: &[wire::Grant]) -> Vec<Fault> {
    let mut found = Vec::new();
    if grants.is_empty() {
        found.push(Fault { field: "grants".into(), message: "Choose at least one thing that the role may do." });
    }
    if grants.len() > MOST_GRANTS {
        found.push(Fault { field: "grants".into(), message: "This is more than one role can hold. Make two roles." });
    }
    for (n, grant) in grants.iter().enumerate().take(MOST_GRANTS) {
        let mut fault = |part: &str, message| found.push(Fault { field: format!("grants.{n}.{part}"), message });
        let Some(meaning) = meaning::of(grant.resource()) else {
            fault("resource", "Choose what it is about.");
            continue;
        };
        if !meaning.scopes.contains(&grant.scope()) {
            fault("scope", "This kind of record cannot be reached in this way. Choose another.");
        }
        if grants[..n].iter().any(|before| (before.resource, before.scope) == (grant.resource, grant.scope)) {
            fault("scope", "Say this once only.");
        }
        if let Some(message) = wrong_actions(grant, meaning.actions) {
            fault("actions", message);
        }
        let (read, write) = (ClassSet::from_bits(grant.read_classes), ClassSet::from_bits(grant.write_classes));
        if !known(grant.read_classes) {
            fault("read_classes", "Choose details from the list.");
        }
        if !known(grant.write_classes) || !read.contains_all(write) {
            fault("write_classes", "Who may change a detail must be able to see it. Let them see it too.");
        } else if !write.is_empty() && !changes(ActionSet::from_bits(grant.actions)) {
            fault("write_classes", "Nobody can change details by looking. Allow adding, changing or managing, or let them change nothing.");
        }
    }
    found
}

fn wrong_actions(grant: &wire::Grant, meant: ActionSet) -> Option<&'static str> {
    let actions = ActionSet::from_bits(grant.actions);
    if grant.actions & 1 != 0 || !meant.contains_all(actions) {
        return Some("Choose what may be done from the list.");
    }
    if actions.is_empty() {
        return Some("Choose what may be done.");
    }
    // What is not visible cannot be acted on: the decision would refuse every other action.
    if actions.intersection(VISIBLE).is_empty() {
        return Some("Allow reading or listing too: nobody can act on what they cannot see.");
    }
    None
}

/// Bit 0 and classes that this version does not know are never granted.
fn known(bits: u64) -> bool {
    let all: ClassSet = (1..64).filter_map(|n| FieldClass::try_from(n).ok()).collect();
    bits & 1 == 0 && all.contains_all(ClassSet::from_bits(bits))
}

fn changes(actions: ActionSet) -> bool {
    actions.iter().any(|a| !matches!(a, Action::List | Action::Read | Action::Search | Action::Export))
}

/// A checked grant as decisions know it.
pub fn compiled(grant: &wire::Grant) -> Grant {
    Grant {
        resource: grant.resource(),
        actions: ActionSet::from_bits(grant.actions),
        scope: grant.scope(),
        read: ClassSet::from_bits(grant.read_classes),
        write: ClassSet::from_bits(grant.write_classes),
    }
}

/// What is known of a role that somebody wants to change.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    /// Stable word of a built-in role, empty for a tenant's own.
    pub built_in: &'a str,
    /// Its grants.
    pub grants: &'a [wire::Grant],
    /// Whether who asks holds it now or will hold it.
    pub held_by_editor: bool,
}

/// Why somebody may not change a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Built-in roles stay as they are, so that the last administrator keeps their power and an upgrade knows them.
    BuiltIn,
    /// Nobody changes a role that they hold or will hold.
    Own,
    /// It allows more than the editor could give.
    Wider,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BuiltIn => "BUILT_IN_ROLE",
            Self::Own => "OWN_ROLE",
            Self::Wider => "ROLE_WIDER_THAN_OWN",
        }
    }
}

/// Whether `editor` may change the role as it is now. A role is held anywhere in the tree, so it is measured at the root.
///
/// # Errors
/// Why not.
pub fn may_change(snapshot: &Snapshot, editor: Uuid, at: i64, role: &Present<'_>) -> Result<(), Refusal> {
    if !role.built_in.is_empty() {
        return Err(Refusal::BuiltIn);
    }
    if role.held_by_editor {
        return Err(Refusal::Own);
    }
    let within = role.grants.iter().all(|g| giving::may_put(snapshot, editor, at, &compiled(g), snapshot.root()));
    if within { Ok(()) } else { Err(Refusal::Wider) }
}

/// Places in `grants` of what `editor` could not give: to people, and with `systems` to partner systems either.
pub fn beyond(snapshot: &Snapshot, editor: Uuid, at: i64, grants: &[wire::Grant], systems: bool) -> Vec<usize> {
    let root = snapshot.root();
    let may = |grant: &Grant| {
        let alone = access::snapshot::Role { id: Uuid::nil(), name: String::new(), built_in: String::new(), grants: vec![*grant] };
        giving::may_put(snapshot, editor, at, grant, root) && (!systems || giving::may_give_to_system(snapshot, editor, at, &alone, root))
    };
    grants.iter().enumerate().filter(|(_, g)| !may(&compiled(g))).map(|(n, _)| n).collect()
}

/// Words of a refusal about one grant, for the person who ticked it.
pub const BEYOND: &str = "Your own roles do not allow this, so you cannot put it into a role.";

#[cfg(test)]
mod tests {
    use access::roles::built_in;
    use proto::{ResourceType, authz::v1::Scope};

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn grant(resource: ResourceType, actions: &[Action], scope: Scope, read: &[FieldClass], write: &[FieldClass]) -> wire::Grant {
        wire::Grant {
            resource: resource as i32,
            actions: ActionSet::of(actions).bits(),
            scope: scope as i32,
            read_classes: ClassSet::of(read).bits(),
            write_classes: ClassSet::of(write).bits(),
        }
    }

    const NAMES: &[FieldClass] = &[FieldClass::Reference, FieldClass::Identity];

    fn fields(grants: &[wire::Grant]) -> Vec<String> {
        faults(grants).into_iter().map(|f| f.field).collect()
    }

    /// The built-in roles at a root 1 with agency 2; users: 100 administrator, 101 coordinator of agency 2, 102 lead,
    /// 103 lead who is an administrator too.
    fn snapshot() -> Snapshot {
        let mut roles = built_in();
        for (n, role) in roles.iter_mut().enumerate() {
            role.id = id(50 + n as u128).to_string();
        }
        let held = |who: u128, word: &str, node: u128| wire::Assignment {
            subject_id: id(who).to_string(),
            role_id: roles.iter().find(|r| r.built_in == word).map(|r| r.id.clone()).unwrap_or_default(),
            node_id: id(node).to_string(),
            valid_from: 0,
            valid_to: 0,
        };
        let assignments = vec![held(100, "tenant_administrator", 1), held(101, "agency_coordinator", 2), held(102, "partnership_lead", 1), held(103, "tenant_administrator", 1), held(103, "partnership_lead", 1)];
        let node = |n: u128, parent: &str, kind| wire::Node { id: id(n).to_string(), parent_id: parent.into(), name: format!("node {n}"), kind };
        let nodes = vec![node(1, "", 1), node(2, &id(1).to_string(), 2)];
        Snapshot::compile(&wire::Snapshot { tenant_id: id(9).to_string(), epoch: 1, nodes, roles, assignments, settings: None }).unwrap()
    }

    #[test]
    fn copies_of_built_in_roles_are_right_but_for_the_referrer_who_only_sends() {
        for role in built_in() {
            let wrong = fields(&merged(&role.grants));
            assert_eq!(wrong.is_empty(), role.built_in != "referrer", "{} {wrong:?}", role.built_in);
        }
    }

    #[test]
    fn an_administrator_may_make_a_copy_of_any_built_in_role() {
        let s = snapshot();
        for role in built_in() {
            assert_eq!(beyond(&s, id(100), 5, &merged(&role.grants), false), [0; 0], "{}", role.built_in);
        }
    }

    #[test]
    fn every_fault_names_its_field() {
        use Action::{Close, Read, Update};
        let case = ResourceType::Case;
        assert_eq!(fields(&[]), ["grants"]);
        let good = grant(case, &[Read, Update], Scope::NodeTree, NAMES, NAMES);
        assert!(fields(&[good]).is_empty());
        assert_eq!(fields(&[wire::Grant { resource: 99, ..good }]), ["grants.0.resource"]);
        assert_eq!(fields(&[good, good]), ["grants.1.scope"], "twice");
        assert_eq!(fields(&[wire::Grant { scope: 0, ..good }]), ["grants.0.scope"]);
        assert_eq!(fields(&[wire::Grant { scope: 77, ..good }]), ["grants.0.scope"]);
        assert_eq!(fields(&[wire::Grant { actions: 0, write_classes: 0, ..good }]), ["grants.0.actions"]);
        assert_eq!(fields(&[wire::Grant { actions: u64::MAX, ..good }]), ["grants.0.actions"], "an unknown action is not permitted");
        assert_eq!(fields(&[grant(case, &[Close], Scope::All, NAMES, &[])]), ["grants.0.actions"], "closing what cannot be seen");
        assert_eq!(fields(&[wire::Grant { read_classes: 1 << 60 | good.read_classes, ..good }]), ["grants.0.read_classes"]);
        assert_eq!(fields(&[wire::Grant { write_classes: 1 << 4, ..good }]), ["grants.0.write_classes"], "written but not read");
        assert_eq!(fields(&[wire::Grant { actions: 1 << 2, ..good }]), ["grants.0.write_classes"], "written by reading");
        let many = vec![good; MOST_GRANTS + 1];
        assert_eq!(fields(&many)[0], "grants");
    }

    #[test]
    fn nobody_puts_into_a_role_what_they_could_not_give() {
        let s = snapshot();
        let all = grant(ResourceType::Case, &[Action::Read], Scope::All, NAMES, &[]);
        let tree = wire::Grant { scope: Scope::NodeTree as i32, ..all };
        let finance = wire::Grant { read_classes: ClassSet::of(&[FieldClass::Finance]).bits(), ..all };
        let export = wire::Grant { actions: ActionSet::of(&[Action::Read, Action::Export]).bits(), ..all };
        assert!(beyond(&s, id(102), 5, &[all, tree], false).is_empty());
        assert_eq!(beyond(&s, id(102), 5, &[all, finance, export], false), [1, 2], "a class, an action");
        assert_eq!(beyond(&s, id(101), 5, &[all, tree], false), [0, 1], "a coordinator holds it at their agency only, a role is held anywhere");
        assert!(beyond(&s, id(100), 5, &[all, tree], false).is_empty(), "an administrator could give the lead's role");
        assert_eq!(beyond(&s, id(100), 5, &[all], true), [0], "but not to a system");
        assert!(beyond(&s, id(103), 5, &[all], true).is_empty());
        assert_eq!(beyond(&s, id(777), 5, &[all], false), [0]);
    }

    #[test]
    fn nobody_changes_built_in_roles_their_own_or_wider_ones() {
        let s = snapshot();
        let grants = [grant(ResourceType::Case, &[Action::Read], Scope::All, NAMES, &[])];
        let own = Present { built_in: "", grants: &grants, held_by_editor: false };
        assert_eq!(may_change(&s, id(100), 5, &own), Ok(()));
        assert_eq!(may_change(&s, id(100), 5, &Present { held_by_editor: true, ..own }), Err(Refusal::Own));
        assert_eq!(may_change(&s, id(101), 5, &own), Err(Refusal::Wider));
        for role in built_in() {
            let built = Present { built_in: &role.built_in, grants: &role.grants, held_by_editor: false };
            assert_eq!(may_change(&s, id(103), 5, &built), Err(Refusal::BuiltIn), "so no edit takes the last administrator's power");
        }
    }
}
