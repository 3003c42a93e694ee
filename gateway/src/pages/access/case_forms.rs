//! Forms about the access to one case: lock, unlock, share, end a share, conflict of interest, restriction.

use std::collections::BTreeSet;

use axum::extract::Path;
use proto::case::v1::{
    Agreement, CaseAccess, DeclareConflictRequest, EndShareRequest, GetCaseAccessRequest, ListAgreementsRequest, LockCaseRequest, SetRestrictionRequest,
    ShareCaseRequest, UnlockCaseRequest, case_access_service_client::CaseAccessServiceClient,
};

use super::words;
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::{
        cases::{bar::{self, Opened}, form_page::{Field, FormPage, key, refused}},
        names,
    },
    rpc,
    view::{Choice, Shown, SummaryRow},
};

type Ids = Path<(String, String)>;

async fn access(page: &StaffPage, id: &str) -> Result<CaseAccess, ErrorPage> {
    let answer = rpc!(page, "case", CaseAccessServiceClient::get_case_access, GetCaseAccessRequest { case_id: id.to_owned() }).await.or_page(page)?;
    Ok(answer.access.unwrap_or_default())
}

/// Colleagues who work or manage cases, by name, each once.
async fn workers(page: &StaffPage) -> Result<Vec<Choice>, ErrorPage> {
    let mut all: Vec<Choice> = Vec::new();
    for role in ["facilitator", "agency_coordinator", "partnership_lead"] {
        all.extend(names::colleagues(page, role).await.or_page(page)?);
    }
    let mut seen = BTreeSet::new();
    all.retain(|c| seen.insert(c.value.clone()));
    all.sort_by(|a, b| a.text.cmp(&b.text));
    Ok(all)
}

fn form_of(case: &Opened, form: FormState, path: &str) -> FormPage {
    FormPage::new(Some(case), form, case.href(path), case.href("/access"))
}

fn show_lock(page: &StaffPage, case: &Opened, people: Vec<Choice>, form: FormState) -> PageResult {
    form_of(case, form, "/access/lock")
        .warning("Nobody but the people you choose will know that this case exists, including leads and coordinators. Choose yourself too if you need to see it.")
        .fields(vec![
            Field::checkboxes("members", "Who may see this case?", people),
            Field::area("reason", "Why is the case locked?", 2_000).hint("The people you choose can read this"),
        ])
        .submit("Lock case")
        .grave()
        .show(page, Some(case), "Lock case to named people")
}

/// The question about a lock, with the people of the present one.
///
/// # Errors
/// The services' as a page.
pub async fn get_lock(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("case.manage")?;
    let case = bar::load(&page, &id).await?;
    let (present, people) = (access(&page, &id).await?, workers(&page).await?);
    let members = present.lock.map_or_else(|| vec![page.session.user_id.clone()], |lock| lock.member_user_ids);
    let form = page.form().with_all("members", members);
    show_lock(&page, &case, people, form)
}

/// Locks.
///
/// # Errors
/// The services' as a page.
pub async fn post_lock(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let people = workers(&page).await?;
    let members = form.some_of("members", people.iter().map(|p| p.value.as_str()), "Select who may see this case");
    if members.is_empty() && form.is_valid() {
        form.fail("members", "Select who may see this case");
    }
    let reason = form.required("reason", "Enter why the case is locked");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let keeps = members.contains(&page.session.user_id);
        let request = LockCaseRequest { request_id: key(&page, &form), case_id: id.clone(), reason, member_user_ids: members };
        match rpc!(page, "case", CaseAccessServiceClient::lock_case, request).await {
            Ok(_) if keeps => return page.done(&format!("/cases/{id}/access"), "Case locked"),
            Ok(_) => return page.done("/cases", "Case locked. You cannot see it any more"),
            Err(status) => drop(refused(&page, &mut form, status, &[("member_user_ids", "members")])?),
        }
    }
    let case = bar::load(&page, &id).await?;
    show_lock(&page, &case, people, form)
}

fn show_unlock(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    form_of(case, form, "/access/unlock")
        .intro("Everybody whose role, allocation or share reaches this case sees it again.")
        .fields(vec![Field::area("reason", "Why is the lock taken off?", 2_000)])
        .submit("Take lock off")
        .show(page, Some(case), "Take lock off")
}

/// The question about taking a lock off.
///
/// # Errors
/// The services' as a page.
pub async fn get_unlock(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("case.manage")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form();
    show_unlock(&page, &case, form)
}

