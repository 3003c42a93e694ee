//! 100,000 invented people in cases of two. Keys, sealed blobs and search tokens are made by the service's own code, in
//! its own transactions; rows go in by the hundred. Their case files are copies of one case under new ids: nothing that
//! is measured opens what is sealed in those.

use std::time::Instant;

use access::tokens::{PersonInput, PersonTokens};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use platform::{Clock, Db, Tx, config::{self, KmsSection, LimitsSection, Reader}, ids, jobs::JobCtx, keys::Keys, lifecycle::Shutdown};
use proto::FieldClass;
use uuid::Uuid;

use super::{caller::fault, ground::Ground};

/// People of one transaction.
const BATCH: usize = 500;
/// Transactions at a time.
const AT_ONCE: usize = 2;

const GIVEN: [&str; 40] = [
    "Amara", "Benjamin", "Carys", "Dilys", "Emeka", "Farah", "Gethin", "Hannah", "Idris", "Jodie", "Kwame", "Leila", "Marek", "Nerys", "Olivia", "Priya",
    "Quentin", "Rhiannon", "Samir", "Tegan", "Ursula", "Viktor", "Wanda", "Xanthe", "Yusuf", "Zara", "Aled", "Bronwen", "Callum", "Delyth", "Ewan", "Fatima",
    "Gareth", "Harriet", "Imran", "Josephine", "Kieran", "Lowri", "Megan", "Nikhil",
];
const FRONT: [&str; 40] = [
    "Ash", "Bell", "Cart", "Dun", "Elling", "Fair", "Gar", "Hollow", "Ingle", "Jes", "Ketter", "Lark", "Mer", "North", "Oaken", "Penny", "Quarring", "Raven",
    "Silver", "Thistle", "Under", "Vex", "Wether", "Yar", "Black", "Brad", "Chal", "Cran", "Dray", "Earn", "Fen", "Glad", "Har", "Ken", "Lang", "Mar", "New",
    "Stan", "Win", "Whit",
];
const BACK: [&str; 40] = [
    "bourne", "bridge", "bury", "by", "combe", "cott", "croft", "dale", "den", "down", "feather", "field", "fold", "ford", "gate", "grave", "ham", "hay",
    "hill", "hurst", "land", "ley", "lock", "low", "man", "mere", "more", "pool", "ridge", "row", "shaw", "side", "spur", "stead", "stone", "thorpe", "ton",
    "wick", "wood", "worth",
];

/// A person by number; the same number is always the same.
pub struct Invented {
    /// Given name.
    pub given: &'static str,
    /// Family name, one of 1,600.
    pub family: String,
    /// Date of birth.
    pub born: NaiveDate,
    /// Postcode.
    pub postcode: String,
}

/// The person of a number.
pub fn invented(number: usize) -> Invented {
    // A multiplier without a common divisor walks through all combinations before it repeats one.
    let mixed = number.wrapping_mul(2_654_435_761) >> 3;
    let letter = |n: usize| char::from(b"ABDEFGHJLNPQRSTUWXYZ"[n % 20]);
    let (year, day) = (1940 + (mixed / 7) % 68, 1 + (mixed / 476) % 365);
    Invented {
        given: GIVEN[mixed % 40],
        family: format!("{}{}", FRONT[(mixed / 40) % 40], BACK[(mixed / 1_600) % 40]),
        born: NaiveDate::from_yo_opt(i32::try_from(year).unwrap_or(1980), u32::try_from(day).unwrap_or(1)).unwrap_or_default(),
        postcode: format!("LS{} {}{}{}", 1 + mixed % 29, mixed / 29 % 10, letter(mixed / 290), letter(mixed / 5_800)),
    }
}

/// What the case service seals of a person: its messages by tag.
#[derive(Clone, PartialEq, prost::Message)]
struct TwoTexts {
    #[prost(string, tag = "1")]
    first: String,
    #[prost(string, tag = "2")]
    second: String,
}

/// Fills the tenant's register and answers people a second.
///
/// # Errors
/// Of the database, or where a search afterwards could not open what was written.
pub async fn fill(ground: &Ground, people: usize) -> Result<f64> {
    let figment = config::figment(Some(&ground.config()));
    let mut reader = Reader::new(&figment);
    let (service, kms, limits) = (reader.service("case"), reader.section::<KmsSection>(), reader.section::<LimitsSection>());
    reader.finish()?;
    let db = Db::connect_with("case", &service.database, Keys::open(&kms).map_err(fault)?, false).await.map_err(fault)?;
    let clock = Clock::system();
    let jobs = JobCtx::new("case", db.clone(), clock.clone(), Shutdown::of(&limits));
    let tenant: Uuid = ground.tenant.id.parse()?;
    let began = Instant::now();
    let cases = copy_cases(ground, tenant, people.div_ceil(2), &clock).await?;
    let batches = (0..people).step_by(BATCH).map(|from| {
        let (db, jobs, cases) = (&db, &jobs, &cases);
        async move { batch(db, jobs, tenant, from..people.min(from + BATCH), cases).await }
    });
    futures::TryStreamExt::try_for_each_concurrent(futures::stream::iter(batches.map(Ok::<_, anyhow::Error>)), AT_ONCE, |work| work).await?;
    let took = began.elapsed().as_secs_f64();
    db.close().await;
    let mut connection = ground.database("case").await?;
    sqlx::query("VACUUM ANALYZE").execute(&mut connection).await?;
    sqlx::query("CHECKPOINT").execute(&mut connection).await?;
    Ok(f64::from(u32::try_from(people)?) / took)
}

