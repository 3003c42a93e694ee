//! Pages: typed contexts in, HTML out.
//!
//! A page is a struct that implements [`PageTemplate`], a template that extends `layout.html` and one line in
//! [`registry`]. The struct's fields are the template's variables; `frame` is the [`PageFrame`]. A page with a form
//! has a field named `form` of type [`crate::forms::FormState`]; its errors appear in the summary above the page's h1
//! and "Error: " in the title without further work.

pub mod chart;
pub mod components;
pub mod engine;
mod filters;
pub mod frame;
pub mod guide;
pub mod registry;
#[cfg(test)]
mod strict;
mod templates;
pub mod theme;

use std::path::Path;
use std::sync::Arc;

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

pub use components::{
    Attention, Cell, Choice, Colour, Column, Link, Metric, Paging, SafeHtml, Section, Selected,
    Shown, Sorted, SummaryRow, Table, Tag, TimelineItem,
};
pub use engine::ViewError;
pub use frame::{Flash, FlashKind, Lang, NavItem, PageFrame, TenantFrame, UserFrame};
pub use theme::BrandColour;

use crate::assets::Assets;

/// Hash of the layout's only inline script, for `script-src 'self' 'sha256-…'`.
pub const INLINE_SCRIPT_HASH: &str = "sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw=";

/// A page's own part of the context.
pub trait PageTemplate: Serialize {
    /// Path of the template below `templates/`.
    const TEMPLATE: &'static str;

    /// Contexts that show every branch of the template: empty, full, masked, with errors. Tests render all of them.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// The compiled templates and the assets they refer to. Cheap to clone.
#[derive(Clone)]
pub struct Views {
    env: Arc<Environment<'static>>,
    assets: Arc<Assets>,
}

/// Shown when a template fails. It depends on nothing.
const BROKEN_PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>Sorry, there is a problem with the service</title><h1>Sorry, there is a problem with the service</h1>\
<p>Try again later.</p></html>";

impl Views {
    /// Reads the web packages and compiles all templates.
    ///
    /// # Errors
    /// [`ViewError`] when a package is missing, does not fit, or a template does not compile.
    pub fn load(packages: &Path) -> Result<Self, ViewError> {
        let assets = Arc::new(Assets::load(packages)?);
        let mut env = engine::environment(packages)?;
        env.add_global("assets", assets.prefix());
        Ok(Self {
            env: Arc::new(env),
            assets,
        })
    }

    /// The stylesheets, scripts and icons.
    #[must_use]
    pub fn assets(&self) -> Arc<Assets> {
        Arc::clone(&self.assets)
    }

    /// The compiled templates.
    #[must_use]
    pub fn environment(&self) -> &Environment<'static> {
        &self.env
    }

    /// The page as a response: 200, or 422 when its form has errors.
    #[must_use]
    pub fn render<P: PageTemplate>(&self, frame: &PageFrame, page: &P) -> Response {
        self.respond(None, frame, page)
    }

    /// The page with a status of its own (404, 403, 409).
    #[must_use]
    pub fn render_with<P: PageTemplate>(
        &self,
        status: StatusCode,
        frame: &PageFrame,
        page: &P,
    ) -> Response {
        self.respond(Some(status), frame, page)
    }

    /// The page as text.
    ///
    /// # Errors
    /// The engine's, when the template fails on this context.
    pub fn try_render<P: PageTemplate>(
        &self,
        frame: &PageFrame,
        page: &P,
    ) -> Result<String, minijinja::Error> {
        self.text(frame, page).map(|(html, _)| html)
    }

    fn text<P: PageTemplate>(
        &self,
        frame: &PageFrame,
        page: &P,
    ) -> Result<(String, bool), minijinja::Error> {
        let page = Value::from(Serde(page));
        let framed = framed(frame, &page);
        let has_errors = framed.errors.len().is_some_and(|n| n > 0);
        let context = minijinja::context! { frame => Value::from(Serde(&framed)), ..page };
        Ok((
            self.env.get_template(P::TEMPLATE)?.render(context)?,
            has_errors,
        ))
    }

