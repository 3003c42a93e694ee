//! What every page of a case begins with: the bar with reference, people, stage and warnings, and the case's sections.

use proto::case::v1::{Case, GetCaseRequest, ParticipantName, case_service_client::CaseServiceClient};
use serde::Serialize;
use tonic::Status;

use super::words;
use crate::{
    error_page::{ErrorPage, OrErrorPage, of},
    page::StaffPage,
    rpc, text,
    view::{Colour, Link, PageFrame, Section, Shown, Tag},
};

/// A label with its value.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: Shown,
}

/// The bar above a case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseBar {
    /// Reference.
    pub reference: String,
    /// Stage.
    pub tag: Tag,
    /// People and warnings.
    pub facts: Vec<Fact>,
    /// Acts that are needed most.
    pub actions: Vec<Link>,
    /// All other acts.
    pub more: Vec<Link>,
    /// Sections of the case.
    pub sections: Vec<Section>,
}

/// A case with its addresses.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The case as the service answered it.
    pub case: Case,
    base: String,
}

/// Loads a case.
///
/// # Errors
/// The service's as a page.
pub async fn load(page: &StaffPage, case_id: &str) -> Result<Opened, ErrorPage> {
    let case = fetch(page, case_id).await.or_page(page)?;
    Ok(Opened::new(page, case))
}

/// Loads a case; errors stay statuses.
///
/// # Errors
/// The service's.
pub async fn fetch(page: &StaffPage, case_id: &str) -> Result<Case, Status> {
    rpc!(page, "case", CaseServiceClient::get_case, GetCaseRequest { case_id: case_id.to_owned() })
        .await?
        .case
        .ok_or_else(|| Status::not_found("There is no such record."))
}

/// The page for an address whose parts do not belong together: as if there were nothing.
pub fn not_here(page: &StaffPage) -> ErrorPage {
    of(page, platform::Error::not_found().into_status())
}

/// A name as a list shows it.
pub fn name_of(participant: &ParticipantName) -> Shown {
    Shown::field("name", &participant.masked_paths, &participant.name)
}

fn people(case: &Case, roles: &[&str]) -> Shown {
    let all: Vec<Shown> = case.participants.iter().filter(|p| roles.contains(&p.role.as_str())).map(name_of).collect();
    let names: Vec<&str> = all.iter().filter(|n| n.state == "value").map(|n| n.text.as_str()).collect();
    if names.is_empty() && all.iter().any(|n| n.state == "restricted") {
        return Shown::restricted();
    }
    Shown::text(names.join(", "))
}

impl Opened {
    /// A case with its addresses.
    pub fn new(page: &StaffPage, case: Case) -> Self {
        let base = page.href(&format!("/cases/{}", case.id));
        Self { case, base }
    }

    /// The full address of something below the case; `path` begins with a slash or is empty.
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The same for redirects, without the tenant.
    pub fn path(&self, path: &str) -> String {
        format!("/cases/{}{path}", self.case.id)
    }

    /// Whether the caller may do this now.
    pub fn may(&self, action: &str) -> bool {
        self.case.allowed_actions.iter().any(|a| a == action)
    }

    /// Names of the people harmed.
    pub fn harmed(&self) -> Shown {
        people(&self.case, &["HARMED_PERSON", "CORPORATE_HARMED"])
    }

    /// Names of the people responsible.
    pub fn harmer(&self) -> Shown {
        people(&self.case, &["HARMER"])
    }

    /// A frame with the title and the way back to the case.
    pub fn frame(&self, page: &StaffPage, title: &str) -> PageFrame {
        page.frame(title).breadcrumbs(vec![Link::new("Cases", page.href("/cases")), Link::new(self.case.reference.clone(), self.href(""))])
    }

