//! The pages, one file each with its GET and POST.

use axum::response::IntoResponse;

pub mod cases;
pub mod names;
pub mod refer;
pub mod people;
pub mod referrals;
pub mod reports;
pub mod staff;

/// The page for an address that leads nowhere.
pub async fn not_found() -> impl IntoResponse {
    crate::error_page::without_tenant(&platform::Error::not_found())
}
