//! The referrals that somebody sent themself, with what became of them.

use axum::extract::Query;
use proto::referral::v1::{ListReferralsRequest, Referral, ReferralState, referral_service_client::ReferralServiceClient};
use serde::{Deserialize, Serialize};

use super::words;
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Cell, Column, Link, PageTemplate, Paging, Table},
};

/// The page asked for.
#[derive(Debug, Deserialize)]
pub struct At {
    #[serde(default)]
    page: String,
}

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct MinePage {
    table: Table,
    empty_link: Link,
    paging: Paging,
}

impl PageTemplate for MinePage {
    const TEMPLATE: &'static str = "pages/referrals/mine.html";

    fn samples() -> Vec<Self> {
        let row = Referral { id: "1".into(), reference: "RF-7K3M-2Q9D-4".into(), state: ReferralState::ReturnedForInformation.into(), ..Default::default() };
        [vec![row], Vec::new()].map(|rows| build("/t/example/referrals", &rows, "x", "y")).into()
    }
}

fn build(base: &str, rows: &[Referral], at: &str, next: &str) -> MinePage {
    let day = |instant: Option<&prost_types::Timestamp>| text::instant(instant).map(|at| text::date(text::local_date(at))).unwrap_or_default();
    MinePage {
        table: Table {
            caption: "Referrals that you sent".into(),
            columns: ["Reference", "Sent", "State", "Since"].map(Column::new).into(),
            rows: rows
                .iter()
                .map(|r| {
                    vec![
                        Cell::link(r.reference.as_str(), format!("{base}/{}/status", r.id)),
                        Cell::new(day(r.submitted_at.as_ref())),
                        Cell::tag(words::tag(r.state())),
                        Cell::new(day(r.state_since.as_ref())),
                    ]
                })
                .collect(),
        },
        empty_link: Link::new("Make a referral", format!("{base}/new")),
        paging: Paging {
            summary: format!("Showing {}", text::plural(i64::try_from(rows.len()).unwrap_or(0), "referral", "referrals")),
            first: (!at.is_empty()).then(|| format!("{base}/mine")),
            previous: None,
            next: (!next.is_empty()).then(|| format!("{base}/mine?page={next}")),
        },
    }
}

/// One's own referrals.
pub async fn get(page: StaffPage, Query(at): Query<At>) -> PageResult {
    let request = ListReferralsRequest { page_size: 25, page_token: at.page.clone(), mine: true, ..Default::default() };
    let found = rpc!(page, "referral", ReferralServiceClient::list_referrals, request).await.or_page(&page)?;
    let next: String = url::form_urlencoded::byte_serialize(found.next_page_token.as_bytes()).collect();
    let mine = build(&page.href("/referrals"), &found.referrals, &at.page, &next);
    page.render(&page.frame("Referrals that you sent").back("Back to referrals", page.href("/referrals")), &mine)
}
