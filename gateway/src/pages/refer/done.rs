//! The ends of the form: sent, gone after a day, and left in a hurry.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use proto::referral::v1::SubmitDraftResponse;
use serde::Serialize;

use super::question::TITLE;
use crate::{
    page::{PageResult, PublicPage},
    view::PageTemplate,
};

/// Where "Exit this page" leads: a page that anybody may have open.
pub const ELSEWHERE: &str = "https://www.bbc.co.uk/weather";

/// Tells the browser to drop what it kept of this site's pages.
pub const FORGET: [(HeaderName, &str); 1] = [(HeaderName::from_static("clear-site-data"), "\"cache\"")];

/// The confirmation.
#[derive(Clone, Debug, Serialize)]
pub struct SentPage {
    reference: String,
    /// A message goes to a way that was marked safe.
    acknowledgement: bool,
}

impl PageTemplate for SentPage {
    const TEMPLATE: &'static str = "pages/refer/sent.html";

    fn samples() -> Vec<Self> {
        [true, false].map(|acknowledgement| Self { reference: "RF-7K3M-2Q9D-4".into(), acknowledgement }).into()
    }
}

/// Shows the reference. Sending the last page again shows the same one.
///
/// # Errors
/// None of its own.
pub fn sent(page: &PublicPage, sent: &SubmitDraftResponse) -> PageResult {
    page.render(&page.frame(TITLE), &SentPage { reference: sent.reference.clone(), acknowledgement: sent.acknowledgement_follows })
}

/// The draft is no longer there.
#[derive(Clone, Debug, Serialize)]
pub struct GonePage {
    start: String,
}

impl PageTemplate for GonePage {
    const TEMPLATE: &'static str = "pages/refer/gone.html";

    fn samples() -> Vec<Self> {
        vec![Self { start: "/t/example/refer".into() }]
    }
}

/// Says that the answers are gone and how to begin again.
///
/// # Errors
/// None of its own.
pub fn gone(page: &PublicPage) -> PageResult {
    Ok(page.app.views.render_with(StatusCode::GONE, &page.frame(TITLE), &GonePage { start: page.href("/refer") }))
}

/// The page that the browser leaves at once.
#[derive(Clone, Debug, Serialize)]
pub struct LeftPage {
    deleted: bool,
    elsewhere: &'static str,
}

impl PageTemplate for LeftPage {
    const TEMPLATE: &'static str = "pages/refer/left.html";

    fn samples() -> Vec<Self> {
        [true, false].map(|deleted| Self { deleted, elsewhere: ELSEWHERE }).into()
    }
}

/// Leads away from the site after a post. A redirect would be stopped by the rule that forms of this site post to this
/// site only, so the browser is told to load the other page.
///
/// # Errors
/// None of its own.
pub fn left(page: &PublicPage, deleted: bool) -> PageResult {
    let mut response: Response = page.app.views.render_with(StatusCode::OK, &page.frame("Weather"), &LeftPage { deleted, elsewhere: ELSEWHERE });
    response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("0; url=https://www.bbc.co.uk/weather"));
    Ok((FORGET, response).into_response())
}
