//! What makes an input complete, and what is too long, as field violations: every one of them at once.
//!
//! The words are read by the public. They say what to do, after the GOV.UK style for error messages.

use access::{codes, names};
use chrono::NaiveDate;

use super::{
    input::{Input, SELF},
    party::{Equality, Party},
};

/// Letters of a name.
const NAME: usize = 100;
/// Letters of one line.
const LINE: usize = 200;
/// Letters of free text, also of questions, answers and notes.
pub const TEXT: usize = 10_000;
/// People in one referral.
pub const MOST_PARTIES: usize = 20;
/// Kinds of case.
pub const CASE_KINDS: [&str; 3] = ["RESTORATIVE_JUSTICE", "VICTIM_CARE", "DOMESTIC_ABUSE"];

/// A field that is wrong: its path in the request and one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path, for instance `input.parties[0].given_name`.
    pub field: String,
    /// What to do.
    pub message: String,
}

/// Whose form it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The public form.
    Public,
    /// Staff or a partner's system.
    Professional,
}

#[derive(Default)]
struct Checks(Vec<Violation>);

impl Checks {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation { field: field.into(), message: message.into() });
    }

    fn need(&mut self, ok: bool, field: impl Into<String>, message: impl Into<String>) {
        if !ok {
            self.add(field, message);
        }
    }

    fn length(&mut self, field: impl Into<String>, what: &str, value: &str, most: usize) {
        if value.chars().count() > most {
            let most = if most == TEXT { "10,000".to_owned() } else { most.to_string() };
            self.add(field, format!("{what} must be {most} characters or fewer"));
        }
    }

    fn code(&mut self, field: impl Into<String>, list: &str, code: &str, message: &str) {
        self.need(code.is_empty() || codes::is_valid(list, code), field, message);
    }
}

/// What is too long or too many: the only thing that a draft is checked for.
pub fn limits(input: &Input) -> Vec<Violation> {
    let mut checks = Checks::default();
    limits_into(&mut checks, input);
    checks.0
}

/// Everything that keeps an input from being submitted. `today` is the day on which no date may lie after.
pub fn complete(input: &Input, form: Form, today: NaiveDate) -> Vec<Violation> {
    let mut checks = Checks::default();
    limits_into(&mut checks, input);
    let own = input.submitted_by == SELF;
    origin(&mut checks, input, form);
    harm(&mut checks, input, form, today);
    checks.need(
        !input.parties.is_empty(),
        "input.parties",
        if own { "Tell us about yourself" } else { "Tell us about the person this is for" },
    );
    for (n, party) in input.parties.iter().enumerate() {
        self::party(&mut checks, n, party, own && n == 0, today);
    }
    if let Some(first) = input.parties.first() {
        reachable(&mut checks, input, first, form);
    }
    equality(&mut checks, &input.equality);
    if form == Form::Public {
        checks.need(
            input.agrees_to_contact,
            "input.agrees_to_contact",
            if own {
                "Confirm that you agree to be contacted"
            } else {
                "Confirm that the person knows about this and agrees to be contacted"
            },
        );
        checks.need(
            !input.privacy_version.trim().is_empty(),
            "input.privacy_version",
            "Read how we use your information before you continue",
        );
    }
    checks.0
}

fn origin(checks: &mut Checks, input: &Input, form: Form) {
    let who = match form {
        Form::Public => "Select if you were harmed, if you caused harm, or if you are asking for someone else",
        Form::Professional => "Select who asked for this referral",
    };
    checks.need(codes::is_valid("referral_initiated_by", &input.initiated_by), "input.initiated_by", who);
    checks.need(codes::is_valid("referral_submitted_by", &input.submitted_by), "input.submitted_by", "Select who is sending this referral");
    checks.need(codes::is_valid("referral_source", &input.source), "input.source", "Select where this referral comes from");
    checks.need(
        input.case_kind.is_empty() || CASE_KINDS.contains(&input.case_kind.as_str()),
        "input.case_kind",
        "Select restorative justice, victim care or domestic abuse support",
    );
    let referrer = &input.referrer;
    checks.need(is_email(&referrer.email), "input.referrer.email", EMAIL);
    checks.need(is_phone(&referrer.phone), "input.referrer.phone", PHONE);
}

