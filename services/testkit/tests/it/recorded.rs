//! What is in the trail and what is not: a walk over every method's policy, and that a command without a change leaves a trace.

use access::policy::PolicyTable;
use proto::{Action, AuditOperation, PrincipalKind};

use crate::notes::Office;

/// Methods that leave nothing when they succeed, and why that is right. A refusal of any of them is recorded. A new line here is a
/// decision that somebody has to review.
const UNRECORDED: [(&str, &str); 18] = [
    ("/accord.authz.v1.AuthorizationService/AdvanceEpoch", "brings permissions to a service; who changed them is recorded by identity"),
    ("/accord.case.v1.CaseAccessService/ListAgreements", "agreements between agencies name nobody"),
    ("/accord.case.v1.CaseAccessService/VisibleCases", "which of some cases a reader sees, asked by a service whose own list is recorded"),
    ("/accord.case.v1.CaseService/CountCases", "a number for a tab, capped; the list beside it is recorded"),
    ("/accord.identity.v1.AccountService/AssessPassword", "how strong what is typed would be; nothing is kept"),
    ("/accord.identity.v1.AccountService/GetAccount", "one's own account"),
    ("/accord.identity.v1.OrganisationService/GetSnapshot", "permissions for a service"),
    ("/accord.identity.v1.OrganisationService/GetTenant", "name, colour and settings of the tenant"),
    ("/accord.identity.v1.OrganisationService/ListNodes", "the tree of the organisation"),
    ("/accord.identity.v1.OrganisationService/ListRoles", "definitions of roles"),
    ("/accord.identity.v1.RoleService/GetRole", "the definition of a role"),
    ("/accord.identity.v1.RoleService/ListRoleSummaries", "definitions of roles, and how many hold them"),
    ("/accord.identity.v1.SessionService/MintPublicToken", "the public has no name"),
    ("/accord.identity.v1.SessionService/MintToken", "each minute of a session, whose begin and end are recorded"),
    ("/accord.identity.v1.SessionService/ResolveTenant", "which tenant an address means"),
    ("/accord.notification.v1.MessageService/ListTemplates", "texts without anybody's data"),
    ("/accord.referral.v1.ReferralService/CountReferrals", "a number for a tab, capped; the list beside it is recorded"),
    ("/accord.reporting.v1.ReportService/ListReports", "which reports there are"),
];

/// Whether a method changes something: then its right may be that of a look (what somebody declares of themselves).
fn is_command(path: &str) -> bool {
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
    let service = proto::pool().get_service_by_name(service).unwrap();
    service.methods().any(|m| m.name() == method && m.input().get_field_by_name("request_id").is_some())
}

