//! SQL, and nothing else: what the tables hold as the domain's values.

pub mod blobs;
pub mod drafts;
pub mod erasure;
pub mod history;
pub mod information;
pub mod listing;
pub mod parties;
pub mod referrals;
pub mod tokens;
