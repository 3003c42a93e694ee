//! The gate on good and on broken contracts.

use super::*;

const GOOD: &str = "resource: RESOURCE_TYPE_CASE action: ACTION_READ audit: AUDIT_OPERATION_CONSULTATION \
    principals: [PRINCIPAL_KIND_USER] exposure: EXPOSURE_INTERNAL";

fn contract(policy: &str, messages: &str) -> String {
    let option = if policy.is_empty() {
        String::new()
    } else {
        format!("option (accord.policy) = {{ {policy} }};")
    };
    format!(
        r#"syntax = "proto3";
        package accord.demo.v1;
        import "accord/options.proto";
        import "google/protobuf/timestamp.proto";
        service Demo {{ rpc Get(Ask) returns (Answer) {{ {option} }} }}
        message Ask {{ string id = 1; Inner inner = 2; repeated string many = 3; }}
        message Inner {{ string id = 1; uint32 n = 2; }}
        {messages}"#
    )
}

const RECORD: &str = r"message Answer {
    option (accord.resource) = RESOURCE_TYPE_CASE;
    string id = 1;
    repeated string masked_paths = 2;
    google.protobuf.Timestamp at = 3 [(accord.class) = FIELD_CLASS_REFERENCE];
    Part part = 4 [(accord.class) = FIELD_CLASS_NOTES];
}
message Part { string words = 1; Part more = 2; }";

const PATH: &str = "/accord.demo.v1.Demo/Get";

fn load(policy: &str, messages: &str) -> Result<PolicyTable, Vec<PolicyError>> {
    PolicyTable::from_pool(&test_pool(&contract(policy, messages)))
}

#[test]
fn a_good_contract_is_read() {
    let table = load(&format!(r#"{GOOD} id_path: "inner.id" list: true"#), RECORD).expect("good");
    let got = table.get(PATH).expect("method");
    assert_eq!(
        (got.resource, got.action, got.list),
        (ResourceType::Case, Action::Read, true)
    );
    assert_eq!(
        (got.policy.id_path.as_str(), got.exposure),
        ("inner.id", Exposure::Internal)
    );
    assert_eq!(got.principals, [PrincipalKind::User]);
    assert_eq!(got.audit, AuditOperation::Consultation);
    assert_eq!(table.iter().count(), 1);
    assert!(table.get("/accord.demo.v1.Demo/Put").is_none());
}

#[test]
fn the_real_contracts_pass() {
    let table = PolicyTable::from_pool(proto::pool()).unwrap_or_else(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        panic!(
            "the contracts have {} mistakes:\n{}",
            lines.len(),
            lines.join("\n")
        )
    });
    let advance = table
        .get("/accord.authz.v1.AuthorizationService/AdvanceEpoch")
        .expect("method");
    assert_eq!(advance.workloads, ["identity"]);
}

#[test]
fn a_method_without_a_policy_is_refused() {
    assert_eq!(
        load("", RECORD).expect_err("refused"),
        [PolicyError::NoPolicy {
            method: PATH.into()
        }]
    );
}

#[test]
fn all_unset_parts_are_named_at_once() {
    let errors = load("list: true", RECORD).expect_err("refused");
    let parts: Vec<_> = errors
        .iter()
        .filter_map(|e| {
            if let PolicyError::Unset { part, .. } = e {
                Some(*part)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        parts,
        ["action", "audit", "exposure", "principals", "resource"]
    );
}

#[test]
fn workloads_are_named() {
    let wanted = [PolicyError::Workloads {
        method: PATH.into(),
    }];
    assert_eq!(
        load(&GOOD.replace("_USER", "_WORKLOAD"), RECORD).expect_err("refused"),
        wanted
    );
    assert_eq!(
        load(&format!(r#"{GOOD} workloads: ["case"]"#), RECORD).expect_err("refused"),
        wanted
    );
    load(
        &format!(
            r#"{} workloads: ["case"]"#,
            GOOD.replace("_USER", "_WORKLOAD")
        ),
        RECORD,
    )
    .expect("good");
}

#[test]
fn id_paths_exist() {
    for bad in ["nothing", "inner", "inner.n", "many", "id.x", "inner."] {
        let errors = load(&format!("{GOOD} id_path: {bad:?}"), RECORD).expect_err("refused");
        assert_eq!(
            errors,
            [PolicyError::IdPath {
                method: PATH.into(),
                id_path: bad.into()
            }]
        );
    }
}

#[test]
fn every_leaf_has_a_class() {
    let errors = load(
        GOOD,
        "message Answer { string a = 1; Deep d = 2; } message Deep { string b = 1; Deep d = 2; }",
    )
    .expect_err("refused");
    let field = |f: &str| PolicyError::NoClass {
        method: PATH.into(),
        field: format!("accord.demo.v1.{f}"),
    };
    assert_eq!(errors, [field("Answer.a"), field("Deep.b")]);
}

#[test]
fn personal_fields_stand_in_records() {
    let bare = "message Answer { string a = 1 [(accord.class) = FIELD_CLASS_IDENTITY]; }";
    let wanted = [PolicyError::OutsideRecord {
        method: PATH.into(),
        field: "accord.demo.v1.Answer.a".into(),
    }];
    assert_eq!(load(GOOD, bare).expect_err("refused"), wanted);
    load(&GOOD.replace("_USER", "_PUBLIC"), bare).expect("the drafter gets back the own draft");
    load(
        &format!(
            r#"{} workloads: ["case"]"#,
            GOOD.replace("_USER", "_WORKLOAD")
        ),
        bare,
    )
    .expect("facts for a service");
    let mixed = GOOD.replace(
        "[PRINCIPAL_KIND_USER]",
        "[PRINCIPAL_KIND_USER, PRINCIPAL_KIND_PUBLIC]",
    );
    assert_eq!(load(&mixed, bare).expect_err("refused"), wanted);
}

#[test]
fn records_have_the_shape_of_records() {
    let wanted = [PolicyError::RecordShape {
        message: "accord.demo.v1.Answer".into(),
    }];
    for fields in [
        "uint64 id = 1; repeated string masked_paths = 2;",
        "string id = 1; string masked_paths = 2;",
        "string id = 1;",
        "string id = 1; repeated string others = 2;",
    ] {
        let m =
            format!("message Answer {{ option (accord.resource) = RESOURCE_TYPE_CASE; {fields} }}");
        assert_eq!(load(GOOD, &m).expect_err("refused"), wanted, "{fields}");
    }
}

#[test]
fn a_pool_without_options_is_refused() {
    assert_eq!(
        PolicyTable::from_pool(&DescriptorPool::new()).expect_err("refused"),
        [PolicyError::NoOptions]
    );
}
