//! `GetCase` over mTLS with authorisation, decryption and the trail of looks, against pgbench with the statements that one
//! such call logged in this run. Client and pgbench have one core, service and database the other; neither has TLS to
//! PostgreSQL. A figure counts only where every look is in the trail.

use std::{path::{Path, PathBuf}, process::Stdio};

use anyhow::{Context, Result, bail};
use serde_json::json;
use sqlx::AssertSqlSafe;
use tokio::process::Command;
use uuid::Uuid;

use super::{Options, ground::{self, Ground, Served}, load::{Job, Work}, report::{Row, median, short}, statements::{self, Logged, Script}, web};
use crate::setup;

/// Requests under way at a time, on both sides.
const AT_ONCE: usize = 16;
/// Core of client and pgbench.
const CLIENT: usize = 0;
/// Core of service and database.
const SERVER: usize = 1;

/// Measures both with the trail and without.
pub async fn measure(ground: &Ground, options: &Options) -> Result<Vec<Row>> {
    if std::thread::available_parallelism().map_or(1, std::num::NonZero::get) < 2 {
        bail!("this needs two cores");
    }
    let pgbench = pgbench().context("pgbench is missing: apt-get install postgresql-contrib")?;
    let user = ground.tenant.users.iter().find(|u| u.role == "partnership_lead").context("a lead")?;
    let case = web::cases_of(ground, user).await?.first().copied().context("a case of the demonstration")?;
    let work = Work::GetCase { user: user.id.parse()?, cases: vec![case.to_string()] };
    let logged = logged(ground, &work).await?;
    let password = role(ground).await?;
    pin(ground).await?;
    let mut rows = Vec::new();
    for (looks, key, title, aim) in [(true, "get_case", "GetCase / pgbench, log on", Some(0.40)), (false, "get_case_log_off", "GetCase / pgbench without the insert, log off", None)] {
        let script = statements::script(&logged.iter().filter(|s| looks || !s.is_audit()).cloned().collect::<Vec<_>>())?;
        rows.push(pairs(ground, options, &work, &pgbench, &password, &script, looks, (key, title, aim)).await?);
    }
    let of = |row: &Row| row.detail["get_case_per_second_median"].as_f64();
    if let (Some(on), Some(off)) = (of(&rows[0]), of(&rows[1])) {
        rows.push(Row::ratio("get_case_log", "GetCase, log on / log off", on / off, Some(0.85), json!({ "on_per_second": short(on), "off_per_second": short(off) })));
    }
    Ok(rows)
}

#[expect(clippy::too_many_arguments, reason = "the two sides of one comparison")]
async fn pairs(
    ground: &Ground, options: &Options, work: &Work, pgbench: &Path, password: &str, script: &Script, looks: bool, (key, title, aim): (&str, &str, Option<f64>),
) -> Result<Row> {
    let mut served = ground.serve(&["case", "serve"], Some(SERVER), looks).await?;
    served.ready().await?;
    let mut job = Job::new(ground, &served, work.clone()).await?;
    (job.workers, job.warm, job.seconds) = (AT_ONCE, 2, options.seconds);
    plain(ground, pgbench, password, script, 2).await?;
    let (mut ours, mut theirs, mut ratios, mut p99, mut failed, mut failure) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0, None);
    for _ in 0..options.pairs {
        let before = trail(ground).await?;
        let figures = job.run(Some(CLIENT)).await?;
        let written = trail(ground).await? - before;
        if looks && written < i64::try_from(figures.all)? {
            bail!("{} requests were answered and {written} of them are in the trail", figures.all);
        }
        let tps = plain(ground, pgbench, password, script, options.seconds).await?;
        failed += figures.failed;
        failure = failure.or(figures.failure);
        ratios.push(figures.per_second / tps);
        ours.push(figures.per_second);
        theirs.push(tps);
        p99.push(figures.p99);
    }
    served.stop().await?;
    let all = |values: &[f64]| values.iter().map(|v| short(*v)).collect::<Vec<_>>();
    let detail = json!({
        "get_case_per_second": all(&ours), "get_case_per_second_median": short(median(ours.clone())), "pgbench_per_second": all(&theirs), "ratios": all(&ratios),
        "get_case_p99_ms": all(&p99), "failed": failed, "failure": failure, "at_once": AT_ONCE, "statements": script.statements,
    });
    Ok(Row::ratio(key, title, median(ratios), aim, detail))
}