fn harm(checks: &mut Checks, input: &Input, form: Form, today: NaiveDate) {
    let harm = &input.harm;
    checks.code("input.harm_type", "harm_type", &harm.harm_type, "Select the type of harm from the list");
    checks.code("input.justice_stage", "criminal_justice_stage", &harm.justice_stage, "Select the stage from the list");
    checks.need(matches!(harm.reported.as_str(), "" | "YES" | "NO" | "UNKNOWN"), "input.reported", "Select yes, no or I do not know");
    for (n, flag) in harm.crime_flags.iter().enumerate() {
        checks.need(codes::is_valid("crime_flag", flag), format!("input.crime_flags[{n}]"), "Select only flags from the list");
    }
    for (n, strand) in harm.hate_strands.iter().enumerate() {
        checks.need(codes::is_valid("hate_strand", strand), format!("input.hate_strands[{n}]"), "Select only strands from the list");
    }
    date(checks, "input.harm_date", "The date it happened", &harm.date, today);
    if form == Form::Professional {
        checks.need(
            !(harm.harm_type.is_empty() && harm.what_happened.trim().is_empty()),
            "input.harm_type",
            "Select the type of harm, or tell us what happened",
        );
    }
}

const EMAIL: &str = "Enter an email address in the correct format, like name@example.com";
const PHONE: &str = "Enter a phone number, like 01632 960 001 or 07700 900 982";

fn party(checks: &mut Checks, n: usize, party: &Party, own: bool, today: NaiveDate) {
    let at = |field: &str| format!("input.parties[{n}].{field}");
    let role = match (own, n) {
        (true, _) => "Select if you were harmed or if you caused harm",
        (false, 0) => "Select if the person was harmed or caused harm",
        (false, _) => "Select how this person is involved",
    };
    checks.need(codes::is_valid("participant_role", &party.role), at("role"), role);
    // Of the others, somebody may know no more than that there was one.
    if n == 0 {
        checks.need(
            !party.given_name.trim().is_empty(),
            at("given_name"),
            if own { "Enter your first name" } else { "Enter the person’s first name" },
        );
        checks.need(
            !party.family_name.trim().is_empty(),
            at("family_name"),
            if own { "Enter your last name" } else { "Enter the person’s last name" },
        );
    }
    date(checks, at("date_of_birth"), "Date of birth", &party.date_of_birth, today);
    checks.need(is_email(&party.email), at("email"), EMAIL);
    checks.need(is_phone(&party.phone), at("phone"), PHONE);
    let safe = &party.safe;
    let missing = |value: &str| value.trim().is_empty();
    if safe.email && missing(&party.email) {
        checks.add(
            at("email"),
            if own {
                "Enter your email address, or choose another safe way to contact you"
            } else {
                "Enter their email address, or choose another safe way to contact them"
            },
        );
    }
    if (safe.text || safe.phone) && missing(&party.phone) {
        checks.add(
            at("phone"),
            if own {
                "Enter your phone number, or choose another safe way to contact you"
            } else {
                "Enter their phone number, or choose another safe way to contact them"
            },
        );
    }
    if safe.post && missing(&party.address) {
        checks.add(
            at("address"),
            if own {
                "Enter your address, or choose another safe way to contact you"
            } else {
                "Enter their address, or choose another safe way to contact them"
            },
        );
    }
}

/// The public form needs a way to answer: a safe one to the person, or one to who asks for them.
fn reachable(checks: &mut Checks, input: &Input, first: &Party, form: Form) {
    if form != Form::Public {
        return;
    }
    if input.submitted_by == SELF {
        checks.need(first.safe.any(), "input.parties[0].safe_contact", "Select at least one safe way to contact you");
        return;
    }
    let referrer = &input.referrer;
    checks.need(!referrer.name.trim().is_empty(), "input.referrer.name", "Enter your name");
    checks.need(
        first.safe.any() || !referrer.email.trim().is_empty() || !referrer.phone.trim().is_empty(),
        "input.referrer.email",
        "Enter your email address or your phone number, so that we can contact you",
    );
}

fn equality(checks: &mut Checks, equality: &Equality) {
    for (list, code) in [
        ("ethnicity", &equality.ethnicity),
        ("sex", &equality.sex),
        ("gender_identity", &equality.gender_identity),
        ("sexual_orientation", &equality.sexual_orientation),
        ("religion", &equality.religion),
        ("disability", &equality.disability),
    ] {
        checks.code(format!("input.equality.{list}"), list, code, "Select an answer from the list, or leave it empty");
    }
}

