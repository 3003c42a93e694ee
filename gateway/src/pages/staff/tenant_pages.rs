//! Pages that every tenant has, for staff and for the public: privacy, accessibility, cookies, help; and the theme.

use axum::response::Response;
use serde::Serialize;

use crate::{
    assets,
    error_page::ErrorPage,
    page::{PageResult, PublicPage, StaffPage, TenantPage},
    view::{BrandColour, PageTemplate},
};

macro_rules! words {
    ($(#[$doc:meta] $page:ident $handler:ident $title:literal $template:literal;)*) => {
        $(
            #[$doc]
            #[derive(Serialize)]
            pub struct $page {}

            impl PageTemplate for $page {
                const TEMPLATE: &'static str = $template;

                fn samples() -> Vec<Self> {
                    vec![Self {}]
                }
            }

            #[$doc]
            pub async fn $handler(page: TenantPage, staff: Option<StaffPage>) -> PageResult {
                show(&page, staff.as_ref(), $title, &$page {})
            }
        )*
    };
}

words! {
    /// The privacy notice.
    PrivacyPage privacy "Privacy notice" "pages/staff/privacy.html";
    /// The accessibility statement.
    AccessibilityPage accessibility "Accessibility statement" "pages/staff/accessibility.html";
    /// The cookies.
    CookiesPage cookies "Cookies" "pages/staff/cookies.html";
    /// Quick guides.
    HelpPage help "Help" "pages/staff/help.html";
}

/// With the reader's navigation where they are signed in, else with the way out of the public pages.
fn show<P: PageTemplate>(page: &TenantPage, staff: Option<&StaffPage>, title: &str, context: &P) -> PageResult {
    let frame = staff.map_or_else(|| page.frame(title), |staff| staff.frame(title));
    page.render(&frame, context)
}

/// The stylesheet of the tenant's colour.
pub async fn theme(page: PublicPage) -> Result<Response, ErrorPage> {
    Ok(assets::theme_response(BrandColour::parse(&page.tenant.facts.colour).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{PageFrame, TenantFrame, Views, engine::test_packages};

    #[test]
    fn the_public_finds_the_way_out_on_these_pages() {
        let views = Views::load(&test_packages()).expect("views");
        let frame = PageFrame::public(TenantFrame::new("example", "Example RJ", BrandColour::default())).titled("Privacy notice");
        let html = views.try_render(&frame, &PrivacyPage {}).expect("renders");
        assert!(html.contains("href=\"/t/example/exit\"") && !html.contains("Sign out"));
        assert!(html.contains("<title>Privacy notice</title>"));
    }
}
