//! What the log may hold of an error of the database: codes and names of tables, never values of rows.

use sqlx::error::DatabaseError;

/// Errors of this class ("data exception") quote the value that was sent.
const DATA: &str = "22";

/// An error that the database answered, without the value that it may quote and without its detail, which shows rows.
#[derive(Debug, thiserror::Error)]
#[error("the database refused: {code} {words}")]
pub(crate) struct Refusal {
    code: String,
    words: String,
    table: Option<String>,
    constraint: Option<String>,
}

impl Refusal {
    /// Leaves out what may be personal.
    pub(crate) fn of(error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default().into_owned();
        let words = if code.starts_with(DATA) { "a value has the wrong form" } else { error.message() }.to_owned();
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Self { code, words, table: owned(error.table()), constraint: owned(error.constraint()) }
    }
}
