//! The answer's body: masked message by message, and held until the audit trail has committed the look.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Instant,
};

use access::{class::ClassSet, mask, policy::MethodPolicy};
use bytes::{Bytes, BytesMut};
use futures::{FutureExt, stream};
use http::HeaderMap;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use proto::{AuditOperation, PrincipalKind, ResourceType};
use tokio::time::timeout_at;
use tonic::{Code, Status, body::Body};
use uuid::Uuid;

use super::{frame::{self, FrameError, Messages}, stack::Finish, trail::{self, Look, Trail}};
use crate::{Ctx, Error, Result, context::Seen};

/// Everything that an answer passes on its way out.
pub(super) struct Hold {
    ctx: Ctx,
    policy: Arc<MethodPolicy>,
    trail: Arc<dyn Trail>,
    deadline: Instant,
    told: HashSet<(i32, Uuid)>,
    spoke: bool,
}

impl Hold {
    pub fn new(ctx: Ctx, policy: Arc<MethodPolicy>, trail: Arc<dyn Trail>, deadline: Instant) -> Self {
        Self { ctx, policy, trail, deadline, told: HashSet::new(), spoke: false }
    }

    /// Wraps the body of an answer. `finish` learns the code that the caller gets.
    pub fn wrap(self, body: Body, finish: Finish) -> Body {
        let state = Flow { hold: self, body, messages: Messages::default(), finish, over: false };
        Body::new(StreamBody::new(stream::unfold(state, |mut flow| async move {
            if flow.over {
                return None;
            }
            let frame = flow.next().await;
            Some((Ok::<_, Status>(frame), flow))
        })))
    }

    /// Masks the whole messages that have come, and records what they show.
    async fn release(&mut self, messages: &mut Messages) -> Result<Option<Bytes>> {
        let mut out = BytesMut::new();
        let mut seen = None;
        while let Some(message) = messages.next().map_err(broken)? {
            self.check_consulted()?;
            let seen = seen.get_or_insert_with(|| self.ctx.seen());
            frame::put(&mut out, &masked(&self.policy, seen, &message)?);
        }
        let Some(seen) = seen else { return Ok(None) };
        self.tell(seen).await?;
        Ok(Some(out.freeze()))
    }

    /// Unknown is never permitted: whoever has roles gets nothing out of a handler that did not ask for them.
    fn check_consulted(&self) -> Result<()> {
        let has_roles = matches!(self.ctx.principal().kind(), PrincipalKind::User | PrincipalKind::ServiceAccount);
        if has_roles && !self.ctx.was_consulted() {
            return Err(Error::fault(format!("{} answered without a decision", self.policy.path)));
        }
        Ok(())
    }

    /// Records the records that were not told of yet, and waits for the commit. A command that changed nothing (a sign-in's first
    /// half, a repeated answer) is told of like a look: no recorded method succeeds without a trace.
    async fn tell(&mut self, seen: Vec<((ResourceType, Uuid), Seen)>) -> Result<()> {
        if !trail::is_look(&self.policy) && (!trail::is_recorded(&self.policy) || seen.iter().any(|(_, record)| record.changed)) {
            return Ok(());
        }
        let mut by_type: HashMap<ResourceType, (Vec<Uuid>, ClassSet, i32)> = HashMap::new();
        // Changes have their own row, in their own transaction.
        for ((resource, id), record) in seen.into_iter().filter(|(_, record)| !record.changed) {
            if self.told.insert((resource as i32, id)) {
                let (ids, classes, apart) = by_type.entry(resource).or_insert((Vec::new(), ClassSet::NONE, 0));
                ids.push(id);
                *classes = classes.union(record.read);
                *apart += i32::from(record.apart);
            }
        }
        if by_type.is_empty() && !self.spoke {
            by_type.insert(self.policy.resource, (Vec::new(), ClassSet::NONE, 0));
        }
        self.spoke = true;
        if by_type.is_empty() {
            return Ok(());
        }
        let looks = by_type.into_iter().map(|(resource, (records, classes, apart))| Look { resource, records, classes, apart, ..self.look(trail::OK) }).collect();
        self.trail.keep(looks).await.map_err(|e| Error::unavailable("the audit trail did not take the look").source(e))
    }