#[test]
fn every_method_is_recorded_or_reviewed() {
    let table = PolicyTable::from_pool(proto::pool()).unwrap();
    let mut unrecorded: Vec<&str> = table.iter().filter(|m| matches!(m.audit, AuditOperation::None | AuditOperation::Unspecified)).map(|m| m.path.as_str()).collect();
    unrecorded.sort_unstable();
    assert_eq!(unrecorded, UNRECORDED.map(|(path, _)| path));
    for method in table.iter() {
        // What shows or takes out records about people is a look of its own kind, never mere administration.
        if method.action == Action::Export {
            assert_eq!(method.audit, AuditOperation::Disclosure, "{}", method.path);
        }
        if matches!(method.action, Action::Search | Action::List | Action::Read) && method.principals.contains(&PrincipalKind::User) && !unrecorded.contains(&method.path.as_str()) && !is_command(&method.path) {
            assert!(matches!(method.audit, AuditOperation::Consultation | AuditOperation::Disclosure), "{} is a look that is recorded as something else", method.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_changes_nothing_leaves_a_trace() {
    let office = Office::open().await;
    let (events, note) = ("SELECT count(*) FROM platform.audit_event WHERE outcome = 'ok'", office.note("a note", ""));
    office.add(note.clone()).await.unwrap();
    assert_eq!(office.count(events).await, 1, "one change, one event");
    office.add(note).await.unwrap();
    assert_eq!(office.count(events).await, 2, "the answer was given again");
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_tells_how_many_records_the_actor_has_no_link_with() {
    let office = Office::open().await;
    office.ask("").await.unwrap();
    assert_eq!(office.count("SELECT apart::bigint FROM platform.audit_event").await, 1, "the lead reaches it by role alone");
    office.service.stop().await;
}

mod trail {
    //! What who oversees the trail may ask: a page, a span to take out, sums, and what the rules find.

    use proto::audit::v1::{ExportEventsRequest, ListEventsRequest, ListUnusualAccessRequest, ListUsageRequest, audit_service_client::AuditServiceClient};
    use prost_types::Timestamp;
    use tonic::Code;

    use crate::notes::Office;

    fn around(office: &Office) -> (Option<Timestamp>, Option<Timestamp>) {
        let now = office.service.clock.now().timestamp();
        (Some(Timestamp { seconds: now - 3_600, nanos: 0 }), Some(Timestamp { seconds: now + 3_600, nanos: 0 }))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_lead_reads_the_trail_and_that_is_in_it_too() {
        let office = Office::open().await;
        for _ in 0..3 {
            office.ask("").await.unwrap();
        }
        let mut client = AuditServiceClient::new(office.service.channel());
        let (from, to) = around(&office);
        let mut page = ListEventsRequest { record_ids: vec![office.case_id.clone()], actor: format!("user:{}", office.lead), from, to, page_size: 2, ..Default::default() };
        let first = client.list_events(office.service.as_user(office.lead, page.clone())).await.unwrap().into_inner();
        assert_eq!((first.events.len(), first.next_page_token.is_empty()), (2, false));
        page.page_token = first.next_page_token;
        let second = client.list_events(office.service.as_user(office.lead, page)).await.unwrap().into_inner();
        assert_eq!((second.events.len(), second.next_page_token.is_empty()), (1, true));
        assert_eq!((second.events[0].apart, second.events[0].batch), (1, 0), "no link of their own, and not sealed yet");
        assert_eq!(office.count("SELECT count(*) FROM platform.audit_event WHERE method LIKE '%/ListEvents' AND cardinality(record_ids) > 0").await, 2);
        // The future is empty, and so is what nobody did.
        let later = ListEventsRequest { from: to, ..Default::default() };
        assert_eq!(client.list_events(office.service.as_user(office.lead, later)).await.unwrap().into_inner().events, []);
        for (request, field) in [
            (ListEventsRequest { record_ids: vec!["x".into()], ..Default::default() }, "record_ids"),
            (ListEventsRequest { from: Some(Timestamp { seconds: i64::MAX, nanos: 0 }), ..Default::default() }, "from"),
        ] {
            let refused = client.list_events(office.service.as_user(office.lead, request)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        }
        let refused = client.list_events(office.service.as_user(office.reader, ListEventsRequest::default())).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        office.service.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_export_is_for_data_protection_officers_and_is_recorded() {
        let mut officer = uuid::Uuid::nil();
        let office = Office::open_with_world(|world| officer = world.user("data_protection_officer", world.partnership)).await;
        office.ask("").await.unwrap();
        let (from, to) = around(&office);
        let request = ExportEventsRequest { from, to, page_token: String::new() };
        let mut client = AuditServiceClient::new(office.service.channel());
        let refused = client.export_events(office.service.as_user(office.lead, request.clone())).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        let answer = client.export_events(office.service.as_user(officer, request)).await.unwrap().into_inner();
        assert_eq!((answer.events.len(), answer.next_page_token.as_str()), (2, ""), "the look and the refusal");
        let disclosed = "SELECT count(*) FROM platform.audit_event WHERE operation = 5 AND outcome = 'ok' AND cardinality(record_ids) = 2";
        assert_eq!(office.count(disclosed).await, 1);
        let endless = ExportEventsRequest { from: Some(Timestamp { seconds: 0, nanos: 0 }), to, page_token: String::new() };
        assert_eq!(client.export_events(office.service.as_user(officer, endless)).await.unwrap_err().code(), Code::InvalidArgument);
        office.service.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn use_is_summed_and_what_is_unusual_is_found() {
        let office = Office::open().await;
        for _ in 0..3 {
            office.ask("").await.unwrap();
        }
        // As if the lead had opened many records in the hour.
        let mut database = office.service.db.connect().await;
        sqlx::raw_sql(
            "INSERT INTO platform.audit_event (tenant_id, id, at, actor, request_id, method, operation, outcome, resource, record_ids, classes, apart)
             SELECT tenant_id, gen_random_uuid(), at, actor, request_id, method, operation, outcome, resource, ARRAY[gen_random_uuid()], classes, 1
             FROM (SELECT * FROM platform.audit_event LIMIT 1) AS e, generate_series(1, 70)",
        )
        .execute(&mut database)
        .await
        .unwrap();
        let (from, to) = around(&office);
        let mut client = AuditServiceClient::new(office.service.channel());
        let used = client.list_usage(office.service.as_user(office.lead, ListUsageRequest { from, to })).await.unwrap().into_inner().rows;
        assert_eq!(used.iter().map(|row| (row.month.as_str(), row.looks, row.changes, row.refusals)).collect::<Vec<_>>(), [("2027-01", 73, 0, 0)]);
        let found = client.list_unusual_access(office.service.as_user(office.lead, ListUnusualAccessRequest { from, to })).await.unwrap().into_inner().found;
        let rules: Vec<(&str, i64)> = found.iter().map(|f| (f.rule.as_str(), f.count)).collect();
        assert!(rules.contains(&("MANY_RECORDS", 71)) && rules.contains(&("NO_LINK", 71)), "{rules:?}");
        assert_eq!(client.list_usage(office.service.as_user(office.reader, ListUsageRequest { from, to })).await.unwrap_err().code(), Code::PermissionDenied);
        office.service.stop().await;
    }
}
