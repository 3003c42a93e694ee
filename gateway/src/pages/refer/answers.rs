//! What is typed on a page becomes part of the draft, and the other way round.
//!
//! [`read`] keeps what was typed even where it is wrong, so that nothing is lost; the mistakes go to the form.

use chrono::NaiveDate;
use proto::referral::v1::{Equality, PartyInput, ReferralInput, Referrer, SafeContact};

use super::{
    step::Step,
    words::{DANGER_NO, DANGER_UNKNOWN, DANGER_YES, DOMESTIC_ABUSE, EQUALITY, HARMS, PRIVACY_VERSION, equality_choices, speaks_for_themself},
};
use crate::forms::FormState;

const EMAIL: &str = "Enter an email address in the correct format, like name@example.com";
const PHONE: &str = "Enter a phone number, like 01632 960 001 or 07700 900 982";
/// Letters of free text that the service keeps.
pub const TEXT: usize = 10_000;

/// The person concerned, as told so far.
pub fn person(input: &ReferralInput) -> PartyInput {
    input.parties.first().cloned().unwrap_or_default()
}

fn person_mut(input: &mut ReferralInput) -> &mut PartyInput {
    if input.parties.is_empty() {
        input.parties.push(PartyInput::default());
    }
    &mut input.parties[0]
}

/// Takes the answers of one page into the draft and notes what is wrong with them. `today` is the last day that a date
/// may have.
pub fn read(step: Step, form: &mut FormState, input: &mut ReferralInput, today: NaiveDate) {
    let own = speaks_for_themself(input);
    match step {
        Step::Who => who(form, input),
        Step::YourName | Step::Relation | Step::YourContact => referrer(step, form, input.referrer.get_or_insert_default()),
        Step::Person => {
            let role = form.one_of("role", ["harmed", "harmer"], "Select if the person was harmed or caused harm");
            match role.as_str() {
                "harmed" => person_mut(input).role = "HARMED_PERSON".into(),
                "harmer" => person_mut(input).role = "HARMER".into(),
                _ => {}
            }
        }
        Step::Name => {
            let party = person_mut(input);
            party.given_name = form.required("given_name", if own { "Enter your first name" } else { "Enter the person’s first name" });
            party.family_name = form.required("family_name", if own { "Enter your last name" } else { "Enter the person’s last name" });
            party.known_as = form.get("known_as").to_owned();
            for (name, label) in [("given_name", "First name"), ("family_name", "Last name"), ("known_as", "Name")] {
                form.at_most(name, 100, label);
            }
        }
        Step::SafeContact => safe_contact(own, form, person_mut(input)),
        Step::ContactDetails => details(own, form, person_mut(input)),
        Step::Voicemail => {
            let answer = form.one_of("voicemail", ["yes", "no"], "Select yes if we may leave a voicemail");
            person_mut(input).safe_contact.get_or_insert_default().voicemail = answer == "yes";
        }
        Step::Times => {
            form.at_most("times", 200, "Times");
            person_mut(input).safe_contact.get_or_insert_default().times = form.get("times").to_owned();
        }
        Step::Words => {
            form.at_most("words", 1_000, "Words to use or avoid");
            person_mut(input).safe_contact.get_or_insert_default().words = form.get("words").to_owned();
        }
        Step::DateOfBirth => person_mut(input).date_of_birth = date(form, "dob", "Date of birth", today),
        Step::When => input.harm_date = date(form, "harm_date", "The date it happened", today),
        Step::WhatHappened => {
            form.at_most("what_happened", TEXT, "What happened");
            input.what_happened = form.get("what_happened").to_owned();
        }
        Step::KindOfHarm => kind(form, input),
        Step::Reported => {
            let answer = form.one_of("reported", ["yes", "no", "unknown"], "Select yes if it was reported to the police");
            if !answer.is_empty() {
                input.reported = answer.to_uppercase();
            }
            if input.reported != "YES" {
                input.crime_reference.clear();
            }
        }
        Step::CrimeNumber => {
            form.at_most("crime_reference", 100, "Crime number");
            input.crime_reference = form.get("crime_reference").to_owned();
        }
        Step::Interpreter => {
            let answer = form.one_of("interpreter", ["yes", "no"], "Select yes if an interpreter is needed");
            let party = person_mut(input);
            party.interpreter = answer == "yes";
            if answer == "no" {
                party.language.clear();
            }
        }
        Step::Language => {
            person_mut(input).language = form.required("language", "Enter the language");
            form.at_most("language", 100, "Language");
        }
        Step::Support => {
            form.at_most("needs", TEXT, "What you need");
            input.needs = form.get("needs").to_owned();
        }
        Step::Danger => match form.one_of("danger", ["yes", "no", "unknown"], "Select yes if there is immediate danger").as_str() {
            "yes" => input.risks = DANGER_YES.into(),
            "no" => input.risks = DANGER_NO.into(),
            "unknown" => input.risks = DANGER_UNKNOWN.into(),
            _ => {}
        },
        Step::HelpNow | Step::CheckAnswers => {}
        Step::Consent => {
            input.agrees_to_contact = form.get("agrees") == "yes";
            input.privacy_version = PRIVACY_VERSION.into();
            if !input.agrees_to_contact {
                form.fail("agrees", if own { "Confirm that you agree to be contacted" } else { "Confirm that the person knows about this and agrees to be contacted" });
            }
        }
        Step::Equality => equality(form, input.equality.get_or_insert_default()),
    }
}

