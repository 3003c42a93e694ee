//! What goes with each call to another service, and when a call is tried again.

use std::{future::Future, sync::{LazyLock, Mutex}, time::{Duration, Instant}};

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use tonic::{Code, Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::deadline;
use crate::{Ctx, Error, Result, auth::{authenticate::{CAUSE, REQUEST_ID, TENANT}, principal::Principal}, telemetry};

/// A request that speaks for the caller of `ctx`: their token, or the cause that this service works for; the
/// remaining time, the request's id and the trace.
pub fn outgoing<T>(ctx: &Ctx, message: T) -> Request<T> {
    let headers = match (ctx.token(), ctx.principal()) {
        (Some(token), _) => bearer(token),
        (None, Principal::Workload { cause, tenant, .. }) => caused(*cause, *tenant),
        (None, _) => HeaderMap::new(),
    };
    finished(ctx, headers, message)
}

/// A request in which this service speaks for itself because of the request, event or job of `ctx`; only for methods
/// that list it as a workload.
pub fn as_workload<T>(ctx: &Ctx, message: T) -> Request<T> {
    let cause = match ctx.principal() {
        Principal::Workload { cause, .. } => *cause,
        _ => ctx.request_id(),
    };
    finished(ctx, caused(cause, ctx.tenant()), message)
}

/// The same for a caller that has no context yet: the fetcher of snapshots, the gateway before a sign-in.
pub fn as_workload_of<T>(tenant: Uuid, cause: Uuid, time: Duration, message: T) -> Request<T> {
    let mut headers = caused(cause, tenant);
    put(&mut headers, REQUEST_ID, &cause.to_string());
    complete(headers, time, message)
}

/// A request with a token, for the gateway, which has a session instead of a context.
pub fn with_token<T>(token: &str, request_id: Uuid, time: Duration, message: T) -> Request<T> {
    let mut headers = bearer(token);
    put(&mut headers, REQUEST_ID, &request_id.to_string());
    complete(headers, time, message)
}

fn bearer(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {token}")) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

fn caused(cause: Uuid, tenant: Uuid) -> HeaderMap {
    let mut headers = HeaderMap::new();
    put(&mut headers, CAUSE, &cause.to_string());
    put(&mut headers, TENANT, &tenant.to_string());
    headers
}

fn finished<T>(ctx: &Ctx, mut headers: HeaderMap, message: T) -> Request<T> {
    put(&mut headers, REQUEST_ID, &ctx.request_id().to_string());
    complete(headers, deadline::shorten(ctx.remaining()), message)
}

fn complete<T>(mut headers: HeaderMap, time: Duration, message: T) -> Request<T> {
    put(&mut headers, deadline::HEADER, &deadline::format(time));
    telemetry::inject(&mut headers);
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers);
    request
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Whether the other service could not be reached or went away during the call; [`super::PeerChannel`] says so.
pub fn is_away(status: &Status) -> bool {
    status.code() == Code::Unavailable
}

/// Retries of one call.
const RETRIES: u32 = 2;
/// Pause before the first retry; the second waits twice as long.
const PAUSE: Duration = Duration::from_millis(20);

/// Calls a method that only reads, again where the service is away, at most twice and within the process's budget.
/// `call` must make its request anew each time, so that the deadline is the remaining one.
///
/// # Errors
/// Those of the last attempt.
pub async fn retry_read<T, F, C>(mut call: F) -> Result<T>
where
    F: FnMut() -> C,
    C: Future<Output = Result<Response<T>, Status>>,
{
    static BUDGET: LazyLock<Budget> = LazyLock::new(|| Budget::new(Instant::now()));
    BUDGET.earn();
    for retry in 0.. {
        match call().await {
            Ok(response) => return Ok(response.into_inner()),
            Err(status) if is_away(&status) && retry < RETRIES && BUDGET.spend(Instant::now()) => {
                let pause = PAUSE * 2_u32.pow(retry);
                tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.5))).await;
            }
            Err(status) => return Err(status.into()),
        }
    }
    Err(Error::unavailable("no attempt was left"))
}

