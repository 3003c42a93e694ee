//! The public form's RPCs.

use platform::Ctx;
use proto::referral::v1::{
    DiscardDraftRequest, DiscardDraftResponse, GetDraftRequest, GetDraftResponse, SaveDraftRequest, SaveDraftResponse, StartDraftRequest,
    StartDraftResponse, SubmitDraftRequest, SubmitDraftResponse, public_referral_service_server::PublicReferralService,
};
use tonic::{Request, Response, Status};

use super::service::rpcs;
use crate::{
    Parts,
    commands::{drafts, submit_draft},
    queries::get_draft,
};

/// `accord.referral.v1.PublicReferralService`.
pub struct PublicForm {
    parts: Parts,
}

impl PublicForm {
    /// Works with these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

rpcs! {
    impl PublicReferralService for PublicForm {
        start_draft(StartDraftRequest) -> StartDraftResponse = drafts::start_draft;
        get_draft(GetDraftRequest) -> GetDraftResponse = get_draft::get_draft;
        save_draft(SaveDraftRequest) -> SaveDraftResponse = drafts::save_draft;
        submit_draft(SubmitDraftRequest) -> SubmitDraftResponse = submit_draft::submit_draft;
        discard_draft(DiscardDraftRequest) -> DiscardDraftResponse = drafts::discard_draft;
    }
}