fn who(form: &mut FormState, input: &mut ReferralInput) {
    let answer = form.one_of(
        "who",
        ["harmed", "harmer", "someone_else"],
        "Select if you were harmed, if you caused harm, or if you are asking for someone else",
    );
    let (initiated_by, role) = match answer.as_str() {
        "harmed" => ("HARMED", "HARMED_PERSON"),
        "harmer" => ("HARMER", "HARMER"),
        "someone_else" => ("FAMILY_SUPPORTER", ""),
        _ => return,
    };
    if input.initiated_by == initiated_by {
        return;
    }
    input.initiated_by = initiated_by.into();
    // Somebody else's details must not stay with a person who speaks for themself, nor a role that nobody chose.
    input.referrer = None;
    person_mut(input).role = role.into();
}

fn referrer(step: Step, form: &mut FormState, referrer: &mut Referrer) {
    match step {
        Step::YourName => {
            referrer.name = form.required("referrer_name", "Enter your name");
            form.at_most("referrer_name", 100, "Name");
        }
        Step::Relation => {
            referrer.relation = form.required("relation", "Enter how you know the person");
            form.at_most("relation", 200, "How you know the person");
        }
        _ => {
            referrer.email = form.get("referrer_email").to_owned();
            referrer.phone = form.get("referrer_phone").to_owned();
            if referrer.email.is_empty() && referrer.phone.is_empty() {
                form.fail("referrer_email", "Enter your email address or your phone number, so that we can contact you");
            }
            email(form, "referrer_email");
            phone(form, "referrer_phone");
        }
    }
}

fn safe_contact(own: bool, form: &mut FormState, party: &mut PartyInput) {
    let ways = form.some_of("channels", ["email", "text", "phone", "post", "none"], "Select ways from the list");
    let has = |way: &str| ways.iter().any(|w| w == way);
    if ways.is_empty() {
        form.fail("channels", if own { "Select how we can contact you safely" } else { "Select how we can contact the person safely, or that none of these is safe" });
    } else if has("none") && ways.len() > 1 {
        form.fail("channels", "Select the safe ways, or select that none of these is safe");
    } else if has("none") && own {
        form.fail(
            "channels",
            "Select at least one safe way to contact you. If none is safe, you can ask someone you trust to fill in this form for you",
        );
    }
    if has("none") && ways.len() > 1 {
        return;
    }
    let safe = party.safe_contact.get_or_insert_default();
    (safe.email, safe.text, safe.phone, safe.post) = (has("email"), has("text"), has("phone"), has("post"));
    // What is not safe is not kept.
    if !safe.phone {
        safe.voicemail = false;
    }
    if !safe.email {
        party.email.clear();
    }
    if !(safe.text || safe.phone) {
        party.phone.clear();
    }
    if !safe.post {
        party.address.clear();
        party.postcode.clear();
    }
}

