//! The words of each question: one question a page (ux.md 3, rule 1).

use proto::referral::v1::ReferralInput;
use serde::Serialize;

use super::{
    answers::{TEXT, person},
    step::Step,
    words::{EQUALITY, channels, equality_choices, harms, speaks_for_themself, yes_no_unknown},
};
use crate::view::Choice;

/// One field of a page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ask {
    /// Macro that draws it: text, area, radios, checkboxes, date, select, tick.
    pub kind: &'static str,
    /// Name of the field.
    pub name: &'static str,
    /// Its question.
    pub label: String,
    /// One short sentence.
    pub hint: Option<String>,
    /// Answers.
    pub choices: Vec<Choice>,
    /// Letters of free text.
    pub max_length: Option<usize>,
    /// Rows of free text.
    pub rows: u32,
    /// What the browser may fill in.
    pub autocomplete: Option<&'static str>,
    /// Kind of text.
    pub input_type: &'static str,
    /// Width in letters.
    pub width: Option<u32>,
}

/// One page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Question {
    /// The h1; where there is one field it is the field's label.
    pub heading: String,
    /// Paragraphs before the fields of a page that has several or none.
    pub above: Vec<String>,
    /// Paragraphs after the fields.
    pub below: Vec<String>,
    /// Shows the numbers to call.
    pub help_lines: bool,
    /// Shows the privacy text.
    pub privacy: bool,
    /// Fields.
    pub asks: Vec<Ask>,
    /// The heading stands in the field's label or legend.
    pub heading_in_field: bool,
    /// Words of the button.
    pub button: &'static str,
}

fn text(name: &'static str, label: &str) -> Ask {
    Ask { kind: "text", name, label: label.into(), input_type: "text", ..Ask::default() }
}

fn area(name: &'static str, label: &str, max_length: usize, rows: u32) -> Ask {
    Ask { kind: "area", name, label: label.into(), max_length: Some(max_length), rows, ..Ask::default() }
}

fn radios(name: &'static str, label: &str, choices: Vec<Choice>) -> Ask {
    Ask { kind: "radios", name, label: label.into(), choices, ..Ask::default() }
}

fn date(name: &'static str, label: &str) -> Ask {
    Ask { kind: "date", name, label: label.into(), ..Ask::default() }
}

impl Ask {
    fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn auto(mut self, fill: &'static str) -> Self {
        self.autocomplete = Some(fill);
        self
    }

    fn typed(mut self, input_type: &'static str) -> Self {
        self.input_type = input_type;
        self
    }

    fn width(mut self, width: u32) -> Self {
        self.width = Some(width);
        self
    }
}

/// A page whose one question is its heading.
fn single(ask: Ask) -> Question {
    Question { heading: ask.label.clone(), asks: vec![ask], heading_in_field: true, button: "Continue", ..Question::default() }
}

fn several(heading: &str, asks: Vec<Ask>) -> Question {
    Question { heading: heading.into(), asks, button: "Continue", ..Question::default() }
}

