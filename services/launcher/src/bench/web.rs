//! The case page as HTML for 20 people who are signed in, each asking for the next page when the last has come.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use platform::Clock;
use proto::identity::v1::{BeginSignInRequest, CompleteSignInRequest, session_service_client::SessionServiceClient};
use serde_json::json;
use uuid::Uuid;

use super::{Options, caller::Caller, ground::Ground, load::{Job, Work}, report::{Row, median, short}};
use crate::demo::DemoUser;

/// People at their screens.
const USERS: usize = 20;
/// Pages each of them goes through.
const PAGES: i64 = 10;

/// Measures.
pub async fn measure(ground: &Ground, options: &Options) -> Result<Vec<Row>> {
    let mut served = ground.serve(&["all"], None, true).await?;
    served.ready().await?;
    let caller = Caller::open(&ground.figment(&served), ground.tenant.id.parse()?, ground.epoch().await?)?;
    let visits = visits(ground, &caller, &served.web).await?;
    let sessions = visits.len();
    let work = Work::Page { ca: ground.dir().join("pki/ca.pem"), visits };
    let mut job = Job::new(ground, &served, work).await?;
    (job.workers, job.warm, job.seconds) = (USERS, 3, options.seconds);
    let mut runs = Vec::new();
    for _ in 0..options.pairs {
        runs.push(job.run(None).await?);
    }
    let memory = served.memory()?;
    served.stop().await?;
    let of = |f: fn(&super::load::Figures) -> f64| median(runs.iter().map(f).collect());
    let detail = json!({
        "p50_ms": short(of(|r| r.p50)), "p99_ms_each": runs.iter().map(|r| short(r.p99)).collect::<Vec<_>>(), "pages_per_second": short(of(|r| r.per_second)),
        "failed": runs.iter().map(|r| r.failed).sum::<usize>(), "failure": runs.iter().find_map(|r| r.failure.clone()),
        "users": USERS, "sessions": sessions, "memory_after_mb": short(memory),
    });
    Ok(vec![Row::cost("page", "Case page HTML p99, 20 users, closed loop", of(|r| r.p99), "ms", Some(100.0), detail)])
}

fn works_cases(user: &DemoUser) -> bool {
    matches!(user.role.as_str(), "agency_coordinator" | "facilitator" | "partnership_lead")
}

/// Sessions with the pages that their holder may open. An account signs in up to three times, each with another code of the
/// window that identity takes, as a code is good for once. Users share sessions where a small demonstration has fewer.
async fn visits(ground: &Ground, caller: &Caller, web: &str) -> Result<Vec<(String, Vec<String>)>> {
    let mut visits = Vec::new();
    let now = Clock::system().now();
    for step in [-30, 0, 30] {
        for user in ground.tenant.users.iter().filter(|u| works_cases(u)) {
            let cases = cases_of(ground, user).await?;
            if cases.is_empty() || visits.len() == USERS {
                continue;
            }
            let secret = sign_in(ground, caller, user, now + TimeDelta::seconds(step)).await.with_context(|| format!("signing in as {}", user.role))?;
            let slug = &ground.tenant.slug;
            visits.push((format!("__Host-accord-{slug}={secret}"), cases.iter().map(|id| format!("{web}/t/{slug}/cases/{id}")).collect()));
        }
    }
    if visits.is_empty() {
        bail!("nobody in the demonstration has a case to open");
    }
    Ok(visits)
}

async fn sign_in(ground: &Ground, caller: &Caller, user: &DemoUser, at: DateTime<Utc>) -> Result<String> {
    let (tenant_id, source) = (ground.tenant.id.clone(), "127.0.0.1".to_owned());
    let message = BeginSignInRequest { tenant_id: tenant_id.clone(), email: user.email.clone(), password: user.password.clone(), source: source.clone(), ..BeginSignInRequest::default() };
    let begun = caller.as_gateway("identity", message, |channel, request| async move { SessionServiceClient::new(channel).begin_sign_in(request).await }).await?;
    let message = CompleteSignInRequest { tenant_id, challenge: begun.challenge, code: code(&user.totp_secret, at)?, source, ..CompleteSignInRequest::default() };
    let done = caller.as_gateway("identity", message, |channel, request| async move { SessionServiceClient::new(channel).complete_sign_in(request).await }).await?;
    Ok(done.session_secret)
}

/// Cases of the demonstration that a user works with: the lead all, a coordinator their agency's, a facilitator their own.
pub async fn cases_of(ground: &Ground, user: &DemoUser) -> Result<Vec<Uuid>> {
    let mut connection = ground.database("case").await?;
    let node = ground.tenant.nodes.iter().find(|n| n.name == user.agency).map(|n| n.id.parse::<Uuid>()).transpose()?;
    // A case with a referral is one of the demonstration's and no copy.
    let rows = sqlx::query_scalar(
        "SELECT c.id FROM cases.case_file c
         WHERE c.tenant_id = $1 AND EXISTS (SELECT FROM cases.case_referral r WHERE r.tenant_id = $1 AND r.case_id = c.id)
           AND EXISTS (SELECT FROM cases.participant p WHERE p.tenant_id = $1 AND p.case_id = c.id)
           AND ($2 = 'partnership_lead' OR ($2 = 'agency_coordinator' AND c.owner_node_id = $3)
                OR EXISTS (SELECT FROM cases.allocation a WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $4 AND a.to_at IS NULL))
         ORDER BY c.closed_at IS NOT NULL, c.opened_at DESC LIMIT $5",
    );
    Ok(rows.bind(ground.tenant.id.parse::<Uuid>()?).bind(&user.role).bind(node).bind(user.id.parse::<Uuid>()?).bind(PAGES).fetch_all(&mut connection).await?)
}

/// The authenticator's code at an instant (RFC 6238: SHA-1, six digits, 30 seconds).
fn code(secret: &str, at: DateTime<Utc>) -> Result<String> {
    let key = data_encoding::BASE32_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).context("the authenticator's secret is not base32")?;
    let counter = u64::try_from(at.timestamp() / 30)?.to_be_bytes();
    let tag = aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &counter);
    let bytes = tag.as_ref();
    let from = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes([bytes[from] & 0x7f, bytes[from + 1], bytes[from + 2], bytes[from + 3]]) % 1_000_000;
    Ok(format!("{number:06}"))
}