/// Retries may be a fifth of all calls, and ten a second in any case: more would keep a struggling service down.
struct Budget(Mutex<(f64, Instant)>);

impl Budget {
    const SHARE: f64 = 0.2;
    const PER_SECOND: f64 = 10.0;
    const MOST: f64 = 100.0;

    fn new(now: Instant) -> Self {
        Self(Mutex::new((Self::PER_SECOND, now)))
    }

    fn earn(&self) {
        if let Ok(mut budget) = self.0.lock() {
            budget.0 = (budget.0 + Self::SHARE).min(Self::MOST);
        }
    }

    fn spend(&self, now: Instant) -> bool {
        let Ok(mut budget) = self.0.lock() else { return false };
        let passed = now.saturating_duration_since(budget.1).as_secs_f64();
        *budget = ((budget.0 + passed * Self::PER_SECOND).min(Self::MOST), now);
        if budget.0 < 1.0 {
            return false;
        }
        budget.0 -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{auth::permit::Permit, clock::Clock, context::CtxParts};

    fn ctx(principal: Principal, token: Option<&str>) -> Ctx {
        Ctx::new(CtxParts {
            permit: Permit::new(principal.tenant(), false, None),
            principal,
            clock: Clock::manual(chrono::DateTime::UNIX_EPOCH),
            deadline: Instant::now() + Duration::from_secs(2),
            request_id: Uuid::from_u128(7),
            method: None,
            snapshot: None,
            token: token.map(Into::into),
            proved_at: None,
        })
    }

    fn header<'r>(request: &'r Request<()>, name: &str) -> Option<&'r str> {
        request.metadata().get(name)?.to_str().ok()
    }

    #[test]
    fn a_users_token_is_forwarded_with_less_time() {
        let user = Principal::User { tenant: Uuid::from_u128(1), user: Uuid::from_u128(2), session: Uuid::from_u128(3) };
        let request = outgoing(&ctx(user.clone(), Some("token")), ());
        assert_eq!(header(&request, "authorization"), Some("Bearer token"));
        assert_eq!(header(&request, CAUSE), None);
        assert!(deadline::parse(header(&request, deadline::HEADER).unwrap()).unwrap() <= Duration::from_millis(1950));
        let request = as_workload(&ctx(user, Some("token")), ());
        assert_eq!(header(&request, "authorization"), None);
        assert_eq!(header(&request, CAUSE), Some(Uuid::from_u128(7).to_string().as_str()));
    }

    #[test]
    fn a_workload_keeps_its_cause() {
        let workload = Principal::Workload { service: "case".into(), cause: Uuid::from_u128(9), tenant: Uuid::from_u128(1) };
        let request = outgoing(&ctx(workload, None), ());
        assert_eq!(header(&request, CAUSE), Some(Uuid::from_u128(9).to_string().as_str()));
        assert_eq!(header(&request, TENANT), Some(Uuid::from_u128(1).to_string().as_str()));
    }

    #[tokio::test]
    async fn only_unavailable_is_tried_again_and_at_most_twice() {
        for (code, expected) in [(Code::Unavailable, 3), (Code::Internal, 1), (Code::NotFound, 1)] {
            let calls = Cell::new(0);
            let failed = retry_read(|| {
                calls.set(calls.get() + 1);
                async move { Err::<Response<()>, _>(Status::new(code, "")) }
            });
            assert!(failed.await.is_err());
            assert_eq!(calls.get(), expected, "{code:?}");
        }
    }

    #[test]
    fn the_budget_ends_and_comes_back() {
        let now = Instant::now();
        let budget = Budget::new(now);
        assert_eq!((0..50).filter(|_| budget.spend(now)).count(), 10);
        (0..5).for_each(|_| budget.earn());
        assert_eq!((0..50).filter(|_| budget.spend(now)).count(), 1);
        assert_eq!((0..50).filter(|_| budget.spend(now + Duration::from_secs(2))).count(), 20);
    }
}