/// The page of a step, in words that fit who fills it in. The check page is none of these.
pub fn question(step: Step, input: &ReferralInput) -> Question {
    let own = speaks_for_themself(input);
    let pick = |you: &'static str, them: &'static str| if own { you } else { them };
    let fill = |word: &'static str| if own { Some(word) } else { None };
    let with_fill = |ask: Ask, word| Ask { autocomplete: fill(word), ..ask };
    match step {
        Step::Who => single(radios(
            "who",
            "Who are you asking for?",
            vec![
                Choice::new("harmed", "Myself: I was harmed"),
                Choice::new("harmer", "Myself: I caused harm").hint("For example, you want to make amends or answer questions"),
                Choice::new("someone_else", "Someone else").hint("For example, a member of your family or somebody you support"),
            ],
        )),
        Step::YourName => single(text("referrer_name", "What is your name?").auto("name")),
        Step::Relation => single(text("relation", "How do you know the person?").hint("For example, I am their sister")),
        Step::YourContact => several(
            "How can we contact you?",
            vec![text("referrer_email", "Your email address").auto("email").typed("email"), text("referrer_phone", "Your phone number").auto("tel").typed("tel").width(20)],
        )
        .above("Give at least one of these. We ask how to reach the person safely in a moment."),
        Step::Person => single(radios(
            "role",
            "Was the person harmed, or did they cause harm?",
            vec![Choice::new("harmed", "They were harmed"), Choice::new("harmer", "They caused harm")],
        )),
        Step::Name => several(
            pick("What is your name?", "What is the person’s name?"),
            vec![
                with_fill(text("given_name", "First name"), "given-name").width(20),
                with_fill(text("family_name", "Last name"), "family-name").width(20),
                text("known_as", pick("What should we call you? (optional)", "What do they like to be called? (optional)")).width(20),
            ],
        ),
        Step::SafeContact => single(Ask {
            kind: "checkboxes",
            name: "channels",
            label: pick("How can we contact you safely?", "How can we contact the person safely?").into(),
            choices: channels(),
            ..Ask::default()
        }
        .hint("Think about who else may see messages or letters, or answer the phone. Select all that are safe")),
        Step::ContactDetails => details(own, input),
        Step::Voicemail => single(
            radios("voicemail", pick("May we leave you a voicemail?", "May we leave the person a voicemail?"), Choice::yes_no())
                .hint("We give our first name only and do not say why we call"),
        ),
        Step::Times => single(area("times", pick("When is it safe to contact you? (optional)", "When is it safe to contact them? (optional)"), 200, 3).hint("For example, weekdays before 3pm")),
        Step::Words => single(
            area("words", "Are there words that we should use or avoid? (optional)", 1_000, 3).hint("For example, say that it is about an appointment, or do not say who we are"),
        ),
        Step::DateOfBirth => single(
            date("dob", pick("What is your date of birth? (optional)", "What is the person’s date of birth? (optional)")).hint("For example, 31 3 1980"),
        ),
        Step::WhatHappened => single(
            area("what_happened", "What happened? (optional)", TEXT, 8).hint("Tell us as much or as little as you want to. You can leave this empty and tell us later"),
        ),
        Step::KindOfHarm => single(radios("harm_type", "What kind of harm was it?", harms()).hint("Choose what fits best")),
        Step::When => single(date("harm_date", "When did it happen? (optional)").hint("If it went on for some time, give the last date you know. For example, 27 3 2026")),
        Step::Reported => single(radios("reported", "Was it reported to the police?", yes_no_unknown()).hint("You can ask for help whether or not it was reported")),
        Step::CrimeNumber => single(text("crime_reference", "What is the crime number? (optional)").hint("The police gave it on a letter, a card or in a message").width(20)),
        Step::Interpreter => single(radios("interpreter", pick("Do you need an interpreter?", "Does the person need an interpreter?"), Choice::yes_no())),
        Step::Language => single(text("language", "Which language?").hint("For example, Welsh or British Sign Language").width(20)),
        Step::Support => single(
            area("needs", pick("Is there other support that you need? (optional)", "Is there other support that they need? (optional)"), TEXT, 5)
                .hint("For example, large print, step-free access, or somebody to come along"),
        ),
        Step::Danger => {
            let mut page = single(radios("danger", pick("Are you in immediate danger?", "Is the person in immediate danger?"), yes_no_unknown()));
            page.below = vec!["In an emergency call 999. We do not read this form at once. Whatever you answer here, you can still send your request.".into()];
            page
        }
        Step::HelpNow => Question {
            heading: "Get help now".into(),
            above: vec!["We may not read your request until the next working day, so please do not wait for us.".into()],
            help_lines: true,
            button: "Continue with my request",
            ..Question::default()
        },
        Step::CheckAnswers => several("Check your answers", Vec::new()),
        Step::Consent => Question {
            privacy: true,
            ..several(
                "Agree to be contacted",
                vec![Ask {
                    kind: "tick",
                    name: "agrees",
                    label: pick(
                        "I have read how my information is used, and I agree to be contacted in the ways that I said are safe",
                        "The person knows about this request and agrees to be contacted in the ways that I said are safe",
                    )
                    .into(),
                    ..Ask::default()
                }],
            )
        },
        Step::Equality => Question {
            button: "Send your request",
            above: vec![
                "Your request is not sent yet. Before you send it you can answer some questions about equality.".into(),
                "They are all optional. They help us to see whether we reach everybody fairly. They make no difference to the help you are offered, and reports never name anybody.".into(),
            ],
            ..several(
                "Equality questions (optional)",
                EQUALITY
                    .iter()
                    .map(|(list, label, hidden)| Ask { kind: "select", name: list, label: format!("{label} (optional)"), choices: equality_choices(list, hidden), ..Ask::default() })
                    .collect(),
            )
        },
    }
}

impl Question {
    fn above(mut self, paragraph: &str) -> Self {
        self.above.push(paragraph.into());
        self
    }
}

fn details(own: bool, input: &ReferralInput) -> Question {
    let safe = person(input).safe_contact.unwrap_or_default();
    let pick = |you: &'static str, them: &'static str| if own { you } else { them };
    let fill = |word: &'static str| own.then_some(word);
    let mut asks = Vec::new();
    if safe.email {
        asks.push(Ask { autocomplete: fill("email"), ..text("email", pick("Your email address", "Their email address")).typed("email") });
    }
    if safe.text || safe.phone {
        asks.push(Ask { autocomplete: fill("tel"), ..text("phone", pick("Your phone number", "Their phone number")).typed("tel").width(20) });
    }
    if safe.post {
        asks.push(Ask { autocomplete: fill("street-address"), ..Ask { kind: "area", name: "address", label: pick("Your address", "Their address").into(), rows: 4, ..Ask::default() } });
        asks.push(Ask { autocomplete: fill("postal-code"), ..text("postcode", "Postcode (optional)").width(10) });
    }
    several(pick("Where can we contact you?", "Where can we contact the person?"), asks)
}
