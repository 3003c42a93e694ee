//! From a referral that is accepted to the mail that tells the facilitator, with the coordinator's allocation between.

use std::{collections::HashSet, ffi::OsString, path::Path, time::{Duration, Instant}};

use anyhow::{Context, Result, bail};
use proto::{
    case::v1::{AllocateCaseRequest, GetCaseRequest, case_service_client::CaseServiceClient},
    referral::v1::{
        AcceptReferralRequest, GetReferralRequest, PartyDecision, PartyInput, ReferralInput, Referrer, SafeContact, StartTriageRequest, SubmitReferralRequest,
        referral_service_client::ReferralServiceClient,
    },
};
use serde_json::json;
use uuid::Uuid;

use super::{caller::Caller, ground::Ground, people::invented, report::{Row, percentile, short}};
use crate::ask;

/// Referrals that count for nothing, and those that count.
const WARM: usize = 10;
const COUNTED: usize = 150;
/// How long each step may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How often an awaited state is looked at; it is the error of each figure.
const LOOK: Duration = Duration::from_millis(2);

struct Staff {
    referrer: Uuid,
    coordinator: Uuid,
    facilitator: Uuid,
    email: String,
    node: String,
}

struct Times {
    opened: f64,
    told: f64,
    whole: f64,
}

/// Measures one referral after another.
pub async fn measure(ground: &Ground) -> Result<Vec<Row>> {
    let mut served = ground.serve(&["all"], None, true).await?;
    served.ready().await?;
    let caller = Caller::open(&ground.figment(&served), ground.tenant.id.parse()?, ground.epoch().await?)?;
    let staff = staff(ground)?;
    let mut known = HashSet::new();
    let mut times = Vec::new();
    for number in 0..WARM + COUNTED {
        let time = one(&caller, &staff, &ground.tenant.mail, &mut known, number).await.with_context(|| format!("referral {number}"))?;
        if number >= WARM {
            times.push(time);
        }
    }
    served.stop().await?;
    let sorted = |of: fn(&Times) -> f64| {
        let mut values: Vec<f64> = times.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (opened, told, whole) = (sorted(|t| t.opened), sorted(|t| t.told), sorted(|t| t.whole));
    let parts = |values: &[f64]| json!({ "p50_ms": short(percentile(values, 0.5)), "p99_ms": short(percentile(values, 0.99)) });
    let detail = json!({ "referrals": times.len(), "accept_to_case_open": parts(&opened), "allocate_to_mail": parts(&told), "accept_to_mail": parts(&whole) });
    Ok(vec![
        Row::cost("mail_p50", "Referral accepted until facilitator's mail, p50", percentile(&whole, 0.5), "ms", Some(150.0), detail.clone()),
        Row::cost("mail_p99", "Referral accepted until facilitator's mail, p99", percentile(&whole, 0.99), "ms", Some(500.0), detail),
    ])
}

fn staff(ground: &Ground) -> Result<Staff> {
    let users = &ground.tenant.users;
    let coordinator = users.iter().find(|u| u.role == "agency_coordinator").context("a coordinator")?;
    let facilitator = users.iter().find(|u| u.role == "facilitator" && u.agency == coordinator.agency).context("a facilitator")?;
    let referrer = users.iter().find(|u| u.role == "referrer").context("a referrer")?;
    let node = ground.tenant.nodes.iter().find(|n| n.name == coordinator.agency).context("the coordinator's agency")?;
    Ok(Staff { referrer: referrer.id.parse()?, coordinator: coordinator.id.parse()?, facilitator: facilitator.id.parse()?, email: facilitator.email.clone(), node: node.id.clone() })
}

async fn one(caller: &Caller, staff: &Staff, mail: &Path, known: &mut HashSet<OsString>, number: usize) -> Result<Times> {
    let message = SubmitReferralRequest { request_id: caller.new_id(), input: Some(input(number)), owner_node_id: staff.node.clone() };
    let referral_id = ask!(caller, staff.referrer, "referral", ReferralServiceClient::submit_referral, message)?.referral_id;
    let message = StartTriageRequest { request_id: caller.new_id(), referral_id: referral_id.clone() };
    ask!(caller, staff.coordinator, "referral", ReferralServiceClient::start_triage, message)?;
    let message = GetReferralRequest { referral_id: referral_id.clone() };
    let referral = ask!(caller, staff.coordinator, "referral", ReferralServiceClient::get_referral, message)?.referral.context("a referral")?;
    told(mail, known, &staff.email)?;

    let began = Instant::now();
    let message = AcceptReferralRequest {
        request_id: caller.new_id(),
        referral_id,
        etag: referral.etag,
        case_kind: "RESTORATIVE_JUSTICE".into(),
        existing_case_id: String::new(),
        owner_node_id: staff.node.clone(),
        parties: referral.party_ids.iter().map(|id| PartyDecision { party_id: id.clone(), existing_person_id: String::new() }).collect(),
    };
    let case_id = ask!(caller, staff.coordinator, "referral", ReferralServiceClient::accept_referral, message)?.case_id;
    let etag = loop {
        let message = GetCaseRequest { case_id: case_id.clone() };
        match ask!(caller, staff.coordinator, "case", CaseServiceClient::get_case, message) {
            Ok(answer) => break answer.case.context("a case")?.etag,
            Err(error) if began.elapsed() > LIMIT => return Err(error.context("the case did not open")),
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    };
    let opened = began.elapsed();
    let allocated = Instant::now();
    let message = AllocateCaseRequest { request_id: caller.new_id(), case_id, etag, user_id: staff.facilitator.to_string(), side: "BOTH".into(), lead: true, last_day: String::new() };
    ask!(caller, staff.coordinator, "case", CaseServiceClient::allocate_case, message)?;
    while !told(mail, known, &staff.email)? {
        if allocated.elapsed() > LIMIT {
            bail!("no mail came");
        }
        tokio::time::sleep(LOOK).await;
    }
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    Ok(Times { opened: ms(opened), told: ms(allocated.elapsed()), whole: ms(began.elapsed()) })
}

/// Whether a mail to this address has come since the last look.
fn told(folder: &Path, known: &mut HashSet<OsString>, email: &str) -> Result<bool> {
    let mut came = false;
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if known.contains(&name) || Path::new(&name).extension().is_none_or(|ending| ending != "eml") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path())?;
        came |= text.lines().take_while(|line| !line.is_empty()).any(|line| line.starts_with("To:") && line.contains(email));
        known.insert(name);
    }
    Ok(came)
}

