//! Lists around access, and the one act that each row offers: locked cases, restrictions, conflicts of interest.

use axum::extract::{Path, Query};
use proto::case::v1::{
    EndConflictRequest, LiftRestrictionRequest, ListConflictsRequest, ListLocksRequest, ListRestrictionsRequest, ReleaseLockRequest,
    case_access_service_client::CaseAccessServiceClient,
};
use serde::{Deserialize, Serialize};

use crate::{
    error_page::OrErrorPage,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::{cases::{bar, form_page::{Field, FormPage, key, refused}}, names::Names},
    rpc, text,
    view::{Cell, Colour, Column, Link, PageTemplate, Paging, Section, Table, Tag},
};

/// Rows of a page.
pub const PAGE: i32 = 50;

/// A list with an act above it.
#[derive(Debug, Clone, Serialize)]
pub struct ListPage {
    intro: Vec<String>,
    act: Option<Link>,
    sections: Vec<Section>,
    table: Table,
    empty: String,
    paging: Option<Paging>,
}

impl PageTemplate for ListPage {
    const TEMPLATE: &'static str = "pages/access/list.html";

    fn samples() -> Vec<Self> {
        let row = vec![Cell::link("RJ-2027-00012", "/t/example/cases/1"), Cell::tag(Tag::new("To review", Colour::Yellow)).note("Since 4 May 2027")];
        let full = Self::new("Locked cases", &["Case", "State"], vec![row], "Nothing.")
            .intro("What to know.")
            .act(Link::new("Add", "/t/example/agreements/add"))
            .sections(vec![Section::new("Open", "/t/example/break-glass", true), Section::new("All", "/t/example/break-glass?all=1", false)])
            .paged("/t/example/locked-cases", "x", "y");
        vec![full, Self::new("Locked cases", &["Case"], Vec::new(), "No case is locked.")]
    }
}

impl ListPage {
    /// A table with this caption, and what stands there where it is empty.
    pub fn new(caption: &str, columns: &[&str], rows: Vec<Vec<Cell>>, empty: &str) -> Self {
        let table = Table { caption: caption.to_owned(), columns: columns.iter().map(|c| Column::new(*c)).collect(), rows };
        Self { intro: Vec::new(), act: None, sections: Vec::new(), table, empty: empty.to_owned(), paging: None }
    }

    /// Adds a paragraph above it.
    pub fn intro(mut self, text: &str) -> Self {
        self.intro.push(text.to_owned());
        self
    }

    /// Adds an act above it.
    pub fn act(mut self, act: Link) -> Self {
        self.act = Some(act);
        self
    }

    /// Adds lists beside it.
    pub fn sections(mut self, sections: Vec<Section>) -> Self {
        self.sections = sections;
        self
    }

