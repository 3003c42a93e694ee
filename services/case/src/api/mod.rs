//! The gRPC services: messages in, messages out, nothing else.

pub mod access_explain;
pub mod access_service;
pub mod case_convert;
pub mod case_service;
pub mod erasure_convert;
pub mod erasure_service;
pub mod meeting_service;
pub mod note_service;
pub mod participant_convert;
pub mod participant_service;
pub mod people_convert;
pub mod people_service;
