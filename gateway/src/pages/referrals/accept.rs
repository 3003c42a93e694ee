//! Accepting a referral (architecture 10): who each person is, which case, check, done.
//!
//! The answers of the steps before travel in hidden fields, so that nothing is decided before the last button. Every step
//! posts to `/referrals/{id}/accept` with the button `go`: `people`, `case`, `confirm`, `change-people`, `change-case`.

use axum::extract::Path;
use platform::{Error, Kind};
use proto::{
    identity::v1::Node,
    referral::v1::{AcceptReferralRequest, PartyDecision, Referral, referral_service_client::ReferralServiceClient},
};
use serde::Serialize;

use super::{
    accept_people::{self as people, NEW, PartySide},
    act, detail, directory, show,
    similar::{self, Match},
    words,
};
use crate::{
    error_page,
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{Choice, PageTemplate, SummaryRow},
};

/// An answer of a step before, for a hidden field.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    name: String,
    value: String,
}

/// The page of one step.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptPage {
    /// `people`, `case` or `check`.
    step: &'static str,
    heading: &'static str,
    reference: String,
    action: String,
    cancel: String,
    sides: Vec<PartySide>,
    matches_failed: bool,
    cases: Vec<Choice>,
    kinds: Vec<Choice>,
    agencies: Vec<Choice>,
    kept: Vec<Kept>,
    check: Vec<SummaryRow>,
    form: FormState,
}

impl PageTemplate for AcceptPage {
    const TEMPLATE: &'static str = "pages/referrals/accept.html";

    fn samples() -> Vec<Self> {
        let referral = detail::sample();
        let person = proto::people::v1::Person { id: "9".into(), reference: "P-1".into(), given_name: "Ada".into(), case_ids: vec!["3".into()], ..Default::default() };
        let matches = vec![vec![Match { person, score: 95 }], Vec::new()];
        let nodes = [Node { id: "5".into(), name: "Example agency".into(), ..Default::default() }];
        let form = || FormState::new(uuid::Uuid::nil()).with_etag("1");
        let mut wrong = form();
        wrong.fail("person-0", "Select who this is");
        wrong.fail("case", "Select a case");
        let base = "/t/example/referrals";
        let mut people = AcceptPage::new(base, &referral, Step::People, form());
        people.sides = people::sides(&referral, &matches);
        let mut failed = AcceptPage::new(base, &referral, Step::People, wrong.clone());
        failed.sides = people::sides(&referral, &[]);
        failed.matches_failed = true;
        let mut case = AcceptPage::new(base, &referral, Step::Case, wrong);
        case.agencies = directory::agencies(&nodes);
        case.cases = vec![people::case_choice(&proto::case::v1::Case { id: "3".into(), reference: "RJ-1".into(), ..Default::default() }), Choice::new(NEW, "A new case").after_or()];
        case.kept = vec![Kept { name: "person-0".into(), value: "9".into() }];
        let mut check = AcceptPage::new(base, &referral, Step::Check, form());
        check.check = vec![SummaryRow::new("Case", "A new case")];
        check.kept = case.kept.clone();
        vec![people, failed, case, check]
    }
}

/// A step of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    People,
    Case,
    Check,
}

impl AcceptPage {
    fn new(base: &str, referral: &Referral, step: Step, form: FormState) -> Self {
        let (word, heading) = match step {
            Step::People => ("people", "Who are the people?"),
            Step::Case => ("case", "Which case?"),
            Step::Check => ("check", "Check before you accept"),
        };
        Self {
            step: word,
            heading,
            reference: referral.reference.clone(),
            action: format!("{base}/{}/accept", referral.id),
            cancel: format!("{base}/{}", referral.id),
            sides: Vec::new(),
            matches_failed: false,
            cases: Vec::new(),
            kinds: words::case_kinds(),
            agencies: Vec::new(),
            kept: Vec::new(),
            check: Vec::new(),
            form,
        }
    }
}

const CASE_FIELDS: [&str; 4] = ["case", "case_reference", "case_kind", "owner_node"];

/// What was answered so far, read anew in every step.
struct Wizard {
    page: StaffPage,
    referral: Referral,
    nodes: Vec<Node>,
    /// None where the search failed.
    matches: Option<Vec<Vec<Match>>>,
}

impl Wizard {
    async fn load(page: StaffPage, id: &str) -> Result<Self, error_page::ErrorPage> {
        let referral = show::load(&page, id).await?;
        let parties = referral.input.clone().unwrap_or_default().parties;
        let (matches, nodes) = futures::join!(similar::matches(&page, &parties), directory::nodes(&page));
        Ok(Self { page, referral, nodes, matches })
    }

