//! Contact details of a participant: adding one, setting how safe it is, taking it away.

use axum::extract::Path;
use proto::people::v1::{
    AddContactPointRequest, ContactPoint, Person, RemoveContactPointRequest, SetContactSafetyRequest, people_service_client::PeopleServiceClient,
};

use super::{
    bar,
    form_page::{Field, FormPage, clashed, etag, key, refused},
    participant::{Known, point_rows},
    participant_forms::Ids,
    participants, when,
};
use crate::{
    error_page::ErrorPage,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, SummaryRow},
};

/// Address of a contact point: slug, case, participant, contact point.
pub type PointIds = Path<(String, String, String, String)>;

fn add(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    FormPage::new(Some(&known.case), form, known.href("/contact-points/add"), known.href(""))
        .intro("Nothing is sent to new contact details until you have set how safe they are.")
        .facts(vec![SummaryRow::new("Name", participants::name(&known.participant))])
        .fields(vec![
            Field::radios("kind", "What kind of contact?", Choice::from_codes("contact_kind")),
            Field::area("value", "Number or address", 500).hint("For example, 07700 900123 or name@example.org"),
        ])
        .submit("Add and set safety")
        .show(page, Some(&known.case), "Add contact details")
}

/// The form for contact details.
///
/// # Errors
/// The service's as a page.
pub async fn get_add(page: StaffPage, Path((_, id, participant)): Ids) -> PageResult {
    page.require("person.update")?;
    let known = Known::load(&page, &id, &participant).await?;
    let form = page.form();
    add(&page, &known, form)
}

/// Adds contact details, then asks for their safety.
///
/// # Errors
/// The service's as a page.
pub async fn post_add(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &participant).await?;
    let mut form = FormState::sent(data);
    let kind = form.required("kind", "Select the kind of contact");
    let value = form.required("value", "Enter the number or address");
    if form.is_valid() {
        let request = AddContactPointRequest { request_id: key(&page, &form), person_id: known.participant.person_id.clone(), kind, value };
        match rpc!(page, "case", PeopleServiceClient::add_contact_point, request).await {
            Ok(added) => {
                let next = format!("{}/contact-points/{}/safety", known.path(), added.contact_point_id);
                return page.done(&next, "Contact details added. Now set how safe they are");
            }
            Err(error) => {
                if refused(&page, &mut form, error, &[])? {
                    form = clashed(form, "");
                }
            }
        }
    }
    add(&page, &known, form)
}

/// A contact point with whose it is.
struct Point {
    known: Known,
    person: Person,
    point: ContactPoint,
}

impl Point {
    async fn load(page: &StaffPage, case_id: &str, participant: &str, point: &str) -> Result<Self, ErrorPage> {
        let known = Known::load(page, case_id, participant).await?;
        let person = known.person(page).await?;
        let Some(point) = person.contact_points.iter().find(|c| c.id == point).cloned() else { return Err(bar::not_here(page)) };
        Ok(Self { known, person, point })
    }

    fn facts(&self) -> Vec<SummaryRow> {
        vec![
            SummaryRow::new("Name", participants::name(&self.known.participant)),
            SummaryRow::new(text::label("contact_kind", &self.point.kind), self.point.value.clone()),
        ]
    }

    fn href(&self, what: &str) -> String {
        self.known.href(&format!("/contact-points/{}/{what}", self.point.id))
    }

    fn may(&self) -> Vec<Choice> {
        match self.point.kind.as_str() {
            "MOBILE" => vec![Choice::new("text", "Send texts"), Choice::new("voicemail", "Leave a voicemail")],
            "LANDLINE" => vec![Choice::new("voicemail", "Leave a voicemail")],
            _ => vec![Choice::new("write", "Write")],
        }
    }

    fn safety(&self, page: &StaffPage, form: FormState, clash: bool) -> PageResult {
        let view = FormPage::new(Some(&self.known.case), form, self.href("safety"), self.known.href(""))
            .warning("Ask the person themself. Somebody who harms them may share this telephone or read these messages.")
            .facts(self.facts())
            .fields(vec![
                Field::radios("safety", "Is it safe to use?", Choice::from_codes("contact_safety")).hint("If you do not know, nothing is sent"),
                Field::checkboxes("may", "What may we do?", self.may()),
                Field::time("safe_from", "Safe from (optional)"),
                Field::time("safe_to", "Safe until (optional)"),
                Field::area("words", "Words to use or avoid (optional)", 500).hint("For example, say that you call from the library"),
                Field::radios("verified", "Did the person themself confirm this?", Choice::yes_no()),
                Field::date("review_on", "When should this be asked again? (optional)"),
            ])
            .submit("Save safety");
        let view = if clash { view.saved(point_rows(&self.point)) } else { view };
        view.show(page, Some(&self.known.case), "Set how safe these contact details are")
    }
}

