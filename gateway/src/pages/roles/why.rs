//! "Why can this person see this record?", answered in sentences from what the engine says.

use std::collections::BTreeMap;

use access::{action::ActionSet, class::ClassSet, meaning};
use axum::extract::RawQuery;
use proto::{
    FieldClass, ResourceType,
    authz::v1::{AccessExplanation, AccessWay},
    case::v1::{self as case, access_explain_service_client::AccessExplainServiceClient as CaseExplainClient},
    referral::v1::{self as referral, access_explain_service_client::AccessExplainServiceClient as ReferralExplainClient},
};
use serde::Serialize;
use uuid::Uuid;

use super::{list::summaries, sentences::{details, joined}};
use crate::{
    error_page::{self, OrErrorPage},
    forms::{FormData, FormState},
    page::{PageResult, StaffPage},
    pages::{names::{Names, colleagues, nodes}, staff::role_words},
    rpc,
    view::{Choice, Colour, PageTemplate, Tag},
};

/// One way to the record, or the lack of any.
#[derive(Serialize)]
struct Part {
    /// Set where there are several: "Through a case of Example agency".
    heading: Option<String>,
    sentences: Vec<String>,
}

/// The answer.
#[derive(Serialize)]
struct Answer {
    verdict: String,
    tag: Tag,
    parts: Vec<Part>,
}

/// The page.
#[derive(Serialize)]
pub struct WhyPage {
    form: FormState,
    people: Vec<Choice>,
    answer: Option<Answer>,
}

impl PageTemplate for WhyPage {
    const TEMPLATE: &'static str = "pages/roles/why.html";

    fn samples() -> Vec<Self> {
        let words = Words::known();
        let page = |form, answer| Self { form, people: vec![Choice::new("1", "Alex Example")], answer };
        let mut wrong = FormState::sent(FormData::parse(b"record=x"));
        wrong.fail("record", "Paste the address of a page of a case, a participant, a person or a referral");
        let way = |reach: &str| AccessWay { role_id: "r".into(), node_id: "n".into(), reach: reach.into(), actions: 0b110, read_classes: 0b110, ..AccessWay::default() };
        let seen = AccessExplanation { visible: true, allowed: true, read_classes: 0b110, why: "GRANTED".into(), ways: vec![way("ALLOCATED"), way("OWNER_BELOW")], owner_node_id: "n".into(), ..AccessExplanation::default() };
        let hidden = AccessExplanation { why: "LOCKED".into(), denies: vec!["LOCKED".into(), "CONFLICT".into()], ..seen.clone() };
        let hidden = AccessExplanation { visible: false, allowed: false, ..hidden };
        vec![
            page(FormState::default(), None),
            page(wrong, None),
            page(FormState::default(), Some(answer(&words, ResourceType::Case, &[seen.clone()]))),
            page(FormState::default(), Some(answer(&words, ResourceType::Person, &[hidden, AccessExplanation { ways: Vec::new(), visible: false, ..seen }]))),
        ]
    }
}

/// Names for the ids of an answer.
struct Words {
    person: String,
    roles: BTreeMap<String, String>,
    nodes: BTreeMap<String, String>,
}

impl Words {
    fn known() -> Self {
        Self { person: "Alex Example".into(), roles: BTreeMap::from([("r".into(), "Facilitator".into())]), nodes: BTreeMap::from([("n".into(), "Example agency".into())]) }
    }

    fn role(&self, id: &str) -> String {
        self.roles.get(id).cloned().unwrap_or_else(|| "a role that is no longer used".to_owned())
    }

    fn node(&self, id: &str) -> String {
        self.nodes.get(id).cloned().unwrap_or_else(|| "an agency that is not known".to_owned())
    }
}

fn noun(resource: ResourceType) -> &'static str {
    match resource {
        ResourceType::Case => "case",
        ResourceType::Participant => "participant",
        ResourceType::Person => "person",
        ResourceType::Referral => "referral",
        _ => "record",
    }
}

fn answer(words: &Words, resource: ResourceType, explanations: &[AccessExplanation]) -> Answer {
    let (seen, noun) = (explanations.iter().any(|e| e.visible && e.allowed), noun(resource));
    let parts = explanations
        .iter()
        .map(|e| Part { heading: (explanations.len() > 1).then(|| format!("Through a case of {}", words.node(&e.owner_node_id))), sentences: say(words, resource, e) })
        .collect();
    Answer {
        verdict: format!("{} {} this {noun}", words.person, if seen { "can see" } else { "cannot see" }),
        tag: if seen { Tag::new("Can see", Colour::Green) } else { Tag::new("Cannot see", Colour::Grey) },
        parts,
    }
}

