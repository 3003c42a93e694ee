//! Who may see what, as pure functions: no I/O, no clock, no randomness. Time, keys and facts are passed in.
//!
//! | module | what it holds |
//! |---|---|
//! | [`class`] | [`class::ClassSet`], a set of field classes as one `u64` |
//! | [`action`] | [`action::ActionSet`], a set of actions as one `u64` |
//! | [`snapshot`] | the compiled permissions of a tenant at one epoch |
//! | [`facts`] | what a decision needs to know of one record |
//! | [`decide`](mod@decide) | the decision on one record |
//! | [`explain`](mod@explain) | why a decision came out as it did |
//! | [`scope`] | the same decision as a filter for lists |
//! | [`policy`] | the table of method policies, read from the descriptors; it refuses unannotated contracts |
//! | [`mask`] | the filter that takes forbidden fields out of encoded answers |
//! | [`ways`] | by which ways somebody sees a record, for explaining |
//! | [`names`] | normalising of names, postcodes, telephone numbers and e-mail addresses |
//! | [`tokens`] | keyed blind tokens, so that encrypted people can be searched |
//! | [`rank`] | similarity of names and the weight of a possible duplicate |
//! | [`meaning`] | what a role can say of each type of record |
//! | [`roles`] | the built-in roles, as rows |
//! | [`codes`] | the versioned code lists |

pub mod action;
pub mod class;
pub mod codes;
pub mod decide;
pub mod explain;
pub mod facts;
pub mod mask;
pub mod meaning;
pub mod names;
pub mod policy;
pub mod rank;
pub mod roles;
pub mod scope;
pub mod snapshot;
pub mod tokens;
pub mod ways;

mod bits;
#[cfg(test)]
mod fixture;
