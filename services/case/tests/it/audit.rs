//! What the audit trail keeps of a search.

use proto::people::v1::{FindMatchesRequest, SearchPeopleRequest, people_service_client::PeopleServiceClient};

use crate::case_office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_leaves_a_keyed_hash_and_never_its_terms() {
    let office = Office::open().await;
    let case = office.rj().await;
    office.participant(&case, "HARMED_PERSON", "Quillon").await;
    let mut client = PeopleServiceClient::new(office.service.channel());
    for text in ["Quillon Example", "quillon example", "Nobody"] {
        let request = SearchPeopleRequest { text: text.into(), ..SearchPeopleRequest::default() };
        client.search_people(office.service.as_user(office.lead, request)).await.unwrap();
    }
    let request = FindMatchesRequest { given_name: "Quillon".into(), family_name: "Example".into(), ..FindMatchesRequest::default() };
    client.find_matches(office.service.as_user(office.lead, request)).await.unwrap();

    let mut database = office.service.db.connect().await;
    let sql = "SELECT terms FROM platform.audit_event WHERE method LIKE '%/SearchPeople' ORDER BY sequence";
    let terms: Vec<Option<Vec<u8>>> = sqlx::query_scalar(sql).fetch_all(&mut database).await.unwrap();
    assert!(terms.len() == 3 && terms.iter().all(Option::is_some), "{terms:?}");
    assert_eq!(terms[0], terms[1], "the same search");
    assert_ne!(terms[0], terms[2]);
    let sql = "SELECT count(*) FROM platform.audit_event WHERE method LIKE '%/FindMatches' AND terms IS NOT NULL";
    assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut database).await.unwrap(), 1);
    let sql = "SELECT count(*) FROM platform.audit_event e WHERE e::text ILIKE '%quillon%' OR encode(coalesce(terms, ''), 'escape') ILIKE '%quillon%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut database).await.unwrap(), 0);
    office.service.stop().await;
}
