//! Sharing agreements: the list, recording one, ending one.

use axum::extract::Path;
use proto::case::v1::{
    CreateAgreementRequest, EndAgreementRequest, ListAgreementsRequest, case_access_service_client::CaseAccessServiceClient,
};

use super::{lists::ListPage, words};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::{cases::{bar, form_page::{Field, FormPage, key, refused}}, names, staff::common},
    rpc,
    view::{Cell, Choice, Colour, Link, Tag},
};

/// The list.
///
/// # Errors
/// The services' as a page.
pub async fn list(page: StaffPage) -> PageResult {
    let request = ListAgreementsRequest { in_force: false };
    let (answer, nodes) = tokio::join!(rpc!(page, "case", CaseAccessServiceClient::list_agreements, request), names::nodes(&page));
    let answer = answer.or_page(&page)?;
    let rows = answer.agreements.iter().map(|a| {
        let mut parties: Vec<String> = a.party_node_ids.iter().filter_map(|id| nodes.get(id).cloned()).collect();
        parties.sort();
        let state = if a.in_force { Tag::new("In force", Colour::Green) } else { Tag::new("Not in force", Colour::Grey) };
        let mut row = vec![
            Cell::new(a.name.as_str()).note(a.purpose.as_str()),
            Cell::new(parties.join(", ")),
            Cell::new(words::class_list(&a.classes)),
            Cell::tag(state).note(format!("{} to {}. Shares: {}", bar::on(a.starts_at.as_ref()), bar::at(a.ends_at.as_ref()), a.shares)),
        ];
        if answer.may_manage {
            row.push(if a.in_force { Cell::link("End agreement", page.href(&format!("/agreements/{}/end", a.id))) } else { Cell::new("") });
        }
        row
    });
    let mut columns = vec!["Agreement", "Parties", "What they may read", "State"];
    if answer.may_manage {
        columns.push("Act");
    }
    let mut view = ListPage::new("Sharing agreements", &columns, rows.collect(), "No sharing agreement is recorded yet.")
        .intro("A case is shared with a partner only under a written agreement. It says who, what for, what may be read and until when; shares end with it.");
    if answer.may_manage {
        view = view.act(Link::new("Record an agreement", page.href("/agreements/add")));
    }
    page.render(&page.frame("Sharing agreements"), &view)
}

async fn parties(page: &StaffPage) -> Result<Vec<Choice>, ErrorPage> {
    Ok(common::node_choices(&common::nodes(page).await?))
}

fn show(page: &StaffPage, parties: Vec<Choice>, form: FormState) -> PageResult {
    FormPage::new(None, form, page.href("/agreements/add"), page.href("/agreements"))
        .intro("Record what the signed agreement says. It cannot be changed afterwards, only ended.")
        .fields(vec![
            Field::text("name", "Name of the agreement"),
            Field::area("purpose", "What is it for?", 2_000),
            Field::checkboxes("parties", "Which organisations are parties to it?", parties).hint("Teams below an organisation are included"),
            Field::checkboxes("classes", "What may be read?", words::class_choices()).hint("References, dates and stages are always included"),
            Field::date("first", "First day"),
            Field::date("last", "Last day"),
        ])
        .submit("Record agreement")
        .show(page, None, "Record a sharing agreement")
}

/// The form.
///
/// # Errors
/// The services' as a page.
pub async fn get_add(page: StaffPage) -> PageResult {
    page.require("case.manage")?;
    let (parties, form) = (parties(&page).await?, page.form());
    show(&page, parties, form)
}

/// Records it.
///
/// # Errors
/// The services' as a page.
pub async fn post_add(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let parties = parties(&page).await?;
    let mut form = FormState::sent(data);
    let name = form.required("name", "Enter the name of the agreement");
    let purpose = form.required("purpose", "Enter what it is for");
    form.at_most("name", 200, "Name");
    form.at_most("purpose", 2_000, "Purpose");
    let party_node_ids = form.some_of("parties", parties.iter().map(|p| p.value.as_str()), "Select the parties");
    if party_node_ids.len() < 2 {
        form.fail("parties", "Select at least two organisations");
    }
    let offered = words::class_choices();
    let classes = form.some_of("classes", offered.iter().map(|c| c.value.as_str()), "Select what may be read");
    if classes.is_empty() {
        form.fail("classes", "Select what may be read");
    }
    let first = form.required_date("first", "First day", "Enter the first day");
    let last = form.required_date("last", "Last day", "Enter the last day");
    if let (true, Some(first), Some(last)) = (form.is_valid(), first, last) {
        let request = CreateAgreementRequest {
            request_id: key(&page, &form),
            name,
            purpose,
            party_node_ids,
            classes: classes.iter().filter_map(|c| c.parse().ok()).collect(),
            first_day: first.to_string(),
            last_day: last.to_string(),
        };
        let fields = [("party_node_ids", "parties"), ("first_day", "first"), ("last_day", "last")];
        match rpc!(page, "case", CaseAccessServiceClient::create_agreement, request).await {
            Ok(_) => return page.done("/agreements", "Agreement recorded"),
            Err(status) => drop(refused(&page, &mut form, status, &fields)?),
        }
    }
    show(&page, parties, form)
}

fn show_end(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    FormPage::new(None, form, page.href(&format!("/agreements/{id}/end")), page.href("/agreements"))
        .intro("Every share under it ends now. Partners no longer see the cases that were shared under it.")
        .submit("End agreement")
        .grave()
        .show(page, None, "End this agreement?")
}

/// The question about ending one.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get_end(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.manage")?;
    show_end(&page, &id, page.form())
}

/// Ends it.
///
/// # Errors
/// The services' as a page.
pub async fn post_end(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = EndAgreementRequest { request_id: key(&page, &form), agreement_id: id.clone() };
    match rpc!(page, "case", CaseAccessServiceClient::end_agreement, request).await {
        Ok(_) => page.done("/agreements", "Agreement ended"),
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            show_end(&page, &id, form)
        }
    }
}
