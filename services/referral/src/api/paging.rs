//! Page sizes and page tokens: the last row's place, bound to the filters that the page was asked with.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use platform::{Error, Result};
use uuid::Uuid;

use crate::store::listing::{After, Filter};

/// Rows of a page where none are asked for.
const DEFAULT: i64 = 50;
/// Rows of a page at most.
const MOST: i64 = 200;

/// The size of a page; what is too much is cut.
pub fn size(asked: i32) -> i64 {
    if asked <= 0 { DEFAULT } else { i64::from(asked).min(MOST) }
}

/// What a token is bound to.
pub fn bound_to(filter: &Filter) -> [u8; 8] {
    let mut context = digest::Context::new(&digest::SHA256);
    for state in &filter.states {
        context.update(state.code().as_bytes());
        context.update(b",");
    }
    context.update(b";");
    context.update(filter.owner_node.unwrap_or_default().as_bytes());
    context.update(&[u8::from(filter.mine)]);
    context.update(filter.source.as_deref().unwrap_or_default().as_bytes());
    let mut bound = [0; 8];
    bound.copy_from_slice(&context.finish().as_ref()[..8]);
    bound
}

/// The token of the page after this row.
pub fn write(last: After, bound: [u8; 8]) -> String {
    let mut bytes = Vec::with_capacity(32);
    bytes.extend(bound);
    bytes.extend(last.since.timestamp_micros().to_be_bytes());
    bytes.extend(last.id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token; an empty one is the first page.
///
/// # Errors
/// `InvalidArgument` on `page_token` for one of other filters, and for what is none.
pub fn read(token: &str, bound: [u8; 8]) -> Result<Option<After>> {
    if token.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid().field("page_token", "This is not a page of this list. Go back to the first page.");
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().and_then(|b| <[u8; 32]>::try_from(b).ok()).ok_or_else(wrong)?;
    let (head, rest) = bytes.split_at(8);
    let (micros, id) = rest.split_at(8);
    let micros = <[u8; 8]>::try_from(micros).map(i64::from_be_bytes).map_err(|_| wrong())?;
    let since = DateTime::from_timestamp_micros(micros).filter(|_| head == bound).ok_or_else(wrong)?;
    Ok(Some(After { since, id: Uuid::from_slice(id).map_err(|_| wrong())? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::state::State;

    #[test]
    fn a_token_leads_back_and_belongs_to_its_filters() {
        let last = After { since: DateTime::from_timestamp_micros(1_780_000_000_123_456).expect("an instant"), id: Uuid::from_u128(7) };
        let waiting = bound_to(&Filter { states: vec![State::Submitted], ..Filter::default() });
        let token = write(last, waiting);
        assert_eq!(read(&token, waiting).expect("a token"), Some(last));
        assert_eq!(read("", waiting).expect("the first page"), None);
        let other = bound_to(&Filter { states: vec![State::Triage], ..Filter::default() });
        for (token, bound) in [(token.as_str(), other), ("abc", waiting), ("%%", waiting)] {
            assert_eq!(read(token, bound).expect_err("refused").fields()[0].field, "page_token");
        }
    }

    #[test]
    fn sizes_are_cut_and_not_refused() {
        assert_eq!([size(-1), size(0), size(7), size(100_000)], [50, 50, 7, 200]);
    }
}
