//! What happened in a case, newest first, in words.

use axum::extract::{Path, Query};
use chrono::{DateTime, Utc};
use proto::case::v1::{GetTimelineRequest, Participant, TimelineEntry, case_service_client::CaseServiceClient};
use serde::{Deserialize, Serialize};

use super::{bar::{self, CaseBar}, participants};
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc, text,
    view::{Link, PageTemplate, Paging, Shown, TimelineItem},
};

/// Entries on one page.
const PAGE: i32 = 30;

/// The page's context.
#[derive(Serialize)]
pub struct TimelinePage {
    bar: CaseBar,
    items: Vec<TimelineItem>,
    paging: Paging,
}

impl PageTemplate for TimelinePage {
    const TEMPLATE: &'static str = "pages/cases/timeline.html";

    fn samples() -> Vec<Self> {
        let at = DateTime::<Utc>::from_timestamp(1_809_437_400, 0).map(text::timestamp);
        let entry = |kind: &str, codes: &[&str]| TimelineEntry { at, kind: kind.into(), codes: codes.iter().map(|c| (*c).to_owned()).collect(), participant_id: "2".into(), record_id: "3".into(), ..Default::default() };
        let entries = [entry("STAGE", &["PREPARATION"]), entry("NOTE", &["HARMED"]), entry("CONSENT", &["CONTACT", "GIVEN"]), entry("ACCESS", &["LOCKED"])];
        let page = |entries: &[TimelineEntry], next: Option<String>| Self {
            bar: bar::sample(),
            items: entries.iter().filter_map(|e| item(e, &Names::default(), &[participants::sample()], "/t/example/cases/1")).collect(),
            paging: Paging { summary: "Showing 3 entries".into(), first: next.clone(), previous: None, next },
        };
        vec![page(&entries, Some("/t/example/cases/1/timeline?page=x".into())), page(&[], None)]
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    page: String,
}

fn title(kind: &str, codes: &[String]) -> &'static str {
    match kind {
        "OPENED" if codes.iter().any(|c| c == "REFERRAL_JOINED") => "Another referral joined the case",
        "OPENED" => "Case opened",
        "STAGE" => "Stage changed",
        "ALLOCATED" => "Case allocated",
        "ALLOCATION_ENDED" => "Allocation ended",
        "NOTE" => "Note added",
        "CONTACT" => "Contact attempted",
        "CONSENT" => "Consent recorded",
        "MEETING" => "Meeting",
        "OUTCOME" => "Outcome recorded",
        "CLOSED" => "Case closed",
        "REOPENED" => "Case reopened",
        "HOLD" if codes.iter().any(|c| c == "ON") => "Case put on hold",
        "HOLD" => "Case taken off hold",
        "PARTICIPANT" => "Participant changed",
        "MESSAGE" => "Message",
        "ACCESS" => access(codes),
        _ => "Case changed",
    }
}

fn access(codes: &[String]) -> &'static str {
    match codes.first().map(String::as_str) {
        Some("LOCKED") => "Case locked to named people",
        Some("LOCK_CHANGED") => "People of the lock changed",
        Some("UNLOCKED") => "Lock taken off",
        Some("SHARED") => "Case shared with a partner",
        Some("SHARE_ENDED") => "Share with a partner ended",
        Some("BREAK_GLASS") => "Emergency access used",
        Some("BREAK_GLASS_REVIEWED") => "Emergency access reviewed",
        _ => "Access changed",
    }
}

/// Lists in which the codes of a kind of entry stand.
fn lists(kind: &str) -> &'static [&'static str] {
    match kind {
        "ALLOCATED" | "ALLOCATION_ENDED" => &["allocation_side"],
        "NOTE" => &["note_side", "activity_kind"],
        "CONTACT" => &["contact_kind", "contact_result"],
        "CONSENT" => &["consent_purpose", "consent_state"],
        "MEETING" => &["intervention", "session_result", "session_reason"],
        "OUTCOME" => &["intervention", "session_result", "outcome"],
        "CLOSED" => &["close_reason"],
        "PARTICIPANT" => &["participant_role", "participation_status"],
        _ => &[],
    }
}

