//! The confirmation of a professional's referral.

use axum::extract::Path;
use proto::referral::v1::{GetReferralStatusRequest, referral_service_client::ReferralServiceClient};
use serde::Serialize;

use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    rpc,
    view::PageTemplate,
};

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct ReferralSentPage {
    reference: String,
    status_href: String,
    new_href: String,
    home_href: String,
}

impl PageTemplate for ReferralSentPage {
    const TEMPLATE: &'static str = "pages/referrals/sent.html";

    fn samples() -> Vec<Self> {
        let base = "/t/example/referrals";
        vec![Self { reference: "RF-7K3M-2Q9D-4".into(), status_href: format!("{base}/1/status"), new_href: format!("{base}/new"), home_href: "/t/example".into() }]
    }
}

/// Shows the reference.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let request = GetReferralStatusRequest { referral_id: id };
    let status = rpc!(page, "referral", ReferralServiceClient::get_referral_status, request).await.or_page(&page)?.status.unwrap_or_default();
    let sent = ReferralSentPage {
        reference: status.reference,
        status_href: page.href(&format!("/referrals/{}/status", status.id)),
        new_href: page.href("/referrals/new"),
        home_href: page.href(""),
    };
    page.render(&page.frame("Referral sent"), &sent)
}