    fn acts(&self) -> (Vec<Link>, Vec<Link>) {
        let offered = |list: &[(&str, &str, &str)]| -> Vec<Link> {
            list.iter().filter(|(action, _, _)| self.may(action)).map(|(_, words, path)| Link::new(*words, self.href(path))).collect()
        };
        let main = offered(&[("ADD_NOTE", "Add note", "/notes/add"), ("SCHEDULE", "Schedule meeting", "/meetings/new"), ("ALLOCATE", "Allocate", "/allocate")]);
        let mut more = Vec::new();
        if self.may("UPDATE") {
            if !self.case.allowed_stages.is_empty() {
                more.push(Link::new("Change stage", self.href("/stage")));
            }
            more.push(Link::new(if self.case.on_hold { "Take off hold" } else { "Put on hold" }, self.href("/hold")));
            more.push(Link::new("Change case details", self.href("/edit")));
            more.push(Link::new("Record outcome", self.href("/outcomes/new")));
        }
        more.extend(offered(&[
            ("ADD_PARTICIPANT", "Add participant", "/participants/add"),
            ("ALLOCATE", "Hand over", "/hand-over"),
            ("CLOSE", "Close case", "/close"),
            ("REOPEN", "Reopen case", "/reopen"),
        ]));
        (main, more)
    }

    /// The bar; `current` is the open section's path ("" for the overview).
    pub fn bar(&self, current: &str) -> CaseBar {
        let case = &self.case;
        let (actions, more) = self.acts();
        let mut facts = vec![Fact { label: "Harmed".into(), value: self.harmed() }, Fact { label: "Harmer".into(), value: self.harmer() }];
        let warnings: Vec<String> = case.header_flags.iter().map(|f| words::header_flag(f)).collect();
        let warnings = Shown::field("header_flags", &case.masked_paths, warnings.join(", "));
        if warnings.state != "empty" {
            facts.push(Fact { label: "Safety".into(), value: warnings });
        }
        if case.complex_or_sensitive {
            facts.push(Fact { label: "Case".into(), value: "Complex or sensitive".into() });
        }
        let sections = [
            ("Overview", ""), ("Participants", "/participants"), ("Timeline", "/timeline"), ("Notes", "/notes"), ("Meetings", "/meetings"),
            ("Outcomes", "/outcomes"), ("Access", "/access"),
        ];
        CaseBar {
            reference: case.reference.clone(),
            tag: words::stage_tag(case),
            facts,
            actions,
            more,
            sections: sections.iter().map(|(words, path)| Section::new(*words, self.href(path), *path == current)).collect(),
        }
    }
}

/// An instant of a message as "4 May 2027 at 2:30pm".
pub fn at(timestamp: Option<&prost_types::Timestamp>) -> String {
    text::instant(timestamp).map(text::date_time).unwrap_or_default()
}

/// An instant of a message as "4 May 2027".
pub fn on(timestamp: Option<&prost_types::Timestamp>) -> String {
    text::instant(timestamp).map(|at| text::date(text::local_date(at))).unwrap_or_default()
}

/// An ISO date of a message as "4 May 2027"; anything else as it is.
pub fn iso(date: &str) -> String {
    date.parse().map_or_else(|_| date.to_owned(), text::date)
}

/// Whether a field of a message is masked.
pub fn is_masked(path: &str, masked_paths: &[String]) -> bool {
    Shown::field(path, masked_paths, "x").state == "restricted"
}

/// A bar for samples.
pub fn sample() -> CaseBar {
    CaseBar {
        reference: "RJ-2027-00012".into(),
        tag: Tag::new("Preparation", Colour::Blue),
        facts: vec![
            Fact { label: "Harmed".into(), value: "S. Ahmed".into() },
            Fact { label: "Harmer".into(), value: Shown::restricted() },
            Fact { label: "Safety".into(), value: "Do not text".into() },
        ],
        actions: vec![Link::new("Add note", "/t/example/cases/1/notes/add")],
        more: vec![Link::new("Close case", "/t/example/cases/1/close")],
        sections: vec![Section::new("Overview", "/t/example/cases/1", true), Section::new("Notes", "/t/example/cases/1/notes", false)],
    }
}

/// A bar without acts, for samples.
pub fn bare_sample() -> CaseBar {
    CaseBar { actions: Vec::new(), more: Vec::new(), facts: Vec::new(), ..sample() }
}
