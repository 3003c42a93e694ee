//! Rules as pure functions: no database, no network, no clock.

pub mod agreement;
pub mod case_file;
pub mod consent;
pub mod contact;
pub mod erasure;
pub mod fields;
pub mod guard;
pub mod intervention;
pub mod lifecycle;
pub mod matching;
pub mod meeting;
pub mod note;
pub mod participant;
pub mod safe_times;
pub mod safety_gate;
pub mod search_text;
pub mod side;
