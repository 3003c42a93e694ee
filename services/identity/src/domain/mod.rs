//! The rules, without I/O.
//!
//! | module | rule |
//! |---|---|
//! | [`password`] | what a password must be |
//! | [`help`] | who helps whom with a lost password or factor |
//! | [`recovery`] | codes for who lost the authenticator |
//! | [`throttle`] | how guesses of a password or code are slowed down |
//! | [`authenticator`] | codes of an authenticator, each good once |
//! | [`giving`] | who may give which role, and whose account somebody may manage |
//! | [`administrators`] | that one administrator always remains |
//! | [`own_role`] | what a tenant's own role must be, and who may change it |
//! | [`period`] | from when to when a role is held |
//! | [`tree`] | what may stand below what |
//! | [`compile`] | the permission snapshot from rows |
//! | [`tenant`] | slug, colour and settings |
//! | [`user`] | the states of an account |
//! | [`session`] | how long a session lives |

pub mod administrators;
pub mod authenticator;
pub mod compile;
pub mod giving;
pub mod help;
pub mod own_role;
pub mod password;
pub mod period;
pub mod recovery;
pub mod session;
pub mod tenant;
pub mod throttle;
pub mod tree;
pub mod user;
