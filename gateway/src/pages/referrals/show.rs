//! One referral: what it tells, what was done with it, what can be done now.

use axum::extract::Path;
use proto::{
    identity::v1::Node,
    notification::v1::{ListMessagesRequest, Message, message_service_client::MessageServiceClient},
    referral::v1::{GetReferralRequest, Referral, ReferralState, referral_service_client::ReferralServiceClient},
};
use serde::Serialize;

use super::{
    detail::{self, Block},
    directory,
    similar::{self, Match},
    words,
};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::FormState,
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc, text,
    view::{Cell, Column, Link, PageTemplate, Shown, SummaryRow, Table, Tag, TimelineItem},
};

/// A label with its value, for the bar above.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    label: &'static str,
    value: Shown,
}

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct ShowPage {
    reference: String,
    tag: Tag,
    facts: Vec<Fact>,
    start_triage: Option<String>,
    actions: Vec<Link>,
    decision: Vec<SummaryRow>,
    case_href: Option<String>,
    similar_shown: bool,
    similar_failed: bool,
    similar: Table,
    people: Table,
    blocks: Vec<Block>,
    information: Vec<Block>,
    history: Vec<TimelineItem>,
    messages: Option<Table>,
    form: FormState,
}

/// What the page needs besides the referral.
struct Around {
    similar: Option<Vec<Referral>>,
    matches: Option<Vec<Vec<Match>>>,
    triages: bool,
    nodes: Vec<Node>,
    names: Names,
    messages: Option<Vec<Message>>,
}

impl PageTemplate for ShowPage {
    const TEMPLATE: &'static str = "pages/referrals/show.html";

    fn samples() -> Vec<Self> {
        let around = || Around { similar: None, matches: None, triages: true, nodes: Vec::new(), names: Names::default(), messages: None };
        let full = detail::sample();
        let found = Match { person: proto::people::v1::Person { id: "9".into(), given_name: "Ada".into(), ..Default::default() }, score: 92 };
        let with = Around {
            similar: Some(vec![full.clone()]),
            matches: Some(vec![vec![found], Vec::new()]),
            messages: Some(vec![Message { template: "acknowledgement".into(), channel: "EMAIL".into(), state: "NOT_SENT".into(), reason: "NO_SAFE_CHANNEL".into(), ..Default::default() }]),
            ..around()
        };
        let empty = Around { similar: Some(Vec::new()), matches: Some(vec![Vec::new()]), messages: Some(Vec::new()), ..around() };
        let mut bare = full.clone();
        bare.allowed_actions.clear();
        bare.information.clear();
        bare.case_id.clear();
        bare.masked_paths = vec!["input.parties.given_name".into(), "information.question".into()];
        let form = || FormState::new(uuid::Uuid::nil());
        vec![
            build("/t/example", &full, with, form()),
            build("/t/example", &full, around(), form()),
            build("/t/example", &full, empty, form()),
            build("/t/example", &bare, Around { triages: false, ..around() }, form()),
        ]
    }
}

fn at(instant: Option<&prost_types::Timestamp>) -> String {
    text::instant(instant).map(text::date_time).unwrap_or_default()
}

fn offered(home: &str, referral: &Referral) -> Vec<Link> {
    let base = format!("{home}/referrals/{}", referral.id);
    [
        ("ACCEPT", "Accept", "accept"),
        ("RETURN", "Ask for information", "return"),
        ("REJECT", "Do not accept", "reject"),
        ("DUPLICATE", "Mark as duplicate", "duplicate"),
        ("TRANSFER", "Pass to another service", "transfer"),
        ("APPEAL", "Look at it again", "appeal"),
        ("WITHDRAW", "Withdraw", "withdraw"),
    ]
    .into_iter()
    .filter(|(word, ..)| referral.allowed_actions.iter().any(|a| a == word))
    .map(|(_, text, path)| Link::new(text, format!("{base}/{path}")))
    .chain((referral.state() == ReferralState::ReturnedForInformation).then(|| Link::new("Give the information", format!("{base}/status"))))
    .collect()
}

fn people_table(home: &str, referral: &Referral, matches: &[Vec<Match>]) -> Table {
    let parties = referral.input.clone().unwrap_or_default().parties;
    let rows = parties
        .iter()
        .zip(matches)
        .flat_map(|(party, found)| {
            found.iter().map(move |m| {
                vec![
                    Cell::link(m.name(), format!("{home}/people/{}", m.person.id)).note(m.person.reference.clone()),
                    Cell::new(m.born()),
                    Cell::new(m.postcode()),
                    Cell::new(detail::role(&party.role)),
                    Cell::tag(m.likelihood()),
                ]
            })
        })
        .collect();
    Table { caption: "People who may be the same".into(), columns: ["Person", "Date of birth", "Postcode", "May be the", "How likely"].map(Column::new).into(), rows }
}

fn similar_table(home: &str, found: &[Referral]) -> Table {
    Table {
        caption: "Referrals that may be about the same people".into(),
        columns: ["Reference", "Sent", "People", "Kind of harm", "State"].map(Column::new).into(),
        rows: found
            .iter()
            .map(|r| {
                vec![
                    Cell::link(r.reference.as_str(), format!("{home}/referrals/{}", r.id)),
                    Cell::new(text::instant(r.submitted_at.as_ref()).map(|at| text::date(text::local_date(at))).unwrap_or_default()),
                    Cell::new(words::people(r)),
                    Cell::new(words::harm(r)),
                    Cell::tag(words::tag(r.state())),
                ]
            })
            .collect(),
    }
}

