//! Two roles side by side, with what differs marked in words.

use access::meaning;
use axum::extract::RawQuery;
use proto::authz::v1::Grant;
use serde::Serialize;

use super::{list::summaries, role::load, sentences};
use crate::{
    forms::{FormData, FormState},
    page::{PageResult, StaffPage},
    pages::staff::role_words,
    view::{Choice, PageTemplate},
};

/// What both roles say of one kind of record.
#[derive(Serialize, Debug, PartialEq)]
struct Row {
    about: &'static str,
    differs: bool,
    first: Vec<Said>,
    second: Vec<Said>,
}

/// A sentence, and whether the other role says it too.
#[derive(Serialize, Debug, PartialEq)]
struct Said {
    text: String,
    only: bool,
}

/// The page.
#[derive(Serialize)]
pub struct ComparePage {
    form: FormState,
    roles: Vec<Choice>,
    names: Option<(String, String)>,
    rows: Vec<Row>,
    differences: usize,
}

impl PageTemplate for ComparePage {
    const TEMPLATE: &'static str = "pages/roles/compare.html";

    fn samples() -> Vec<Self> {
        let roles = access::roles::built_in();
        let page = |names: Option<(&str, &str)>, rows: Vec<Row>| Self {
            form: FormState::default(),
            roles: vec![Choice::new("1", "Facilitator")],
            names: names.map(|(a, b)| (a.to_owned(), b.to_owned())),
            differences: rows.iter().filter(|r| r.differs).count(),
            rows,
        };
        vec![
            page(Some(("Facilitator", "Read-only")), rows(&roles[3].grants, &roles[4].grants)),
            page(Some(("Facilitator", "Facilitator")), rows(&roles[3].grants, &roles[3].grants)),
            page(None, Vec::new()),
        ]
    }
}

fn rows(a: &[Grant], b: &[Grant]) -> Vec<Row> {
    meaning::resources()
        .filter_map(|resource| {
            let of = |grants: &[Grant]| -> Vec<String> { grants.iter().filter(|g| g.resource() == resource).flat_map(sentences::of).collect() };
            let (first, second) = (of(a), of(b));
            if first.is_empty() && second.is_empty() {
                return None;
            }
            let marked = |mine: &[String], others: &[String]| mine.iter().map(|s| Said { text: s.clone(), only: !others.contains(s) }).collect::<Vec<_>>();
            let (first, second) = (marked(&first, &second), marked(&second, &first));
            let differs = first.iter().chain(&second).any(|s| s.only);
            Some(Row { about: role_words::resource(resource as i32), differs, first, second })
        })
        .collect()
}

/// Shows the choice, and both roles where two are chosen.
pub async fn get(page: StaffPage, RawQuery(query): RawQuery) -> PageResult {
    let form = FormState::sent(FormData::parse(query.unwrap_or_default().as_bytes()));
    let roles = summaries(&page).await?.into_iter().map(|r| Choice::new(r.id, r.name)).collect();
    let (mut names, mut compared) = (None, Vec::new());
    let (a, b) = (form.get("a").to_owned(), form.get("b").to_owned());
    if !a.is_empty() && !b.is_empty() {
        let (a, b) = (load(&page, &a).await?, load(&page, &b).await?);
        compared = rows(&a.grants, &b.grants);
        names = Some((a.name, b.name));
    }
    let context = ComparePage { form, roles, names, differences: compared.iter().filter(|r| r.differs).count(), rows: compared };
    page.render(&page.frame("Compare two roles").back("Back to roles", page.href("/roles")).wide(), &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_marked() {
        let roles = access::roles::built_in();
        assert!(rows(&roles[3].grants, &roles[3].grants).iter().all(|r| !r.differs));
        let found = rows(&roles[1].grants, &roles[2].grants);
        let of = |about: &str| found.iter().find(|r| r.about == about).expect("there");
        assert!(of("Cases").differs, "everywhere against their own agency");
        assert!(!of("Users").differs && of("Users").first == of("Users").second);
    }
}
