//! Notes: only ever added to.

use access::codes;

/// Everyone who sees the side may read it.
pub const EVERYONE: &str = "EVERYONE";
/// Only who may read the class supervisor-only knows that it is there.
pub const SUPERVISORS: &str = "SUPERVISORS";
/// What a note without a kind is.
pub const GENERAL: &str = "GENERAL";

/// Whether a code may say who reads a note.
pub fn is_readers(readers: &str) -> bool {
    matches!(readers, EVERYONE | SUPERVISORS)
}

/// Whether a code may say what a note is about: one of list activity_kind, GENERAL or RISK.
pub fn is_kind(kind: &str) -> bool {
    matches!(kind, GENERAL | "RISK") || codes::is_valid("activity_kind", kind)
}
