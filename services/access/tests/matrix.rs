//! What every built-in role may do with every type of record, by relation and state, as a text that people review.
//!
//! `ACCORD_REGENERATE=1 cargo test -p access --test matrix` writes it anew; read the difference before you keep it. A new
//! type of record, action or built-in role is in the text as soon as it is in the contracts, so it cannot be forgotten.

use std::{fmt::Write, fs, path::Path};

use access::{
    action::{ActionSet, LOOKING},
    class::ClassSet,
    decide::{Decision, Subject, decide},
    facts::{Facts, Share},
    meaning::resources,
    roles::built_in,
    snapshot::Snapshot,
};
use proto::{Action, FieldClass, PrincipalKind, ResourceType, authz::v1 as wire};
use uuid::Uuid;

const ROOT: Uuid = Uuid::from_u128(1);
const AGENCY: Uuid = Uuid::from_u128(2);
const PARTNER: Uuid = Uuid::from_u128(3);
const TEAM: Uuid = Uuid::from_u128(4);
const SIBLING: Uuid = Uuid::from_u128(5);
const BELOW: Uuid = Uuid::from_u128(6);
const ME: Uuid = Uuid::from_u128(100);
const OTHER: Uuid = Uuid::from_u128(101);
const STRANGER: Uuid = Uuid::from_u128(102);

/// How the holder of the role, who holds it at a team of an agency, and the record belong together.
const RELATIONS: [&str; 10] = ["none", "own", "allocated", "team", "below", "sibling", "agency", "partner", "shared", "tenant"];
const STATES: [&str; 7] = ["open", "closed", "restricted", "locked", "locked-to-me", "conflict", "glass-broken"];

fn snapshot(role: &wire::Role) -> Snapshot {
    let node = |id: Uuid, parent: Option<Uuid>, kind: wire::NodeKind| wire::Node {
        id: id.to_string(),
        parent_id: parent.map(|p| p.to_string()).unwrap_or_default(),
        name: String::new(),
        kind: kind.into(),
    };
    use wire::NodeKind::{Agency, Partnership, Team};
    Snapshot::compile(&wire::Snapshot {
        tenant_id: Uuid::from_u128(9).to_string(),
        epoch: 1,
        nodes: vec![
            node(ROOT, None, Partnership),
            node(AGENCY, Some(ROOT), Agency),
            node(PARTNER, Some(ROOT), Agency),
            node(TEAM, Some(AGENCY), Team),
            node(SIBLING, Some(AGENCY), Team),
            node(BELOW, Some(TEAM), Team),
        ],
        roles: vec![wire::Role { id: Uuid::from_u128(50).to_string(), ..role.clone() }],
        assignments: vec![wire::Assignment {
            subject_id: ME.to_string(),
            role_id: Uuid::from_u128(50).to_string(),
            node_id: TEAM.to_string(),
            valid_from: 0,
            valid_to: 0,
        }],
        settings: None,
    })
    .expect("compiles")
}

fn ask(snapshot: &Snapshot, resource: ResourceType, action: Action, relation: &str, state: &str) -> Decision {
    let (mine, others) = ([ME], [OTHER]);
    let team = [Share { node: TEAM, classes: ClassSet::of(&[FieldClass::Identity]) }];
    let facts = Facts::new(resource);
    let facts = match relation {
        "own" => facts.owned_by(PARTNER).made(ME),
        "allocated" => facts.owned_by(PARTNER).allocated(&mine),
        "team" => facts.owned_by(TEAM),
        "below" => facts.owned_by(BELOW),
        "sibling" => facts.owned_by(SIBLING),
        "agency" => facts.owned_by(AGENCY),
        "partner" => facts.owned_by(PARTNER),
        "shared" => facts.owned_by(PARTNER).shared(&team),
        // Somebody of another tenant has no role in this one, whatever theirs is at home.
        "tenant" => facts.owned_by(TEAM),
        _ => facts,
    };
    let facts = match state {
        "restricted" => facts.restriction(true),
        "locked" => facts.locked(&others),
        "locked-to-me" => facts.locked(&mine),
        "conflict" => facts.conflicted(true),
        "glass-broken" => facts.locked(&others).broken(true),
        _ => facts,
    };
    let id = if relation == "tenant" { STRANGER } else { ME };
    decide(snapshot, &Subject { id, kind: PrincipalKind::User, at: 1 }, action, &facts)
}

/// One letter for each action that is allowed, in the order of their numbers.
fn letters(snapshot: &Snapshot, resource: ResourceType, relation: &str, state: &str) -> String {
    ActionSet::ALL
        .iter()
        .map(|action| if ask(snapshot, resource, action, relation, state).allow { letter(action) } else { '-' })
        .collect()
}

