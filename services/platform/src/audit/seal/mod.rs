//! The seal of the audit trail (architecture 9): each second what was committed is bound into signed, chained Merkle batches, and
//! checkpoints of them leave the system. What is sealed cannot be altered, removed or added to without that being found.
//!
//! | module | what it holds |
//! |---|---|
//! | [`merkle`], [`canonical`], [`batch`], [`checkpoint`] | the formats; pure |
//! | [`signer`] | the key and those that a verifier believes |
//! | [`sealer`] | the job that seals |
//! | [`outside`] | the job that writes checkpoints to a folder and has them sent to the data protection officers |
//! | [`verify`], [`findings`] | reads everything again and tells what does not fit |
//! | [`proof`] | that one event is in a signed batch, checked without a database |

pub mod batch;
pub mod canonical;
pub mod checkpoint;
pub mod findings;
pub mod merkle;
pub mod outside;
pub mod proof;
pub mod sealer;
pub mod signer;
pub mod verify;