fn details(own: bool, form: &mut FormState, party: &mut PartyInput) {
    let safe = party.safe_contact.clone().unwrap_or_default();
    if safe.email {
        party.email = form.required("email", if own { "Enter your email address" } else { "Enter the person’s email address" });
        email(form, "email");
    }
    if safe.text || safe.phone {
        party.phone = form.required("phone", if own { "Enter your phone number" } else { "Enter the person’s phone number" });
        phone(form, "phone");
    }
    if safe.post {
        party.address = form.required("address", if own { "Enter your address" } else { "Enter the person’s address" });
        party.postcode = form.get("postcode").to_owned();
        form.at_most("address", 1_000, "Address");
        form.at_most("postcode", 20, "Postcode");
    }
}

fn email(form: &mut FormState, name: &str) {
    let typed = form.get(name);
    let host = typed.rsplit_once('@').map_or("", |(_, host)| host);
    let right = typed.is_empty() || (typed.matches('@').count() == 1 && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !typed.contains(' '));
    if !right {
        form.fail(name, EMAIL);
    }
    form.at_most(name, 200, "Email address");
}

fn phone(form: &mut FormState, name: &str) {
    let typed = form.get(name);
    let digits = typed.chars().filter(char::is_ascii_digit).count();
    let right = typed.is_empty() || ((7..=15).contains(&digits) && typed.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+()-./".contains(c)));
    if !right {
        form.fail(name, PHONE);
    }
}

fn kind(form: &mut FormState, input: &mut ReferralInput) {
    let allowed = HARMS.iter().map(|(code, _)| *code).chain(["unknown"]);
    let answer = form.one_of("harm_type", allowed, "Select the kind of harm, or that you do not know");
    if answer.is_empty() {
        return;
    }
    let abuse = answer == DOMESTIC_ABUSE;
    input.crime_flags = if abuse { vec![DOMESTIC_ABUSE.into()] } else { Vec::new() };
    input.harm_type = match answer.as_str() {
        "unknown" => String::new(),
        _ if abuse => "OTHER".into(),
        code => code.into(),
    };
}

fn equality(form: &mut FormState, equality: &mut Equality) {
    for (list, _, hidden) in EQUALITY {
        let typed = form.get(list).to_owned();
        if !typed.is_empty() && !equality_choices(list, hidden).iter().any(|c| c.value == typed) {
            form.fail(list, "Select an answer from the list, or leave it empty");
            continue;
        }
        *equality_field(equality, list) = typed;
    }
}

fn equality_field<'a>(equality: &'a mut Equality, list: &str) -> &'a mut String {
    match list {
        "ethnicity" => &mut equality.ethnicity,
        "sex" => &mut equality.sex,
        "gender_identity" => &mut equality.gender_identity,
        "sexual_orientation" => &mut equality.sexual_orientation,
        "religion" => &mut equality.religion,
        _ => &mut equality.disability,
    }
}

/// An optional date: ISO where it is right, else its parts as typed, year first.
fn date(form: &mut FormState, name: &str, label: &str, today: NaiveDate) -> String {
    let parts = ["year", "month", "day"].map(|part| form.get(&format!("{name}-{part}")).replace('-', ""));
    match form.date(name, label) {
        Some(date) => {
            if date > today {
                form.fail(name, format!("{label} must be today or in the past"));
            } else if NaiveDate::from_ymd_opt(1900, 1, 1).is_some_and(|first| date < first) {
                form.fail(name, format!("{label} must be after 1 January 1900"));
            }
            date.to_string()
        }
        None if parts.iter().all(String::is_empty) => String::new(),
        None => parts.join("-").chars().take(100).collect(),
    }
}

fn with_date(form: FormState, name: &str, kept: &str) -> FormState {
    let mut form = form;
    for (part, value) in ["year", "month", "day"].into_iter().zip(kept.splitn(3, '-')) {
        let value = if kept.parse::<NaiveDate>().is_ok() && part != "year" { value.trim_start_matches('0') } else { value };
        form = form.with(&format!("{name}-{part}"), value);
    }
    form
}