async fn copy_cases(ground: &Ground, tenant: Uuid, count: usize, clock: &Clock) -> Result<Vec<Uuid>> {
    let mut connection = ground.database("case").await?;
    let new: Vec<Uuid> = (0..count).map(|_| ids::new_id(clock.now())).collect();
    let references: Vec<String> = new.iter().map(|id| ids::reference("RJ", *id)).collect();
    let done = sqlx::query(
        "INSERT INTO cases.case_file
         SELECT r.* FROM (SELECT * FROM cases.case_file WHERE tenant_id = $1 AND closed_at IS NULL ORDER BY id LIMIT 1) c,
              unnest($2::uuid[], $3::text[]) AS n (id, reference),
              LATERAL jsonb_populate_record(c::cases.case_file, jsonb_build_object('id', n.id, 'reference', n.reference)) AS r",
    )
    .bind(tenant)
    .bind(&new)
    .bind(&references)
    .execute(&mut connection)
    .await
    .context("copying cases")?;
    anyhow::ensure!(done.rows_affected() == u64::try_from(count)?, "the demonstration has no open case to copy");
    Ok(new)
}

async fn batch(db: &Db, jobs: &JobCtx, tenant: Uuid, numbers: std::ops::Range<usize>, cases: &[Uuid]) -> Result<()> {
    let ctx = jobs.ctx_for(tenant, ids::new_id(jobs.clock().now()));
    let mut tx = Tx::begin(db, &ctx, ctx.permit()).await.map_err(fault)?;
    let key = tx.token_key().await.map_err(fault)?;
    let (mut people, mut references, mut identities, mut births, mut contacts, mut tokens) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    let (mut participants, mut of_case) = (vec![], vec![]);
    for number in numbers {
        let person = invented(number);
        let id = ctx.new_id();
        let birth = person.born.to_string();
        tx.create_subject(id, "person").await.map_err(fault)?;
        let text = |first: &str, second: &str| TwoTexts { first: first.to_owned(), second: second.to_owned() };
        identities.push(tx.seal(id, FieldClass::Identity, id, &text(person.given, &person.family)).await.map_err(fault)?);
        births.push(tx.seal(id, FieldClass::DateOfBirth, id, &text(&birth, "")).await.map_err(fault)?);
        contacts.push(tx.seal(id, FieldClass::Contact, id, &text("1 Mill Lane", &person.postcode)).await.map_err(fault)?);
        let input = PersonInput {
            given: person.given,
            family: &person.family,
            aliases: Vec::new(),
            birth_date: Some(person.born),
            postcode: Some(&person.postcode),
            phones: Vec::new(),
            emails: Vec::new(),
            external_ids: Vec::new(),
        };
        let of_person: Vec<String> = PersonTokens::compute(&key, &input).iter().map(i64::to_string).collect();
        tokens.push(format!("{{{}}}", of_person.join(",")));
        references.push(ids::reference("P", id));
        people.push(id);
        participants.push(ctx.new_id());
        of_case.push(cases[number / 2]);
    }
    let now = tx.now();
    sqlx::query(
        "INSERT INTO people.person (tenant_id, id, reference, created_at, c_identity, c_date_of_birth, c_contact)
         SELECT $1, n.id, n.reference, $2, n.identity, n.birth, n.contact
         FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[]) AS n (id, reference, identity, birth, contact)",
    )
    .bind(tenant)
    .bind(now)
    .bind(&people)
    .bind(&references)
    .bind(&identities)
    .bind(&births)
    .bind(&contacts)
    .execute(tx.conn())
    .await?;
    sqlx::query("INSERT INTO search.person_token (tenant_id, person_id, tok) SELECT $1, n.id, n.tok::bigint[] FROM unnest($2::uuid[], $3::text[]) AS n (id, tok)")
        .bind(tenant)
        .bind(&people)
        .bind(&tokens)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "INSERT INTO cases.participant (tenant_id, id, case_id, person_id, role, side, status, status_since, created_at)
         SELECT $1, n.id, n.case_id, n.person_id, 'HARMED_PERSON', 'HARMED', 'IDENTIFIED', $2, $2
         FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS n (id, case_id, person_id)",
    )
    .bind(tenant)
    .bind(now)
    .bind(&participants)
    .bind(&of_case)
    .bind(&people)
    .execute(tx.conn())
    .await?;
    tx.commit().await.map_err(fault)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_spread() {
        let families: BTreeSet<String> = (0..20_000).map(|n| invented(n).family).collect();
        assert!(families.len() > 1_500, "{}", families.len());
        let whole: BTreeSet<String> = (0..20_000).map(|n| format!("{} {}", invented(n).given, invented(n).family)).collect();
        assert!(whole.len() > 15_000, "{}", whole.len());
        assert_eq!(invented(7).postcode, invented(7).postcode);
    }
}