/// The form for safety.
///
/// # Errors
/// The service's as a page.
pub async fn get_safety(page: StaffPage, Path((_, id, participant, point)): PointIds) -> PageResult {
    page.require("person.update")?;
    let p = Point::load(&page, &id, &participant, &point).await?;
    let may = [(p.point.may_text, "text"), (p.point.may_leave_voicemail, "voicemail"), (p.point.may_write, "write")];
    let form = page
        .form()
        .with_etag(&p.person.etag)
        .with("safety", &p.point.safety)
        .with_all("may", may.into_iter().filter(|(yes, _)| *yes).map(|(_, name)| name.to_owned()).collect())
        .with("safe_from", &p.point.safe_from)
        .with("safe_to", &p.point.safe_to)
        .with("words", &p.point.words)
        .with_date("review_on", p.point.review_on.parse().ok());
    p.safety(&page, form, false)
}

/// Sets the safety.
///
/// # Errors
/// The service's as a page.
pub async fn post_safety(page: StaffPage, Path((_, id, participant, point)): PointIds, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let p = Point::load(&page, &id, &participant, &point).await?;
    let mut form = FormState::sent(data);
    let safety = form.required("safety", "Select whether it is safe to use");
    let safe_from = when::clock(&mut form, "safe_from");
    let safe_to = when::clock(&mut form, "safe_to");
    form.at_most("words", 500, "Words to use or avoid");
    let verified = form.one_of("verified", ["yes", "no"], "Select whether the person confirmed this") == "yes";
    let review_on = form.date("review_on", "Date").map(|d| d.to_string()).unwrap_or_default();
    let mut clash = false;
    if form.is_valid() {
        let request = SetContactSafetyRequest {
            request_id: key(&page, &form),
            person_id: p.person.id.clone(),
            contact_point_id: point,
            etag: etag(&form),
            safety,
            may_text: form.data().has("may", "text"),
            may_leave_voicemail: form.data().has("may", "voicemail"),
            may_write: form.data().has("may", "write"),
            safe_from,
            safe_to,
            words: form.get("words").to_owned(),
            verified,
            review_on,
        };
        match rpc!(page, "case", PeopleServiceClient::set_contact_safety, request).await {
            Ok(_) => return page.done(&p.known.path(), "Safety of the contact details saved"),
            Err(error) => {
                clash = refused(&page, &mut form, error, &[("may_text", "may"), ("may_leave_voicemail", "may"), ("may_write", "may"), ("review_on", "review_on")])?;
                if clash {
                    form = clashed(form, &p.person.etag);
                }
            }
        }
    }
    p.safety(&page, form, clash)
}

fn remove(page: &StaffPage, p: &Point, form: FormState) -> PageResult {
    FormPage::new(Some(&p.known.case), form, p.href("remove"), p.known.href(""))
        .intro("These contact details are erased. Messages that wait for them are not sent.")
        .facts(p.facts())
        .submit("Remove contact details")
        .grave()
        .show(page, Some(&p.known.case), "Remove contact details")
}

/// The question about removing.
///
/// # Errors
/// The service's as a page.
pub async fn get_remove(page: StaffPage, Path((_, id, participant, point)): PointIds) -> PageResult {
    page.require("person.update")?;
    let p = Point::load(&page, &id, &participant, &point).await?;
    let form = page.form();
    remove(&page, &p, form)
}

/// Removes.
///
/// # Errors
/// The service's as a page.
pub async fn post_remove(page: StaffPage, Path((_, id, participant, point)): PointIds, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let p = Point::load(&page, &id, &participant, &point).await?;
    let mut form = FormState::sent(data);
    let request = RemoveContactPointRequest { request_id: key(&page, &form), person_id: p.person.id.clone(), contact_point_id: point };
    match rpc!(page, "case", PeopleServiceClient::remove_contact_point, request).await {
        Ok(_) => page.done(&p.known.path(), "Contact details removed"),
        Err(error) => {
            if refused(&page, &mut form, error, &[])? {
                form = clashed(form, "");
            }
            remove(&page, &p, form)
        }
    }
}