fn input(number: usize) -> ReferralInput {
    let person = invented(number);
    let party = PartyInput {
        role: "HARMED_PERSON".into(),
        given_name: person.given.into(),
        family_name: person.family.clone(),
        date_of_birth: person.born.to_string(),
        phone: "07700 900123".into(),
        address: "1 Mill Lane".into(),
        postcode: person.postcode,
        safe_contact: Some(SafeContact { phone: true, times: "Weekday mornings".into(), ..SafeContact::default() }),
        language: "English".into(),
        ..PartyInput::default()
    };
    ReferralInput {
        initiated_by: "PROFESSIONAL".into(),
        source: "POLICE_OIC".into(),
        parties: vec![party],
        harm_type: "BUR.RES".into(),
        what_happened: "The house was broken into at night. Tools and a bicycle were taken.".into(),
        reported: "YES".into(),
        justice_stage: "COMMUNITY_RESOLUTION".into(),
        referrer: Some(Referrer {
            name: "Case officer".into(),
            organisation: "Northvale Police".into(),
            email: "officer@police.northvale.example.org".into(),
            phone: "07700 900123".into(),
            relation: String::new(),
        }),
        agrees_to_contact: true,
        privacy_version: "2026-01".into(),
        case_kind: "RESTORATIVE_JUSTICE".into(),
        ..ReferralInput::default()
    }
}
