//! Pages of lists: their size, and tokens of the place where the next one begins, bound to what the list was asked for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Error, Result};

/// Rows of a page where none is asked for.
const USUAL: i64 = 50;
/// Most rows of a page.
const MOST: i64 = 200;

/// What tells a row's place in its list: what the list is sorted by, the id last.
pub trait Place: Copy {
    /// The place as bytes.
    fn bytes(self) -> Vec<u8>;

    /// The place of bytes; `None` where they are none.
    fn of(bytes: &[u8]) -> Option<Self>;
}

impl Place for Uuid {
    fn bytes(self) -> Vec<u8> {
        self.into_bytes().into()
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        Self::from_slice(bytes).ok()
    }
}

impl Place for (DateTime<Utc>, Uuid) {
    fn bytes(self) -> Vec<u8> {
        [&self.0.timestamp_micros().to_be_bytes()[..], self.1.as_bytes()].concat()
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk()?;
        Some((DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?, Uuid::from_slice(id).ok()?))
    }
}

/// The page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<P> {
    /// How many rows.
    pub size: i64,
    /// The last row of the page before.
    pub place: Option<P>,
    filters: u64,
}

impl<P: Place> Page<P> {
    /// Reads size and token; `filters` is everything else that the list was asked for, in words.
    ///
    /// # Errors
    /// `InvalidArgument` on `page_token`.
    pub fn read(size: i32, token: &str, filters: &str) -> Result<Self> {
        let size = if size <= 0 { USUAL } else { i64::from(size).min(MOST) };
        let filters = hash(filters);
        if token.is_empty() {
            return Ok(Self { size, place: None, filters });
        }
        let wrong = || Error::invalid().field("page_token", "Begin the list again: this token is not one of it.");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
        let (head, place) = bytes.split_first_chunk().ok_or_else(wrong)?;
        let place = P::of(place).filter(|_| u64::from_be_bytes(*head) == filters).ok_or_else(wrong)?;
        Ok(Self { size, place: Some(place), filters })
    }

    /// One row more than the page, to know whether there is another.
    pub fn rows(&self) -> i64 {
        self.size + 1
    }

    /// Cuts off the row too many and answers the token of the next page, empty where this is the last.
    pub fn cut<T>(&self, rows: &mut Vec<T>, place: impl Fn(&T) -> P) -> String {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| self.token(place(last))).unwrap_or_default()
    }

    fn token(&self, place: P) -> String {
        URL_SAFE_NO_PAD.encode([&self.filters.to_be_bytes()[..], &place.bytes()].concat())
    }
}

/// FNV-1a: the same in every process and release. A token is no secret; it is bound so that a mixed-up one is noticed.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_place_in_its_list_only() {
        let place = (DateTime::from_timestamp_micros(1_800_000_000_123_456).expect("instant"), Uuid::from_u128(7));
        let first = Page::read(2, "", "a").expect("page");
        assert_eq!((first.size, first.rows(), first.place), (2, 3, None));
        let mut rows = vec![1, 2, 3];
        let token = first.cut(&mut rows, |_| place);
        assert_eq!(rows, [1, 2]);
        assert_eq!(Page::read(2, &token, "a").expect("page").place, Some(place));
        for (token, filters) in [(token.as_str(), "b"), ("x", "a"), ("", "")] {
            assert_eq!(Page::<(DateTime<Utc>, Uuid)>::read(2, token, filters).is_err(), !token.is_empty());
            assert_eq!(Page::<Uuid>::read(2, token, filters).is_err(), !token.is_empty());
        }
        assert_eq!(first.cut(&mut vec![1, 2], |_| place), "");
    }

    #[test]
    fn sizes_are_bounded() {
        for (asked, got) in [(0, 50), (-1, 50), (1, 1), (200, 200), (100_000, 200)] {
            assert_eq!(Page::<Uuid>::read(asked, "", "").expect("page").size, got);
        }
    }
}
