//! Every branch of the gate, as a table.

use chrono::NaiveDateTime;
use proptest::prelude::*;

use super::{Answer::*, Reason::*, *};

fn time(text: &str) -> Option<NaiveTime> {
    Some(text.parse().expect("a time of day"))
}

fn at(text: &str) -> NaiveDateTime {
    text.parse().expect("a local time")
}

fn mobile() -> Point {
    Point { kind: "MOBILE".into(), same_as: "0900123".into(), safety: "SAFE".into(), verified: true, may_text: true, ..Point::default() }
}

fn email() -> Point {
    Point { kind: "EMAIL".into(), same_as: "sam@example.org".into(), safety: "SAFE".into(), verified: true, ..Point::default() }
}

/// Everything in order at noon: both channels are allowed.
fn fine() -> Facts {
    Facts {
        status: "PREPARING".into(),
        case_open: true,
        meeting: Meeting::Scheduled { concerns: true },
        consents: [("CONTACT".to_owned(), "GIVEN".to_owned())].into(),
        points: vec![mobile(), email()],
        do_not_text: false,
        restricted: false,
    }
}

const NOON: &str = "2026-05-04T12:00:00";

/// What it is about, purpose, channel, local time, what differs from [`fine`], the answer.
type Row = (&'static str, &'static str, &'static str, &'static str, fn(&mut Facts), Answer);

fn consents(facts: &mut Facts, states: &[(&str, &str)]) {
    facts.consents = states.iter().map(|(p, s)| ((*p).to_owned(), (*s).to_owned())).collect();
}

#[rustfmt::skip]
fn table() -> Vec<Row> {
    vec![
        ("a text", "CONTACT", "SMS", NOON, |_| {}, Allowed(0)),
        ("an e-mail", "CONTACT", "EMAIL", NOON, |_| {}, Allowed(1)),
        ("about no meeting", "CONTACT", "EMAIL", NOON, |f| f.meeting = Meeting::None, Allowed(1)),
        ("an unknown channel", "CONTACT", "FAX", NOON, |_| {}, Refused(NoContactPoint)),
        ("withdrawn", "CONTACT", "SMS", NOON, |f| f.status = "WITHDRAWN".into(), Refused(Withdrawn)),
        ("declined", "CONTACT", "SMS", NOON, |f| f.status = "DECLINED".into(), Refused(Withdrawn)),
        ("unsuitable", "CONTACT", "SMS", NOON, |f| f.status = "UNSUITABLE".into(), Refused(Withdrawn)),
        ("an unknown status", "CONTACT", "SMS", NOON, |f| f.status = String::new(), Refused(Withdrawn)),
        ("a closed case", "CONTACT", "SMS", NOON, |f| f.case_open = false, Refused(CaseClosed)),
        ("restricted to storage", "CONTACT", "SMS", NOON, |f| f.restricted = true, Refused(Restricted)),
        ("a cancelled meeting", "CONTACT", "SMS", NOON, |f| f.meeting = Meeting::Gone, Refused(MeetingCancelled)),
        ("another's meeting", "CONTACT", "SMS", NOON, |f| f.meeting = Meeting::Scheduled { concerns: false }, Refused(NotConcerned)),
        ("nothing agreed", "CONTACT", "SMS", NOON, |f| f.consents.clear(), Refused(NoConsent)),
        ("contact only asked for", "CONTACT", "SMS", NOON, |f| consents(f, &[("CONTACT", "REQUESTED")]), Refused(NoConsent)),
        ("contact renewed", "CONTACT", "SMS", NOON, |f| consents(f, &[("CONTACT", "RENEWED")]), Allowed(0)),
        ("contact to be reviewed", "CONTACT", "SMS", NOON, |f| consents(f, &[("CONTACT", "REVIEW_DUE")]), Refused(NoConsent)),
        ("only texts agreed", "SMS", "SMS", NOON, |f| consents(f, &[("SMS", "GIVEN")]), Allowed(0)),
        ("only e-mail agreed", "SMS", "SMS", NOON, |f| consents(f, &[("EMAIL", "GIVEN")]), Refused(NoConsent)),
        ("texts refused", "CONTACT", "SMS", NOON, |f| consents(f, &[("CONTACT", "GIVEN"), ("SMS", "REFUSED")]), Refused(NoConsent)),
        ("texts refused, e-mail not", "CONTACT", "EMAIL", NOON, |f| consents(f, &[("CONTACT", "GIVEN"), ("SMS", "REFUSED")]), Allowed(1)),
        ("contact withdrawn, texts given", "SMS", "SMS", NOON, |f| consents(f, &[("CONTACT", "WITHDRAWN"), ("SMS", "GIVEN")]), Refused(NoConsent)),
        ("a survey without its consent", "SURVEY", "EMAIL", NOON, |_| {}, Refused(NoConsent)),
        ("a survey with it", "SURVEY", "EMAIL", NOON, |f| consents(f, &[("CONTACT", "GIVEN"), ("SURVEY", "GIVEN")]), Allowed(1)),
        ("a survey without contact", "SURVEY", "EMAIL", NOON, |f| consents(f, &[("SURVEY", "GIVEN")]), Refused(NoConsent)),
        ("flagged", "CONTACT", "SMS", NOON, |f| f.do_not_text = true, Refused(ContactUnsafe)),
        ("flagged, by e-mail", "CONTACT", "EMAIL", NOON, |f| f.do_not_text = true, Allowed(1)),
        ("nothing to send to", "CONTACT", "SMS", NOON, |f| f.points = vec![email()], Refused(NoContactPoint)),
        ("a landline", "CONTACT", "SMS", NOON, |f| f.points[0].kind = "LANDLINE".into(), Refused(NoContactPoint)),
        ("unknown safety", "CONTACT", "SMS", NOON, |f| f.points[0].safety = "UNKNOWN".into(), Refused(ContactUnknown)),
        ("a safety that does not exist", "CONTACT", "SMS", NOON, |f| f.points[0].safety = String::new(), Refused(ContactUnknown)),
        ("not verified", "CONTACT", "SMS", NOON, |f| f.points[0].verified = false, Refused(ContactUnknown)),
        ("unsafe", "CONTACT", "SMS", NOON, |f| f.points[0].safety = "UNSAFE".into(), Refused(ContactUnsafe)),
        ("not to be texted", "CONTACT", "SMS", NOON, |f| f.points[0].may_text = false, Refused(ContactUnsafe)),
        ("the same number twice, once unsafe", "CONTACT", "SMS", NOON, |f| f.points.push(Point { safety: "UNSAFE".into(), ..mobile() }), Refused(ContactUnsafe)),
        ("another number unsafe", "CONTACT", "SMS", NOON, |f| f.points.insert(0, Point { safety: "UNSAFE".into(), same_as: "0900999".into(), ..mobile() }), Allowed(1)),
        ("limits in words", "CONTACT", "SMS", NOON, |f| f.points[0].limits_in_words = true, Refused(ContactUnknown)),
        ("reviewed until today", "CONTACT", "SMS", NOON, |f| f.points[0].review_on = Some(at(NOON).date()), Allowed(0)),
        ("reviewed until yesterday", "CONTACT", "SMS", NOON, |f| f.points[0].review_on = at(NOON).date().pred_opt(), Refused(ContactUnknown)),
        ("within limits", "CONTACT", "SMS", NOON, |f| { f.points[0].safety = "SAFE_WITH_LIMITS".into(); f.points[0].safe_from = time("12:00:00"); f.points[0].safe_to = time("13:00:00"); }, Allowed(0)),
        ("the end is outside", "CONTACT", "SMS", "2026-05-04T13:00:00", |f| { f.points[0].safe_from = time("12:00:00"); f.points[0].safe_to = time("13:00:00"); }, Later(at("2026-05-05T12:00:00"))),
        ("before the hours", "CONTACT", "SMS", "2026-05-04T08:00:00", |f| f.points[0].safe_from = time("09:00:00"), Later(at("2026-05-04T09:00:00"))),
        ("only until", "CONTACT", "SMS", NOON, |f| f.points[0].safe_to = time("10:00:00"), Later(at("2026-05-05T00:00:00"))),
        ("past midnight, late", "CONTACT", "SMS", "2026-05-04T23:30:00", |f| { f.points[0].safe_from = time("22:00:00"); f.points[0].safe_to = time("02:00:00"); }, Allowed(0)),
        ("past midnight, early", "CONTACT", "SMS", "2026-05-04T01:30:00", |f| { f.points[0].safe_from = time("22:00:00"); f.points[0].safe_to = time("02:00:00"); }, Allowed(0)),
        ("past midnight, by day", "CONTACT", "SMS", NOON, |f| { f.points[0].safe_from = time("22:00:00"); f.points[0].safe_to = time("02:00:00"); }, Later(at("2026-05-04T22:00:00"))),
        ("no hour at all", "CONTACT", "SMS", NOON, |f| { f.points[0].safe_from = time("09:00:00"); f.points[0].safe_to = time("09:00:00"); }, Refused(ContactUnknown)),
        ("the earlier of two hours", "CONTACT", "SMS", "2026-05-04T08:00:00", |f| { f.points[0].safe_from = time("18:00:00"); f.points.push(Point { same_as: "0900456".into(), safe_from: time("09:00:00"), ..mobile() }); }, Later(at("2026-05-04T09:00:00"))),
    ]
}

