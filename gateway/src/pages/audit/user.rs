//! "What this user has done": the trails of all services of one actor. Whether they opened records of people of their own name is
//! asked for by a press of a button, because it is a search of its own and recorded like one.

use axum::extract::{Path, Query};
use proto::{
    audit::v1::{ListEventsRequest, audit_service_client::AuditServiceClient},
    people::v1::{SearchPeopleRequest, people_service_client::PeopleServiceClient},
};
use serde::Serialize;
use tonic::Status;
use uuid::Uuid;

use super::trail::{self, Asked};
use crate::{
    error_page::{self, ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc,
    view::{Link, PageTemplate, Paging, Table},
};

/// The page's context.
#[derive(Serialize)]
pub struct UserTrailPage {
    name: String,
    user: Link,
    table: Table,
    paging: Paging,
    own_name: Option<Table>,
    ask: Option<Ask>,
}

/// The button that looks for people of the user's own name.
#[derive(Serialize)]
struct Ask {
    form: FormState,
    action: String,
}

impl PageTemplate for UserTrailPage {
    const TEMPLATE: &'static str = "pages/audit/user.html";

    fn samples() -> Vec<Self> {
        let page = |trail: &trail::Page, own_name, ask| Self {
            name: "Alex Example".into(),
            user: Link::new("Open the user", "/t/example/users/1"),
            table: trail::table(trail, &Names::default(), "/t/example", "What this user has done", false),
            paging: trail::paging(trail, "/t/example/audit/users/1", &Asked::default()),
            own_name,
            ask,
        };
        let event = proto::audit::v1::AuditEvent { actor: "user:1".into(), outcome: "ok".into(), classes: 6, ..Default::default() };
        let full = trail::Page { events: vec![("case", event)], next: Some(7) };
        let found = |trail: &trail::Page| Some(trail::table(trail, &Names::default(), "/t/example", "Records of people with the same name", false));
        let ask = || Some(Ask { form: FormState::new(Uuid::nil()), action: "/t/example/audit/users/1".into() });
        vec![page(&full, None, ask()), page(&trail::Page::default(), found(&full), ask()), page(&full, found(&trail::Page::default()), None)]
    }
}

/// The user of the address, `user:<id>`.
fn actor(page: &StaffPage, id: &str) -> Result<String, ErrorPage> {
    page.require("audit_event.list")?;
    Uuid::try_parse(id).map(|id| format!("user:{id}")).map_err(|_| error_page::of(page, Status::not_found("")))
}

async fn show(page: &StaffPage, actor: &str, asked: &Asked, own_name: Option<Table>, names: Option<Names>) -> PageResult {
    let filter = ListEventsRequest { actor: actor.to_owned(), ..Default::default() };
    let events = trail::load(page, &filter, asked).await.or_page(page)?;
    let names = match names {
        Some(names) => names,
        None => {
            let mut wanted = trail::actors(&events);
            wanted.push(actor.to_owned());
            Names::load(page, wanted).await
        }
    };
    let id = actor.trim_start_matches("user:");
    let href = page.href(&format!("/audit/users/{id}"));
    let view = UserTrailPage {
        name: names.of(actor),
        user: Link::new("Open the user", page.href(&format!("/users/{id}"))),
        table: trail::table(&events, &names, &page.href(""), "What this user has done", false),
        paging: trail::paging(&events, &href, asked),
        own_name,
        ask: page.may("person.search").then(|| Ask { form: page.form(), action: href }),
    };
    page.render(&page.frame("What this user has done").back("Back to audit", page.href("/audit")).wide(), &view)
}

/// Shows what a user has done, their sign-ins included.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let actor = actor(&page, &id)?;
    show(&page, &actor, &asked, None, None).await
}

/// Looks for people with the user's own name, and for what the user did with their records.
///
/// # Errors
/// The services' as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { .. }: ProtectedForm) -> PageResult {
    let actor = actor(&page, &id)?;
    page.require("person.search")?;
    let names = Names::load(&page, vec![actor.clone()]).await;
    let request = SearchPeopleRequest { text: names.of(&actor), ..Default::default() };
    let people: Vec<String> = rpc!(page, "case", PeopleServiceClient::search_people, request).await.or_page(&page)?.people.into_iter().map(|p| p.id).collect();
    let mut found = trail::Page::default();
    if !people.is_empty() {
        let request = ListEventsRequest { actor: actor.clone(), record_ids: people.into_iter().take(200).collect(), page_size: 200, ..Default::default() };
        let events = rpc!(page, "case", AuditServiceClient::list_events, request).await.or_page(&page)?.events;
        found.events = events.into_iter().map(|event| ("case", event)).collect();
    }
    let table = trail::table(&found, &names, &page.href(""), "Records of people with the same name", false);
    show(&page, &actor, &Asked::default(), Some(table), Some(names)).await
}
