//! Rules about messages: no input, no output, no clock.

pub mod account;
pub mod meeting;
pub mod message;
pub mod sms;
pub mod state;
pub mod template;
