//! "Check your answers": everything that was told, each with a button that changes it.

use proto::referral::v1::{PartyInput, ReferralInput, Referrer, SafeContact};
use serde::Serialize;

use super::{
    answers::{person, safe_ways},
    step::{Step, path},
    words::{DANGER_NO, DANGER_YES, DOMESTIC_ABUSE, HARMS, speaks_for_themself},
};
use crate::{
    page::PublicPage,
    text,
    view::{PageTemplate, Shown},
};

/// One answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// What was asked.
    pub key: &'static str,
    /// What was answered.
    pub value: Shown,
    /// Its step, for the button "Change".
    pub step: &'static str,
}

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct CheckPage {
    action: String,
    discard: String,
    draft_secret: String,
    seen: String,
    answers: Vec<Answer>,
}

impl CheckPage {
    /// The page of a draft.
    pub fn of(page: &PublicPage, secret: &str, seen: &str, input: &ReferralInput) -> Self {
        Self {
            action: page.href("/refer/check-answers"),
            discard: page.href("/refer/discard"),
            draft_secret: secret.to_owned(),
            seen: seen.to_owned(),
            answers: answers(input),
        }
    }
}

fn answers(input: &ReferralInput) -> Vec<Answer> {
    let party = person(input);
    path(input).into_iter().take_while(|s| *s < Step::CheckAnswers).filter(|s| *s != Step::HelpNow).map(|step| answer(step, input, &party)).collect()
}

fn answer(step: Step, input: &ReferralInput, party: &PartyInput) -> Answer {
    let own = speaks_for_themself(input);
    let referrer: Referrer = input.referrer.clone().unwrap_or_default();
    let safe: SafeContact = party.safe_contact.clone().unwrap_or_default();
    let lines = |parts: &[&str]| parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("\n");
    let day = |iso: &str| iso.parse().map(text::date).unwrap_or_default();
    let yes = |yes: bool| if yes { "Yes" } else { "No" }.to_owned();
    let (key, value) = match step {
        Step::Who => ("Asking for", match input.initiated_by.as_str() {
            "HARMED" => "Myself: I was harmed",
            "HARMER" => "Myself: I caused harm",
            _ => "Someone else",
        }
        .to_owned()),
        Step::YourName => ("Your name", referrer.name),
        Step::Relation => ("How you know the person", referrer.relation),
        Step::YourContact => ("How to contact you", lines(&[&referrer.email, &referrer.phone])),
        Step::Person => ("The person", if party.role == "HARMER" { "Caused harm" } else { "Was harmed" }.to_owned()),
        Step::Name => {
            let full = format!("{} {}", party.given_name, party.family_name);
            let called = if party.known_as.is_empty() { String::new() } else { format!("Called {}", party.known_as) };
            (if own { "Your name" } else { "The person’s name" }, lines(&[full.trim(), &called]))
        }
        Step::SafeContact => {
            let ways = safe_ways(&safe);
            ("Safe ways to contact", if ways.is_empty() { "None".to_owned() } else { ways.join("\n") })
        }
        Step::ContactDetails => ("Contact details", lines(&[&party.email, &party.phone, &party.address, &party.postcode])),
        Step::Voicemail => ("May we leave a voicemail", yes(safe.voicemail)),
        Step::Times => ("Safe times", safe.times),
        Step::Words => ("Words to use or avoid", safe.words),
        Step::DateOfBirth => ("Date of birth", day(&party.date_of_birth)),
        Step::WhatHappened => ("What happened", input.what_happened.clone()),
        Step::KindOfHarm => {
            let code = if input.crime_flags.iter().any(|f| f == DOMESTIC_ABUSE) { DOMESTIC_ABUSE } else { &input.harm_type };
            ("Kind of harm", HARMS.iter().find(|(c, _)| *c == code).map_or("I do not know", |(_, words)| words).to_owned())
        }
        Step::When => ("When it happened", day(&input.harm_date)),
        Step::Reported => ("Reported to the police", match input.reported.as_str() {
            "YES" => "Yes",
            "NO" => "No",
            _ => "I do not know",
        }
        .to_owned()),
        Step::CrimeNumber => ("Crime number", input.crime_reference.clone()),
        Step::Interpreter => ("Interpreter needed", yes(party.interpreter)),
        Step::Language => ("Language", party.language.clone()),
        Step::Support => ("Other support needed", input.needs.clone()),
        _ => ("Immediate danger", match input.risks.as_str() {
            DANGER_YES => "Yes",
            DANGER_NO => "No",
            _ => "I do not know",
        }
        .to_owned()),
    };
    Answer { key, value: Shown::text(value), step: step.slug() }
}

impl PageTemplate for CheckPage {
    const TEMPLATE: &'static str = "pages/refer/check.html";

    fn samples() -> Vec<Self> {
        let safe = SafeContact { phone: true, ..Default::default() };
        let full = ReferralInput {
            initiated_by: "FAMILY_SUPPORTER".into(),
            parties: vec![PartyInput { given_name: "Ada".into(), family_name: "Okafor".into(), known_as: "Ad".into(), safe_contact: Some(safe), ..Default::default() }],
            reported: "YES".into(),
            ..Default::default()
        };
        [ReferralInput { initiated_by: "HARMED".into(), ..Default::default() }, full]
            .map(|input| Self {
                action: "/t/example/refer/check-answers".into(),
                discard: "/t/example/refer/discard".into(),
                draft_secret: "00".into(),
                seen: "who name".into(),
                answers: answers(&input),
            })
            .into()
    }
}