/// Everything that is to be said of one explanation, what decides first.
fn say(words: &Words, resource: ResourceType, e: &AccessExplanation) -> Vec<String> {
    let (noun, person) = (noun(resource), &words.person);
    let mut said: Vec<String> = e
        .denies
        .iter()
        .map(|deny| match deny.as_str() {
            "LOCKED" => format!("The {noun} is locked to named people, and {person} is not one of them. A lock wins over every role."),
            "RESTRICTED" => format!("Work with the {noun} is restricted by law (UK GDPR article 18). A restriction wins over every role."),
            "CONFLICT" => format!("{person} has a conflict of interest with the {noun}. A conflict wins over every role."),
            other => format!("Another rule ({other}) wins over every role."),
        })
        .collect();
    for way in &e.ways {
        said.push(way_said(words, resource, way, e));
    }
    if e.ways.is_empty() {
        said.push(format!("No role that {person} holds now reaches it. It belongs to {}, and it is {} to them.", words.node(&e.owner_node_id), if e.allocated { "allocated" } else { "not allocated" }));
    }
    if e.visible {
        let carried = meaning::of(resource).map_or(ClassSet::NONE, |m| m.classes);
        let read = ClassSet::from_bits(e.read_classes).intersection(carried);
        let hidden: Vec<&str> = carried.iter().filter(|c| *c != FieldClass::Reference && !read.contains(*c)).map(role_words::class).collect();
        let seen = details(resource, read);
        said.push(if seen.is_empty() { "All together they see references, states and dates only.".to_owned() } else { format!("All together they see {}.", joined(&seen)) });
        if !hidden.is_empty() {
            said.push(format!("Restricted for them: {}.", joined(&hidden)));
        }
    }
    said
}

fn way_said(words: &Words, resource: ResourceType, way: &AccessWay, e: &AccessExplanation) -> String {
    let noun = noun(resource);
    let because = match way.reach.as_str() {
        "EVERYTHING" => format!("this role reaches every {noun} of the organisation"),
        "OWNER_BELOW" => format!("the {noun} belongs to {}, which is there or below", words.node(&e.owner_node_id)),
        "SHARED_BELOW" => format!("the {noun} is shared with {}", joined(&e.shared_node_ids.iter().map(|n| words.node(n)).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>())),
        "ALLOCATED" => format!("the {noun} is allocated to them"),
        "OWN" => format!("they made the {noun}"),
        _ => "it reaches this record".to_owned(),
    };
    let verbs: Vec<&str> = ActionSet::from_bits(way.actions).iter().map(role_words::action).collect();
    let sees = details(resource, ClassSet::from_bits(way.read_classes));
    let sees = if sees.is_empty() { "references, states and dates only".to_owned() } else { joined(&sees) };
    format!("As {} at {}: {because}. The role may {} it, and sees {sees}.", words.role(&way.role_id), words.node(&way.node_id), joined(&verbs))
}

/// What a pasted address or "kind/id" is about.
fn record(text: &str) -> Option<(ResourceType, Uuid)> {
    let path = text.trim().split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let mut found = None;
    for pair in parts.windows(2) {
        let resource = match pair[0] {
            "cases" => ResourceType::Case,
            "participants" => ResourceType::Participant,
            "people" => ResourceType::Person,
            "referrals" => ResourceType::Referral,
            _ => continue,
        };
        if let Ok(id) = Uuid::parse_str(pair[1]) {
            // The last one is what the page is about: a participant's page stands below its case.
            found = Some((resource, id));
        }
    }
    found
}

async fn explain(page: &StaffPage, user_id: String, resource: ResourceType, id: Uuid) -> Result<Vec<AccessExplanation>, tonic::Status> {
    let (resource, record_id) = (resource.into(), id.to_string());
    if resource == i32::from(ResourceType::Referral) {
        let request = referral::ExplainAccessRequest { user_id, resource, record_id, action: 0 };
        return Ok(rpc!(page, "referral", ReferralExplainClient::explain_access, request).await?.explanations);
    }
    let request = case::ExplainAccessRequest { user_id, resource, record_id, action: 0 };
    Ok(rpc!(page, "case", CaseExplainClient::explain_access, request).await?.explanations)
}

