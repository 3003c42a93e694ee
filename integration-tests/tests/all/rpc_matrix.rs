//! Every RPC as every kind of caller, against the reviewed table `rpc_matrix.txt`.
//!
//! All calls name the same records of one tenant: a case of one of its agencies, allocated to one of its facilitators. The
//! bodies are right in everything but one thing that every command looks at only after it has decided whether the caller
//! may: commands with an etag carry a stale one (ABORTED where they are allowed), steps of a referral's life come in a state
//! that refuses them (FAILED_PRECONDITION), all others lack their request id (INVALID_ARGUMENT). So what is allowed shows,
//! and nothing changes. A change of the table is a change of who may do what: `ACCORD_REGENERATE=1` writes it anew.

use std::collections::BTreeMap;

use futures::future::join_all;
use integration_tests::{
    repository, reviewed,
    rpc::{Caller, Rpc, SERVICES, WORKLOADS, service_of},
    stack::Stack,
    wait,
};
use tonic::{Code, Status};

use crate::records::{Records, request};

/// Columns: a short head, who it is, and the caller.
struct Column {
    head: &'static str,
    who: &'static str,
    caller: Caller,
    /// Whether none of the records' tenant may ever reach them.
    stranger: bool,
}

fn columns(stack: &Stack) -> Vec<Column> {
    let (tenant, office) = (stack.demo.partnership(), stack.demo.office());
    let agency = Records::agency(tenant);
    let other = &tenant
        .with_role("agency_coordinator")
        .find(|u| u.agency != agency)
        .expect("a second agency")
        .agency;
    let facilitators: Vec<_> = tenant.at(&agency, "facilitator").collect();
    let of = |role: &str| Caller::user(tenant, tenant.first(role));
    let at = |agency: &str, role: &str| {
        Caller::user(
            tenant,
            tenant
                .at(agency, role)
                .next()
                .expect("somebody with the role"),
        )
    };
    let foreign = |role: &str| Caller::user(office, office.first(role));
    let referrers: Vec<_> = tenant.with_role("referrer").collect();
    let column = |head, who, caller| Column {
        head,
        who,
        caller,
        stranger: false,
    };
    let stranger = |head, who, caller| Column {
        head,
        who,
        caller,
        stranger: true,
    };
    let mut all = vec![
        column(
            "none",
            "the gateway's certificate, no token and no cause",
            Caller::Nobody,
        ),
        stranger(
            "oten",
            "coordinator of another tenant",
            foreign("agency_coordinator"),
        ),
        stranger(
            "oadm",
            "administrator of another tenant",
            foreign("tenant_administrator"),
        ),
        column(
            "oco",
            "coordinator of another agency",
            at(other, "agency_coordinator"),
        ),
        column(
            "ofa",
            "facilitator of another agency",
            at(other, "facilitator"),
        ),
        column("adm", "tenant administrator", of("tenant_administrator")),
        column("lead", "partnership lead", of("partnership_lead")),
        column(
            "coo",
            "coordinator of the agency",
            at(&agency, "agency_coordinator"),
        ),
        column(
            "fac",
            "facilitator to whom the case is allocated",
            Caller::user(tenant, facilitators[0]),
        ),
        column(
            "col",
            "facilitator of the agency without the case",
            Caller::user(tenant, facilitators[1]),
        ),
        column(
            "ref",
            "who sent the referral, at the police, who may read there",
            Caller::user(tenant, referrers[0]),
        ),
        column(
            "ro",
            "somebody at probation who may read and refer there",
            Caller::user(tenant, referrers[1]),
        ),
        column(
            "rag",
            "somebody of the agency who may only read",
            at(&agency, "read_only"),
        ),
        column(
            "dpo",
            "data protection officer",
            of("data_protection_officer"),
        ),
        column(
            "acc",
            "partner system",
            Caller::Account(tenant.service_accounts[0].clone()),
        ),
        stranger(
            "oacc",
            "partner system of another tenant",
            Caller::Account(office.service_accounts[0].clone()),
        ),
        column("pub", "public form", Caller::Public(tenant.clone())),
    ];
    let heads = ["wgat", "wide", "wref", "wcas", "wnot", "wrep"];
    all.extend(
        WORKLOADS
            .into_iter()
            .zip(heads)
            .map(|(name, head)| column(head, name, Caller::Workload(name, tenant.clone()))),
    );
    all
}

