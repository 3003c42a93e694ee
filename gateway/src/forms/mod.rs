//! Forms: what was typed, what is wrong with it, and the proof that the post comes from our own page.
//!
//! The way of a page: GET shows `FormState::new(request_id)`; POST takes [`ProtectedForm<FormData>`], builds
//! `FormState::sent(data)`, checks with its methods (each notes an error at the field) and either shows the page again or
//! calls the service and redirects.

pub mod csrf;
mod data;
mod date;
mod extract;
mod state;

pub use csrf::CsrfKey;
pub use data::FormData;
pub use date::{DateProblem, parse_date};
pub use extract::{FormRejection, OpenForm, ProtectedForm};
pub use state::{FieldError, FormState};