fn messages_table(messages: &[Message]) -> Table {
    Table {
        caption: "Messages about this referral".into(),
        columns: ["Message", "By", "State", "When"].map(Column::new).into(),
        rows: messages
            .iter()
            .map(|m| {
                let state = Cell::new(text::humanise(&m.state));
                vec![
                    Cell::new(text::humanise(&m.template)),
                    Cell::new(match m.channel.as_str() {
                        "SMS" => "Text message",
                        _ => "Email",
                    }),
                    if m.reason.is_empty() { state } else { state.note(text::humanise(&m.reason)) },
                    Cell::new(at(m.state_since.as_ref())),
                ]
            })
            .collect(),
    }
}

fn build(home: &str, referral: &Referral, around: Around, form: FormState) -> ShowPage {
    let input = referral.input.clone().unwrap_or_default();
    let masked = &referral.masked_paths;
    let first = input.parties.first().cloned().unwrap_or_default();
    let mut facts = vec![
        Fact {
            label: if first.role == "HARMER" { "Harmer" } else { "Harmed" },
            value: Shown::field("input.parties.given_name", masked, format!("{} {}", first.given_name, first.family_name).trim().to_owned()),
        },
        Fact { label: "In this state since", value: Shown::text(at(referral.state_since.as_ref())) },
    ];
    let owner = directory::node_name(&around.nodes, &referral.owner_node_id);
    if !owner.is_empty() {
        facts.push(Fact { label: "Worked by", value: Shown::text(owner) });
    }
    let may = |word: &str| referral.allowed_actions.iter().any(|a| a == word);
    let mut decision = Vec::new();
    if !referral.decision_reason.is_empty() {
        decision.push(SummaryRow::new("Reason", words::label("referral_reason", &referral.decision_reason)));
    }
    let note = Shown::field("decision_note", masked, referral.decision_note.as_str());
    if note.state == "value" || (note.state == "restricted" && !decision.is_empty()) {
        decision.push(SummaryRow::new("Note", note));
    }
    let open = matches!(referral.state(), ReferralState::Submitted | ReferralState::Triage | ReferralState::ReturnedForInformation);
    let similar_shown = around.triages && open;
    ShowPage {
        reference: referral.reference.clone(),
        tag: words::tag(referral.state()),
        facts,
        start_triage: may("TRIAGE").then(|| format!("{home}/referrals/{}/triage", referral.id)),
        actions: offered(home, referral),
        decision,
        case_href: (!referral.case_id.is_empty()).then(|| format!("{home}/cases/{}", referral.case_id)),
        similar_shown,
        similar_failed: similar_shown && (around.similar.is_none() || around.matches.is_none()),
        similar: similar_table(home, around.similar.as_deref().unwrap_or_default()),
        people: people_table(home, referral, around.matches.as_deref().unwrap_or_default()),
        blocks: detail::blocks(referral),
        information: referral
            .information
            .iter()
            .map(|e| Block {
                title: format!("Asked on {}", at(e.asked_at.as_ref())),
                rows: vec![
                    SummaryRow::new("Question", Shown::field("information.question", masked, e.question.as_str())),
                    SummaryRow::new("Answer", Shown::field("information.answer", masked, e.answer.as_str())),
                    SummaryRow::new("Answered", at(e.answered_at.as_ref())),
                ],
            })
            .collect(),
        history: referral
            .history
            .iter()
            .rev()
            .filter_map(|change| {
                Some(TimelineItem {
                    title: words::tag(change.state()).text,
                    by: Some(around.names.of(&change.by)),
                    at: text::instant(change.at.as_ref())?,
                    text: Shown::text(words::label("referral_reason", &change.reason)),
                    link: None,
                })
            })
            .collect(),
        messages: around.messages.as_deref().map(messages_table),
        form,
    }
}

/// The referral of an address.
///
/// # Errors
/// The error page.
pub async fn load(page: &StaffPage, id: &str) -> Result<Referral, ErrorPage> {
    let request = GetReferralRequest { referral_id: id.to_owned() };
    Ok(rpc!(page, "referral", ReferralServiceClient::get_referral, request).await.or_page(page)?.referral.unwrap_or_default())
}

/// Shows it.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let referral = load(&page, &id).await?;
    let triages = page.may("referral.triage");
    let open = matches!(referral.state(), ReferralState::Submitted | ReferralState::Triage | ReferralState::ReturnedForInformation);
    let parties = referral.input.clone().unwrap_or_default().parties;
    let compare = triages && open;
    let (similar, matches, nodes, names, messages) = futures::join!(
        async { if compare { similar::referrals(&page, &id).await } else { None } },
        async { if compare { similar::matches(&page, &parties).await } else { None } },
        directory::nodes(&page),
        Names::load(&page, referral.history.iter().map(|h| h.by.clone()).collect()),
        async {
            if !page.may("message.list") {
                return None;
            }
            let request = ListMessagesRequest { referral_id: id.clone(), page_size: 50, ..Default::default() };
            rpc!(page, "notification", MessageServiceClient::list_messages, request).await.ok().map(|found| found.messages)
        },
    );
    let around = Around { similar, matches, triages, nodes, names, messages };
    let frame = page.frame("Referral").back("Back to referrals", page.href("/referrals"));
    let form = page.form();
    page.render(&frame, &build(&page.href(""), &referral, around, form))
}