/// What PostgreSQL logs of one call, made after others have filled every cache and prepared every statement.
async fn logged(ground: &Ground, work: &Work) -> Result<Vec<Logged>> {
    let mut connection = ground.database("case").await?;
    for role in ["case_app", "case_platform"] {
        sqlx::query(AssertSqlSafe(format!("ALTER ROLE {role} SET log_statement = 'all'"))).execute(&mut connection).await?;
    }
    let outcome = async {
        let mut served: Served = ground.serve(&["case", "serve"], None, true).await?;
        served.ready().await?;
        let mut job = Job::new(ground, &served, work.clone()).await?;
        (job.workers, job.warm, job.seconds) = (1, 0, 1);
        job.run(None).await?;
        let log = ground.dir().join("postgres.log");
        let text = std::fs::read_to_string(&log)?;
        served.stop().await?;
        last_call(&statements::read(&text)).context("PostgreSQL's log shows no whole call")
    }
    .await;
    for role in ["case_app", "case_platform"] {
        sqlx::query(AssertSqlSafe(format!("ALTER ROLE {role} RESET log_statement"))).execute(&mut connection).await?;
    }
    outcome
}

/// Calls came one after another, so the last is what stands between the last two inserts into the trail.
fn last_call(statements: &[Logged]) -> Option<Vec<Logged>> {
    let end = statements.iter().rposition(Logged::is_audit)?;
    let begin = statements[..end].iter().rposition(Logged::is_audit)? + 1;
    let call = statements[begin..=end].to_vec();
    let whole = call.first()?.sql.starts_with("BEGIN READ ONLY") && call.iter().filter(|s| s.sql == "COMMIT").count() == 1;
    whole.then_some(call)
}

/// A role with the rights and the row policies of both roles of the service, and no others.
async fn role(ground: &Ground) -> Result<String> {
    let password = setup::random_secret()?;
    let mut connection = ground.database("case").await?;
    let sql = format!("CREATE ROLE case_bench LOGIN INHERIT NOBYPASSRLS PASSWORD '{password}' IN ROLE case_app, case_platform");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(password)
}

/// Keeps the database's processes, and those that it will start, on the server's core.
async fn pin(ground: &Ground) -> Result<()> {
    let mut connection = ground.database("case").await?;
    let data: String = sqlx::query_scalar("SELECT current_setting('data_directory')").fetch_one(&mut connection).await?;
    let file = std::fs::read_to_string(Path::new(&data).join("postmaster.pid"))?;
    let postmaster = file.lines().next().context("PostgreSQL's process is not known")?.trim().to_owned();
    let children = std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap_or_default();
    for pid in std::iter::once(postmaster.as_str()).chain(children.split_whitespace()) {
        // A session that ended meanwhile needs no core.
        let _gone = Command::new("taskset").args(["-a", "-c", "-p", &SERVER.to_string(), pid]).stdout(Stdio::null()).stderr(Stdio::null()).status().await?;
    }
    Ok(())
}

/// One run of pgbench; answers transactions a second.
async fn plain(ground: &Ground, pgbench: &Path, password: &str, script: &Script, seconds: u64) -> Result<f64> {
    let file = ground.dir().join("get_case.sql");
    setup::write_private(&file, script.text.as_bytes())?;
    let mut command = ground::on_core(Some(CLIENT), pgbench);
    command.args(["-n", "-M", "prepared", "-j", "1", "-h", "127.0.0.1", "-U", "case_bench"]);
    command.args(["-c", &AT_ONCE.to_string(), "-p", &ground.servers.postgres.port.to_string(), "-T", &seconds.to_string(), "-f"]).arg(&file);
    for (name, value) in &script.variables {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    let output = command.arg("accord_case").env("PGPASSWORD", password).env("PGSSLMODE", "disable").output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || wrong.contains("aborted") || wrong.contains("ERROR") {
        bail!("pgbench failed: {}", wrong.lines().find(|line| line.contains("rror")).or(wrong.lines().last()).unwrap_or_default());
    }
    let line = text.lines().find(|line| line.starts_with("tps = ")).context("pgbench told no figure")?;
    Ok(line.trim_start_matches("tps = ").split_whitespace().next().unwrap_or_default().parse()?)
}

fn pgbench() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin/pgbench")).filter(|file| file.is_file()).collect();
    found.sort();
    found.pop()
}

/// Looks at cases that are in the trail.
async fn trail(ground: &Ground) -> Result<i64> {
    let mut connection = ground.database("case").await?;
    let count = sqlx::query_scalar("SELECT count(DISTINCT request_id) FROM platform.audit_event WHERE tenant_id = $1 AND method LIKE '%/GetCase'");
    Ok(count.bind(ground.tenant.id.parse::<Uuid>()?).fetch_one(&mut connection).await?)
}
