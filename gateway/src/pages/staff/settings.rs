//! Settings of the tenant: name, colour, idle time, smallest number in reports.

use proto::{
    authz::v1::TenantSettings,
    identity::v1::{UpdateTenantSettingsRequest, organisation_service_client::OrganisationServiceClient},
};
use serde::Serialize;

use super::{
    common::{in_force, refused, request_id},
    organisation::{settings_rows, tenant},
};
use crate::{
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{BrandColour, PageTemplate, SummaryRow},
};

/// The form.
#[derive(Serialize)]
pub struct SettingsPage {
    form: FormState,
    /// What is saved now, after somebody else changed it.
    saved: Vec<SummaryRow>,
}

impl PageTemplate for SettingsPage {
    const TEMPLATE: &'static str = "pages/staff/settings.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::sent(FormData::parse(b"name=&colour=%23ffffff&idle_minutes=x&absolute_hours=13&threshold=5"));
        check(&mut wrong);
        vec![Self { form: FormState::default().with_etag("1").with("name", "Example"), saved: Vec::new() }, Self { form: wrong, saved: vec![SummaryRow::new("Name", "Example")] }]
    }
}

struct Answers {
    name: String,
    colour: String,
    settings: TenantSettings,
    absolute_hours: u32,
}

fn check(form: &mut FormState) -> Answers {
    let name = form.required("name", "Enter the organisation's name");
    let colour = form.get("colour").to_lowercase();
    if let Err(problem) = BrandColour::parse(&colour) {
        form.fail("colour", problem.to_string());
    }
    let mut number = |field: &str, least: u32, most: u32, message: &str| {
        let value = form.get(field).parse().ok().filter(|n| (least..=most).contains(n));
        if value.is_none() {
            form.fail(field, message);
        }
        value.unwrap_or_default()
    };
    let idle_minutes = number("idle_minutes", 5, 60, "Enter a number of minutes from 5 to 60");
    let suppression_threshold = number("threshold", 3, 100, "Enter a number from 3 to 100");
    let absolute_hours = number("absolute_hours", 1, 12, "Enter a number of hours from 1 to 12");
    Answers { name, colour, settings: TenantSettings { suppression_threshold, idle_minutes }, absolute_hours }
}

fn show(page: &StaffPage, form: FormState, saved: Vec<SummaryRow>) -> PageResult {
    page.render(&page.frame("Settings").back("Back to organisation", page.href("/organisation")), &SettingsPage { form, saved })
}

/// Shows the settings.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("tenant.manage")?;
    let tenant = tenant(&page).await?;
    let settings = tenant.settings.unwrap_or_default();
    let or = |value: u32, usual: u32| if value == 0 { usual } else { value }.to_string();
    let form = page
        .form()
        .with("name", tenant.name)
        .with("colour", tenant.colour)
        .with("idle_minutes", or(settings.idle_minutes, 20))
        .with("absolute_hours", or(tenant.absolute_hours, 12))
        .with("threshold", or(settings.suppression_threshold, 5))
        .with_etag(tenant.etag);
    show(&page, form, Vec::new())
}

/// Saves the settings.
pub async fn post(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let Answers { name, colour, settings, absolute_hours } = check(&mut form);
    if !form.is_valid() {
        return show(&page, form, Vec::new());
    }
    let request = UpdateTenantSettingsRequest { request_id: request_id(&form), etag: form.data().etag().unwrap_or_default().to_owned(), name, colour, settings: Some(settings), absolute_hours };
    match rpc!(page, "identity", OrganisationServiceClient::update_tenant_settings, request).await {
        Ok(answer) => {
            page.app.forget_tenant(&page.tenant.facts.slug);
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Settings saved");
            page.flashed("/organisation", kind, &text)
        }
        Err(status) => {
            let fields = [("settings.suppression_threshold", "threshold"), ("settings.idle_minutes", "idle_minutes")];
            let mut saved = Vec::new();
            if refused(&page, &mut form, status, &fields)? {
                let tenant = tenant(&page).await?;
                saved = settings_rows(&tenant, None);
                form = form.with_etag(tenant.etag);
            }
            show(&page, form, saved)
        }
    }
}
