//! Erasure and rotation over the whole product: two officers erase a person who came by the public form, every service
//! destroys its keys, and a tenant's keys are rotated while everything runs.

use integration_tests::{
    rpc::{Caller, Rpc},
    stack::Stack,
    story,
    wait::until,
};
use prost::Message;
use proto::{
    case::v1::{CloseCaseRequest, CloseCaseResponse},
    identity::v1::{AssignRoleRequest, AssignRoleResponse, ListRolesRequest, ListRolesResponse},
    keys::v1::{GetKeyStatusRequest, GetKeyStatusResponse},
    people::v1::{
        ApproveErasureRequest, ApproveErasureResponse, ErasePersonRequest, ErasePersonResponse, GetErasureRequest, GetErasureResponse, GetPersonRequest,
        GetPersonResponse,
    },
};

#[tokio::test]
async fn a_person_is_erased_in_every_service_and_keys_are_rotated_meanwhile() {
    let stack = Stack::own(&[]);
    let rpc = Rpc::new(&stack);
    let tenant = stack.demo.partnership();
    let administrator = Caller::user(tenant, tenant.first("tenant_administrator"));
    let lead = Caller::user(tenant, tenant.first("partnership_lead"));
    let officer = Caller::user(tenant, tenant.first("data_protection_officer"));
    let coordinating = tenant.first("agency_coordinator");
    let coordinator = Caller::user(tenant, coordinating);

    // A second officer, made by the administrator.
    let roles: ListRolesResponse = rpc.must(&administrator, "identity.v1.OrganisationService/ListRoles", &ListRolesRequest::default()).await;
    let role = roles.roles.iter().find(|r| r.built_in == "data_protection_officer").expect("the officer's role");
    let second = AssignRoleRequest {
        request_id: rpc.new_id(),
        user_id: tenant.first("partnership_lead").id.clone(),
        role_id: role.id.clone(),
        node_id: tenant.nodes[0].id.clone(),
        valid_from: None,
        valid_to: None,
    };
    let _: AssignRoleResponse = rpc.must(&administrator, "identity.v1.UserService/AssignRole", &second).await;
    // Tokens of before the change are stale.
    let rpc = Rpc::new(&stack);

    let family = story::family_name(&rpc);
    let reference = story::send_public_form(&rpc, tenant, story::public_input(&family)).await;
    let referral = story::find_referral(&rpc, &lead, &reference).await;
    let case_id = story::accept(&rpc, &lead, &referral.id, tenant.node(&coordinating.agency)).await;
    let case = story::opened(&rpc, &coordinator, &case_id).await;
    let harmed = story::participant(&rpc, &coordinator, &case_id, "HARMED_PERSON").await;
    let harmer = story::participant(&rpc, &coordinator, &case_id, "HARMER").await;
    let person_id = harmed.person_id.clone();

    // While everything runs, the operator makes new versions of the tenant's keys.
    let config = stack.dir.join("accord.toml").display().to_string();
    let rotated = stack.command(&["keys", "rotate", "--tenant", &tenant.slug, "--config", &config]).output().expect("the program starts");
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));

    let close = CloseCaseRequest {
        request_id: rpc.new_id(),
        case_id: case_id.clone(),
        etag: case.etag.clone(),
        reason: case.allowed_close_reasons[0].clone(),
        note: String::new(),
    };
    let _: CloseCaseResponse = rpc.must(&lead, "case.v1.CaseService/CloseCase", &close).await;
    let dry = ErasePersonRequest { request_id: rpc.new_id(), person_id: person_id.clone(), dry_run: true, reason: String::new() };
    let told: ErasePersonResponse = rpc.must(&officer, "people.v1.ErasureService/ErasePerson", &dry).await;
    assert!(told.blockers.is_empty());
    assert_eq!(told.extent.expect("extent").referral_parties, 1, "the handover kept who they were in the referral");
    let ask = ErasePersonRequest { request_id: rpc.new_id(), dry_run: false, reason: "REQUESTED_BY_PERSON".into(), ..dry };
    let asked: ErasePersonResponse = rpc.must(&officer, "people.v1.ErasureService/ErasePerson", &ask).await;
    let approve = ApproveErasureRequest { request_id: rpc.new_id(), person_id: person_id.clone(), erasure_id: asked.erasure_id, etag: "1".into() };
    let _: ApproveErasureResponse = rpc.must(&lead, "people.v1.ErasureService/ApproveErasure", &approve).await;

    let state = GetErasureRequest { person_id: person_id.clone() };
    let done = until("every service confirms", async || {
        let answer: GetErasureResponse = rpc.must(&officer, "people.v1.ErasureService/GetErasure", &state).await;
        answer.erasure.filter(|e| e.state == "COMPLETED")
    })
    .await;
    assert_eq!(done.confirmations.iter().map(|c| (c.service.as_str(), c.keys)).collect::<Vec<_>>(), [("case", 1), ("referral", 1)]);
    let left = story::referral(&rpc, &lead, &referral.id).await.input.expect("the referral stays");
    assert_eq!(left.parties.iter().map(|p| p.given_name.as_str()).collect::<Vec<_>>(), ["", "Otto"]);
    let other: GetPersonResponse = rpc.must(&lead, "people.v1.PeopleService/GetPerson", &GetPersonRequest { person_id: harmer.person_id }).await;
    assert_eq!(other.person.expect("the other party").given_name, "Otto");
    for service in ["case", "referral"] {
        let list = std::fs::read_to_string(stack.dir.join("shred-list").join(format!("{service}.shred"))).expect("the shred list");
        assert_eq!(list.lines().count(), 1, "{service}");
        assert!(!list.contains(&family), "ids only");
    }

    until("the data keys have moved to the new version", async || {
        let asked = GetKeyStatusRequest {}.encode_to_vec().into();
        let answer = rpc.raw(&administrator, "case", "/accord.keys.v1.KeyService/GetKeyStatus", asked).await.expect("the state of the keys");
        let status = GetKeyStatusResponse::decode(answer).expect("it decodes");
        let newest = status.versions.first().is_some_and(|v| v.version == 2);
        (newest && status.awaiting == 0 && status.versions.iter().skip(1).all(|v| v.retired_at.is_some())).then_some(())
    })
    .await;
    story::case(&rpc, &lead, &case_id).await;

    let replayed = stack.command(&["keys", "replay-shred-list", "--config", &config]).output().expect("the program starts");
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("case: 1 entries, 0 keys destroyed again."));
}
