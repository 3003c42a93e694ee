//! A channel whose failures have gRPC's names: what no answer of the peer stands behind is UNAVAILABLE.
//!
//! Tonic calls a connection that breaks under a request UNKNOWN, CANCELLED or INTERNAL, whatever the layer below said last;
//! so a certificate that the other side refuses would look like a fault of the method.

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body::{Body as HttpBody, Frame};
use tonic::{Status, TimeoutExpired, body::Body, transport::Channel};
use tower::{Service, ServiceExt};

/// Tells a call's end; in the head of an answer without messages, else behind them.
const GRPC_STATUS: &str = "grpc-status";

/// A channel to a service: a tower `Service<http::Request<tonic::body::Body>>` that can be cloned freely.
#[derive(Clone, Debug)]
pub struct PeerChannel(Channel);

impl From<Channel> for PeerChannel {
    fn from(channel: Channel) -> Self {
        Self(channel)
    }
}

impl Service<http::Request<Body>> for PeerChannel {
    type Response = http::Response<PeerBody>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Self::Response, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // Readiness is awaited in the call: generated clients call its failure UNKNOWN.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let channel = self.0.clone();
        Box::pin(async move {
            let (head, body) = channel.oneshot(request).await.map_err(|error| away(error.into()))?.into_parts();
            // Anything but 200 is no answer of a method; tonic has a table for it.
            let told = head.status != http::StatusCode::OK || head.headers.contains_key(GRPC_STATUS);
            Ok(http::Response::from_parts(head, PeerBody { body, told }))
        })
    }
}

/// The body of an answer; it fails with UNAVAILABLE where it breaks off or ends without a status.
#[derive(Debug)]
pub struct PeerBody {
    body: Body,
    told: bool,
}

impl HttpBody for PeerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                self.told |= frame.trailers_ref().is_some_and(|trailers| trailers.contains_key(GRPC_STATUS));
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(status)) => {
                self.told = true;
                Poll::Ready(Some(Err(away(status.into()))))
            }
            None if !self.told => {
                self.told = true;
                Poll::Ready(Some(Err(Status::unavailable("the answer ended without a status"))))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.told && self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// What a failure below the call is called: the caller's own time that is over, or a peer that is away.
fn away(error: Box<dyn StdError + Send + Sync>) -> Status {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&*error);
    while let Some(one) = cause {
        if one.is::<TimeoutExpired>() {
            return Status::deadline_exceeded("the time of the call is over");
        }
        cause = one.source();
    }
    let mut status = Status::unavailable("the service cannot be reached");
    status.set_source(error.into());
    status
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, StreamBody};
    use tonic::Code;

    use super::*;

    fn body(frames: Vec<Result<Frame<Bytes>, Status>>) -> PeerBody {
        PeerBody { body: Body::new(StreamBody::new(futures::stream::iter(frames))), told: false }
    }

    #[tokio::test]
    async fn a_body_without_a_status_is_a_peer_that_went_away() {
        let data = || Ok(Frame::data(Bytes::from_static(b"x")));
        let ended = body(vec![data()]).collect().await.expect_err("no status");
        assert_eq!(ended.code(), Code::Unavailable);
        let broken = body(vec![data(), Err(Status::internal("h2 protocol error"))]).collect().await.expect_err("broken");
        assert_eq!(broken.code(), Code::Unavailable);
        let trailers = http::HeaderMap::from_iter([(http::HeaderName::from_static(GRPC_STATUS), http::HeaderValue::from_static("5"))]);
        let told = body(vec![data(), Ok(Frame::trailers(trailers))]).collect().await.expect("whole");
        assert_eq!(told.to_bytes(), "x");
    }

    #[test]
    fn only_the_callers_own_time_is_a_deadline() {
        assert_eq!(away(Box::new(TimeoutExpired(()))).code(), Code::DeadlineExceeded);
        assert_eq!(away(Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset))).code(), Code::Unavailable);
    }
}
