//! The hold by itself: bodies made by hand, a trail that the test opens and closes.

use std::{sync::Mutex, time::Duration};

use access::{decide::REFERENCE, facts::Facts, mask::Tree, policy::DecodedPolicy, snapshot::Snapshot};
use futures::future::BoxFuture;
use prost::Message;
use proto::{Action, AuditOperation, Exposure, authz::v1 as wire};
use tokio::sync::Semaphore;

use super::*;
use crate::{
    Clock,
    auth::{permit::Permit, principal::Principal},
    config::TelemetrySection,
    context::CtxParts,
    telemetry::{RpcMetrics, Telemetry},
};

/// Keeps looks only while it is open.
struct Door {
    open: Semaphore,
    works: bool,
    kept: Mutex<Vec<Look>>,
}

impl Door {
    fn new(open: usize, works: bool) -> Arc<Self> {
        Arc::new(Self { open: Semaphore::new(open), works, kept: Mutex::default() })
    }
}

impl Trail for Door {
    fn keep(&self, looks: Vec<Look>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let _open = self.open.acquire().await.map_err(Error::unavailable)?;
            if !self.works {
                return Err(Error::unavailable("the database is away"));
            }
            self.kept.lock().unwrap().extend(looks);
            Ok(())
        })
    }
}

fn policy(audit: AuditOperation) -> Arc<MethodPolicy> {
    let message = proto::pool().get_message_by_name("accord.authz.v1.AdvanceEpochResponse").unwrap();
    Arc::new(MethodPolicy {
        path: "/accord.test.v1.Test/Look".into(),
        policy: DecodedPolicy {
            resource: ResourceType::Case,
            action: Action::Read,
            audit,
            principals: vec![PrincipalKind::User],
            workloads: Vec::new(),
            exposure: Exposure::Internal,
            list: false,
            id_path: String::new(),
        },
        response_tree: Arc::new(Tree::compile(&message, REFERENCE)),
    })
}

fn ctx(policy: &Arc<MethodPolicy>) -> Ctx {
    let (tenant, user) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let snapshot = Snapshot::compile(&wire::Snapshot {
        tenant_id: tenant.to_string(),
        epoch: 1,
        nodes: vec![wire::Node { id: tenant.to_string(), ..wire::Node::default() }],
        roles: vec![wire::Role {
            id: tenant.to_string(),
            grants: vec![wire::Grant { resource: ResourceType::Case.into(), actions: 1 << Action::Read as u64, scope: wire::Scope::All.into(), read_classes: 2, write_classes: 0 }],
            ..wire::Role::default()
        }],
        assignments: vec![wire::Assignment { subject_id: user.to_string(), role_id: tenant.to_string(), node_id: tenant.to_string(), valid_from: 0, valid_to: 0 }],
        settings: None,
    });
    Ctx::new(CtxParts {
        principal: Principal::User { tenant, user, session: Uuid::from_u128(3) },
        clock: Clock::manual(chrono::DateTime::UNIX_EPOCH),
        deadline: Instant::now() + Duration::from_secs(20),
        request_id: Uuid::from_u128(4),
        method: Some(policy.clone()),
        snapshot: Some(Arc::new(snapshot.unwrap())),
        permit: Permit::new(tenant, false, Some(1)),
        token: None, proved_at: None,
    })
}

/// A body of the given answers and the end.
fn body(epochs: &[u64], end: Code) -> Body {
    let mut data = BytesMut::new();
    epochs.iter().for_each(|epoch| frame::put(&mut data, &wire::AdvanceEpochResponse { epoch: *epoch }.encode_to_vec()));
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", http::HeaderValue::from(end as i32));
    let pieces = data.freeze();
    let split = pieces.len() / 2;
    let frames = [Frame::data(pieces.slice(..split)), Frame::data(pieces.slice(split..)), Frame::trailers(trailers)];
    Body::new(StreamBody::new(stream::iter(frames.map(Ok::<_, Status>))))
}

fn hold(ctx: &Ctx, policy: &Arc<MethodPolicy>, door: &Arc<Door>, inner: Body, deadline: Instant) -> Body {
    let metrics = RpcMetrics::new(&Telemetry::init(&TelemetrySection::default()).unwrap(), "test");
    let finish = Finish::start(metrics, Arc::from("test"), tracing::Span::none());
    Hold::new(ctx.clone(), policy.clone(), door.clone(), deadline).wrap(inner, finish)
}

