//! A reporting service with people of every role, and facts as other services tell them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use platform::{
    events::{Consumer, Received},
    ids,
    jobs::JobCtx,
    lifecycle::Shutdown,
};
use prost::{Message, Name};
use prost_types::Timestamp;
use proto::{
    facts::v1::{CaseFact, InterventionFact, ReferralFact},
    reporting::v1::{ReportCell, ReportRow, RunReportRequest, RunReportResponse, report_service_client::ReportServiceClient},
};
use reporting::{ReportingService, events::Facts};
use testkit::{TestService, World};
use tonic::Status;
use uuid::Uuid;

pub struct Warehouse {
    pub service: TestService,
    pub lead: Uuid,
    pub coordinator: Uuid,
    pub facilitator: Uuid,
    pub officer: Uuid,
}

/// A fact before it is told: key, version, type, body.
#[derive(Clone)]
pub struct Told {
    key: Uuid,
    version: i64,
    type_name: String,
    body: Vec<u8>,
}

pub fn told<F: Message + Name>(key: Uuid, version: i64, fact: &F) -> Told {
    Told { key, version, type_name: F::full_name(), body: fact.encode_to_vec() }
}

pub fn stamp(at: DateTime<Utc>) -> Option<Timestamp> {
    Some(Timestamp { seconds: at.timestamp(), nanos: 0 })
}

impl Warehouse {
    pub async fn open() -> Self {
        let mut people = [Uuid::nil(); 4];
        let service = TestService::serve::<ReportingService>(|world: &mut World| {
            people = [
                world.user("partnership_lead", world.partnership),
                world.user("agency_coordinator", world.agency),
                world.user("facilitator", world.team),
                world.user("data_protection_officer", world.partnership),
            ];
        })
        .await;
        let [lead, coordinator, facilitator, officer] = people;
        Self { service, lead, coordinator, facilitator, officer }
    }

    pub fn day(&self, ago: i64) -> DateTime<Utc> {
        self.service.clock.now() - TimeDelta::days(ago)
    }

    pub fn key(&self) -> Uuid {
        ids::new_id(self.service.clock.now())
    }

    /// Tells a fact as its owner does: sealed, as an event of its own.
    pub async fn tell(&self, fact: &Told) {
        let (tenant, id, now) = (self.service.world.tenant, self.key(), self.service.clock.now());
        let db = self.service.running.db.clone();
        let body = db.keys().seal_fact(tenant, id, &fact.body).await.expect("a seal");
        let event = Received {
            id, type_name: fact.type_name.clone(), source: "case".into(), tenant, subject: fact.key, version: fact.version, occurred_at: now,
            body: body.into(), trace: None,
        };
        let jobs = JobCtx::new("reporting", db.clone(), self.service.clock.clone(), Shutdown::new(Duration::ZERO, Duration::ZERO));
        let ctx = jobs.ctx_for(tenant, id);
        let facts = Facts { db };
        facts.handle(&ctx, &event).await.expect("a row");
        facts.handle(&ctx, &event).await.expect("a second delivery has no effect");
    }

    pub async fn run(&self, user: Uuid, report: &str, agency: Option<Uuid>) -> Result<RunReportResponse, Status> {
        let request = RunReportRequest { report: report.into(), owner_node_id: agency.map(|a| a.to_string()).unwrap_or_default(), ..RunReportRequest::default() };
        let mut client = ReportServiceClient::new(self.service.channel());
        Ok(client.run_report(self.service.as_user(user, request)).await?.into_inner())
    }

    pub fn referral(&self, node: Uuid, source: &str, ago: i64, state: &str) -> Told {
        let key = self.key();
        let fact = ReferralFact {
            key: key.to_string(), owner_node_id: node.to_string(), state: state.into(), source: source.into(), submitted_at: stamp(self.day(ago)),
            ..ReferralFact::default()
        };
        told(key, 1, &fact)
    }

    pub fn case(&self, node: Uuid, version: i64, key: Uuid, stage: &str) -> Told {
        let closed = stage == "CLOSED";
        let fact = CaseFact {
            key: key.to_string(), owner_node_id: node.to_string(), kind: "RESTORATIVE_JUSTICE".into(), stage: stage.into(), harm_type: "BUR.RES".into(),
            close_reason: if closed { "COMPLETED_INTERVENTION".into() } else { String::new() },
            opened_at: stamp(self.day(60)), closed_at: closed.then(|| stamp(self.day(10))).flatten(),
            first_intervention_at: closed.then(|| stamp(self.day(20))).flatten(), ..CaseFact::default()
        };
        told(key, version, &fact)
    }

    pub fn intervention(&self, node: Uuid, case: Uuid, code: &str, result: &str) -> Told {
        let key = self.key();
        let fact = InterventionFact {
            key: key.to_string(), case_key: case.to_string(), owner_node_id: node.to_string(), intervention: code.into(), result: result.into(),
            outcomes: vec!["FULL_AGREEMENT".into()], held_at: stamp(self.day(20)),
        };
        told(key, 1, &fact)
    }
}

fn text(cell: &ReportCell) -> String {
    match (cell.suppressed, cell.not_applicable) {
        (true, _) => "c".into(),
        (_, true) => "z".into(),
        _ => cell.value.to_string(),
    }
}

/// `label: 1 2 c z`.
pub fn line(row: &ReportRow) -> String {
    format!("{}: {}", row.label, row.cells.iter().map(text).collect::<Vec<_>>().join(" "))
}

/// All rows and the totals.
pub fn lines(report: &RunReportResponse) -> Vec<String> {
    report.rows.iter().chain(&report.totals).map(line).collect()
}
