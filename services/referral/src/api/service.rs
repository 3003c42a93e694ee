//! The RPCs of staff, of partner systems and of other services.

use platform::Ctx;
use proto::referral::v1::{
    AcceptReferralRequest, AcceptReferralResponse, AppealRejectionRequest, AppealRejectionResponse, CountReferralsRequest,
    CountReferralsResponse, FindSimilarReferralsRequest, FindSimilarReferralsResponse, GetAcceptedReferralRequest,
    GetAcceptedReferralResponse, GetReferralRequest, GetReferralResponse, GetReferralStatusRequest, GetReferralStatusResponse,
    ListReferralsRequest, ListReferralsResponse, MarkDuplicateRequest, MarkDuplicateResponse, ProvideInformationRequest,
    ProvideInformationResponse, RejectReferralRequest, RejectReferralResponse, ResolveReferrerForSendingRequest,
    ResolveReferrerForSendingResponse, ReturnForInformationRequest, ReturnForInformationResponse, StartTriageRequest, StartTriageResponse,
    SubmitReferralRequest, SubmitReferralResponse, TransferOutRequest, TransferOutResponse, WithdrawReferralRequest,
    WithdrawReferralResponse, referral_service_server::ReferralService,
};
use tonic::{Request, Response, Status};

use crate::{
    Parts,
    commands::{
        accept, appeal, mark_duplicate, provide_information, reject, return_for_information, start_triage, submit_referral, transfer_out,
        withdraw,
    },
    queries::{count_referrals, find_similar, get_accepted, get_referral, get_status, list_referrals, resolve_for_sending},
};

/// One line for each RPC: its name, its messages, and the command or query that does it.
macro_rules! rpcs {
    (impl $service:ident for $server:ident { $($name:ident($req:ty) -> $res:ty = $call:path;)+ }) => {
        #[tonic::async_trait]
        impl $service for $server {
            $(async fn $name(&self, request: Request<$req>) -> Result<Response<$res>, Status> {
                let (ctx, req) = Ctx::open(request)?;
                Ok(Response::new($call(&self.parts, &ctx, req).await?))
            })+
        }
    };
}
pub(super) use rpcs;

/// `accord.referral.v1.ReferralService`.
pub struct Referrals {
    parts: Parts,
}

impl Referrals {
    /// Works with these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

rpcs! {
    impl ReferralService for Referrals {
        submit_referral(SubmitReferralRequest) -> SubmitReferralResponse = submit_referral::submit_referral;
        get_referral_status(GetReferralStatusRequest) -> GetReferralStatusResponse = get_status::get_referral_status;
        provide_information(ProvideInformationRequest) -> ProvideInformationResponse = provide_information::provide_information;
        withdraw_referral(WithdrawReferralRequest) -> WithdrawReferralResponse = withdraw::withdraw_referral;
        list_referrals(ListReferralsRequest) -> ListReferralsResponse = list_referrals::list_referrals;
        count_referrals(CountReferralsRequest) -> CountReferralsResponse = count_referrals::count_referrals;
        get_referral(GetReferralRequest) -> GetReferralResponse = get_referral::get_referral;
        find_similar_referrals(FindSimilarReferralsRequest) -> FindSimilarReferralsResponse = find_similar::find_similar;
        start_triage(StartTriageRequest) -> StartTriageResponse = start_triage::start_triage;
        accept_referral(AcceptReferralRequest) -> AcceptReferralResponse = accept::accept_referral;
        reject_referral(RejectReferralRequest) -> RejectReferralResponse = reject::reject_referral;
        return_for_information(ReturnForInformationRequest) -> ReturnForInformationResponse = return_for_information::return_for_information;
        mark_duplicate(MarkDuplicateRequest) -> MarkDuplicateResponse = mark_duplicate::mark_duplicate;
        transfer_out(TransferOutRequest) -> TransferOutResponse = transfer_out::transfer_out;
        appeal_rejection(AppealRejectionRequest) -> AppealRejectionResponse = appeal::appeal_rejection;
        get_accepted_referral(GetAcceptedReferralRequest) -> GetAcceptedReferralResponse = get_accepted::get_accepted_referral;
        resolve_referrer_for_sending(ResolveReferrerForSendingRequest) -> ResolveReferrerForSendingResponse = resolve_for_sending::resolve_referrer;
    }
}