/// What a caller sees: the bytes, then the code.
async fn read(body: Body) -> (Bytes, Code) {
    let all = body.collect().await.unwrap();
    let code = status_code(all.trailers().unwrap());
    (all.to_bytes(), code)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn an_answer_waits_for_the_trail() {
    let (policy, door) = (policy(AuditOperation::Consultation), Door::new(0, true));
    let ctx = ctx(&policy);
    let case = Uuid::from_u128(7);
    assert!(ctx.decide(Action::Read, case, &Facts::new(ResourceType::Case)).is_ok());
    let mut answer = hold(&ctx, &policy, &door, body(&[5, 6], Code::Ok), soon());
    assert!(futures::poll!(Box::pin(answer.frame())).is_pending(), "nothing leaves before the commit");
    door.open.add_permits(1);
    let (bytes, code) = read(answer).await;
    assert_eq!(code, Code::Ok);
    let mut messages = Messages::default();
    messages.push(bytes);
    let epochs: Vec<u64> = std::iter::from_fn(|| messages.next().unwrap()).map(|m| wire::AdvanceEpochResponse::decode(m).unwrap().epoch).collect();
    assert_eq!(epochs, [5, 6]);
    let kept = door.kept.lock().unwrap();
    assert_eq!(kept.len(), 1, "one look for one record, however many messages show it");
    assert_eq!((kept[0].records.as_slice(), kept[0].outcome), (&[case][..], trail::OK));
}

#[tokio::test]
async fn an_answer_that_the_trail_does_not_take_is_not_given() {
    let (policy, door) = (policy(AuditOperation::Consultation), Door::new(1, false));
    let ctx = ctx(&policy);
    assert!(ctx.decide(Action::Read, Uuid::from_u128(7), &Facts::new(ResourceType::Case)).is_ok());
    assert_eq!(read(hold(&ctx, &policy, &door, body(&[5], Code::Ok), soon())).await, (Bytes::new(), Code::Unavailable));
}

#[tokio::test]
async fn an_answer_without_a_decision_is_not_given() {
    let (policy, door) = (policy(AuditOperation::None), Door::new(1, true));
    for epochs in [&[5][..], &[]] {
        assert_eq!(read(hold(&ctx(&policy), &policy, &door, body(epochs, Code::Ok), soon())).await, (Bytes::new(), Code::Internal));
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_ends_at_the_deadline() {
    let (policy, door) = (policy(AuditOperation::None), Door::new(1, true));
    let endless = Body::new(StreamBody::new(stream::pending::<Result<Frame<Bytes>, Status>>()));
    let deadline = Instant::now() + Duration::from_millis(10);
    assert_eq!(read(hold(&ctx(&policy), &policy, &door, endless, deadline)).await, (Bytes::new(), Code::DeadlineExceeded));
}

#[tokio::test]
async fn a_panic_and_a_missing_end_become_internal() {
    let (policy, door) = (policy(AuditOperation::None), Door::new(1, true));
    let panics = Body::new(StreamBody::new(stream::poll_fn(|_| -> std::task::Poll<Option<Result<Frame<Bytes>, Status>>> { panic!("a fault of the handler") })));
    let ends = Body::new(StreamBody::new(stream::empty::<Result<Frame<Bytes>, Status>>()));
    assert_eq!(read(hold(&ctx(&policy), &policy, &door, panics, soon())).await.1, Code::Internal);
    let stopped = Body::new(StreamBody::new(stream::iter([Ok::<_, Status>(Frame::data(Bytes::from_static(b"\0\0\0\0\x09x")))])));
    for body in [ends, stopped] {
        let (bytes, code) = read(hold(&ctx(&policy), &policy, &door, body, soon())).await;
        assert!(bytes.is_empty() && matches!(code, Code::Internal | Code::Unknown), "{code:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_recorded() {
    let (policy, door) = (policy(AuditOperation::Consultation), Door::new(1, true));
    assert_eq!(read(hold(&ctx(&policy), &policy, &door, body(&[], Code::NotFound), soon())).await.1, Code::NotFound);
    assert_eq!(door.kept.lock().unwrap()[0].outcome, trail::DENIED);
    assert_eq!(read(hold(&ctx(&policy), &policy, &door, body(&[], Code::InvalidArgument), soon())).await.1, Code::InvalidArgument);
    assert_eq!(door.kept.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn every_refused_sign_in_is_recorded() {
    for (audit, kept) in [(AuditOperation::Authentication, 3), (AuditOperation::Consultation, 0)] {
        let (policy, door) = (policy(audit), Door::new(1, true));
        for code in [Code::Unauthenticated, Code::ResourceExhausted, Code::FailedPrecondition, Code::Unavailable] {
            assert_eq!(read(hold(&ctx(&policy), &policy, &door, body(&[], code), soon())).await.1, code);
        }
        assert_eq!(door.kept.lock().unwrap().len(), kept, "{audit:?}");
    }
}