    fn respond<P: PageTemplate>(
        &self,
        status: Option<StatusCode>,
        frame: &PageFrame,
        page: &P,
    ) -> Response {
        match self.text(frame, page) {
            Ok((html, has_errors)) => {
                let usual = if has_errors {
                    StatusCode::UNPROCESSABLE_ENTITY
                } else {
                    StatusCode::OK
                };
                (status.unwrap_or(usual), Html(html)).into_response()
            }
            Err(error) => {
                // Only kind and place: the engine's full text can quote values of the page.
                tracing::error!(template = P::TEMPLATE, kind = ?error.kind(), line = ?error.line(), "page failed");
                (StatusCode::INTERNAL_SERVER_ERROR, Html(BROKEN_PAGE)).into_response()
            }
        }
    }
}

/// The frame with the errors of the page's form, as the layout sees it.
#[derive(Serialize)]
struct Framed<'a> {
    #[serde(flatten)]
    frame: &'a PageFrame,
    errors: Value,
}

fn framed<'a>(frame: &'a PageFrame, page: &Value) -> Framed<'a> {
    let errors = page
        .get_attr("form")
        .and_then(|form| form.get_attr("summary"))
        .ok()
        .filter(|summary| summary.len().is_some())
        .unwrap_or_else(|| Value::from(Vec::<Value>::new()));
    Framed { frame, errors }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;
    use base64::Engine as _;

    use super::*;

    #[test]
    fn the_published_hash_is_that_of_the_layouts_script() {
        let layout = include_str!("../../templates/layout.html");
        let script = layout
            .split_once("<script>")
            .and_then(|(_, rest)| rest.split_once("</script>"))
            .map(|(script, _)| script)
            .expect("the layout has an inline script");
        let hash = digest::digest(&digest::SHA256, script.as_bytes());
        let encoded = base64::engine::general_purpose::STANDARD.encode(hash);
        assert_eq!(format!("sha256-{encoded}"), INLINE_SCRIPT_HASH);
    }

    #[test]
    fn a_form_with_errors_changes_title_status_and_summary() {
        let views = Views::load(&engine::test_packages()).expect("views");
        let pages = guide::GuidePage::samples();
        let html = views
            .try_render(&frame::sample_frame(), &pages[1])
            .expect("renders");
        assert!(html.contains("<title>Error: Sample page"), "{html}");
        assert!(html.contains("There is a problem"));
        assert!(html.contains("href=\"#full_name\""));
        assert!(html.contains("href=\"#born-month\""));
        assert_eq!(
            views.render(&frame::sample_frame(), &pages[1]).status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(
            views.render(&frame::sample_frame(), &pages[0]).status(),
            StatusCode::OK
        );
    }

    #[test]
    fn public_pages_offer_the_way_out_and_name_no_service_in_the_title() {
        let views = Views::load(&engine::test_packages()).expect("views");
        let tenant = TenantFrame::new("example", "Example RJ", BrandColour::default());
        let frame = PageFrame::public(tenant)
            .titled("Your answers")
            .back("Back", "/t/example/refer/name");
        let framed = Value::from(Serde(framed(&frame, &Value::UNDEFINED)));
        let page = "{% extends 'layout_public.html' %}{% block content %}<h1>x</h1>{% endblock %}";
        let html = views
            .environment()
            .render_str(page, minijinja::context! { frame => framed })
            .expect("renders");
        assert!(html.contains("<title>Your answers</title>"), "{html}");
        assert_eq!(html.matches("href=\"/t/example/exit\"").count(), 2);
        assert!(html.contains("data-module=\"govuk-exit-this-page\""));
        assert!(!html.contains("_csrf") && !html.contains("data-idle-minutes"));
    }

    #[test]
    fn staff_pages_are_marked_and_demo_pages_say_so() {
        let views = Views::load(&engine::test_packages()).expect("views");
        let mut frame = frame::sample_frame();
        let page = guide::GuidePage::samples().remove(0);
        let html = views.try_render(&frame, &page).expect("renders");
        assert!(html.contains("OFFICIAL-SENSITIVE") && html.contains("Demonstration"));
        assert!(html.contains("data-idle-minutes=\"20\""));
        frame.demo = false;
        frame.user = None;
        frame.idle_minutes = 0;
        let html = views.try_render(&frame, &page).expect("renders");
        assert!(!html.contains("OFFICIAL-SENSITIVE") && !html.contains("Demonstration"));
        assert!(!html.contains("data-idle-minutes"));
    }
}
