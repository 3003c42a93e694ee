//! The keys of the organisation's personal data, for administrators: versions and rotation, never a key.

use proto::keys::v1::{GetKeyStatusRequest, GetKeyStatusResponse, key_service_client::KeyServiceClient};
use serde::Serialize;

use super::common::day_and_time;
use crate::{
    page::{PageResult, StaffPage},
    view::{Cell, Colour, Column, PageTemplate, SummaryRow, Table, Tag},
};

/// Services that hold personal data under keys of their own, and what each holds.
const SERVICES: [(&str, &str); 5] = [
    ("case", "Cases and people"),
    ("referral", "Referrals"),
    ("identity", "Staff accounts"),
    ("notification", "Messages"),
    ("reporting", "Reports"),
];

/// What one service says.
#[derive(Serialize)]
struct Part {
    heading: String,
    /// The service did not answer.
    away: bool,
    rows: Vec<SummaryRow>,
    versions: Table,
}

/// The page.
#[derive(Serialize)]
pub struct KeysPage {
    parts: Vec<Part>,
    organisation: String,
}

impl PageTemplate for KeysPage {
    const TEMPLATE: &'static str = "pages/staff/keys.html";

    fn samples() -> Vec<Self> {
        use proto::keys::v1::KeyVersion;
        let made = |version, retired, data_keys| KeyVersion { version, retired_at: retired, data_keys, ..KeyVersion::default() };
        let full = GetKeyStatusResponse { versions: vec![made(2, None, 4), made(1, Some(prost_types::Timestamp::default()), 0)], awaiting: 3, destroyed: 1 };
        let parts = vec![part("Referrals", Some(&full)), part("Messages", Some(&GetKeyStatusResponse::default())), part("Reports", None)];
        vec![Self { parts, organisation: "/t/example/organisation".into() }]
    }
}

fn part(heading: &str, status: Option<&GetKeyStatusResponse>) -> Part {
    let none = GetKeyStatusResponse::default();
    let told = status.unwrap_or(&none);
    let newest = told.versions.first();
    let rotated = newest.filter(|v| v.version > 1).map(|v| day_and_time(v.created_at.as_ref())).unwrap_or_else(|| "Never".to_owned());
    let rows = match newest {
        Some(version) => vec![
            SummaryRow::new("Version in use", version.version.to_string()),
            SummaryRow::new("Last rotation", rotated),
            SummaryRow::new("Data keys that wait for the new version", told.awaiting.to_string()),
            SummaryRow::new("Data keys destroyed by erasure", told.destroyed.to_string()),
        ],
        None => Vec::new(),
    };
    let versions = told.versions.iter().enumerate().map(|(n, v)| {
        let state = match (n, v.retired_at.is_some()) {
            (_, true) => Tag::new("Taken away", Colour::Grey),
            (0, _) => Tag::new("In use", Colour::Green),
            _ => Tag::new("Being replaced", Colour::Yellow),
        };
        vec![
            Cell::new(v.version.to_string()),
            Cell::tag(state),
            Cell::new(day_and_time(v.created_at.as_ref())),
            Cell::new(day_and_time(v.retired_at.as_ref())),
            Cell::new(v.data_keys.to_string()),
        ]
    });
    Part {
        heading: heading.to_owned(),
        away: status.is_none(),
        rows,
        versions: Table {
            caption: format!("Versions of the key: {heading}"),
            columns: ["Version", "State", "Made", "Taken away", "Data keys"].map(Column::new).into(),
            rows: versions.collect(),
        },
    }
}

/// Shows the state of the keys in every service; one that does not answer is said to be away.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("tenant.manage")?;
    let told = futures::future::join_all(SERVICES.map(|(service, heading)| {
        let page = &page;
        async move {
            let told = page.rpc(service, GetKeyStatusRequest {}, |channel, request| async move { KeyServiceClient::new(channel).get_key_status(request).await });
            (heading, told.await.ok())
        }
    }))
    .await;
    let parts = told.iter().map(|(heading, status)| part(heading, status.as_ref())).collect();
    let organisation = page.href("/organisation");
    page.render(&page.frame("Keys of personal data").back("Back to the organisation", organisation.clone()), &KeysPage { parts, organisation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_is_away_is_not_taken_for_an_empty_one() {
        assert!(part("Messages", None).away);
        let empty = part("Messages", Some(&GetKeyStatusResponse::default()));
        assert!(!empty.away && empty.rows.is_empty());
    }
}
