//! Every table obeys tenancy.

use case::CaseService;
use platform::db::catalogue::{Expected, problems};
use sqlx::PgPool;
use testkit::{db::TestDb, servers::servers};

#[tokio::test]
async fn every_table_is_bound_to_its_tenant() {
    let db = TestDb::of::<CaseService>().await;
    let base = servers().postgres.superuser_url.rsplit_once('/').expect("an address").0;
    let pool = PgPool::connect(&format!("{base}/{}", db.name)).await.expect("the database");
    let found = problems(&pool, Expected { definers: &["search.candidates"], ..Expected::default() }).await.expect("the catalogue");
    pool.close().await;
    assert_eq!(found, Vec::<String>::new());
}
