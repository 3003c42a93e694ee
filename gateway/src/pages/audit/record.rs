//! "Who has seen this case": the trails of all services about one record and what belongs to it.

use axum::extract::{Path, Query};
use proto::{
    audit::v1::ListEventsRequest,
    case::v1::{ListParticipantsRequest, participant_service_client::ParticipantServiceClient},
};
use serde::Serialize;
use tonic::Status;
use uuid::Uuid;

use super::trail::{self, Asked};
use crate::{
    error_page::{self, OrErrorPage},
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc,
    view::{Link, PageTemplate, Paging, Table},
};

/// The page's context.
#[derive(Serialize)]
pub struct RecordPage {
    record: Link,
    table: Table,
    paging: Paging,
}

impl PageTemplate for RecordPage {
    const TEMPLATE: &'static str = "pages/audit/record.html";

    fn samples() -> Vec<Self> {
        let page = |trail: &trail::Page| Self {
            record: Link::new("Open the case", "/t/example/cases/1"),
            table: trail::table(trail, &Names::default(), "/t/example", "Who has seen or changed it", true),
            paging: trail::paging(trail, "/t/example/audit/records/case/1", &Asked { before: "5".into() }),
        };
        let event = proto::audit::v1::AuditEvent { actor: "user:1".into(), on_behalf: "user:2".into(), outcome: "PERMISSION_DENIED".into(), classes: 6, ..Default::default() };
        vec![page(&trail::Page { events: vec![("case", event)], next: Some(7) }), page(&trail::Page::default())]
    }
}

/// A kind of record that has a page of its own: title, words of the link and where it leads.
fn kind(word: &str) -> Option<(&'static str, &'static str, &'static str)> {
    match word {
        "case" => Some(("Who has seen this case", "Open the case", "/cases/")),
        "person" => Some(("Who has seen this person", "Open the person", "/people/")),
        "referral" => Some(("Who has seen this referral", "Open the referral", "/referrals/")),
        _ => None,
    }
}

/// The record and the participants of a case, whose own events are about the case too.
async fn ids(page: &StaffPage, kind: &str, id: &str) -> Vec<String> {
    let mut ids = vec![id.to_owned()];
    if kind == "case" {
        // Whoever may not list them sees the events of the case alone.
        if let Ok(answer) = rpc!(page, "case", ParticipantServiceClient::list_participants, ListParticipantsRequest { case_id: id.to_owned() }).await {
            ids.extend(answer.participants.into_iter().map(|p| p.id));
        }
    }
    ids.truncate(200);
    ids
}

/// Shows who has seen a record.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, word, id)): Path<(String, String, String)>, Query(asked): Query<Asked>) -> PageResult {
    page.require("audit_event.list")?;
    let (Some((title, open, path)), Ok(id)) = (kind(&word), Uuid::try_parse(&id)) else {
        return Err(error_page::of(&page, Status::not_found("")));
    };
    let id = id.to_string();
    let filter = ListEventsRequest { record_ids: ids(&page, &word, &id).await, ..Default::default() };
    let events = trail::load(&page, &filter, &asked).await.or_page(&page)?;
    let names = Names::load(&page, trail::actors(&events)).await;
    let href = page.href(&format!("/audit/records/{word}/{id}"));
    let view = RecordPage {
        record: Link::new(open, page.href(&format!("{path}{id}"))),
        table: trail::table(&events, &names, &page.href(""), "Who has seen or changed it", true),
        paging: trail::paging(&events, &href, &asked),
    };
    page.render(&page.frame(title).back("Back to audit", page.href("/audit")).wide(), &view)
}
