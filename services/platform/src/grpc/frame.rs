//! gRPC's frames inside HTTP/2's: one byte of compression, four of length, the message.
//!
//! One DATA frame may hold several messages, and one message several DATA frames, so nothing here assumes either.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes before each message.
const PREFIX: usize = 5;

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A message is longer than allowed.
    TooLong,
    /// A message is compressed, which nothing between our services may do: the mask could not read it.
    Compressed,
    /// The body ended inside a message.
    Truncated,
}

/// Takes messages out of a body, whatever pieces it comes in.
#[derive(Debug, Default)]
pub struct Messages {
    buffer: BytesMut,
}

impl Messages {
    /// Adds a piece of the body.
    pub fn push(&mut self, piece: impl Buf) {
        self.buffer.put(piece);
    }

    /// The next whole message, without its prefix; `None` where more must come first.
    ///
    /// # Errors
    /// `Compressed`.
    pub fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        if self.buffer.len() < PREFIX {
            return Ok(None);
        }
        if self.buffer[0] != 0 {
            return Err(FrameError::Compressed);
        }
        let length = length_of(&self.buffer[1..PREFIX]);
        if self.buffer.len() < PREFIX + length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    /// Ends the body.
    ///
    /// # Errors
    /// `Truncated` where a message was not whole.
    pub fn finish(&self) -> Result<(), FrameError> {
        if self.buffer.is_empty() { Ok(()) } else { Err(FrameError::Truncated) }
    }
}

/// Appends a message with its prefix.
pub fn put(out: &mut BytesMut, message: &[u8]) {
    out.reserve(PREFIX + message.len());
    out.put_u8(0);
    out.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    out.put_slice(message);
}

fn length_of(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// Watches the length of each message of a body without keeping its bytes.
#[derive(Debug)]
pub struct Gauge {
    limit: usize,
    prefix: [u8; PREFIX],
    have: usize,
    remaining: usize,
}

impl Gauge {
    /// Refuses messages of more than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, prefix: [0; PREFIX], have: 0, remaining: 0 }
    }

    /// Looks at the next piece of the body.
    ///
    /// # Errors
    /// `TooLong` as soon as a prefix announces too much.
    pub fn see(&mut self, mut piece: &[u8]) -> Result<(), FrameError> {
        while !piece.is_empty() {
            if self.remaining > 0 {
                let skip = self.remaining.min(piece.len());
                self.remaining -= skip;
                piece = &piece[skip..];
                continue;
            }
            let take = (PREFIX - self.have).min(piece.len());
            self.prefix[self.have..self.have + take].copy_from_slice(&piece[..take]);
            self.have += take;
            piece = &piece[take..];
            if self.have == PREFIX {
                self.have = 0;
                self.remaining = length_of(&self.prefix[1..]);
                if self.remaining > self.limit {
                    return Err(FrameError::TooLong);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(messages: &[&[u8]]) -> Bytes {
        let mut out = BytesMut::new();
        messages.iter().for_each(|m| put(&mut out, m));
        out.freeze()
    }

    #[test]
    fn messages_are_found_whatever_the_pieces() {
        let body = body(&[b"one", b"", b"three"]);
        for size in 1..=body.len() {
            let mut messages = Messages::default();
            let mut found = Vec::new();
            for piece in body.chunks(size) {
                messages.push(piece);
                while let Some(message) = messages.next().unwrap() {
                    found.push(message);
                }
            }
            assert_eq!(found, ["one", "", "three"], "pieces of {size}");
            assert_eq!(messages.finish(), Ok(()));
        }
    }

    #[test]
    fn half_a_message_and_a_compressed_one_are_refused() {
        let mut messages = Messages::default();
        messages.push(&b"\0\0\0\0\x05abc"[..]);
        assert_eq!(messages.next(), Ok(None));
        assert_eq!(messages.finish(), Err(FrameError::Truncated));
        let mut messages = Messages::default();
        messages.push(&b"\x01\0\0\0\x01a"[..]);
        assert_eq!(messages.next(), Err(FrameError::Compressed));
    }

    #[test]
    fn each_message_is_measured_alone() {
        let good = body(&[b"12345", b"12345", b"12345"]);
        let bad = body(&[b"12345", b"123456"]);
        for size in 1..8 {
            let mut gauge = Gauge::new(5);
            assert!(good.chunks(size).all(|piece| gauge.see(piece).is_ok()));
            let mut gauge = Gauge::new(5);
            assert!(bad.chunks(size).any(|piece| gauge.see(piece) == Err(FrameError::TooLong)));
        }
    }
}
