//! The request's body: each message is measured before it is read into memory.

use std::{pin::Pin, task::{Context, Poll, ready}};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use super::frame::{FrameError, Gauge};
use crate::{Error, error::Kind};

/// A body that fails with RESOURCE_EXHAUSTED at the first message that is too long.
pub struct Intake<B> {
    inner: B,
    gauge: Gauge,
}

impl<B> Intake<B> {
    /// Measures the messages of a body.
    pub fn new(inner: B, limit: usize) -> Self {
        Self { inner, gauge: Gauge::new(limit) }
    }
}

impl<B> Body for Intake<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(frame) = ready!(Pin::new(&mut self.inner).poll_frame(cx)) else { return Poll::Ready(None) };
        let frame = frame.map_err(|e| Status::from_error(e.into()))?;
        match frame.data_ref().map_or(Ok(()), |data| self.gauge.see(data)) {
            Err(FrameError::TooLong) => Poll::Ready(Some(Err(Error::new(Kind::ResourceExhausted, "MESSAGE_TOO_LONG", "This is too much to send at once.").into()))),
            _ => Poll::Ready(Some(Ok(frame))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