/// Codes in words. The first code is looked up in the first list that has it, the second after that list, so that a code
/// which stands in two lists reads as what it is.
fn codes_in_words(kind: &str, codes: &[String]) -> String {
    let mut left = lists(kind);
    let word = |code: &String| {
        for (at, list) in left.iter().enumerate() {
            if let Some(label) = access::codes::label(list, code) {
                if matches!(kind, "CONSENT" | "PARTICIPANT" | "NOTE") {
                    left = left.get(at + 1..).filter(|rest| !rest.is_empty()).unwrap_or(left);
                }
                return label.to_owned();
            }
        }
        text::humanise(code)
    };
    codes.iter().filter(|c| !matches!(c.as_str(), "REFERRAL_JOINED" | "ON" | "OFF") && uuid::Uuid::parse_str(c).is_err()).map(word).collect::<Vec<_>>().join(", ")
}

fn item(entry: &TimelineEntry, names: &Names, people: &[Participant], base: &str) -> Option<TimelineItem> {
    let who = people.iter().find(|p| p.id == entry.participant_id).map(participants::called);
    let words = if entry.kind == "ACCESS" { String::new() } else { codes_in_words(&entry.kind, &entry.codes) };
    let text: Vec<String> = who.into_iter().chain([words]).filter(|t| !t.is_empty()).collect();
    let link = match entry.kind.as_str() {
        "NOTE" => Some(Link::new("Read the notes", format!("{base}/notes#note-{}", entry.record_id))),
        "MEETING" if !entry.record_id.is_empty() => Some(Link::new("Open the meeting", format!("{base}/meetings/{}", entry.record_id))),
        "OUTCOME" => Some(Link::new("Read the outcomes", format!("{base}/outcomes"))),
        "CONTACT" | "CONSENT" | "PARTICIPANT" if !entry.participant_id.is_empty() => Some(Link::new("Open the participant", format!("{base}/participants/{}", entry.participant_id))),
        "ACCESS" => Some(Link::new("See who has access", format!("{base}/access"))),
        "MESSAGE" => Some(Link::new("See messages", format!("{base}/meetings"))),
        _ => None,
    };
    Some(TimelineItem {
        title: title(&entry.kind, &entry.codes).to_owned(),
        by: Some(names.of(&entry.by)),
        at: text::instant(entry.at.as_ref())?,
        text: Shown::text(text.join(": ")),
        link: link.map(|l| l.hidden(format!("of {}", bar::at(entry.at.as_ref())))),
    })
}

/// Shows the timeline.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let request = GetTimelineRequest { case_id: id.clone(), page_size: PAGE, page_token: asked.page.clone() };
    let (case, timeline, people) = tokio::join!(bar::load(&page, &id), rpc!(page, "case", CaseServiceClient::get_timeline, request), participants::list(&page, &id));
    let (case, timeline, people) = (case?, timeline.or_page(&page)?, people?);
    let names = Names::load(&page, timeline.entries.iter().map(|e| e.by.clone()).collect()).await;
    let base = case.href("/timeline");
    let next = |token: &str| format!("{base}?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("page", token).finish());
    let view = TimelinePage {
        bar: case.bar("/timeline"),
        items: timeline.entries.iter().filter_map(|e| item(e, &names, &people, &case.href(""))).collect(),
        paging: Paging {
            summary: format!("Showing {}", text::plural(i64::try_from(timeline.entries.len()).unwrap_or(0), "entry", "entries")),
            first: (!asked.page.is_empty()).then(|| base.clone()),
            previous: None,
            next: (!timeline.next_page_token.is_empty()).then(|| next(&timeline.next_page_token)),
        },
    };
    page.render(&case.frame(&page, "Timeline"), &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_what_they_are() {
        let words = |kind: &str, codes: &[&str]| codes_in_words(kind, &codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
        assert_eq!(words("CONSENT", &["CONTACT", "GIVEN"]), "Being contacted, Given");
        assert_eq!(words("PARTICIPANT", &["HARMED_PERSON", "ENGAGED"]), "Person harmed, Engaged");
        assert_eq!(words("STAGE", &["INITIAL_CONTACT"]), "Initial contact");
        assert_eq!(words("OUTCOME", &["CONFERENCE", "HELD", "APOLOGY_GIVEN", "APOLOGY_ACCEPTED"]), "Conference, Held, Apology given, Apology accepted");
        assert_eq!(words("OPENED", &["REFERRAL_JOINED"]), "");
        assert_eq!(words("MEETING", &["CANCELLED", "CONFERENCE", "RISK"]), "Cancelled, Conference, Risk");
    }
}