/// The page's form with the answers of the draft. `seen`: the page was answered before, so that "no" is an answer.
pub fn fill(step: Step, input: &ReferralInput, seen: bool) -> FormState {
    let form = FormState::default();
    let party = person(input);
    let referrer = input.referrer.clone().unwrap_or_default();
    let safe = party.safe_contact.clone().unwrap_or_default();
    let yes_no = |yes: bool| if yes { "yes" } else if seen { "no" } else { "" };
    match step {
        Step::Who => form.with("who", match input.initiated_by.as_str() {
            "HARMED" => "harmed",
            "HARMER" => "harmer",
            "FAMILY_SUPPORTER" => "someone_else",
            _ => "",
        }),
        Step::YourName => form.with("referrer_name", referrer.name),
        Step::Relation => form.with("relation", referrer.relation),
        Step::YourContact => form.with("referrer_email", referrer.email).with("referrer_phone", referrer.phone),
        Step::Person => form.with("role", match party.role.as_str() {
            "HARMED_PERSON" => "harmed",
            "HARMER" => "harmer",
            _ => "",
        }),
        Step::Name => form.with("given_name", party.given_name).with("family_name", party.family_name).with("known_as", party.known_as),
        Step::SafeContact => {
            let ways = [("email", safe.email), ("text", safe.text), ("phone", safe.phone), ("post", safe.post)];
            let mut chosen: Vec<String> = ways.iter().filter(|(_, on)| *on).map(|(way, _)| (*way).to_owned()).collect();
            if chosen.is_empty() && seen {
                chosen.push("none".into());
            }
            form.with_all("channels", chosen)
        }
        Step::ContactDetails => form.with("email", party.email).with("phone", party.phone).with("address", party.address).with("postcode", party.postcode),
        Step::Voicemail => form.with("voicemail", yes_no(safe.voicemail)),
        Step::Times => form.with("times", safe.times),
        Step::Words => form.with("words", safe.words),
        Step::DateOfBirth => with_date(form, "dob", &party.date_of_birth),
        Step::When => with_date(form, "harm_date", &input.harm_date),
        Step::WhatHappened => form.with("what_happened", input.what_happened.clone()),
        Step::KindOfHarm => form.with("harm_type", match (input.harm_type.as_str(), seen) {
            _ if input.crime_flags.iter().any(|f| f == DOMESTIC_ABUSE) => DOMESTIC_ABUSE,
            ("", true) => "unknown",
            (code, _) => code,
        }),
        Step::Reported => form.with("reported", input.reported.to_lowercase()),
        Step::CrimeNumber => form.with("crime_reference", input.crime_reference.clone()),
        Step::Interpreter => form.with("interpreter", yes_no(party.interpreter)),
        Step::Language => form.with("language", party.language),
        Step::Support => form.with("needs", input.needs.clone()),
        Step::Danger => form.with("danger", match input.risks.as_str() {
            DANGER_YES => "yes",
            DANGER_NO => "no",
            DANGER_UNKNOWN => "unknown",
            _ => "",
        }),
        Step::HelpNow | Step::CheckAnswers => form,
        Step::Consent => form.with("agrees", if input.agrees_to_contact { "yes" } else { "" }),
        Step::Equality => {
            let mut equality = input.equality.clone().unwrap_or_default();
            EQUALITY.iter().fold(form, |form, (list, ..)| form.with(list, std::mem::take(equality_field(&mut equality, list))))
        }
    }
}

/// Whether what the draft holds answers the page.
pub fn is_answered(step: Step, input: &ReferralInput, today: NaiveDate) -> bool {
    let mut form = fill(step, input, true);
    read(step, &mut form, &mut input.clone(), today);
    form.is_valid()
}

