//! A page that shows every component in every state: the pattern for page authors and the page on which browser tests look at
//! the components.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::PageTemplate;
use super::chart::{Chart, ChartFigure, Kind, Series};
use super::components::{
    Attention, Cell, Choice, Colour, Column, Link, Metric, Paging, Section, Selected, Shown,
    Sorted, SummaryRow, Table, Tag, TimelineItem,
};
use crate::forms::{FormData, FormState};

/// A label with its value, for the bar above a record.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: Shown,
}

/// Context of the page.
#[derive(Debug, Clone, Serialize)]
pub struct GuidePage {
    facts: Vec<Fact>,
    stage: Tag,
    actions: Vec<Link>,
    sections: Vec<Section>,
    metrics: Vec<Metric>,
    attention: Vec<Attention>,
    selected: Vec<Selected>,
    stages: Vec<Choice>,
    channels: Vec<Choice>,
    table: Table,
    help: Option<Link>,
    paging: Paging,
    rows: Vec<SummaryRow>,
    history: Vec<TimelineItem>,
    chart: Option<ChartFigure>,
    form: FormState,
}

fn fact(label: &str, value: Shown) -> Fact {
    Fact {
        label: label.to_owned(),
        value,
    }
}

fn table() -> Table {
    let row = |name: &str, reference: &str, stage: Tag, days: &str| {
        vec![
            Cell::link(name, "/t/example/cases/1").note(reference),
            Cell::tag(stage),
            Cell::new(Shown::restricted()),
            Cell::new(days),
        ]
    };
    Table {
        caption: "Your cases".to_owned(),
        columns: vec![
            Column::new("People").sortable("?sort=name", Some(Sorted::Ascending)),
            Column::new("Stage"),
            Column::new("Next date").sortable("?sort=next", None),
            Column::numeric("Days waiting"),
        ],
        rows: vec![
            row(
                "S. Ahmed and J. Brown",
                "RJ-2027-00012",
                Tag::new("Preparation", Colour::Blue),
                "12",
            ),
            row(
                "M. Okafor",
                "RJ-2027-00015",
                Tag::new("New", Colour::Purple),
                "2",
            ),
        ],
    }
}

fn chart() -> Option<ChartFigure> {
    Chart {
        id: "by-source".to_owned(),
        title: "Referrals by source".to_owned(),
        summary: "Most referrals came from the police.".to_owned(),
        category: "Source".to_owned(),
        categories: vec![
            "Police".to_owned(),
            "Probation".to_owned(),
            "Self-referral".to_owned(),
        ],
        series: vec![
            Series {
                name: "Harmed".to_owned(),
                values: vec![Some(42.0), Some(18.0), Some(9.0)],
            },
            Series {
                name: "Harmer".to_owned(),
                values: vec![Some(12.0), Some(30.0), None],
            },
        ],
        kind: Kind::Bar,
    }
    .figure()
    .ok()
}

impl GuidePage {
    fn full() -> Self {
        let at = DateTime::<Utc>::from_timestamp(1_809_437_400, 0).unwrap_or_default();
        let stage = Tag::new("Preparation", Colour::Blue);
        Self {
            facts: vec![
                fact("Harmed", Shown::text("S. Ahmed")),
                fact("Harmer", Shown::restricted()),
                fact("Language", Shown::text("Welsh")),
            ],
            stage: stage.clone(),
            actions: vec![
                Link::new("Assign", "/t/example/cases/1/assign"),
                Link::new("Close", "/t/example/cases/1/close"),
            ],
            sections: vec![
                Section::new("Overview", "/t/example/cases/1", true),
                Section::new("Participants", "/t/example/cases/1/participants", false).counted(2),
                Section::new("Timeline", "/t/example/cases/1/timeline", false),
                Section::new("Notes", "/t/example/cases/1/notes", false),
            ],
            metrics: vec![
                Metric {
                    label: "open cases".to_owned(),
                    value: "12".to_owned(),
                    href: Some("/t/example/cases".to_owned()),
                },
                Metric {
                    label: "outcomes to record".to_owned(),
                    value: "3".to_owned(),
                    href: None,
                },
            ],
            attention: vec![Attention {
                link: Link::new("Risk assessment", "/t/example/cases/1/risk")
                    .hidden("of case RJ-2027-00012"),
                note: Some("RJ-2027-00012, due 4 May 2027".to_owned()),
                tag: Some(Tag::new("Overdue", Colour::Red)),
            }],
            selected: vec![Selected {
                heading: "Stage".to_owned(),
                items: vec![Link::new("Preparation", "/t/example/cases")],
            }],
            stages: vec![
                Choice::new("new", "New"),
                Choice::new("preparation", "Preparation").hint("Meetings before the meeting"),
            ],
            channels: vec![
                Choice::new("phone", "Phone"),
                Choice::new("other", "Another way"),
                Choice::new("unknown", "I do not know").after_or(),
            ],
            table: table(),
            help: Some(Link::new("How cases are assigned", "/t/example/help")),
            paging: Paging {
                summary: "Showing 2 cases".to_owned(),
                first: Some("?".to_owned()),
                previous: Some("?page=a".to_owned()),
                next: Some("?page=b".to_owned()),
            },
            rows: vec![
                SummaryRow::new("Name", "Sara Ahmed").change("/t/example/people/1/name"),
                SummaryRow::new("Date of birth", Shown::restricted()),
                SummaryRow::new("Phone", "")
                    .change("/t/example/people/1/phone")
                    .action(Link::new("Why", "/t/example/help")),
                SummaryRow::new("Stage", "").tagged(stage),
            ],
            history: vec![TimelineItem {
                title: "Note added".to_owned(),
                by: Some("Alex Example".to_owned()),
                at,
                text: Shown::text("First line\nSecond line"),
                link: Some(Link::new("Read the note", "/t/example/cases/1/notes/2")),
            }],
            chart: chart(),
            form: FormState::new(uuid::Uuid::nil())
                .with_etag("7")
                .with("channel", "phone")
                .with_all("stage", vec!["preparation".to_owned()]),
        }
    }
}

impl PageTemplate for GuidePage {
    const TEMPLATE: &'static str = "components/guide.html";

    fn samples() -> Vec<Self> {
        let mut wrong = Self::full();
        let mut form = FormState::sent(FormData::parse(
            b"full_name=&born-day=4&born-month=&born-year=1990&channel=other",
        ));
        form.required("full_name", "Enter the person's full name");
        form.date("born", "Date of birth");
        form.fail("", "Somebody changed this at 2:31pm while you were editing");
        wrong.form = form;

        let mut empty = Self::full();
        empty.facts.clear();
        empty.actions.clear();
        empty.attention.clear();
        empty.selected.clear();
        empty.table.rows.clear();
        empty.chart = None;
        empty.paging = Paging {
            summary: "No cases".to_owned(),
            first: None,
            previous: None,
            next: None,
        };
        vec![Self::full(), wrong, empty]
    }
}
