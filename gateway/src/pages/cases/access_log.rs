//! Who works the case, and for those who may list audit events: who has seen or changed it.

use axum::extract::{Path, Query};
use proto::{
    AuditOperation, ResourceType,
    audit::v1::{AuditEvent, ListEventsRequest, audit_service_client::AuditServiceClient},
};
use serde::{Deserialize, Serialize};

use super::bar::{self, CaseBar};
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    pages::names::{self, Names},
    rpc, text,
    view::{Cell, Column, Link, PageTemplate, Paging, Shown, SummaryRow, Table},
};

/// Events on one page.
const PAGE: i32 = 50;

/// The page's context.
#[derive(Serialize)]
pub struct AccessPage {
    bar: CaseBar,
    rows: Vec<SummaryRow>,
    events: Option<Table>,
    paging: Option<Paging>,
    trail: String,
}

impl PageTemplate for AccessPage {
    const TEMPLATE: &'static str = "pages/cases/access.html";

    fn samples() -> Vec<Self> {
        let event = AuditEvent { actor: "public".into(), method: "/accord.case.v1.CaseService/GetCase".into(), operation: AuditOperation::Consultation as i32, outcome: "ok".into(), ..Default::default() };
        let page = |events: Option<&[AuditEvent]>| Self {
            bar: bar::sample(),
            rows: vec![SummaryRow::new("Organisation", "Example charity")],
            trail: "/t/example/audit/records/case/1".into(),
            events: events.map(|e| table(e, &Names::default())),
            paging: events.map(|_| Paging { summary: "Showing 1 entry".into(), first: None, previous: None, next: Some("/t/example/cases/1/access?page=x".into()) }),
        };
        vec![page(Some(&[event])), page(Some(&[])), page(None)]
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    page: String,
}

fn operation(code: i32) -> &'static str {
    match AuditOperation::try_from(code) {
        Ok(AuditOperation::Collection) => "Added to it",
        Ok(AuditOperation::Alteration) => "Changed it",
        Ok(AuditOperation::Consultation) => "Looked at it",
        Ok(AuditOperation::Disclosure) => "Gave something of it to somebody",
        Ok(AuditOperation::Combination) => "Linked it",
        Ok(AuditOperation::Erasure) => "Erased something of it",
        Ok(AuditOperation::Administration) => "Administered it",
        _ => "Used it",
    }
}

/// "GetCase" becomes "Get case".
fn act(method: &str) -> String {
    let name = method.rsplit('/').next().unwrap_or(method);
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter);
    }
    text::humanise(&words)
}

fn table(events: &[AuditEvent], names: &Names) -> Table {
    let rows = events.iter().map(|e| {
        let outcome = if e.outcome == "ok" { Cell::new("Allowed") } else { Cell::new("Refused").note(text::humanise(&e.outcome)) };
        vec![Cell::new(Shown::text(bar::at(e.at.as_ref()))), Cell::new(names.of(&e.actor)), Cell::new(operation(e.operation)).note(act(&e.method)), outcome]
    });
    Table { caption: "Who has seen or changed this case".into(), columns: ["When", "Who", "What", "Result"].map(Column::new).into(), rows: rows.collect() }
}

/// Shows who has access and who used it.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let answer = if page.may("audit_event.list") {
        let request = ListEventsRequest { page_size: PAGE, page_token: asked.page.clone(), record_type: ResourceType::Case as i32, record_id: case.case.id.clone(), ..Default::default() };
        Some(rpc!(page, "case", AuditServiceClient::list_events, request).await.or_page(&page)?)
    } else {
        None
    };
    let actors = answer.iter().flat_map(|a| &a.events).map(|e| e.actor.clone());
    let ids = actors.chain(case.case.allocations.iter().map(|a| a.user_id.clone())).collect();
    let (names, owners) = tokio::join!(Names::load(&page, ids), names::nodes(&page));
    let base = case.href("/access");
    let mut rows = vec![SummaryRow::new("Organisation", Shown::maybe(owners.get(&case.case.owner_node_id).cloned()))];
    if crate::pages::roles::why::may_ask(&page) {
        let asked = page.href(&format!("/access/why?record=cases/{}", case.case.id));
        rows[0] = rows[0].clone().action(Link::new("Why can somebody see this case?", asked));
    }
    rows.extend(
        case.case.allocations.iter().filter(|a| a.to.is_none()).map(|a| SummaryRow::new(names.of(&a.user_id), format!("Allocated: {}", text::label("allocation_side", &a.side).to_lowercase()))),
    );
    let view = AccessPage {
        bar: case.bar("/access"),
        rows,
        trail: page.href(&format!("/audit/records/case/{}", case.case.id)),
        paging: answer.as_ref().map(|a| Paging {
            summary: format!("Showing {}", text::plural(i64::try_from(a.events.len()).unwrap_or(0), "entry", "entries")),
            first: (!asked.page.is_empty()).then(|| base.clone()),
            previous: None,
            next: (!a.next_page_token.is_empty()).then(|| format!("{base}?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("page", &a.next_page_token).finish())),
        }),
        events: answer.as_ref().map(|a| table(&a.events, &names)),
    };
    page.render(&case.frame(&page, "Access"), &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_read_as_words() {
        assert_eq!(act("/accord.case.v1.CaseService/GetCase"), "Get case");
        assert_eq!(act(""), "");
    }
}
