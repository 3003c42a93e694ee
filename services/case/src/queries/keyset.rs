//! Page tokens: the place where the next page begins, bound to what the list was asked for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use platform::{Error, Result};
use uuid::Uuid;

/// Rows of a page where none is asked for.
const USUAL: i64 = 50;
/// Most rows of a page.
const MOST: i64 = 200;

/// The page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many rows.
    pub size: i64,
    /// Instant and id of the last row of the page before.
    pub place: Option<(DateTime<Utc>, Uuid)>,
    filters: u64,
}

impl Page {
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
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| wrong())?;
        let number = |at: usize| bytes[at..at + 8].try_into().map(u64::from_be_bytes).map_err(|_| wrong());
        let at = DateTime::from_timestamp_micros(number(8)?.cast_signed()).ok_or_else(wrong)?;
        let id = Uuid::from_slice(&bytes[16..]).map_err(|_| wrong())?;
        if number(0)? != filters {
            return Err(wrong());
        }
        Ok(Self { size, place: Some((at, id)), filters })
    }

    /// One row more than the page, to know whether there is another.
    pub fn rows(&self) -> i64 {
        self.size + 1
    }

    /// Cuts off the row too many and answers the token of the next page, empty where this is the last.
    pub fn cut<T>(&self, rows: &mut Vec<T>, place: impl Fn(&T) -> (DateTime<Utc>, Uuid)) -> String {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| self.token(place(last))).unwrap_or_default()
    }

    fn token(&self, (at, id): (DateTime<Utc>, Uuid)) -> String {
        let mut bytes = self.filters.to_be_bytes().to_vec();
        bytes.extend(at.timestamp_micros().cast_unsigned().to_be_bytes());
        bytes.extend(id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
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
            assert_eq!(Page::read(2, token, filters).is_err(), !token.is_empty());
        }
        assert_eq!(first.cut(&mut vec![1, 2], |_| place), "");
    }

    #[test]
    fn sizes_are_bounded() {
        for (asked, got) in [(0, 50), (-1, 50), (1, 1), (200, 200), (100_000, 200)] {
            assert_eq!(Page::read(asked, "", "").expect("page").size, got);
        }
    }
}
