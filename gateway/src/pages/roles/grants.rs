//! The form of a role: one rule for each pair of what it is about and which of it the rule reaches.

use access::{action::ActionSet, class::ClassSet, meaning};
use proto::{
    Action, FieldClass, ResourceType,
    authz::v1::{Grant, Scope},
};
use serde::Serialize;

use super::sentences;
use crate::{forms::FormState, pages::staff::role_words, view::Choice};

/// All rules about one kind of record.
#[derive(Serialize)]
pub struct Chapter {
    title: &'static str,
    /// Some rule of it allows something.
    used: bool,
    rules: Vec<Rule>,
}

/// One rule as the form shows it.
#[derive(Serialize)]
pub struct Rule {
    /// "people in cases of their own agency and its teams"
    records: String,
    /// What it allows as the form was opened or sent, in sentences.
    said: Vec<String>,
    open: bool,
    actions_name: String,
    actions: Vec<Choice>,
    sees_name: String,
    changes_name: String,
    classes: Vec<Choice>,
}

fn name(resource: ResourceType, scope: Scope, part: &str) -> String {
    format!("g{}-{}-{part}", resource as i32, scope as i32)
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::List => "See in lists",
        Action::Read => "Open and read",
        Action::Create => "Add",
        Action::Update => "Change",
        Action::Allocate => "Allocate to people",
        Action::Triage => "Triage: accept, return or reject",
        Action::Close => "Close",
        Action::Reopen => "Reopen",
        Action::Search => "Search",
        Action::Manage => "Manage",
        Action::Export => "Export",
        Action::BreakGlass => "Open in an emergency, with a reason that is reviewed",
        Action::Restrict => "Restrict processing, and lift that",
        Action::Review => "Review emergency access",
        Action::Unspecified => "Nothing",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn class_choice(class: FieldClass) -> Choice {
    let choice = Choice::new((class as i32).to_string(), capital(role_words::class(class)));
    match class {
        FieldClass::SpecialCategory => choice.hint("Ethnicity, religion, health, sexuality"),
        FieldClass::ExternalIds => choice.hint("Crime numbers, police references"),
        FieldClass::Contact => choice.hint("Addresses, phone numbers, email, meeting places"),
        _ => choice,
    }
}

/// The rules that a role can have, as the form is filled in.
pub fn chapters(form: &FormState) -> Vec<Chapter> {
    let present = read(form);
    meaning::resources()
        .filter_map(|resource| {
            let meaning = meaning::of(resource).filter(|m| !m.actions.is_empty())?;
            let rules: Vec<Rule> = meaning
                .scopes
                .iter()
                .map(|scope| {
                    let names = [name(resource, *scope, "may"), name(resource, *scope, "sees"), name(resource, *scope, "changes")];
                    let wrong = form.errors().iter().any(|e| names.contains(&e.field));
                    let grant = present.iter().find(|g| (g.resource(), g.scope()) == (resource, *scope));
                    let [actions_name, sees_name, changes_name] = names;
                    Rule {
                        records: sentences::records(resource, *scope),
                        said: grant.map(sentences::of).unwrap_or_default(),
                        open: wrong,
                        actions_name,
                        actions: meaning.actions.iter().map(|a| Choice::new((a as i32).to_string(), verb(a))).collect(),
                        sees_name,
                        changes_name,
                        classes: meaning.classes.iter().filter(|c| *c != FieldClass::Reference).map(class_choice).collect(),
                    }
                })
                .collect();
            let used = rules.iter().any(|r| !r.said.is_empty() || r.open);
            Some(Chapter { title: role_words::resource(resource as i32), used, rules })
        })
        .collect()
}

/// Actions that change something, so that states and references change with them.
fn changes(actions: ActionSet) -> bool {
    actions.iter().any(|a| !matches!(a, Action::List | Action::Read | Action::Search | Action::Export))
}

/// The grants that a form holds. References, states and dates are seen wherever anything is, and change with every change.
pub fn read(form: &FormState) -> Vec<Grant> {
    let numbers = |name: &str| form.data().all(name).iter().filter_map(|n| n.parse::<u32>().ok()).filter(|n| *n < 64).fold(0u64, |bits, n| bits | 1 << n);
    let reference = ClassSet::of(&[FieldClass::Reference]).bits();
    let mut grants = Vec::new();
    for resource in meaning::resources() {
        for scope in meaning::of(resource).map_or(&[][..], |m| &m.scopes) {
            let part = |part| numbers(&name(resource, *scope, part));
            let (actions, sees, written) = (part("may"), part("sees"), part("changes"));
            if actions | sees | written != 0 {
                let write_classes = written | if changes(ActionSet::from_bits(actions)) { reference } else { 0 };
                grants.push(Grant { resource: resource as i32, scope: *scope as i32, actions, read_classes: sees | reference, write_classes });
            }
        }
    }
    grants
}

/// Fills the form with grants. What cannot be ticked in it is left out: details that such records do not carry, and rights
/// to change what cannot be seen.
pub fn fill(mut form: FormState, grants: &[Grant]) -> FormState {
    for resource in meaning::resources() {
        let Some(meaning) = meaning::of(resource) else { continue };
        for scope in &meaning.scopes {
            let of: Vec<&Grant> = grants.iter().filter(|g| (g.resource(), g.scope()) == (resource, *scope)).collect();
            let all = |bits: fn(&Grant) -> u64| of.iter().fold(0, |sum, g| sum | bits(g));
            let (actions, read) = (ActionSet::from_bits(all(|g| g.actions)), ClassSet::from_bits(all(|g| g.read_classes)));
            let shown = read.intersection(meaning.classes);
            let written = ClassSet::from_bits(all(|g| g.write_classes)).intersection(shown);
            let ticks = |numbers: Vec<i32>| numbers.iter().map(i32::to_string).collect::<Vec<_>>();
            form = form
                .with_all(&name(resource, *scope, "may"), ticks(actions.iter().map(|a| a as i32).collect()))
                .with_all(&name(resource, *scope, "sees"), ticks(details(shown)))
                .with_all(&name(resource, *scope, "changes"), ticks(details(written)));
        }
    }
    form
}

fn details(classes: ClassSet) -> Vec<i32> {
    classes.iter().filter(|c| *c != FieldClass::Reference).map(|c| c as i32).collect()
}

/// Paths of a refusal about these grants, and the fields of the form that they belong to.
pub fn paths(grants: &[Grant]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for (n, grant) in grants.iter().enumerate() {
        let field = |part| name(grant.resource(), grant.scope(), part);
        for (path, part) in [("", "may"), (".resource", "may"), (".scope", "may"), (".actions", "may"), (".read_classes", "sees"), (".write_classes", "changes")] {
            paths.push((format!("grants.{n}{path}"), field(part)));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::FormData;

    #[test]
    fn a_built_in_role_survives_the_form_as_far_as_it_means_something() {
        for role in access::roles::built_in() {
            let back = read(&fill(FormState::default(), &role.grants));
            for grant in &role.grants {
                let found = back.iter().find(|g| (g.resource, g.scope) == (grant.resource, grant.scope)).expect("the rule is there");
                let carried = meaning::of(grant.resource()).expect("known").classes;
                assert_eq!(found.actions & grant.actions, grant.actions, "{}", role.built_in);
                let (had, has) = (ClassSet::from_bits(grant.read_classes).intersection(carried), ClassSet::from_bits(found.read_classes));
                assert!(has.contains_all(had), "{} {had:?} {has:?}", role.built_in);
                assert!(has.contains_all(ClassSet::from_bits(found.write_classes)), "{}", role.built_in);
            }
        }
    }

    #[test]
    fn ticks_become_grants_and_strange_ones_stay_for_the_service_to_refuse() {
        let form = FormState::sent(FormData::parse(b"g7-2-may=2&g7-2-may=4&g7-2-sees=2&g7-2-changes=2&g9-3-sees=4&g7-1-may=99&g7-1-may=x"));
        let grants = read(&form);
        assert_eq!(grants.len(), 2);
        assert_eq!((grants[0].resource(), grants[0].scope(), grants[0].actions), (ResourceType::Case, Scope::NodeTree, 1 << 2 | 1 << 4));
        assert_eq!((grants[0].read_classes, grants[0].write_classes), (0b110, 0b110));
        assert_eq!((grants[1].resource(), grants[1].actions), (ResourceType::Person, 0), "seen but nothing allowed: the service says so");
        assert!(paths(&grants).contains(&("grants.1.actions".to_owned(), "g9-3-may".to_owned())));
        assert!(chapters(&form).iter().any(|c| c.used));
    }
}
