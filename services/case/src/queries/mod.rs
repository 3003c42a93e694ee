//! One read each.

pub mod access_lists;
pub mod case_names;
pub mod erasure_state;
pub mod explain_access;
pub mod find_matches;
pub mod get_case;
pub mod get_erasure;
pub mod get_case_access;
pub mod get_person;
pub mod get_timeline;
pub mod list_cases;
pub mod list_meetings;
pub mod list_notes;
pub mod participants;
pub mod person_access;
pub mod resolve_for_sending;
pub mod search_people;
pub mod visible;