/// Takes it off.
///
/// # Errors
/// The services' as a page.
pub async fn post_unlock(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why the lock is taken off");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = UnlockCaseRequest { request_id: key(&page, &form), case_id: id, reason };
        match rpc!(page, "case", CaseAccessServiceClient::unlock_case, request).await {
            Ok(_) => return page.done(&case.path("/access"), "Lock taken off"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    show_unlock(&page, &case, form)
}

/// Agreements in force, and the organisations that are parties to any of them.
async fn terms(page: &StaffPage, case: &Opened) -> Result<(Vec<Choice>, Vec<Choice>), ErrorPage> {
    let request = ListAgreementsRequest { in_force: true };
    let (answer, nodes) = tokio::join!(rpc!(page, "case", CaseAccessServiceClient::list_agreements, request), names::nodes(page));
    let agreements: Vec<Agreement> = answer.or_page(page)?.agreements;
    let parties: BTreeSet<&String> = agreements.iter().flat_map(|a| &a.party_node_ids).filter(|node| **node != case.case.owner_node_id).collect();
    let mut parties: Vec<Choice> = parties.into_iter().filter_map(|id| Some(Choice::new(id, nodes.get(id)?))).collect();
    parties.sort_by(|a, b| a.text.cmp(&b.text));
    let until = |a: &Agreement| format!("{} Until {}: {}", a.purpose, bar::at(a.ends_at.as_ref()), words::class_list(&a.classes));
    Ok((agreements.iter().map(|a| Choice::new(&a.id, &a.name).hint(until(a))).collect(), parties))
}

fn show_share(page: &StaffPage, case: &Opened, (agreements, parties): (Vec<Choice>, Vec<Choice>), form: FormState) -> PageResult {
    let view = form_of(case, form, "/access/share").intro("Their people can look at this case as far as the agreement and their own roles allow. They cannot change anything.");
    let view = if agreements.is_empty() { view.warning("There is no sharing agreement in force. Ask the lead of the partnership to record one.") } else { view };
    view.fields(vec![
        Field::radios("agreement", "Under which agreement?", agreements),
        Field::radios("node", "With whom?", parties),
        Field::date("until", "Until when? (optional)").hint("Leave empty to share for as long as the agreement lasts"),
    ])
    .submit("Share case")
    .show(page, Some(case), "Share case with a partner")
}

/// The question about sharing.
///
/// # Errors
/// The services' as a page.
pub async fn get_share(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("case.manage")?;
    let case = bar::load(&page, &id).await?;
    let (terms, form) = (terms(&page, &case).await?, page.form());
    show_share(&page, &case, terms, form)
}

/// Shares.
///
/// # Errors
/// The services' as a page.
pub async fn post_share(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let terms = terms(&page, &case).await?;
    let mut form = FormState::sent(data);
    let agreement_id = form.one_of("agreement", terms.0.iter().map(|c| c.value.as_str()), "Select an agreement");
    let node_id = form.one_of("node", terms.1.iter().map(|c| c.value.as_str()), "Select whom to share with");
    let until = form.date("until", "Date until which it is shared");
    if form.is_valid() {
        let last_day = until.map(|day| day.to_string()).unwrap_or_default();
        let request = ShareCaseRequest { request_id: key(&page, &form), case_id: id, agreement_id, node_id, last_day };
        match rpc!(page, "case", CaseAccessServiceClient::share_case, request).await {
            Ok(_) => return page.done(&case.path("/access"), "Case shared"),
            Err(status) => drop(refused(&page, &mut form, status, &[("agreement_id", "agreement"), ("node_id", "node"), ("last_day", "until")])?),
        }
    }
    show_share(&page, &case, terms, form)
}

async fn shared(page: &StaffPage, case: &Opened, share: &str) -> Result<Vec<SummaryRow>, ErrorPage> {
    let (access, nodes) = tokio::join!(access(page, &case.case.id), names::nodes(page));
    let Some(found) = access?.shares.into_iter().find(|s| s.id == share && s.in_force) else { return Err(bar::not_here(page)) };
    Ok(vec![SummaryRow::new("Shared with", Shown::maybe(nodes.get(&found.node_id).cloned())), SummaryRow::new("Agreement", found.agreement_name)])
}

fn show_end_share(page: &StaffPage, case: &Opened, share: &str, facts: Vec<SummaryRow>, form: FormState) -> PageResult {
    form_of(case, form, &format!("/access/shares/{share}/end"))
        .intro("Their people no longer see this case.")
        .facts(facts)
        .submit("End share")
        .grave()
        .show(page, Some(case), "End share")
}

/// The question about ending a share.
///
/// # Errors
/// The services' as a page.
pub async fn get_end_share(page: StaffPage, Path((_, id, share)): Path<(String, String, String)>) -> PageResult {
    page.require("case.manage")?;
    let case = bar::load(&page, &id).await?;
    let (facts, form) = (shared(&page, &case, &share).await?, page.form());
    show_end_share(&page, &case, &share, facts, form)
}

/// Ends it.
///
/// # Errors
/// The services' as a page.
pub async fn post_end_share(page: StaffPage, Path((_, id, share)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let request = EndShareRequest { request_id: key(&page, &form), case_id: id, share_id: share.clone() };
    match rpc!(page, "case", CaseAccessServiceClient::end_share, request).await {
        Ok(_) => page.done(&case.path("/access"), "Share ended"),
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            show_end_share(&page, &case, &share, Vec::new(), form)
        }
    }
}

/// People whose conflict may be declared: oneself alone, or colleagues too.
async fn whose(page: &StaffPage) -> Result<Vec<Choice>, ErrorPage> {
    let mut people = vec![Choice::new(&page.session.user_id, "Me").hint("You will not see the case any more")];
    if page.may("case.manage") {
        people.extend(workers(page).await?.into_iter().filter(|c| c.value != page.session.user_id));
    }
    Ok(people)
}

fn show_conflict(page: &StaffPage, case: &Opened, people: Vec<Choice>, form: FormState) -> PageResult {
    form_of(case, form, "/access/conflict")
        .intro("Somebody who knows the people concerned, or has another interest in the case, must neither work nor see it. Allocations to them end now.")
        .fields(vec![Field::radios("user", "Who has the conflict of interest?", people), Field::area("reason", "What is the conflict?", 2_000)])
        .submit("Declare conflict of interest")
        .grave()
        .show(page, Some(case), "Declare a conflict of interest")
}

/// The question about a conflict of interest.
///
/// # Errors
/// The services' as a page.
pub async fn get_conflict(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let people = whose(&page).await?;
    let form = page.form().with("user", &page.session.user_id);
    show_conflict(&page, &case, people, form)
}

/// Declares it.
///
/// # Errors
/// The services' as a page.
pub async fn post_conflict(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let people = whose(&page).await?;
    let user_id = form.one_of("user", people.iter().map(|p| p.value.as_str()), "Select who has the conflict of interest");
    let reason = form.required("reason", "Enter what the conflict is");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let own = user_id == page.session.user_id;
        let request = DeclareConflictRequest { request_id: key(&page, &form), user_id, case_id: id.clone(), person_id: String::new(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::declare_conflict, request).await {
            Ok(_) if own => return page.done("/cases", "Conflict of interest declared. You cannot see the case any more"),
            Ok(_) => return page.done(&format!("/cases/{id}/access"), "Conflict of interest declared"),
            Err(status) => drop(refused(&page, &mut form, status, &[("user_id", "user")])?),
        }
    }
    let case = bar::load(&page, &id).await?;
    show_conflict(&page, &case, people, form)
}

fn show_restrict(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    form_of(case, form, "/access/restrict")
        .warning("Everything about this case is kept and nobody can see or use it until you lift the restriction. Messages that wait are not sent.")
        .fields(vec![Field::area("reason", "Why is processing restricted?", 2_000).hint("For example, accuracy is contested (UK GDPR, article 18)")])
        .submit("Restrict case")
        .grave()
        .show(page, Some(case), "Restrict processing")
}

/// The question about a restriction.
///
/// # Errors
/// The services' as a page.
pub async fn get_restrict(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("case.restrict")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form();
    show_restrict(&page, &case, form)
}

/// Restricts.
///
/// # Errors
/// The services' as a page.
pub async fn post_restrict(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why processing is restricted");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = SetRestrictionRequest { request_id: key(&page, &form), case_id: id.clone(), person_id: String::new(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::set_restriction, request).await {
            Ok(_) => return page.done("/restrictions", "Processing restricted"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    let case = bar::load(&page, &id).await?;
    show_restrict(&page, &case, form)
}