/// The ways that a person marked safe.
pub fn safe_ways(safe: &SafeContact) -> Vec<&'static str> {
    [(safe.email, "Email"), (safe.text, "Text message"), (safe.phone, "Phone call"), (safe.post, "Post")].into_iter().filter_map(|(on, way)| on.then_some(way)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::FormData;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 5, 4).expect("a day")
    }

    fn post(step: Step, input: &mut ReferralInput, body: &str) -> FormState {
        let mut form = FormState::sent(FormData::parse(body.as_bytes()));
        read(step, &mut form, input, today());
        form
    }

    #[test]
    fn every_answer_is_filled_in_again() {
        let mut input = ReferralInput::default();
        for (step, body) in [
            (Step::Who, "who=someone_else"),
            (Step::YourName, "referrer_name=Sam"),
            (Step::Relation, "relation=sister"),
            (Step::YourContact, "referrer_email=sam@mail.example.org&referrer_phone="),
            (Step::Person, "role=harmed"),
            (Step::Name, "given_name=Ada&family_name=Okafor&known_as="),
            (Step::SafeContact, "channels=phone&channels=email"),
            (Step::ContactDetails, "email=ada@mail.example.org&phone=07700 900123"),
            (Step::Voicemail, "voicemail=no"),
            (Step::Times, "times=mornings"),
            (Step::Words, "words="),
            (Step::DateOfBirth, "dob-day=4&dob-month=5&dob-year=1990"),
            (Step::WhatHappened, "what_happened="),
            (Step::KindOfHarm, "harm_type=DOMESTIC_ABUSE"),
            (Step::When, "harm_date-day=&harm_date-month=&harm_date-year="),
            (Step::Reported, "reported=yes"),
            (Step::CrimeNumber, "crime_reference=42/1234/26"),
            (Step::Interpreter, "interpreter=yes"),
            (Step::Language, "language=Welsh"),
            (Step::Support, "needs=Step-free access"),
            (Step::Danger, "danger=unknown"),
            (Step::Consent, "agrees=yes"),
            (Step::Equality, "sex=F&religion="),
        ] {
            let form = post(step, &mut input, body);
            assert!(form.is_valid(), "{step:?} {:?}", form.errors());
            let again = fill(step, &input, true);
            for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
                let list = again.data().all(&name);
                assert!(list.iter().any(|v| *v == value) || (value.is_empty() && again.get(&name).is_empty()), "{step:?} {name} {list:?}");
            }
            assert!(is_answered(step, &input, today()), "{step:?}");
        }
        assert_eq!(input.parties[0].role, "HARMED_PERSON");
        assert_eq!((input.harm_type.as_str(), input.crime_flags.len()), ("OTHER", 1));
    }

    #[test]
    fn what_is_wrong_is_kept_as_typed() {
        let mut input = ReferralInput { initiated_by: "HARMED".into(), ..Default::default() };
        let form = post(Step::DateOfBirth, &mut input, "dob-day=&dob-month=13&dob-year=90");
        assert!(!form.is_valid());
        assert_eq!(input.parties[0].date_of_birth, "90-13-");
        let again = fill(Step::DateOfBirth, &input, true);
        assert_eq!((again.get("dob-day"), again.get("dob-month"), again.get("dob-year")), ("", "13", "90"));
        assert!(!is_answered(Step::DateOfBirth, &input, today()));
        assert!(!post(Step::When, &mut input, "harm_date-day=5&harm_date-month=5&harm_date-year=2027").is_valid());
    }

    #[test]
    fn one_safe_way_is_needed_of_somebody_who_asks_for_themself() {
        let mut own = ReferralInput { initiated_by: "HARMED".into(), ..Default::default() };
        assert!(!post(Step::SafeContact, &mut own, "channels=none").is_valid());
        assert!(!post(Step::SafeContact, &mut own, "").is_valid());
        assert!(!post(Step::SafeContact, &mut own, "channels=none&channels=text").is_valid());
        let mut other = ReferralInput { initiated_by: "FAMILY_SUPPORTER".into(), ..Default::default() };
        assert!(post(Step::SafeContact, &mut other, "channels=none").is_valid());
        assert!(is_answered(Step::SafeContact, &other, today()));
    }

    #[test]
    fn who_speaks_for_themself_leaves_no_other_name_behind() {
        let mut input = ReferralInput::default();
        post(Step::Who, &mut input, "who=someone_else");
        post(Step::YourName, &mut input, "referrer_name=Sam");
        post(Step::Who, &mut input, "who=harmer");
        assert_eq!(input.referrer, None);
        assert_eq!(input.parties[0].role, "HARMER");
    }
}
