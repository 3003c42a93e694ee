//! SQL, and nothing else. Columns `c_<class>` hold blobs; see `people_blobs` and `case_blobs` for what is inside.

pub mod allocations;
pub mod case_blobs;
pub mod case_lists;
pub mod cases;
pub mod consents;
pub mod contact_attempts;
pub mod contact_points;
pub mod erasures;
pub mod flags;
pub mod gate;
pub mod meetings;
pub mod notes;
pub mod opened;
pub mod outcomes;
pub mod participants;
pub mod participations;
pub mod people;
pub mod people_blobs;
pub mod search;
pub mod stages;
pub mod timeline;
