//! The gRPC service that says why somebody may see a referral.

use platform::Ctx;
use proto::referral::v1::{ExplainAccessRequest, ExplainAccessResponse, access_explain_service_server::AccessExplainService};
use tonic::{Request, Response, Status};

use super::service::rpcs;
use crate::{Parts, queries::explain_access};

/// `accord.referral.v1.AccessExplainService`.
pub struct AccessExplain {
    parts: Parts,
}

impl AccessExplain {
    /// Works with these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

rpcs! {
    impl AccessExplainService for AccessExplain {
        explain_access(ExplainAccessRequest) -> ExplainAccessResponse = explain_access::explain_access;
    }
}
