//! Messages from event to sink, through a real PostgreSQL, SMTP and HTTP.

mod accounts;
mod lists;
mod meetings;
mod office;
mod providers;
mod schema;
mod sending;
