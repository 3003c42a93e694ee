//! The trails of all services as one, newest first.
//!
//! Each service pages by its own sequence; the merged pages are cut by time: a page shows everything that is newer than the
//! oldest event of any service that has more, and the next page goes on from there. The address holds only that instant.

use proto::audit::v1::{AuditEvent, ListEventsRequest, audit_service_client::AuditServiceClient};
use serde::Deserialize;
use tonic::Status;

use super::words;
use crate::{
    page::StaffPage,
    pages::names::Names,
    text,
    view::{Cell, Column, Paging, Shown, Table},
};

/// The services that have a trail.
pub const SERVICES: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];
/// Events that each is asked for.
const ASKED: i32 = 50;
/// Where that many have one and the same instant.
const LARGEST: i32 = 200;

/// What an address of a page of events holds.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// Microseconds since 1970: only what is older. Empty for the newest.
    #[serde(default)]
    pub before: String,
}

/// A merged page.
#[derive(Debug, Default, PartialEq)]
pub struct Page {
    /// The service and the event, newest first.
    pub events: Vec<(&'static str, AuditEvent)>,
    /// Where the next page begins, in microseconds.
    pub next: Option<i64>,
}

fn micros(event: &AuditEvent) -> i64 {
    event.at.map_or(0, |at| at.seconds.saturating_mul(1_000_000).saturating_add(i64::from(at.nanos) / 1_000))
}

fn stamp(micros: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0) }
}

/// Merges what the services answered, each newest first; `true` where a service has more.
fn merge(answers: Vec<(&'static str, Vec<AuditEvent>, bool)>) -> Page {
    let oldest = |events: &[AuditEvent]| events.iter().map(micros).min();
    let cut = answers.iter().filter(|(_, _, more)| *more).filter_map(|(_, events, _)| oldest(events)).max();
    let mut events: Vec<(&'static str, AuditEvent)> = answers.into_iter().flat_map(|(service, events, _)| events.into_iter().map(move |e| (service, e))).collect();
    // Of the instant of the cut there may be more: it is asked for again.
    events.retain(|(_, event)| cut.is_none_or(|cut| micros(event) > cut));
    events.sort_by_key(|(_, event)| std::cmp::Reverse(micros(event)));
    Page { events, next: cut.map(|cut| cut.saturating_add(1)) }
}

/// Asks every service for what `filter` says.
///
/// # Errors
/// Of the first service that does not answer: a trail with a part missing is not shown.
pub async fn load(page: &StaffPage, filter: &ListEventsRequest, asked: &Asked) -> Result<Page, Status> {
    let before: Option<i64> = asked.before.parse().ok().filter(|at| *at > 0);
    for size in [ASKED, LARGEST] {
        let calls = SERVICES.map(|service| {
            let to = before.map(stamp).or(filter.to);
            let request = ListEventsRequest { page_size: size, to, ..filter.clone() };
            async move {
                let answer = page.rpc(service, request, |channel, request| async move { AuditServiceClient::new(channel).list_events(request).await }).await?;
                Ok::<_, Status>((service, answer.events, !answer.next_page_token.is_empty()))
            }
        });
        let merged = merge(futures::future::try_join_all(calls).await?);
        if !merged.events.is_empty() || merged.next.is_none() {
            return Ok(merged);
        }
        // All events of the page have one instant. Beyond the largest page, what is left of it is passed over.
        if size == LARGEST {
            return Ok(Page { next: merged.next.map(|at| at - 1), ..merged });
        }
    }
    Ok(Page::default())
}

/// Ids of everybody in it, for their names.
pub fn actors(page: &Page) -> Vec<String> {
    page.events.iter().flat_map(|(_, e)| [e.actor.clone(), e.on_behalf.clone()]).filter(|a| !a.is_empty()).collect()
}

/// The events as a table. `base` is the address of the tenant; `with_actor` says whether a column names who it was.
pub fn table(page: &Page, names: &Names, base: &str, caption: &str, with_actor: bool) -> Table {
    let who = |event: &AuditEvent| {
        let name = names.of(&event.actor);
        let cell = match event.actor.strip_prefix("user:") {
            Some(id) => Cell::link(name, format!("{base}/audit/users/{id}")),
            None => Cell::new(name),
        };
        if event.on_behalf.is_empty() { cell } else { cell.note(format!("For {}", names.of(&event.on_behalf))) }
    };
    let rows = page.events.iter().map(|(_, event)| {
        let mut row = vec![Cell::new(Shown::maybe(text::instant(event.at.as_ref()).map(text::date_time)))];
        if with_actor {
            row.push(who(event));
        }
        row.push(Cell::new(words::operation(event.operation)).note(words::act(&event.method)));
        row.push(Cell::new(words::records(event)).note(words::classes(event.classes)));
        row.push(words::outcome(event));
        row
    });
    let heads: &[&str] = if with_actor { &["When", "Who", "What", "Of what", "Result"] } else { &["When", "What", "Of what", "Result"] };
    Table { caption: caption.to_owned(), columns: heads.iter().map(|head| Column::new(*head)).collect(), rows: rows.collect() }
}

/// Links to the newest and to older events.
pub fn paging(page: &Page, href: &str, asked: &Asked) -> Paging {
    Paging {
        summary: format!("Showing {}", text::plural(i64::try_from(page.events.len()).unwrap_or(0), "entry", "entries")),
        first: (!asked.before.is_empty()).then(|| href.to_owned()),
        previous: None,
        next: page.next.map(|at| format!("{href}?before={at}")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn event(at: i64) -> AuditEvent {
        AuditEvent { id: at.to_string(), at: Some(stamp(at)), actor: "user:1".into(), outcome: "ok".into(), ..AuditEvent::default() }
    }

    fn times(page: &Page) -> Vec<i64> {
        page.events.iter().map(|(_, e)| micros(e)).collect()
    }

    #[test]
    fn nothing_is_lost_between_pages() {
        // What each service has, newest first, asked for two at a time as the services answer.
        let all: [(&'static str, Vec<i64>); 3] = [("case", vec![90, 70, 50, 50, 10]), ("identity", vec![80, 20]), ("referral", vec![])];
        let (mut shown, mut before) = (Vec::new(), i64::MAX);
        for _ in 0..10 {
            let answers = all.iter().map(|(service, times)| {
                let older: Vec<i64> = times.iter().copied().filter(|t| *t < before).collect();
                let size = 3;
                (*service, older.iter().take(size).map(|t| event(*t)).collect(), older.len() > size)
            });
            let page = merge(answers.collect());
            shown.extend(times(&page));
            match page.next {
                Some(next) => before = next,
                None => break,
            }
        }
        assert_eq!(shown, [90, 80, 70, 50, 50, 20, 10]);
    }

    #[test]
    fn instants_survive_the_address() {
        for at in [1, 1_800_000_000_123_456] {
            assert_eq!(micros(&event(at)), at);
        }
    }
}
