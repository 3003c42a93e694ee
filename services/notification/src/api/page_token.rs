//! Where the next page begins, bound to what the list is filtered by.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::store::listing::Filter;

fn bytes(last: Uuid, filter: Filter) -> Vec<u8> {
    let id = |id: Option<Uuid>| id.unwrap_or_default().into_bytes();
    [last.into_bytes(), id(filter.case_id), id(filter.referral_id), id(filter.meeting_id)].concat()
}

/// The token of the page after this message.
pub fn write(last: Uuid, filter: Filter) -> String {
    URL_SAFE_NO_PAD.encode(bytes(last, filter))
}

/// The message that the page begins after; `None` where the token is not one of ours for this filter.
pub fn read(token: &str, filter: Filter) -> Option<Uuid> {
    let given = URL_SAFE_NO_PAD.decode(token).ok()?;
    let last = Uuid::from_slice(given.get(..16)?).ok()?;
    (given == bytes(last, filter)).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_own_filter_only() {
        let (last, case) = (Uuid::from_u128(7), Some(Uuid::from_u128(8)));
        let filter = Filter { case_id: case, ..Filter::default() };
        assert_eq!(read(&write(last, filter), filter), Some(last));
        assert_eq!(read(&write(last, filter), Filter { meeting_id: case, ..Filter::default() }), None);
        for rubbish in ["", "x", "AAAA"] {
            assert_eq!(read(rubbish, filter), None);
        }
    }
}