    /// Adds links to other pages of the list at `base`; `page` is the present token, `next` that of the next page.
    pub fn paged(mut self, base: &str, page: &str, next: &str) -> Self {
        let joint = if base.contains('?') { '&' } else { '?' };
        let to = |token: &str| format!("{base}{joint}{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("page", token).finish());
        if !page.is_empty() || !next.is_empty() {
            self.paging = Some(Paging {
                summary: format!("Showing {}", text::plural(i64::try_from(self.table.rows.len()).unwrap_or(0), "entry", "entries")),
                first: (!page.is_empty()).then(|| base.to_owned()),
                previous: None,
                next: (!next.is_empty()).then(|| to(next)),
            });
        }
        self
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Token of the page.
    #[serde(default)]
    pub page: String,
    /// Also what is done.
    pub all: Option<u8>,
}

/// Locked cases by reference only.
///
/// # Errors
/// The services' as a page.
pub async fn locks(page: StaffPage, Query(asked): Query<Asked>) -> PageResult {
    let request = ListLocksRequest { page_size: PAGE, page_token: asked.page.clone() };
    let answer = rpc!(page, "case", CaseAccessServiceClient::list_locks, request).await.or_page(&page)?;
    let ids = answer.locks.iter().flat_map(|l| l.member_user_ids.iter().cloned().chain([l.by.clone()])).collect();
    let names = Names::load(&page, ids).await;
    let rows = answer.locks.iter().map(|lock| {
        let mut people: Vec<String> = lock.member_user_ids.iter().map(|id| names.of(id)).collect();
        people.sort();
        vec![
            Cell::new(lock.case_reference.as_str()),
            Cell::new(people.join(", ")),
            Cell::new(bar::on(lock.at.as_ref())).note(names.of(&lock.by)),
            Cell::link("Take lock off", page.href(&format!("/locked-cases/{}/release", lock.lock_id))),
        ]
    });
    let view = ListPage::new("Locked cases", &["Case", "People who see it", "Locked", "Act"], rows.collect(), "No case is locked.")
        .intro("Only the people named here know of these cases. Take a lock off only when none of them can: you do not see the case afterwards either.")
        .paged(&page.href("/locked-cases"), &asked.page, &answer.next_page_token);
    page.render(&page.frame("Locked cases"), &view)
}

#[expect(clippy::too_many_arguments, reason = "the words of one question")]
fn ask(page: &StaffPage, form: FormState, title: &str, intro: &str, action: &str, back: &str, label: &str, button: &str) -> PageResult {
    FormPage::new(None, form, page.href(action), page.href(back))
        .intro(intro)
        .fields(vec![Field::area("reason", label, 2_000)])
        .submit(button)
        .grave()
        .show(page, None, title)
}

fn ask_release(page: &StaffPage, lock: &str, form: FormState) -> PageResult {
    let intro = "Everybody whose role, allocation or share reaches the case sees it again. The people of the lock can read your reason.";
    ask(page, form, "Take lock off", intro, &format!("/locked-cases/{lock}/release"), "/locked-cases", "Why is the lock taken off?", "Take lock off")
}

/// The question about taking a lock off.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get_release(page: StaffPage, Path((_, lock)): Path<(String, String)>) -> PageResult {
    page.require("tenant.manage")?;
    ask_release(&page, &lock, page.form())
}

/// Takes it off.
///
/// # Errors
/// The services' as a page.
pub async fn post_release(page: StaffPage, Path((_, lock)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why the lock is taken off");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = ReleaseLockRequest { request_id: key(&page, &form), lock_id: lock.clone(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::release_lock, request).await {
            Ok(_) => return page.done("/locked-cases", "Lock taken off"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    ask_release(&page, &lock, form)
}

/// Restrictions of processing by reference only.
///
/// # Errors
/// The services' as a page.
pub async fn restrictions(page: StaffPage, Query(asked): Query<Asked>) -> PageResult {
    let request = ListRestrictionsRequest { page_size: PAGE, page_token: asked.page.clone() };
    let answer = rpc!(page, "case", CaseAccessServiceClient::list_restrictions, request).await.or_page(&page)?;
    let names = Names::load(&page, answer.restrictions.iter().map(|r| r.by.clone()).collect()).await;
    let rows = answer.restrictions.iter().map(|row| {
        vec![
            Cell::new(row.reference.as_str()).note(text::humanise(&row.about)),
            Cell::new(bar::on(row.at.as_ref())).note(names.of(&row.by)),
            Cell::link("Lift restriction", page.href(&format!("/restrictions/{}/lift", row.id))),
        ]
    });
    let view = ListPage::new("Restrictions", &["Case or person", "Since", "Act"], rows.collect(), "Nothing is restricted. Restrict a case on its access page, or a person on their page.")
        .intro("What is restricted is kept and used by nobody (UK GDPR, article 18).")
        .paged(&page.href("/restrictions"), &asked.page, &answer.next_page_token);
    page.render(&page.frame("Restrictions of processing"), &view)
}

fn ask_lift(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    let intro = "Everybody whose role, allocation or share reaches it sees it again.";
    ask(page, form, "Lift restriction", intro, &format!("/restrictions/{id}/lift"), "/restrictions", "Why is the restriction lifted?", "Lift restriction")
}

/// The question about lifting.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get_lift(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.restrict")?;
    ask_lift(&page, &id, page.form())
}

/// Lifts.
///
/// # Errors
/// The services' as a page.
pub async fn post_lift(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why the restriction is lifted");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = LiftRestrictionRequest { request_id: key(&page, &form), restriction_id: id.clone(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::lift_restriction, request).await {
            Ok(_) => return page.done("/restrictions", "Restriction lifted"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    ask_lift(&page, &id, form)
}

/// Conflicts of interest that the reader manages.
///
/// # Errors
/// The services' as a page.
pub async fn conflicts(page: StaffPage, Query(asked): Query<Asked>) -> PageResult {
    let request = ListConflictsRequest { page_size: PAGE, page_token: asked.page.clone() };
    let answer = rpc!(page, "case", CaseAccessServiceClient::list_conflicts, request).await.or_page(&page)?;
    let ids = answer.conflicts.iter().flat_map(|c| [c.user_id.clone(), c.by.clone()]).collect();
    let names = Names::load(&page, ids).await;
    let rows = answer.conflicts.iter().map(|row| {
        let what = Cell::link(row.case_reference.as_str(), page.href(&format!("/cases/{}/access", row.case_id)));
        let what = if row.about == "PERSON" { what.note(format!("Person {} in it", row.person_reference)) } else { what };
        vec![
            Cell::new(names.of(&row.user_id)),
            what,
            Cell::new(bar::on(row.at.as_ref())).note(format!("Declared by {}", names.of(&row.by))),
            Cell::link("End conflict", page.href(&format!("/conflicts/{}/end", row.id))),
        ]
    });
    let view = ListPage::new("Conflicts of interest", &["Who", "Case", "Since", "Act"], rows.collect(), "No conflict of interest is declared in the cases you manage. Declare one on a case's access page or a person's page.")
        .intro("These colleagues neither see these cases nor can they be allocated to them.")
        .paged(&page.href("/conflicts"), &asked.page, &answer.next_page_token);
    page.render(&page.frame("Conflicts of interest"), &view)
}

fn ask_end(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    let intro = "The colleague sees the case again where their role, an allocation or a share reaches it.";
    ask(page, form, "End conflict of interest", intro, &format!("/conflicts/{id}/end"), "/conflicts", "Why is it over?", "End conflict")
}

/// The question about ending a conflict.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get_end_conflict(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.manage")?;
    ask_end(&page, &id, page.form())
}

/// Ends it.
///
/// # Errors
/// The services' as a page.
pub async fn post_end_conflict(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why it is over");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = EndConflictRequest { request_id: key(&page, &form), conflict_id: id.clone(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::end_conflict, request).await {
            Ok(_) => return page.done("/conflicts", "Conflict of interest ended"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    ask_end(&page, &id, form)
}