    fn parties(&self) -> usize {
        self.referral.party_ids.len()
    }

    fn found(&self) -> &[Vec<Match>] {
        self.matches.as_deref().unwrap_or_default()
    }

    fn kept(&self, data: &FormData, with_case: bool) -> Vec<Kept> {
        let people = (0..self.parties()).map(people::field);
        let case = CASE_FIELDS.iter().filter(|_| with_case).map(|name| (*name).to_owned());
        people.chain(case).map(|name| Kept { value: data.get(&name).to_owned(), name }).filter(|k| !k.value.is_empty()).collect()
    }

    fn render(&self, page: &AcceptPage) -> PageResult {
        let frame = self.page.frame(page.heading).back("Back to the referral", self.page.href(&format!("/referrals/{}", self.referral.id)));
        self.page.render(&frame, page)
    }

    fn step(&self, step: Step, form: FormState) -> AcceptPage {
        AcceptPage::new(&self.page.href("/referrals"), &self.referral, step, form)
    }

    fn ask_people(&self, form: FormState) -> PageResult {
        let kept = CASE_FIELDS.iter().map(|name| Kept { name: (*name).to_owned(), value: form.get(name).to_owned() }).filter(|k| !k.value.is_empty()).collect();
        let mut page = self.step(Step::People, form);
        page.kept = kept;
        page.sides = people::sides(&self.referral, self.found());
        page.matches_failed = self.matches.is_none();
        self.render(&page)
    }

    /// The open cases of the people who were chosen.
    async fn cases(&self, data: &FormData) -> Vec<proto::case::v1::Case> {
        let chosen: Vec<String> = (0..self.parties()).map(|n| data.get(&people::field(n)).to_owned()).filter(|id| id != NEW && !id.is_empty()).collect();
        people::open_cases(&self.page, &chosen).await
    }

    async fn ask_case(&self, form: FormState) -> PageResult {
        let cases = self.cases(form.data()).await;
        let asked = self.referral.input.clone().unwrap_or_default().case_kind;
        let mut form = form;
        if form.get("case_kind").is_empty() {
            form = form.with("case_kind", if asked.is_empty() { "RESTORATIVE_JUSTICE".to_owned() } else { asked });
        }
        if form.get("case").is_empty() && cases.is_empty() && form.is_valid() {
            form = form.with("case", NEW);
        }
        if form.get("owner_node").is_empty() {
            form = form.with("owner_node", self.referral.owner_node_id.clone());
        }
        let kept = self.kept(form.data(), false);
        let mut page = self.step(Step::Case, form);
        page.kept = kept;
        page.cases = cases.iter().map(people::case_choice).chain([Choice::new("reference", "Another open case"), Choice::new(NEW, "A new case").after_or()]).collect();
        page.agencies = directory::agencies(&self.nodes);
        self.render(&page)
    }

    fn check_people(&self, form: &mut FormState) {
        for n in 0..self.parties() {
            let found = self.found().get(n).map_or(&[][..], Vec::as_slice);
            let allowed: Vec<&str> = found.iter().map(|m| m.person.id.as_str()).chain([NEW]).collect();
            form.one_of(&people::field(n), allowed, "Select if this is a person we know, or a new person");
        }
    }

    /// The case to join, by its id; empty for a new one.
    async fn check_case(&self, form: &mut FormState) -> String {
        let cases = self.cases(form.data()).await;
        let allowed: Vec<&str> = cases.iter().map(|c| c.id.as_str()).chain(["reference", NEW]).collect();
        match form.one_of("case", allowed, "Select a new case, or the case that the referral joins").as_str() {
            NEW => {
                form.one_of("case_kind", ["RESTORATIVE_JUSTICE", "VICTIM_CARE", "DOMESTIC_ABUSE"], "Select the kind of case");
                String::new()
            }
            "reference" => {
                let typed = form.required("case_reference", "Enter the reference of the case");
                if typed.is_empty() {
                    return typed;
                }
                match people::case_by_reference(&self.page, &typed).await {
                    Some(case) => case.id,
                    None => {
                        form.fail("case_reference", "There is no open case with this reference that you can see. Check the reference");
                        String::new()
                    }
                }
            }
            id => id.to_owned(),
        }
    }