#[test]
fn every_branch_answers_as_the_table_says() {
    for (about, purpose, channel, now, change, want) in table() {
        let mut facts = fine();
        change(&mut facts);
        assert_eq!(decide(&facts, purpose, channel, at(now)), want, "{about}");
    }
}

#[test]
fn nothing_known_sends_nothing() {
    for channel in ["SMS", "EMAIL", ""] {
        assert!(matches!(decide(&Facts::default(), "CONTACT", channel, at(NOON)), Refused(_)));
    }
}

proptest! {
    #[test]
    fn an_unverified_or_unsafe_point_is_never_used(safety in "(SAFE|SAFE_WITH_LIMITS|UNSAFE|UNKNOWN)?", verified: bool, may_text: bool, words: bool) {
        let mut facts = fine();
        facts.points = vec![Point { safety: safety.clone(), verified, may_text, limits_in_words: words, ..mobile() }];
        let good = verified && may_text && !words && safety.starts_with("SAFE");
        prop_assert_eq!(decide(&facts, "CONTACT", "SMS", at(NOON)) == Allowed(0), good);
    }

    #[test]
    fn later_is_always_later_and_then_allowed(from in 0u32..24, to in 0u32..24, minute in 0u32..1440) {
        let mut facts = fine();
        facts.points[0].safe_from = NaiveTime::from_hms_opt(from, 0, 0);
        facts.points[0].safe_to = NaiveTime::from_hms_opt(to, 0, 0);
        let now = at("2026-05-04T00:00:00") + chrono::TimeDelta::minutes(i64::from(minute));
        if let Later(then) = decide(&facts, "CONTACT", "SMS", now) {
            prop_assert!(then > now);
            prop_assert_eq!(decide(&facts, "CONTACT", "SMS", then), Allowed(0));
        }
    }
}