fn date(checks: &mut Checks, field: impl Into<String>, what: &str, value: &str, today: NaiveDate) {
    if value.is_empty() {
        return;
    }
    match NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        Err(_) => checks.add(field, format!("{what} must be a real date")),
        Ok(date) if date > today => checks.add(field, format!("{what} must be today or in the past")),
        Ok(date) if date < NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or(NaiveDate::MIN) => {
            checks.add(field, format!("{what} must be after 1 January 1900"))
        }
        Ok(_) => {}
    }
}

/// Empty, or of the form of an address.
fn is_email(typed: &str) -> bool {
    let email = names::email(typed);
    let host = email.rsplit_once('@').map_or("", |(_, host)| host);
    typed.trim().is_empty() || (email.matches('@').count() == 1 && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'))
}

/// Empty, or digits with the usual marks between them.
fn is_phone(typed: &str) -> bool {
    let digits = typed.chars().filter(char::is_ascii_digit).count();
    typed.trim().is_empty()
        || ((7..=15).contains(&digits) && typed.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+()-./".contains(c)))
}

fn limits_into(checks: &mut Checks, input: &Input) {
    for (field, what, value, most) in [
        ("initiated_by", "Answer", &input.initiated_by, NAME),
        ("submitted_by", "Answer", &input.submitted_by, NAME),
        ("source", "Source", &input.source, NAME),
        ("harm_type", "Type of harm", &input.harm.harm_type, NAME),
        ("what_happened", "What happened", &input.harm.what_happened, TEXT),
        ("harm_date", "Date", &input.harm.date, NAME),
        ("harm_place", "Place", &input.harm_place, LINE),
        ("crime_reference", "Crime reference", &input.crime_reference, NAME),
        ("reported", "Answer", &input.harm.reported, NAME),
        ("justice_stage", "Stage", &input.harm.justice_stage, NAME),
        ("needs", "What you need", &input.needs, TEXT),
        ("risks", "Risks", &input.risks, TEXT),
        ("referrer.name", "Name", &input.referrer.name, NAME),
        ("referrer.organisation", "Organisation", &input.referrer.organisation, LINE),
        ("referrer.email", "Email address", &input.referrer.email, LINE),
        ("referrer.phone", "Phone number", &input.referrer.phone, NAME),
        ("referrer.relation", "Relation", &input.referrer.relation, LINE),
        ("privacy_version", "Version", &input.privacy_version, NAME),
        ("case_kind", "Kind of case", &input.case_kind, NAME),
        ("equality.ethnicity", "Answer", &input.equality.ethnicity, NAME),
        ("equality.sex", "Answer", &input.equality.sex, NAME),
        ("equality.gender_identity", "Answer", &input.equality.gender_identity, NAME),
        ("equality.sexual_orientation", "Answer", &input.equality.sexual_orientation, NAME),
        ("equality.religion", "Answer", &input.equality.religion, NAME),
        ("equality.disability", "Answer", &input.equality.disability, NAME),
    ] {
        checks.length(format!("input.{field}"), what, value, most);
    }
    for (field, values) in [("crime_flags", &input.harm.crime_flags), ("hate_strands", &input.harm.hate_strands)] {
        checks.need(
            values.len() <= 20 && values.iter().all(|v| v.len() <= NAME),
            format!("input.{field}"),
            "Select only answers from the list",
        );
    }
    // Parties beyond the most are named as a whole and not one by one.
    checks.need(input.parties.len() <= MOST_PARTIES, "input.parties", format!("You can tell us about {MOST_PARTIES} people at most"));
    for (n, party) in input.parties.iter().take(MOST_PARTIES).enumerate() {
        for (field, what, value, most) in [
            ("role", "Role", &party.role, NAME),
            ("given_name", "First name", &party.given_name, NAME),
            ("family_name", "Last name", &party.family_name, NAME),
            ("known_as", "Name", &party.known_as, NAME),
            ("date_of_birth", "Date of birth", &party.date_of_birth, NAME),
            ("email", "Email address", &party.email, LINE),
            ("phone", "Phone number", &party.phone, NAME),
            ("address", "Address", &party.address, LINE * 5),
            ("postcode", "Postcode", &party.postcode, 20),
            ("language", "Language", &party.language, NAME),
            ("safe_contact.times", "Times", &party.safe.times, LINE),
            ("safe_contact.words", "Words to use or avoid", &party.safe.words, LINE * 5),
        ] {
            checks.length(format!("input.parties[{n}].{field}"), what, value, most);
        }
    }
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