/// A status in the table's words.
fn cell(answer: &Result<bytes::Bytes, Status>) -> &'static str {
    match answer.as_ref().map_err(Status::code) {
        Ok(_) => "OK",
        Err(Code::InvalidArgument) => "INV",
        Err(Code::NotFound) => "NF",
        Err(Code::PermissionDenied) => "PD",
        Err(Code::FailedPrecondition) => "FP",
        Err(Code::Aborted) => "AB",
        Err(Code::AlreadyExists) => "AE",
        Err(Code::Unauthenticated) => "UA",
        Err(_) => "!!",
    }
}

/// Everything that a caller sees of a refusal.
fn seen(status: &Status) -> (Code, String, Vec<u8>) {
    (
        status.code(),
        status.message().to_owned(),
        status.details().to_vec(),
    )
}

/// Services that answer a method: audit and authorisation are in each.
fn servers(path: &str) -> Vec<&str> {
    match service_of(path) {
        "audit" | "authz" | "keys" => SERVICES.to_vec(),
        one => vec![one],
    }
}

#[tokio::test]
async fn every_rpc_answers_every_caller_as_reviewed() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let columns = columns(stack);
    let records = Records::make(&rpc).await;
    let nowhere = records.nowhere(&rpc);
    let policies =
        access::policy::PolicyTable::from_pool(proto::pool()).expect("every method has its policy");
    let mut rows = BTreeMap::new();
    let mut faults = Vec::new();
    for policy in policies.iter() {
        for service in servers(&policy.path) {
            let row = format!("{service} {}", policy.path.trim_start_matches("/accord."));
            let call = |records: &Records, column: &Column| {
                let (message, caller) =
                    (request(&rpc, records, &policy.path), column.caller.clone());
                let (rpc, path) = (&rpc, &policy.path);
                async move { rpc.raw(&caller, service, path, message).await }
            };
            let answers = join_all(columns.iter().map(|c| call(&records, c))).await;
            let command = policy_is_command(&policy.path);
            for (column, answer) in columns.iter().zip(&answers) {
                let (who, cell) = (column.who, cell(answer));
                if cell == "!!" {
                    faults.push(format!("{row}: {who} got {:?}", answer.as_ref().err()));
                }
                if column.head == "none" && cell != "UA" {
                    faults.push(format!("{row}: nobody got {cell}"));
                }
                if command && cell == "OK" {
                    faults.push(format!(
                        "{row}: {who} changed something without what every command needs"
                    ));
                }
                if let Ok(bytes) = answer
                    && column.stranger
                    && records.secrets().iter().any(|s| holds(bytes, s))
                {
                    faults.push(format!("{row}: {who} was told of another tenant's records"));
                }
                if policy.id_path.is_empty() {
                    continue;
                }
                if column.stranger && cell == "OK" {
                    faults.push(format!("{row}: {who} got an answer"));
                }
                // What may not be seen looks like what is not there, to the byte.
                if let Err(status) = answer
                    && (column.stranger || cell == "NF")
                {
                    let absent = call(&nowhere, column).await;
                    if absent.as_ref().err().map(seen) != Some(seen(status)) {
                        faults.push(format!("{row}: {who} can tell a hidden record from none: {status:?} and {absent:?}"));
                    }
                }
            }
            rows.insert(row, answers.iter().map(cell).collect::<Vec<_>>());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    reviewed(
        &repository().join("integration-tests/tests/all/rpc_matrix.txt"),
        &table(&columns, &rows),
    );
}

/// Whether a method takes a request id.
fn policy_is_command(path: &str) -> bool {
    let (service, method) = path
        .trim_start_matches('/')
        .split_once('/')
        .expect("a path");
    let service = proto::pool()
        .get_service_by_name(service)
        .expect("a service of the contracts");
    let input = service
        .methods()
        .find(|m| m.name() == method)
        .expect("a method of the contracts")
        .input();
    input.get_field_by_name("request_id").is_some()
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes
        .windows(secret.len())
        .any(|window| window == secret.as_bytes())
}

fn table(columns: &[Column], rows: &BTreeMap<String, Vec<&'static str>>) -> String {
    let mut text = String::from(
        "# Who may call what: one case of an agency, its records, and every kind of caller. See rpc_matrix.rs.\n\
         # OK answered; INV, AB, FP allowed, and stopped by the flaw that the call was made with; NF not there for the caller;\n\
         # PD not for the caller; UA not without signing in; AE there already.\n",
    );
    for column in columns {
        text += &format!("# {:<4} {}\n", column.head, column.who);
    }
    let width = rows.keys().map(String::len).max().unwrap_or_default();
    let heads: Vec<&str> = columns.iter().map(|c| c.head).collect();
    let line = |name: &str, cells: &[&str]| {
        let cells: String = cells.iter().map(|c| format!(" {c:<4}")).collect();
        format!("{name:<width$}{}\n", cells.trim_end())
    };
    text += &line("", &heads);
    for (name, cells) in rows {
        text += &line(name, cells);
    }
    text
}

#[tokio::test]
async fn a_partner_reaches_only_what_is_exposed() {
    let stack = Stack::shared();
    let edge =
        integration_tests::rpc::Edge::new(stack, &stack.demo.partnership().service_accounts[0]);
    let policies =
        access::policy::PolicyTable::from_pool(proto::pool()).expect("every method has its policy");
    let mut exposed = Vec::new();
    for policy in policies.iter() {
        let method = policy.path.trim_start_matches("/accord.");
        let answer: Result<(), Status> = edge.ask(method, &()).await;
        let code = answer.err().map_or(Code::Ok, |s| s.code());
        if policy.exposure == proto::Exposure::Partner {
            exposed.push(method.to_owned());
            assert_eq!(code, Code::InvalidArgument, "{method}: an empty message");
        } else {
            assert_eq!(code, Code::NotFound, "{method} is internal");
        }
    }
    assert_eq!(
        exposed,
        [
            "GetReferralStatus",
            "ProvideInformation",
            "SubmitReferral",
            "WithdrawReferral"
        ]
        .map(|m| format!("referral.v1.ReferralService/{m}"))
    );
}

#[tokio::test]
async fn a_session_that_ended_is_nobody() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.office();
    let user = tenant.first("referrer");
    let step = rpc.clock().now().timestamp() / integration_tests::totp::STEP;
    let secret = rpc
        .sign_in(tenant, user, step)
        .await
        .expect("the person signs in");
    let reuse = rpc
        .sign_in(tenant, user, step)
        .await
        .expect_err("a code is good once");
    assert_eq!(reuse.code(), Code::Unauthenticated);
    let gateway = Caller::Workload("gateway", tenant.clone());
    let out = proto::identity::v1::SignOutRequest {
        tenant_id: tenant.id.clone(),
        session_secret: secret.clone(),
    };
    let _: proto::identity::v1::SignOutResponse = rpc
        .must(&gateway, "identity.v1.SessionService/SignOut", &out)
        .await;
    let mint = proto::identity::v1::MintTokenRequest {
        tenant_id: tenant.id.clone(),
        session_secret: secret,
    };
    let ended = wait::until("the session ends", async || {
        rpc.ask::<proto::identity::v1::MintTokenResponse>(
            &gateway,
            "identity.v1.SessionService/MintToken",
            &mint,
        )
        .await
        .err()
    });
    assert_eq!(ended.await.code(), Code::Unauthenticated);
}
