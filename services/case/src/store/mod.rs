//! SQL, and nothing else. Columns `c_<class>` hold blobs; see `people_blobs` and `case_blobs` for what is inside.

pub mod agreements;
pub mod allocations;
pub mod break_glass;
pub mod case_blobs;
pub mod case_lists;
pub mod cases;
pub mod conflicts;
pub mod consents;
pub mod contact_attempts;
pub mod contact_points;
pub mod flags;
pub mod gate;
pub mod guards;
pub mod locks;
pub mod meetings;
pub mod notes;
pub mod opened;
pub mod outcomes;
pub mod participants;
pub mod participations;
pub mod people;
pub mod people_blobs;
pub mod restrictions;
pub mod search;
pub mod stages;
pub mod timeline;