/// Whether the reader may ask at all.
pub fn may_ask(page: &StaffPage) -> bool {
    page.may("role.list") && (page.may("role.manage") || page.may("audit_event.read"))
}

/// Shows the question, and the answer where both parts of it are given.
pub async fn get(page: StaffPage, RawQuery(query): RawQuery) -> PageResult {
    if !may_ask(&page) {
        return Err(error_page::of(&page, platform::Error::denied().into_status()));
    }
    let mut form = FormState::sent(FormData::parse(query.unwrap_or_default().as_bytes()));
    let people = colleagues(&page, "").await.or_page(&page)?;
    let (user, pasted) = (form.get("user").to_owned(), form.get("record").to_owned());
    let mut found = None;
    if !pasted.is_empty() {
        match record(&pasted) {
            None => form.fail("record", "Paste the address of a page of a case, a participant, a person or a referral"),
            Some((resource, id)) if Uuid::parse_str(&user).is_ok() => match explain(&page, user.clone(), resource, id).await {
                Ok(explanations) => found = Some((resource, explanations)),
                Err(status) if status.code() == tonic::Code::NotFound => form.fail("record", "There is no such record, or you do not answer for access to it"),
                Err(status) => return Err(error_page::of(&page, status)),
            },
            Some(_) if form.data().has("asked", "yes") => form.fail("user", "Select who"),
            Some(_) => {}
        }
    } else if !user.is_empty() && form.data().has("asked", "yes") {
        form.fail("record", "Paste the address of the record’s page");
    }
    let mut shown = None;
    if let Some((resource, explanations)) = found {
        let roles = summaries(&page).await?.into_iter().map(|r| (r.id, r.name)).collect();
        let person = Names::load(&page, vec![user.clone()]).await.of(&user);
        shown = Some(answer(&Words { person, roles, nodes: nodes(&page).await }, resource, &explanations));
    }
    page.render(&page.frame("Why can somebody see a record?").back("Back to organisation", page.href("/organisation")), &WhyPage { form, people, answer: shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_address_names_its_record() {
        let (a, b) = (Uuid::from_u128(7), Uuid::from_u128(8));
        assert_eq!(record(&format!("https://rj.example.org/t/north/cases/{a}/notes?x=1")), Some((ResourceType::Case, a)));
        assert_eq!(record(&format!("/t/north/cases/{a}/participants/{b}#top")), Some((ResourceType::Participant, b)));
        assert_eq!(record(&format!("people/{a}")), Some((ResourceType::Person, a)));
        assert_eq!(record(&format!("/t/north/referrals/{a}/accept")), Some((ResourceType::Referral, a)));
        assert_eq!(record("RJ-2027-00012"), None);
        assert_eq!(record("/cases/../people"), None);
    }

    #[test]
    fn a_deny_is_said_before_the_roles_that_it_wins_over() {
        let way = AccessWay { role_id: "r".into(), node_id: "n".into(), reach: "ALLOCATED".into(), actions: 0b110, read_classes: 1 << 6 | 2, ..AccessWay::default() };
        let locked = AccessExplanation { denies: vec!["LOCKED".into()], ways: vec![way.clone()], owner_node_id: "n".into(), ..AccessExplanation::default() };
        let said = say(&Words::known(), ResourceType::Case, &locked);
        assert!(said[0].contains("locked to named people"), "{said:?}");
        assert_eq!(said[1], "As Facilitator at Example agency: the case is allocated to them. The role may list and read it, and sees the harm.");
        assert_eq!(said.len(), 2, "nothing is seen");
        let seen = AccessExplanation { visible: true, allowed: true, read_classes: 1 << 6 | 2, ways: vec![way], ..AccessExplanation::default() };
        let said = say(&Words::known(), ResourceType::Case, &seen);
        assert_eq!(said[1], "All together they see the harm.");
        assert!(said[2].starts_with("Restricted for them: ") && said[2].contains("risks"));
        assert!(answer(&Words::known(), ResourceType::Case, &[seen]).verdict.ends_with("can see this case"));
        let none = say(&Words::known(), ResourceType::Person, &AccessExplanation { owner_node_id: "n".into(), ..AccessExplanation::default() });
        assert!(none[0].starts_with("No role that Alex Example holds now reaches it."));
    }
}