    /// Records that the handler refused; the caller gets the refusal whether that succeeds or not.
    pub async fn tell_refusal(&self, code: Code) {
        // Of a sign-in every refusal is told: that is how guessing is seen afterwards, and at whom.
        let guess = self.policy.audit == AuditOperation::Authentication && matches!(code, Code::Unauthenticated | Code::ResourceExhausted | Code::FailedPrecondition);
        let records: Vec<Uuid> = self.ctx.seen().into_iter().filter(|((r, _), _)| *r == self.policy.resource).map(|((_, id), _)| id).collect();
        // Who may reach a record and asks it for what does not belong to it may be trying the ids of others.
        let tried = !records.is_empty() && matches!(code, Code::InvalidArgument | Code::FailedPrecondition);
        if !guess && !tried && !matches!(code, Code::PermissionDenied | Code::NotFound) {
            return;
        }
        let look = Look { records, reason: Some(format!("{code:?}")), ..self.look(trail::DENIED) };
        if let Err(error) = self.trail.keep(vec![look]).await {
            tracing::error!(?error, "a refusal is not in the audit trail");
        }
    }

    fn look(&self, outcome: &'static str) -> Look {
        Look { said: self.ctx.said(), ..Look::new(self.ctx.principal(), self.ctx.now(), self.ctx.request_id(), &self.policy, outcome) }
    }
}

/// One answer on its way.
struct Flow {
    hold: Hold,
    body: Body,
    messages: Messages,
    finish: Finish,
    over: bool,
}

impl Flow {
    /// The next frame; whatever goes wrong becomes the trailers and ends the answer.
    async fn next(&mut self) -> Frame<Bytes> {
        let deadline = self.hold.deadline.into();
        let step = match timeout_at(deadline, AssertUnwindSafe(self.step()).catch_unwind()).await {
            Ok(Ok(step)) => step,
            Ok(Err(_)) => Err(Error::fault("a handler panicked while it streamed").into()),
            Err(_) => Err(super::stack::too_late().into()),
        };
        match step {
            Ok(frame) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.over = true;
                    self.finish.code(status_code(trailers));
                }
                frame
            }
            Err(status) => {
                self.over = true;
                self.finish.code(status.code());
                Frame::trailers(trailers(&status))
            }
        }
    }

    async fn step(&mut self) -> Result<Frame<Bytes>, Status> {
        loop {
            match self.body.frame().await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.messages.push(data);
                        if let Some(out) = self.hold.release(&mut self.messages).await? {
                            return Ok(Frame::data(out));
                        }
                    }
                    Err(frame) => {
                        let end = frame.into_trailers().unwrap_or_default();
                        match status_code(&end) {
                            Code::Ok => {
                                self.messages.finish().map_err(broken)?;
                                self.hold.check_consulted()?;
                                self.hold.tell(self.hold.ctx.seen()).await?;
                            }
                            code => self.hold.tell_refusal(code).await,
                        }
                        return Ok(Frame::trailers(end));
                    }
                },
                Some(Err(status)) => return Err(status),
                None => return Err(Error::fault("an answer without trailers").into()),
            }
        }
    }
}

fn masked(policy: &MethodPolicy, seen: &[((ResourceType, Uuid), Seen)], message: &[u8]) -> Result<Vec<u8>> {
    // Sorted by resource number and id, as the recorder keeps them.
    let decisions = |resource: ResourceType, id: &str| {
        let wanted = (resource as i32, Uuid::try_parse(id).ok()?);
        let place = seen.binary_search_by_key(&wanted, |((r, id), _)| (*r as i32, *id)).ok()?;
        Some(seen[place].1.read)
    };
    mask::filter(&policy.response_tree, message, &decisions).map_err(|e| Error::fault(format!("{}: {e}", policy.path)))
}

fn broken(error: FrameError) -> Error {
    Error::fault(format!("an answer that cannot be masked: {error:?}"))
}

/// The code that headers or trailers carry; none is a fault.
pub(super) fn status_code(headers: &HeaderMap) -> Code {
    headers.get("grpc-status").map_or(Code::Unknown, |code| Code::from_bytes(code.as_bytes()))
}

fn trailers(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if status.add_header(&mut headers).is_err() {
        headers.insert("grpc-status", http::HeaderValue::from_static("13"));
    }
    headers
}

#[cfg(test)]
#[path = "hold_tests.rs"]
mod tests;
