//! A partner system that was written in another language from the contracts alone.

use std::{path::PathBuf, process::Command};

use integration_tests::{
    repository,
    rpc::{Caller, Rpc},
    stack::Stack,
    story::{self, sent_with},
    wait::until,
};
use proto::referral::v1::{
    ReturnForInformationRequest, ReturnForInformationResponse, StartTriageRequest,
    StartTriageResponse,
};
use serde_json::Value;

/// The Python with grpcio: `ACCORD_PYTHON`, or what `./accord test` made.
fn python() -> PathBuf {
    let python = std::env::var_os("ACCORD_PYTHON").map_or_else(
        || repository().join(".accord/python/bin/python"),
        PathBuf::from,
    );
    assert!(
        python.is_file(),
        "{} is not there: run the tests with ./accord test, or name a Python with grpcio-tools in ACCORD_PYTHON",
        python.display()
    );
    python
}

/// The partner's program.
struct Partner {
    python: PathBuf,
    generated: tempfile::TempDir,
    connection: Vec<String>,
}

impl Partner {
    /// Generates the client and gives it a partner's certificate.
    fn new(stack: &Stack) -> Self {
        let (python, generated) = (python(), generated());
        let account = &stack.demo.partnership().service_accounts[0];
        let address = stack.demo.grpc.trim_start_matches("https://").to_owned();
        let files =
            [&stack.demo.ca, &account.certificate, &account.key].map(|f| f.display().to_string());
        Self {
            python,
            generated,
            connection: [address].into_iter().chain(files).collect(),
        }
    }

    /// Runs one verb and gives what it printed.
    fn run(&self, arguments: &[&str]) -> Value {
        let output = Command::new(&self.python)
            .arg(repository().join("integration-tests/clients/python/partner.py"))
            .args(&self.connection)
            .args(arguments)
            .env("PYTHONPATH", self.generated.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("Python starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }
}

/// The modules that grpcio's own compiler makes of `proto/`.
fn generated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = |kind: &str| format!("--{kind}={}", folder.path().display());
    let output = Command::new(python())
        .args(["-m", "grpc_tools.protoc", "-I"])
        .arg(repository().join("proto/protos"))
        .args([out("python_out"), out("grpc_python_out")])
        .args(["accord/options.proto", "accord/referral/v1/referral.proto"])
        .output()
        .expect("Python starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    folder
}

#[test]
fn the_contracts_generate_a_client_of_another_language() {
    let folder = generated();
    let code = "from accord.referral.v1 import referral_pb2_grpc as s; print(sorted(n for n in vars(s) if n.endswith('Stub')))";
    let output = Command::new(python())
        .args(["-c", code])
        .env("PYTHONPATH", folder.path())
        .output()
        .expect("Python starts");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "['PublicReferralServiceStub', 'ReferralServiceStub']",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn a_partner_sends_a_referral_that_becomes_a_case() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let partner = Partner::new(stack);
    let coordinating = tenant.first("agency_coordinator");
    let coordinator = Caller::user(tenant, coordinating);
    let node = tenant.node(&coordinating.agency).to_owned();
    let (request, family) = (rpc.new_id(), story::family_name(&rpc));

    // Sent twice it is one referral; another body under the same id is refused.
    let sent = partner.run(&["submit", &request, &family, &node]);
    let text = |value: &Value, key: &str| {
        value[key]
            .as_str()
            .unwrap_or_else(|| panic!("{value} has no {key}"))
            .to_owned()
    };
    let (id, reference) = (text(&sent, "referral_id"), text(&sent, "reference"));
    assert_eq!(partner.run(&["submit", &request, &family, &node]), sent);
    let other = partner.run(&["submit", &request, "Other", &node]);
    assert_eq!(text(&other, "code"), "ABORTED", "{other}");
    let status = |of: &str| partner.run(&["status", of]);
    assert_eq!(text(&status(&id), "state"), "REFERRAL_STATE_SUBMITTED");
    assert_eq!(status(&reference), status(&id), "by the reference too");

    // The coordinator asks for more; the partner reads the question and answers.
    let triage = StartTriageRequest {
        request_id: rpc.new_id(),
        referral_id: id.clone(),
    };
    let started: StartTriageResponse = rpc
        .must(
            &coordinator,
            "referral.v1.ReferralService/StartTriage",
            &triage,
        )
        .await;
    let ask = ReturnForInformationRequest {
        request_id: rpc.new_id(),
        referral_id: id.clone(),
        etag: started.etag,
        question: "Was it insured?".into(),
    };
    let _: ReturnForInformationResponse = rpc
        .must(
            &coordinator,
            "referral.v1.ReferralService/ReturnForInformation",
            &ask,
        )
        .await;
    let asked = status(&id);
    assert_eq!(
        (text(&asked, "state"), text(&asked, "question")),
        (
            "REFERRAL_STATE_RETURNED_FOR_INFORMATION".into(),
            "Was it insured?".into()
        )
    );
    assert_eq!(
        partner.run(&["answer", &rpc.new_id(), &id, "It was not."]),
        serde_json::json!({})
    );
    assert_eq!(text(&status(&id), "state"), "REFERRAL_STATE_TRIAGE");

    // It becomes a case, of which the partner learns no more than that.
    let case_id = accept_in_triage(&rpc, &coordinator, &id, &node).await;
    let case = story::opened(&rpc, &coordinator, &case_id).await;
    let working = tenant
        .at(&coordinating.agency, "facilitator")
        .next()
        .expect("a facilitator");
    story::allocate(&rpc, &coordinator, &case_id, &working.id).await;
    until("the facilitator's mail", async || {
        (!sent_with(&tenant.mail, &case.reference).is_empty()).then_some(())
    })
    .await;
    let accepted = status(&id);
    assert_eq!(text(&accepted, "state"), "REFERRAL_STATE_ACCEPTED");
    assert!(
        !accepted.to_string().contains(&case_id) && !accepted.to_string().contains(&case.reference)
    );
    for internal in [
        "/accord.case.v1.CaseService/GetCase",
        "/accord.referral.v1.ReferralService/GetReferral",
        "/accord.identity.v1.SessionService/MintToken",
    ] {
        assert_eq!(
            text(&partner.run(&["raw", internal]), "code"),
            "NOT_FOUND",
            "{internal}"
        );
    }
    assert_eq!(text(&status(&rpc.new_id()), "code"), "NOT_FOUND");

    // The rest of the job, by the people of the service.
    let facilitator = Caller::user(tenant, working);
    for stage in [
        "INITIAL_CONTACT",
        "ASSESSMENT",
        "PREPARATION",
        "INTERVENTION_PLANNED",
    ] {
        story::move_stage(&rpc, &facilitator, &case_id, stage).await;
    }
    story::record_outcome(&rpc, &facilitator, &case_id).await;
    story::close(&rpc, &facilitator, &case_id, "COMPLETED_INTERVENTION").await;
    assert_eq!(
        story::case(&rpc, &coordinator, &case_id).await.stage,
        "CLOSED"
    );
}

/// Accepts a referral that is in triage already.
async fn accept_in_triage(rpc: &Rpc<'_>, coordinator: &Caller, id: &str, node: &str) -> String {
    let referral = story::referral(rpc, coordinator, id).await;
    story::accept_with(rpc, coordinator, &referral, node).await
}
