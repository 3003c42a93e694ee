//! What every page shows around its own content: tenant, person, navigation, messages.

use serde::Serialize;

use super::components::Link;
use super::theme::BrandColour;

/// The tenant whose address is open.
#[derive(Debug, Clone, Serialize)]
pub struct TenantFrame {
    /// Part of the address after `/t/`.
    pub slug: String,
    /// Name shown in the header and footer.
    pub name: String,
    /// Changes with the tenant's colour; the query of the theme's address.
    pub theme_version: String,
    /// Address of the tenant's pages without a slash at the end, `/t/{slug}`.
    pub base: String,
}

impl TenantFrame {
    /// A tenant with its colour.
    #[must_use]
    pub fn new(slug: &str, name: &str, colour: BrandColour) -> Self {
        Self {
            slug: slug.to_owned(),
            name: name.to_owned(),
            theme_version: colour.version(),
            base: format!("/t/{slug}"),
        }
    }
}

/// The person who is signed in, as the header shows them.
#[derive(Debug, Clone, Serialize)]
pub struct UserFrame {
    /// Display name.
    pub name: String,
    /// Names of their roles, for people ("Facilitator").
    pub roles: Vec<String>,
    /// E-mail address, where a page shows it.
    pub email: Option<String>,
}

/// One entry of the navigation below the header.
#[derive(Debug, Clone, Serialize)]
pub struct NavItem {
    /// Words of the link.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// True on the page itself and on pages below it.
    pub active: bool,
}

/// Kind of a message shown once after an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashKind {
    /// The act was done.
    Success,
    /// Something to know.
    Information,
    /// Something to be careful about.
    Warning,
    /// The act failed.
    Error,
}

/// A message shown once, on the page after an act.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct Flash {
    /// Colour and icon.
    pub kind: FlashKind,
    /// One sentence without names or contact details, as it travels in a cookie.
    pub text: String,
}

/// Language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Welsh.
    Cy,
}

/// Everything the layout needs. Made once per request by the session layer, then adapted by the page with the
/// methods that answer `Self`.
#[derive(Debug, Clone, Serialize)]
pub struct PageFrame {
    /// Tenant of the address.
    pub tenant: TenantFrame,
    /// Who is signed in; `None` on public pages and before sign-in.
    pub user: Option<UserFrame>,
    /// Navigation by role.
    pub nav: Vec<NavItem>,
    /// True in tenants with invented data.
    pub demo: bool,
    /// Token for the hidden field of forms; empty where no cookie is in use.
    pub csrf: String,
    /// Message of the act before.
    pub flash: Option<Flash>,
    /// Title of the page, the same words as its h1. Never a person's name.
    pub title: String,
    /// Language of the page's text.
    pub lang: Lang,
    /// Minutes without activity after which the session ends; 0 without a session.
    pub idle_minutes: u32,
    /// Link back, above the content.
    pub back: Option<Link>,
    /// Path of pages above this one; shown instead of the link back.
    pub breadcrumbs: Vec<Link>,
    /// True for the wide layout of lists (phones are not affected).
    pub wide: bool,
}

impl PageFrame {
    /// A frame without user, navigation or session: public pages and sign-in.
    #[must_use]
    pub fn public(tenant: TenantFrame) -> Self {
        Self {
            tenant,
            user: None,
            nav: Vec::new(),
            demo: false,
            csrf: String::new(),
            flash: None,
            title: String::new(),
            lang: Lang::En,
            idle_minutes: 0,
            back: None,
            breadcrumbs: Vec::new(),
            wide: false,
        }
    }

    /// Sets the title; it never holds a person's name, as it stays in the browser's history.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the link back.
    #[must_use]
    pub fn back(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.back = Some(Link::new(text, href));
        self
    }

    /// Sets the path of pages above.
    #[must_use]
    pub fn breadcrumbs(mut self, path: Vec<Link>) -> Self {
        self.breadcrumbs = path;
        self
    }

    /// Uses the whole width on large screens.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}

/// A staff frame with every part filled, for tests and samples.
#[must_use]
pub fn sample_frame() -> PageFrame {
    let tenant = TenantFrame::new(
        "example",
        "Example Restorative Justice",
        BrandColour::default(),
    );
    let nav = |text: &str, path: &str, active| NavItem {
        text: text.to_owned(),
        href: format!("/t/example{path}"),
        active,
    };
    let mut frame = PageFrame::public(tenant)
        .titled("Sample page")
        .back("Back to my cases", "/t/example/cases");
    frame.user = Some(UserFrame {
        name: "Alex Example".to_owned(),
        roles: vec!["Agency coordinator".to_owned()],
        email: Some("alex@agency.example.org".to_owned()),
    });
    frame.nav = vec![
        nav("Home", "", false),
        nav("Referrals", "/referrals", false),
        nav("Cases", "/cases", true),
        nav("Reports", "/reports", false),
        nav("Help", "/help", false),
    ];
    frame.demo = true;
    frame.csrf = "sample-token".to_owned();
    frame.flash = Some(Flash {
        kind: FlashKind::Success,
        text: "Note added".to_owned(),
    });
    frame.idle_minutes = 20;
    frame
}