fn letter(action: Action) -> char {
    match action {
        Action::List => 'L',
        Action::Read => 'R',
        Action::Create => 'C',
        Action::Update => 'U',
        Action::Allocate => 'A',
        Action::Triage => 'T',
        Action::Close => 'X',
        Action::Reopen => 'O',
        Action::Search => 'S',
        Action::Manage => 'M',
        Action::Export => 'E',
        Action::BreakGlass => 'G',
        Action::Restrict => 'I',
        Action::Review => 'V',
        Action::Unspecified => '?',
    }
}

fn classes(set: ClassSet) -> String {
    let words: Vec<String> = set.iter().map(|c| format!("{c:?}")).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

fn text() -> String {
    let mut out = String::from(
        "# Who may do what: built-in role x type of record x action x relation x state.\n\
         # The role is held at a team. List Read Create Update Allocate Triage close(X) reOpen Search Manage Export break-Glass restrIct reView; - is no.\n\
         # Relations with the same row stand together. Lines r and w: classes read and written in state open.\n",
    );
    let _ = writeln!(out, "# States: {}.", STATES.join(", "));
    for role in built_in() {
        let snapshot = snapshot(&role);
        let _ = writeln!(out, "\n## {}", role.built_in);
        for resource in resources() {
            let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
            for relation in RELATIONS {
                let cells: Vec<String> = STATES.iter().map(|state| letters(&snapshot, resource, relation, state)).collect();
                let seen = ask(&snapshot, resource, Action::Read, relation, "open");
                let row = if cells.iter().all(|c| c.chars().all(|l| l == '-')) {
                    "nothing".to_owned()
                } else {
                    format!("{}\n      r {}\n      w {}", cells.join(" "), classes(seen.read), classes(seen.write))
                };
                match rows.iter_mut().find(|(before, _)| *before == row) {
                    Some((_, relations)) => relations.push(relation),
                    None => rows.push((row, vec![relation])),
                }
            }
            let _ = writeln!(out, "{}", resource.as_str_name().trim_start_matches("RESOURCE_TYPE_"));
            for (row, relations) in rows {
                let _ = writeln!(out, "  {}: {row}", relations.join(","));
            }
        }
    }
    out
}

#[test]
fn the_reviewed_matrix_is_what_the_engine_decides() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix.txt");
    let now = text();
    if std::env::var_os("ACCORD_REGENERATE").is_some() {
        fs::write(&file, now).expect("written");
        return;
    }
    let reviewed = fs::read_to_string(&file).expect("the reviewed matrix");
    for (n, (had, has)) in reviewed.lines().zip(now.lines()).enumerate() {
        assert_eq!(had, has, "line {} of tests/matrix.txt: ACCORD_REGENERATE=1 cargo test -p access --test matrix, and review", n + 1);
    }
    assert_eq!(reviewed.lines().count(), now.lines().count(), "tests/matrix.txt is of another length");
}

/// What the text must never say, so that a regeneration in haste cannot hide it.
#[test]
fn what_no_review_may_let_through() {
    for role in built_in() {
        let snapshot = snapshot(&role);
        for resource in resources() {
            for action in ActionSet::ALL.iter() {
                for relation in RELATIONS {
                    for denied in ["restricted", "locked", "conflict"] {
                        assert!(!ask(&snapshot, resource, action, relation, denied).visible, "{} {resource:?} {relation} {denied}", role.built_in);
                    }
                    let (open, mine) = (ask(&snapshot, resource, action, relation, "open"), ask(&snapshot, resource, action, relation, "locked-to-me"));
                    let broken = ask(&snapshot, resource, action, relation, "glass-broken");
                    assert!(!broken.allow || LOOKING.contains(action), "broken glass lets look and change nothing");
                    assert!(broken.write == ClassSet::NONE);
                    let given = |d: Decision| (d.visible, d.allow, d.read, d.write);
                    assert_eq!(given(open), given(mine), "a lock to me takes nothing from me, and gives nothing");
                    assert!(relation != "tenant" || !open.visible, "another tenant sees nothing");
                }
            }
        }
    }
    // Each type of record is held by some built-in role, or stands here with its reason.
    let nobody = [ResourceType::Allocation];
    for resource in resources() {
        let held = built_in().iter().flat_map(|r| &r.grants).any(|g| g.resource() == resource);
        assert_ne!(held, nobody.contains(&resource), "{resource:?}: grant it in a built-in role, or name it here because parts of a case are decided with the case");
    }
}