    async fn ask_check(&self, form: FormState) -> PageResult {
        let data = form.data().clone();
        let parties = self.referral.input.clone().unwrap_or_default().parties;
        let mut rows: Vec<SummaryRow> = (0..self.parties())
            .map(|n| {
                let chosen = data.get(&people::field(n)).to_owned();
                let found = self.found().get(n).and_then(|found| found.iter().find(|m| m.person.id == chosen));
                let value = found.map_or_else(|| "A new person".to_owned(), |m| format!("The known person {}", m.person.reference));
                SummaryRow::new(parties.get(n).map(|p| people::title(p, &self.referral.masked_paths)).unwrap_or_default(), value)
            })
            .collect();
        if data.get("case") == NEW {
            rows.push(SummaryRow::new("Case", "A new case"));
            rows.push(SummaryRow::new("Kind", words::case_kind(data.get("case_kind"))));
            rows.push(SummaryRow::new("Agency", directory::node_name(&self.nodes, data.get("owner_node"))));
        } else {
            let typed = data.get("case_reference");
            let joined = if data.get("case") == "reference" {
                typed.to_owned()
            } else {
                self.cases(&data).await.into_iter().find(|c| c.id == data.get("case")).map(|c| c.reference).unwrap_or_default()
            };
            rows.push(SummaryRow::new("Case", format!("Joins the open case {joined}")));
        }
        let mut page = self.step(Step::Check, form);
        page.check = rows;
        page.kept = self.kept(&data, true);
        self.render(&page)
    }

    async fn confirm(&self, mut form: FormState, existing_case_id: String) -> PageResult {
        let new = existing_case_id.is_empty();
        let only_new = |name: &str| if new { form.get(name).to_owned() } else { String::new() };
        let request = AcceptReferralRequest {
            request_id: form.data().request_id().map(|id| id.to_string()).unwrap_or_default(),
            referral_id: self.referral.id.clone(),
            etag: form.data().etag().unwrap_or_default().to_owned(),
            case_kind: only_new("case_kind"),
            owner_node_id: only_new("owner_node"),
            existing_case_id,
            parties: self
                .referral
                .party_ids
                .iter()
                .enumerate()
                .map(|(n, id)| {
                    let person = form.get(&people::field(n));
                    PartyDecision { party_id: id.clone(), existing_person_id: if person == NEW { String::new() } else { person.to_owned() } }
                })
                .collect(),
        };
        let status = match rpc!(self.page, "referral", ReferralServiceClient::accept_referral, request).await {
            Ok(accepted) => return self.page.redirect(&format!("/cases/{}?opening=1", accepted.case_id)),
            Err(status) => status,
        };
        if Error::from(status.clone()).kind() == Kind::Conflict {
            let mut again = (0..self.parties())
                .map(people::field)
                .chain(CASE_FIELDS.map(str::to_owned))
                .fold(self.page.form(), |again, name| again.with(&name, form.get(&name)))
                .with_etag(self.referral.etag.clone());
            again.fail("", format!("The referral changed while you were deciding. {}", act::clash(&self.referral)));
            return self.ask_check(again).await;
        }
        if form.take_violations(&status, &[("existing_case_id", "case"), ("owner_node_id", "owner_node")]) {
            return self.ask_case(form).await;
        }
        Err(error_page::of(&self.page, status))
    }
}

/// The first step.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let wizard = Wizard::load(page, &id).await?;
    if !wizard.referral.allowed_actions.iter().any(|a| a == "ACCEPT") {
        let words = "A referral is accepted while it is in triage. Open it to see its state and what you can do.";
        return Err(error_page::of(&wizard.page, Error::precondition("NOT_POSSIBLE", words).into_status()));
    }
    let mut form = wizard.page.form().with_etag(wizard.referral.etag.clone());
    for n in 0..wizard.parties() {
        if wizard.matches.is_some() && wizard.found().get(n).is_none_or(Vec::is_empty) {
            form = form.with(&people::field(n), NEW);
        }
    }
    wizard.ask_people(form)
}

/// Every step.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let wizard = Wizard::load(page, &id).await?;
    let go = data.get("go").to_owned();
    let mut form = FormState::sent(data);
    if go == "change-people" {
        return wizard.ask_people(form);
    }
    wizard.check_people(&mut form);
    if !form.is_valid() {
        return wizard.ask_people(form);
    }
    if go == "people" || go == "change-case" {
        return wizard.ask_case(form).await;
    }
    let case = wizard.check_case(&mut form).await;
    if !form.is_valid() {
        return wizard.ask_case(form).await;
    }
    if go == "confirm" { wizard.confirm(form, case).await } else { wizard.ask_check(form).await }
}
