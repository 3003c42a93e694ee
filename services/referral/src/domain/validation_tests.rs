use super::*;
use crate::domain::{
    input::{Harm, Referrer},
    party::SafeContact,
};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day")
}

fn own() -> Input {
    Input {
        initiated_by: "HARMED".into(),
        submitted_by: "SELF".into(),
        source: "SELF".into(),
        parties: vec![Party {
            role: "HARMED_PERSON".into(),
            given_name: "Ana".into(),
            family_name: "Example".into(),
            email: "ana@example.org".into(),
            safe: SafeContact { email: true, ..SafeContact::default() },
            ..Party::default()
        }],
        agrees_to_contact: true,
        privacy_version: "1".into(),
        ..Input::default()
    }
}

fn fields(violations: &[Violation]) -> Vec<&str> {
    violations.iter().map(|v| v.field.as_str()).collect()
}

#[test]
fn a_full_request_for_oneself_is_complete() {
    assert_eq!(complete(&own(), Form::Public, today()), []);
}

#[test]
fn an_empty_form_names_everything_at_once() {
    let mut input = Input::default();
    input.settle_public();
    let found = complete(&input, Form::Public, today());
    assert_eq!(fields(&found), ["input.initiated_by", "input.parties", "input.agrees_to_contact", "input.privacy_version"]);
}

#[test]
fn a_safe_way_needs_its_address() {
    let mut input = own();
    input.parties[0].safe = SafeContact { email: true, text: true, post: true, ..SafeContact::default() };
    input.parties[0].email = String::new();
    let found = complete(&input, Form::Public, today());
    assert_eq!(fields(&found), ["input.parties[0].email", "input.parties[0].phone", "input.parties[0].address"]);
    input.parties[0].safe = SafeContact::default();
    assert_eq!(fields(&complete(&input, Form::Public, today())), ["input.parties[0].safe_contact"]);
}

#[test]
fn who_asks_for_another_can_be_reached() {
    let mut input = own();
    input.submitted_by = "ON_BEHALF".into();
    input.parties[0].safe = SafeContact::default();
    assert_eq!(fields(&complete(&input, Form::Public, today())), ["input.referrer.name", "input.referrer.email"]);
    input.referrer = Referrer { name: "Bo".into(), phone: "07700 900456".into(), ..Referrer::default() };
    assert_eq!(complete(&input, Form::Public, today()), []);
}

#[test]
fn a_professional_tells_the_harm_and_need_not_speak_for_the_person() {
    let mut input = own();
    input.submitted_by = "PROFESSIONAL".into();
    input.source = "POLICE_OIC".into();
    input.agrees_to_contact = false;
    input.privacy_version = String::new();
    input.parties[0].safe = SafeContact::default();
    assert_eq!(fields(&complete(&input, Form::Professional, today())), ["input.harm_type"]);
    input.harm = Harm { harm_type: "BUR.RES".into(), ..Harm::default() };
    assert_eq!(complete(&input, Form::Professional, today()), []);
}

#[test]
fn dates_codes_and_contacts_are_checked_where_they_stand() {
    let mut input = own();
    input.harm = Harm {
        harm_type: "X".into(),
        date: "2026-11-23".into(),
        reported: "PERHAPS".into(),
        crime_flags: vec!["KNIFE".into(), "X".into()],
        ..Harm::default()
    };
    input.equality.sex = "X".into();
    input.case_kind = "X".into();
    input.parties.push(Party {
        role: "X".into(),
        date_of_birth: "1980-02-30".into(),
        email: "bo@nowhere".into(),
        phone: "12 ab".into(),
        ..Party::default()
    });
    let found = complete(&input, Form::Public, today());
    for field in [
        "input.harm_type",
        "input.harm_date",
        "input.reported",
        "input.crime_flags[1]",
        "input.equality.sex",
        "input.case_kind",
        "input.parties[1].role",
        "input.parties[1].date_of_birth",
        "input.parties[1].email",
        "input.parties[1].phone",
    ] {
        assert!(fields(&found).contains(&field), "{field}");
    }
    assert_eq!(found.len(), 10);
}

#[test]
fn a_draft_is_checked_for_length_only() {
    let mut input =
        Input { parties: vec![Party { email: "not yet".into(), date_of_birth: "1980".into(), ..Party::default() }], ..Input::default() };
    assert_eq!(limits(&input), []);
    input.parties[0].given_name = "é".repeat(101);
    input.harm.what_happened = "é".repeat(10_001);
    assert_eq!(
        limits(&input),
        [
            Violation { field: "input.what_happened".into(), message: "What happened must be 10,000 characters or fewer".into() },
            Violation { field: "input.parties[0].given_name".into(), message: "First name must be 100 characters or fewer".into() },
        ]
    );
    input.parties = vec![Party { given_name: "x".repeat(200), ..Party::default() }; 5_000];
    assert!(limits(&input).len() <= MOST_PARTIES + 2);
}

#[test]
fn many_spellings_of_contacts_are_taken() {
    for phone in ["", "07700 900123", "+44 7700 900123", "(020) 7946-0000", "01632.960.001"] {
        assert!(is_phone(phone), "{phone}");
    }
    for email in ["", " ana@example.org ", "a.b+c@sub.example.co.uk"] {
        assert!(is_email(email), "{email}");
    }
    for email in ["ana", "ana@", "@example.org", "a@b", "a@b@example.org", "a@.org"] {
        assert!(!is_email(email), "{email}");
    }
}
