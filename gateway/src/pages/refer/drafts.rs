//! Calls about the draft, and what may go wrong with them.

use platform::{Error, Kind};
use proto::referral::v1::{
    DiscardDraftRequest, GetDraftRequest, GetDraftResponse, ReferralInput, SaveDraftRequest, StartDraftRequest, SubmitDraftRequest, SubmitDraftResponse,
    public_referral_service_client::PublicReferralServiceClient,
};
use tonic::Status;

use crate::{page::PublicPage, rpc};

/// Begins a draft and answers its secret.
///
/// # Errors
/// The service's.
pub async fn start(page: &PublicPage) -> Result<String, Status> {
    Ok(rpc!(page, "referral", PublicReferralServiceClient::start_draft, StartDraftRequest {}).await?.draft_secret)
}

/// The draft; none where it was destroyed or its time is over.
///
/// # Errors
/// The service's, for everything else.
pub async fn get(page: &PublicPage, secret: &str) -> Result<Option<GetDraftResponse>, Status> {
    let request = GetDraftRequest { draft_secret: secret.to_owned() };
    match rpc!(page, "referral", PublicReferralServiceClient::get_draft, request).await {
        Ok(draft) => Ok(Some(draft)),
        Err(status) if Error::from(status.clone()).kind() == Kind::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}

/// Keeps the answers.
///
/// # Errors
/// The service's.
pub async fn save(page: &PublicPage, secret: &str, input: &ReferralInput) -> Result<(), Status> {
    let request = SaveDraftRequest { draft_secret: secret.to_owned(), input: Some(input.clone()) };
    rpc!(page, "referral", PublicReferralServiceClient::save_draft, request).await.map(drop)
}

/// Sends the request, once.
///
/// # Errors
/// The service's, with the fields that keep it from being complete.
pub async fn submit(page: &PublicPage, secret: &str) -> Result<SubmitDraftResponse, Status> {
    rpc!(page, "referral", PublicReferralServiceClient::submit_draft, SubmitDraftRequest { draft_secret: secret.to_owned() }).await
}

/// Destroys the draft.
///
/// # Errors
/// The service's.
pub async fn discard(page: &PublicPage, secret: &str) -> Result<(), Status> {
    rpc!(page, "referral", PublicReferralServiceClient::discard_draft, DiscardDraftRequest { draft_secret: secret.to_owned() }).await.map(drop)
}
