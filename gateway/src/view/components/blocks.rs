//! Shapes of whole blocks: summary lists, tables, paging, timelines, figures, filters, answers.

use serde::Serialize;

use super::{Link, Shown, Tag};

/// One line of a summary list.
#[derive(Debug, Clone, Serialize)]
pub struct SummaryRow {
    /// What it is.
    pub key: String,
    /// Its value, line by line.
    pub value: Shown,
    /// A tag after the value.
    pub tag: Option<Tag>,
    /// Acts ("Change").
    pub actions: Vec<Link>,
}

impl SummaryRow {
    /// A line without acts.
    #[must_use]
    pub fn new(key: impl Into<String>, value: impl Into<Shown>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            tag: None,
            actions: Vec::new(),
        }
    }

    /// Adds the link "Change", read out as "Change {key}".
    #[must_use]
    pub fn change(mut self, href: impl Into<String>) -> Self {
        let hidden = self.key.to_lowercase();
        self.actions.push(Link::new("Change", href).hidden(hidden));
        self
    }

    /// Adds any act.
    #[must_use]
    pub fn action(mut self, link: Link) -> Self {
        self.actions.push(link);
        self
    }

    /// Adds a tag after the value.
    #[must_use]
    pub fn tagged(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }
}

/// Direction of a sorted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sorted {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Head of a column.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Words of the head; repeated before each value on phones.
    pub text: String,
    /// Numbers stand to the right.
    pub numeric: bool,
    /// Address that sorts by this column (the other way round when it is sorted already).
    pub sort_href: Option<String>,
    /// How the list is sorted now, when it is by this column.
    pub sorted: Option<Sorted>,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            numeric: false,
            sort_href: None,
            sorted: None,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn numeric(text: impl Into<String>) -> Self {
        Self {
            numeric: true,
            ..Self::new(text)
        }
    }

    /// Makes the head a link that sorts.
    #[must_use]
    pub fn sortable(mut self, href: impl Into<String>, sorted: Option<Sorted>) -> Self {
        self.sort_href = Some(href.into());
        self.sorted = sorted;
        self
    }
}

/// One cell of a table.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// The value.
    pub value: Shown,
    /// Makes the value a link.
    pub href: Option<String>,
    /// A tag after the value (or alone, when the value is empty).
    pub tag: Option<Tag>,
    /// Second line in small grey letters.
    pub note: Option<String>,
}

impl Cell {
    /// A plain value.
    #[must_use]
    pub fn new(value: impl Into<Shown>) -> Self {
        Self {
            value: value.into(),
            href: None,
            tag: None,
            note: None,
        }
    }

    /// A value that leads somewhere.
    #[must_use]
    pub fn link(value: impl Into<Shown>, href: impl Into<String>) -> Self {
        Self {
            href: Some(href.into()),
            ..Self::new(value)
        }
    }

    /// A tag alone.
    #[must_use]
    pub fn tag(tag: Tag) -> Self {
        Self {
            tag: Some(tag),
            ..Self::new("")
        }
    }

    /// Adds a second line.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// A table; on phones each row becomes a card. The first cell of a row is its heading.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// What the table shows, for everybody or (by the macro's option) for screen readers only.
    pub caption: String,
    /// Heads.
    pub columns: Vec<Column>,
    /// Rows with as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// Keyset paging: only the next page and the first are known.
#[derive(Debug, Clone, Serialize)]
pub struct Paging {
    /// "Showing 25 cases" or "Showing 1 to 25 of 120 cases".
    pub summary: String,
    /// Address of the first page, when this is a later one.
    pub first: Option<String>,
    /// Address of the previous page, where it is known.
    pub previous: Option<String>,
    /// Address of the next page, when there is one.
    pub next: Option<String>,
}

/// One event of a timeline, newest first in the list.
#[derive(Debug, Clone, Serialize)]
pub struct TimelineItem {
    /// Short heading ("Case allocated").
    pub title: String,
    /// By whom or what.
    pub by: Option<String>,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// More about it, in plain text; line breaks are kept.
    pub text: Shown,
    /// Where to read all of it.
    pub link: Option<Link>,
}

/// One figure of a home page or report.
#[derive(Debug, Clone, Serialize)]
pub struct Metric {
    /// What is counted.
    pub label: String,
    /// The figure as text.
    pub value: String,
    /// The list behind it.
    pub href: Option<String>,
}

/// One thing that needs the reader's attention.
#[derive(Debug, Clone, Serialize)]
pub struct Attention {
    /// What to do, as a link.
    pub link: Link,
    /// For which case or by when.
    pub note: Option<String>,
    /// State ("Overdue").
    pub tag: Option<Tag>,
}

/// One entry of the sections of a record, or of tabs above a list.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Words.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// True for the section that is open.
    pub current: bool,
    /// A count after the words.
    pub count: Option<u32>,
}

impl Section {
    /// A section; `current` when its address is the open one.
    #[must_use]
    pub fn new(text: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
            current,
            count: None,
        }
    }

    /// Adds a count.
    #[must_use]
    pub fn counted(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }
}

/// Filters that are in force, by category; each link takes one away.
#[derive(Debug, Clone, Serialize)]
pub struct Selected {
    /// Category ("Stage").
    pub heading: String,
    /// Values with the address without them.
    pub items: Vec<Link>,
}

/// One answer of radios, checkboxes or a select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
    /// One short sentence below.
    pub hint: Option<String>,
    /// The word "or" before this answer.
    pub divider: bool,
}

impl Choice {
    /// An answer.
    #[must_use]
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            hint: None,
            divider: false,
        }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts "or" before it: for "I do not know" and "None of these".
    #[must_use]
    pub fn after_or(mut self) -> Self {
        self.divider = true;
        self
    }

    /// The answers of a code list, in its order; none when there is no list of this name.
    #[must_use]
    pub fn from_codes(list: &str) -> Vec<Self> {
        access::codes::list(list)
            .map(|list| {
                list.values
                    .iter()
                    .map(|code| Self::new(code.code, code.label))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// "Yes" and "No", sent as `yes` and `no`.
    #[must_use]
    pub fn yes_no() -> Vec<Self> {
        vec![Self::new("yes", "Yes"), Self::new("no", "No")]
    }
}
