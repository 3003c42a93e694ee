//! The wire mask (`security.md` 2.5, wall 6): it filters encoded answers, so that no handler can forget a field.
//!
//! [`Tree`] is compiled once per method from the descriptors; [`filter`] then walks tags and copies permitted ranges
//! without any reflection. Unknown field numbers are dropped, a record without a decision is dropped, and each record
//! names in `masked_paths` every field of its type that the reader may not read, set or not.

mod filter;
mod tree;

pub use filter::{MaskError, filter};
pub use tree::Tree;
pub(crate) use tree::{Kind, Marks};
