//! One record of each kind in the partnership, and a request about them for every method of the contracts.

use bytes::Bytes;
use integration_tests::{
    demo::Tenant,
    rpc::{Caller, Rpc},
    story,
    wait::until,
};
use prost::Message;
use crate::by_names;
use proto::{
    audit::v1 as audit, authz::v1 as authz, case::v1 as case, identity::v1 as identity,
    notification::v1 as notification, people::v1 as people, referral::v1 as referral,
    reporting::v1 as reporting,
};

/// An etag that no record has.
pub const STALE: &str = "999999";

/// Ids of the records, and the name in them.
#[derive(Clone, Debug)]
pub struct Records {
    /// The agency that owns all of it.
    pub node: String,
    /// The referral, which was accepted.
    pub referral: String,
    /// Its reference.
    pub reference: String,
    /// The case that it opened.
    pub case: String,
    /// The allocation of the case.
    pub allocation: String,
    /// The person harmed, in the case.
    pub participant: String,
    /// The same person in the register.
    pub person: String,
    /// Their mobile number.
    pub contact_point: String,
    /// A note for both sides.
    pub note: String,
    /// A meeting in three days.
    pub meeting: String,
    /// The person harmed's family name, which nobody else has.
    pub family: String,
    /// The tenant.
    pub tenant: String,
    /// The facilitator of the case.
    pub user: String,
    /// A colleague.
    pub colleague: String,
    /// The facilitator's role as given.
    pub assignment: String,
    /// The facilitators' role.
    pub role: String,
    /// A partner system.
    pub account: String,
}

impl Records {
    /// The agency of the records: the first that works cases.
    pub fn agency(tenant: &Tenant) -> String {
        tenant.first("agency_coordinator").agency.clone()
    }

    /// Makes them, by the calls of the main job.
    pub async fn make(rpc: &Rpc<'_>) -> Self {
        let tenant = rpc.stack.demo.partnership().clone();
        let agency = Self::agency(&tenant);
        let node = tenant.node(&agency).to_owned();
        let users: Vec<_> = tenant.at(&agency, "facilitator").cloned().collect();
        let [user, colleague, ..] = users.as_slice() else {
            panic!("two facilitators are needed")
        };
        let (coordinator, facilitator) = (
            Caller::user(&tenant, tenant.first("agency_coordinator")),
            Caller::user(&tenant, user),
        );
        let family = story::family_name(rpc);
        let sent = story::submit(
            rpc,
            &Caller::user(&tenant, tenant.first("referrer")),
            story::professional_input(&family),
            &node,
        )
        .await;
        let case_id = story::accept(rpc, &coordinator, &sent.referral_id, &node).await;
        story::opened(rpc, &coordinator, &case_id).await;
        let allocation = story::allocate(rpc, &coordinator, &case_id, &user.id).await;
        let participant = story::participant(rpc, &facilitator, &case_id, "HARMED_PERSON").await;
        let person: people::GetPersonResponse = rpc
            .must(
                &facilitator,
                "people.v1.PeopleService/GetPerson",
                &people::GetPersonRequest {
                    person_id: participant.person_id.clone(),
                },
            )
            .await;
        let contact_point = person
            .person
            .expect("a person")
            .contact_points
            .into_iter()
            .find(|p| p.kind == "MOBILE")
            .expect("a mobile number")
            .id;
        let note = case::AddNoteRequest {
            request_id: rpc.new_id(),
            case_id: case_id.clone(),
            side: "BOTH".into(),
            readers: "EVERYONE".into(),
            text: format!("Spoke about {family}."),
            ..case::AddNoteRequest::default()
        };
        let note: case::AddNoteResponse = rpc
            .must(&facilitator, "case.v1.NoteService/AddNote", &note)
            .await;
        let meeting = story::schedule(rpc, &facilitator, &case_id, &participant.id, 72).await;
        // The reminder and the mail about the allocation are messages of the case.
        until("the case's messages", async || {
            (story::messages(rpc, &coordinator, &case_id).await.len() >= 2).then_some(())
        })
        .await;
        let administrator = Caller::user(&tenant, tenant.first("tenant_administrator"));
        let account: identity::GetUserResponse = rpc
            .must(
                &administrator,
                "identity.v1.UserService/GetUser",
                &identity::GetUserRequest {
                    user_id: user.id.clone(),
                },
            )
            .await;
        let held = account.user.expect("a user").roles.remove(0);
        Self {
            node,
            referral: sent.referral_id,
            reference: sent.reference,
            case: case_id,
            allocation,
            participant: participant.id,
            person: participant.person_id,
            contact_point,
            note: note.note_id,
            meeting,
            family,
            tenant: tenant.id.clone(),
            user: user.id.clone(),
            colleague: colleague.id.clone(),
            assignment: held.assignment_id,
            role: held.role_id,
            account: tenant.service_accounts[0].id.clone(),
        }
    }

    /// The same with ids that nothing has.
    pub fn nowhere(&self, rpc: &Rpc<'_>) -> Self {
        let new = || rpc.new_id();
        Self {
            node: new(),
            referral: new(),
            case: new(),
            allocation: new(),
            participant: new(),
            person: new(),
            contact_point: new(),
            note: new(),
            meeting: new(),
            user: new(),
            colleague: new(),
            assignment: new(),
            role: new(),
            account: new(),
            ..self.clone()
        }
    }

    /// What nobody outside the tenant may ever be told.
    pub fn secrets(&self) -> [&str; 8] {
        [
            &self.referral,
            &self.reference,
            &self.case,
            &self.participant,
            &self.person,
            &self.note,
            &self.meeting,
            &self.family,
        ]
    }
}

/// A request about the records for a method by its path. Each is right but for the one flaw that `rpc_matrix.rs` describes.
pub fn request(rpc: &Rpc<'_>, r: &Records, path: &str) -> Bytes {
    let (service, method) = path
        .trim_start_matches("/accord.")
        .split_once('/')
        .expect("a path");
    let message = match service {
        "identity.v1.SessionService" => session(r, method),
        "identity.v1.AccountService" => account(r, method),
        "identity.v1.UserService" => user(rpc, r, method),
        "identity.v1.OrganisationService" => organisation(rpc, r, method),
        "identity.v1.RoleService" | "case.v1.AccessExplainService" | "referral.v1.AccessExplainService" => {
            crate::access_records::request(rpc, r, service, method)
        }
        "referral.v1.PublicReferralService" => public(method),
        "referral.v1.ReferralService" => referrals(rpc, r, method),
        "case.v1.CaseService" => cases(rpc, r, method),
        "case.v1.CaseAccessService" => case_access(r, method),
        "case.v1.ParticipantService" => participants(rpc, r, method),
        "case.v1.NoteService" => notes(r, method),
        "case.v1.MeetingService" => meetings(rpc, r, method),
        "people.v1.PeopleService" => people(rpc, r, method),
        "people.v1.ErasureService" => erasures(rpc, r, method),
        "keys.v1.KeyService" => (method == "GetKeyStatus").then(Vec::new),
        "notification.v1.MessageService" => messages(r, method),
        "reporting.v1.ReportService" => reports(method),
        "audit.v1.AuditService" => audit_trail(r, method),
        "authz.v1.AuthorizationService" => (method == "AdvanceEpoch").then(|| {
            authz::AdvanceEpochRequest {
                tenant_id: r.tenant.clone(),
                snapshot: None,
            }
            .encode_to_vec()
        }),
        _ => None,
    };
    message.map_or_else(|| by_names::request(rpc, r, path), Bytes::from)
}

fn audit_trail(r: &Records, method: &str) -> Option<Vec<u8>> {
    let from = Some(prost_types::Timestamp {
        seconds: 1_800_000_000,
        nanos: 0,
    });
    let to = Some(prost_types::Timestamp {
        seconds: 1_800_086_400,
        nanos: 0,
    });
    Some(match method {
        "ListEvents" => audit::ListEventsRequest {
            record_id: r.case.clone(),
            ..audit::ListEventsRequest::default()
        }
        .encode_to_vec(),
        "ExportEvents" => audit::ExportEventsRequest {
            from,
            to,
            page_token: String::new(),
        }
        .encode_to_vec(),
        "ListUsage" => audit::ListUsageRequest { from, to }.encode_to_vec(),
        "ListUnusualAccess" => audit::ListUnusualAccessRequest { from, to }.encode_to_vec(),
        _ => return None,
    })
}

fn session(r: &Records, method: &str) -> Option<Vec<u8>> {
    let (tenant_id, secret) = (r.tenant.clone(), "x".repeat(43));
    Some(match method {
        "ResolveTenant" => identity::ResolveTenantRequest {
            slug: "northvale".into(),
        }
        .encode_to_vec(),
        "BeginSignIn" => identity::BeginSignInRequest {
            tenant_id,
            email: "nobody@example.org".into(),
            password: "not a password".into(),
            source: "192.0.2.1".into(),
            ..identity::BeginSignInRequest::default()
        }
        .encode_to_vec(),
        "CompleteSignIn" => identity::CompleteSignInRequest {
            tenant_id,
            challenge: secret,
            code: "000000".into(),
            source: "192.0.2.1".into(),
            ..identity::CompleteSignInRequest::default()
        }
        .encode_to_vec(),
        "MintToken" => identity::MintTokenRequest {
            tenant_id,
            session_secret: secret,
        }
        .encode_to_vec(),
        "MintPublicToken" => identity::MintPublicTokenRequest { tenant_id }.encode_to_vec(),
        "MintServiceAccountToken" => identity::MintServiceAccountTokenRequest {
            certificate_fingerprint: "0".repeat(64),
            partner_name: "nobody".into(),
        }
        .encode_to_vec(),
        "SignOut" => identity::SignOutRequest {
            tenant_id,
            session_secret: secret,
        }
        .encode_to_vec(),
        "SignOutEverywhere" => identity::SignOutEverywhereRequest {
            tenant_id,
            session_secret: secret,
        }
        .encode_to_vec(),
        "BeginEnrolment" => identity::BeginEnrolmentRequest {
            tenant_id,
            enrolment_secret: secret,
        }
        .encode_to_vec(),
        "CompleteEnrolment" => identity::CompleteEnrolmentRequest {
            tenant_id,
            enrolment_secret: secret,
            password: "long enough to be one".into(),
            code: "000000".into(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

/// What somebody does with their own account asks for a session, which nobody has here.
fn account(r: &Records, method: &str) -> Option<Vec<u8>> {
    let (tenant_id, session_secret) = (r.tenant.clone(), "x".repeat(43));
    Some(match method {
        "BeginPasskeySignIn" => identity::BeginPasskeySignInRequest {
            tenant_id,
            session_secret: String::new(),
        }
        .encode_to_vec(),
        "CompletePasskeySignIn" => identity::CompletePasskeySignInRequest {
            tenant_id,
            ..identity::CompletePasskeySignInRequest::default()
        }
        .encode_to_vec(),
        "EndSession" => identity::EndSessionRequest {
            tenant_id,
            session_secret,
            session_id: r.user.clone(),
        }
        .encode_to_vec(),
        "RemovePasskey" => identity::RemovePasskeyRequest {
            tenant_id,
            session_secret,
            passkey_id: r.user.clone(),
        }
        .encode_to_vec(),
        "CompletePasskey" => identity::CompletePasskeyRequest {
            tenant_id,
            session_secret,
            name: "Work phone".into(),
            ..identity::CompletePasskeyRequest::default()
        }
        .encode_to_vec(),
        // The rest begin with the same two fields, and nothing more is needed to be refused.
        "GetAccount" | "StepUp" | "EndOtherSessions" | "AssessPassword" | "ChangePassword"
        | "BeginAuthenticator" | "CompleteAuthenticator" | "RenewRecoveryCodes" | "BeginPasskey"
        | "SetNotices" => identity::GetAccountRequest {
            tenant_id,
            session_secret,
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn user(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (request_id, user_id) = (String::new(), r.user.clone());
    Some(match method {
        "ListUsers" => identity::ListUsersRequest::default().encode_to_vec(),
        "GetUser" => identity::GetUserRequest { user_id }.encode_to_vec(),
        "InviteUser" => identity::InviteUserRequest {
            request_id,
            name: "New Person".into(),
            email: "new.person@example.org".into(),
            node_id: r.node.clone(),
            roles: vec![identity::RoleChoice {
                role_id: r.role.clone(),
                node_id: r.node.clone(),
            }],
        }
        .encode_to_vec(),
        "ResolveEnrolmentForSending" => identity::ResolveEnrolmentForSendingRequest {
            enrolment_id: r.user.clone(),
        }
        .encode_to_vec(),
        "ConfirmEnrolment" => identity::ConfirmEnrolmentRequest {
            request_id,
            user_id,
        }
        .encode_to_vec(),
        "RenewEnrolment" => identity::RenewEnrolmentRequest {
            request_id,
            user_id,
        }
        .encode_to_vec(),
        "UpdateUser" => identity::UpdateUserRequest {
            request_id: rpc.new_id(),
            user_id,
            etag: STALE.into(),
            name: "Other Name".into(),
            node_id: r.node.clone(),
        }
        .encode_to_vec(),
        "DisableUser" => identity::DisableUserRequest {
            request_id,
            user_id,
        }
        .encode_to_vec(),
        "EnableUser" => identity::EnableUserRequest {
            request_id,
            user_id,
        }
        .encode_to_vec(),
        "AssignRole" => identity::AssignRoleRequest {
            request_id,
            user_id,
            role_id: r.role.clone(),
            node_id: r.node.clone(),
            ..identity::AssignRoleRequest::default()
        }
        .encode_to_vec(),
        "EndAssignment" => identity::EndAssignmentRequest {
            request_id,
            user_id,
            assignment_id: r.assignment.clone(),
        }
        .encode_to_vec(),
        "ResolveStaffForSending" => {
            identity::ResolveStaffForSendingRequest { user_id, about_account: true }.encode_to_vec()
        }
        _ => return None,
    })
}

fn organisation(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (request_id, node) = (String::new(), r.node.clone());
    Some(match method {
        "GetTenant" | "ListNodes" | "ListRoles" | "ListServiceAccounts" => Vec::new(),
        "UpdateTenantSettings" => identity::UpdateTenantSettingsRequest {
            request_id: rpc.new_id(),
            etag: STALE.into(),
            name: "Other name".into(),
            colour: "#1d5c63".into(),
            settings: Some(authz::TenantSettings {
                suppression_threshold: 5,
                idle_minutes: 20,
            }),
            absolute_hours: 12,
        }
        .encode_to_vec(),
        "CreateNode" => identity::CreateNodeRequest {
            request_id,
            parent_id: node,
            name: "New team".into(),
            kind: authz::NodeKind::Team.into(),
            agency_kind: String::new(),
        }
        .encode_to_vec(),
        "RenameNode" => identity::RenameNodeRequest {
            request_id,
            node_id: node,
            name: "Other name".into(),
        }
        .encode_to_vec(),
        "CreateServiceAccount" => identity::CreateServiceAccountRequest {
            request_id,
            name: "another-system".into(),
            node_id: node,
            role_id: r.role.clone(),
            certificate_fingerprint: "1".repeat(64),
            expires_at: None,
        }
        .encode_to_vec(),
        "RevokeServiceAccount" => identity::RevokeServiceAccountRequest {
            request_id,
            account_id: r.account.clone(),
        }
        .encode_to_vec(),
        "GetSnapshot" => identity::GetSnapshotRequest {
            tenant_id: r.tenant.clone(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn public(method: &str) -> Option<Vec<u8>> {
    let draft_secret = "x".repeat(43);
    Some(match method {
        "StartDraft" => Vec::new(),
        "GetDraft" => referral::GetDraftRequest { draft_secret }.encode_to_vec(),
        "SaveDraft" => referral::SaveDraftRequest {
            draft_secret,
            input: Some(story::public_input("Nobody")),
        }
        .encode_to_vec(),
        "SubmitDraft" => referral::SubmitDraftRequest { draft_secret }.encode_to_vec(),
        "DiscardDraft" => referral::DiscardDraftRequest { draft_secret }.encode_to_vec(),
        _ => return None,
    })
}

fn referrals(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (id, request_id, etag) = (r.referral.clone(), rpc.new_id(), STALE.to_owned());
    Some(match method {
        "SubmitReferral" => referral::SubmitReferralRequest {
            request_id: String::new(),
            input: Some(story::professional_input("Nobody")),
            owner_node_id: r.node.clone(),
        }
        .encode_to_vec(),
        "GetReferralStatus" => {
            referral::GetReferralStatusRequest { referral_id: id }.encode_to_vec()
        }
        "ProvideInformation" => referral::ProvideInformationRequest {
            request_id,
            referral_id: id,
            answer: "It was in June.".into(),
        }
        .encode_to_vec(),
        "WithdrawReferral" => referral::WithdrawReferralRequest {
            request_id,
            referral_id: id,
            reason: "MISTAKE".into(),
        }
        .encode_to_vec(),
        "ListReferrals" => referral::ListReferralsRequest::default().encode_to_vec(),
        "CountReferrals" => Vec::new(),
        "GetReferral" => referral::GetReferralRequest { referral_id: id }.encode_to_vec(),
        "FindSimilarReferrals" => {
            referral::FindSimilarReferralsRequest { referral_id: id }.encode_to_vec()
        }
        "StartTriage" => referral::StartTriageRequest {
            request_id,
            referral_id: id,
        }
        .encode_to_vec(),
        "AcceptReferral" => referral::AcceptReferralRequest {
            request_id,
            referral_id: id,
            etag,
            case_kind: "RESTORATIVE_JUSTICE".into(),
            ..referral::AcceptReferralRequest::default()
        }
        .encode_to_vec(),
        "RejectReferral" => referral::RejectReferralRequest {
            request_id,
            referral_id: id,
            etag,
            reason: "CAPACITY".into(),
            note: String::new(),
        }
        .encode_to_vec(),
        "ReturnForInformation" => referral::ReturnForInformationRequest {
            request_id,
            referral_id: id,
            etag,
            question: "When was it?".into(),
        }
        .encode_to_vec(),
        "MarkDuplicate" => referral::MarkDuplicateRequest {
            request_id,
            referral_id: id.clone(),
            etag,
            duplicate_of_id: rpc.new_id(),
        }
        .encode_to_vec(),
        "TransferOut" => referral::TransferOutRequest {
            request_id,
            referral_id: id,
            etag,
            reason: "OTHER_SERVICE_BETTER".into(),
            to_service: "A service nearby".into(),
        }
        .encode_to_vec(),
        "AppealRejection" => referral::AppealRejectionRequest {
            request_id,
            referral_id: id,
            reason: "There is more to it.".into(),
        }
        .encode_to_vec(),
        "GetAcceptedReferral" => {
            referral::GetAcceptedReferralRequest { referral_id: id }.encode_to_vec()
        }
        "ResolveReferrerForSending" => referral::ResolveReferrerForSendingRequest {
            referral_id: id,
            channel: "EMAIL".into(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn cases(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (case_id, request_id, etag) = (r.case.clone(), rpc.new_id(), STALE.to_owned());
    Some(match method {
        "ListCases" => case::ListCasesRequest {
            tab: case::CaseTab::Open.into(),
            person_id: r.person.clone(),
            ..case::ListCasesRequest::default()
        }
        .encode_to_vec(),
        "CountCases" => Vec::new(),
        "GetCase" => case::GetCaseRequest { case_id }.encode_to_vec(),
        "GetTimeline" => case::GetTimelineRequest {
            case_id,
            ..case::GetTimelineRequest::default()
        }
        .encode_to_vec(),
        "MoveStage" => case::MoveStageRequest {
            request_id,
            case_id,
            etag,
            stage: "INITIAL_CONTACT".into(),
            reason: String::new(),
        }
        .encode_to_vec(),
        "SetHold" => case::SetHoldRequest {
            request_id,
            case_id,
            etag,
            on_hold: true,
            reason: "Away until autumn.".into(),
            review_on: in_a_month(rpc),
        }
        .encode_to_vec(),
        "UpdateCase" => case::UpdateCaseRequest {
            request_id,
            case_id,
            etag,
            harm_type: "BUR.RES".into(),
            ..case::UpdateCaseRequest::default()
        }
        .encode_to_vec(),
        "AllocateCase" => case::AllocateCaseRequest {
            request_id,
            case_id,
            etag,
            user_id: r.colleague.clone(),
            side: "BOTH".into(),
            lead: false,
            last_day: String::new(),
        }
        .encode_to_vec(),
        "EndAllocation" => case::EndAllocationRequest {
            request_id,
            case_id,
            etag,
            allocation_id: r.allocation.clone(),
            reason: "OTHER".into(),
        }
        .encode_to_vec(),
        "HandOverCases" => case::HandOverCasesRequest {
            request_id: String::new(),
            from_user_id: r.user.clone(),
            to_user_id: r.colleague.clone(),
            case_ids: vec![case_id],
            reason: "HANDED_OVER".into(),
        }
        .encode_to_vec(),
        "RecordOutcome" => case::RecordOutcomeRequest {
            request_id,
            case_id,
            etag,
            intervention: "CONFERENCE".into(),
            held_on: "2026-01-02".into(),
            result: "HELD".into(),
            ..case::RecordOutcomeRequest::default()
        }
        .encode_to_vec(),
        "CloseCase" => case::CloseCaseRequest {
            request_id,
            case_id,
            etag,
            reason: "MISTAKE".into(),
            note: String::new(),
        }
        .encode_to_vec(),
        "ReopenCase" => case::ReopenCaseRequest {
            request_id,
            case_id,
            etag,
            reason: "There is more to do.".into(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

/// Commands lack their request id; ids of what nobody made are those of the case.
fn case_access(r: &Records, method: &str) -> Option<Vec<u8>> {
    let (request_id, case_id, reason) = (String::new(), r.case.clone(), "Asked for.".to_owned());
    Some(match method {
        "GetCaseAccess" => case::GetCaseAccessRequest { case_id }.encode_to_vec(),
        "VisibleCases" => case::VisibleCasesRequest {
            case_ids: vec![case_id],
        }
        .encode_to_vec(),
        "LockCase" => case::LockCaseRequest {
            request_id,
            case_id,
            reason,
            member_user_ids: vec![r.user.clone()],
        }
        .encode_to_vec(),
        "UnlockCase" => case::UnlockCaseRequest {
            request_id,
            case_id,
            reason,
        }
        .encode_to_vec(),
        "ListLocks" => case::ListLocksRequest::default().encode_to_vec(),
        "ReleaseLock" => case::ReleaseLockRequest {
            request_id,
            lock_id: case_id,
            reason,
        }
        .encode_to_vec(),
        "DeclareConflict" => case::DeclareConflictRequest {
            request_id,
            case_id,
            reason,
            ..case::DeclareConflictRequest::default()
        }
        .encode_to_vec(),
        "EndConflict" => case::EndConflictRequest {
            request_id,
            conflict_id: case_id,
            reason,
        }
        .encode_to_vec(),
        "ListConflicts" => case::ListConflictsRequest::default().encode_to_vec(),
        "SetRestriction" => case::SetRestrictionRequest {
            request_id,
            case_id,
            reason,
            ..case::SetRestrictionRequest::default()
        }
        .encode_to_vec(),
        "LiftRestriction" => case::LiftRestrictionRequest {
            request_id,
            restriction_id: case_id,
            reason,
        }
        .encode_to_vec(),
        "ListRestrictions" => case::ListRestrictionsRequest::default().encode_to_vec(),
        "CreateAgreement" => case::CreateAgreementRequest {
            request_id,
            name: "Joint work".into(),
            purpose: "Preparing conferences".into(),
            ..case::CreateAgreementRequest::default()
        }
        .encode_to_vec(),
        "EndAgreement" => case::EndAgreementRequest {
            request_id,
            agreement_id: case_id,
        }
        .encode_to_vec(),
        "ListAgreements" => case::ListAgreementsRequest::default().encode_to_vec(),
        "ShareCase" => case::ShareCaseRequest {
            request_id,
            case_id: case_id.clone(),
            agreement_id: case_id,
            node_id: r.node.clone(),
            last_day: String::new(),
        }
        .encode_to_vec(),
        "EndShare" => case::EndShareRequest {
            request_id,
            case_id: case_id.clone(),
            share_id: case_id,
        }
        .encode_to_vec(),
        "BreakGlass" => case::BreakGlassRequest {
            request_id,
            case_reference: r.reference.clone(),
            reason,
        }
        .encode_to_vec(),
        "ListBreakGlass" => case::ListBreakGlassRequest::default().encode_to_vec(),
        "ReviewBreakGlass" => case::ReviewBreakGlassRequest {
            request_id,
            use_id: case_id,
            outcome: "APPROPRIATE".into(),
            note: String::new(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn participants(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (request_id, participant_id) = (String::new(), r.participant.clone());
    Some(match method {
        "ListParticipants" => case::ListParticipantsRequest {
            case_id: r.case.clone(),
        }
        .encode_to_vec(),
        "GetParticipant" => case::GetParticipantRequest { participant_id }.encode_to_vec(),
        "AddParticipant" => case::AddParticipantRequest {
            request_id,
            case_id: r.case.clone(),
            role: "SUPPORTER_OF_HARMED".into(),
            given_name: "Ada".into(),
            family_name: "Nobody".into(),
            ..case::AddParticipantRequest::default()
        }
        .encode_to_vec(),
        "SetParticipationStatus" => case::SetParticipationStatusRequest {
            request_id: rpc.new_id(),
            participant_id,
            etag: STALE.into(),
            status: "CONTACTING".into(),
            reason: String::new(),
        }
        .encode_to_vec(),
        "RecordConsent" => case::RecordConsentRequest {
            request_id,
            participant_id,
            purpose: "RESEARCH".into(),
            state: "GIVEN".into(),
            how: "SPOKEN".into(),
            at: Some(past()),
            note: String::new(),
        }
        .encode_to_vec(),
        "RecordContactAttempt" => case::RecordContactAttemptRequest {
            request_id,
            participant_id,
            at: Some(past()),
            channel: "MOBILE".into(),
            result: "NO_ANSWER".into(),
            note: String::new(),
        }
        .encode_to_vec(),
        "SetFlag" => case::SetFlagRequest {
            request_id,
            participant_id,
            code: "OTHER".into(),
            text: "Ask first.".into(),
            clear: false,
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn notes(r: &Records, method: &str) -> Option<Vec<u8>> {
    let request_id = String::new();
    Some(match method {
        "ListNotes" => case::ListNotesRequest {
            case_id: r.case.clone(),
            ..case::ListNotesRequest::default()
        }
        .encode_to_vec(),
        "AddNote" => case::AddNoteRequest {
            request_id,
            case_id: r.case.clone(),
            side: "BOTH".into(),
            readers: "EVERYONE".into(),
            text: "A note.".into(),
            ..case::AddNoteRequest::default()
        }
        .encode_to_vec(),
        "CorrectNote" => case::CorrectNoteRequest {
            request_id,
            note_id: r.note.clone(),
            text: "Another note.".into(),
            reason: "A slip.".into(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn meetings(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (request_id, meeting_id, etag) = (rpc.new_id(), r.meeting.clone(), STALE.to_owned());
    let starts_at = Some(story::timestamp(
        rpc.clock().now() + chrono::TimeDelta::days(5),
    ));
    Some(match method {
        "ListMeetings" => case::ListMeetingsRequest {
            case_id: r.case.clone(),
            ..case::ListMeetingsRequest::default()
        }
        .encode_to_vec(),
        "GetMeeting" => case::GetMeetingRequest { meeting_id }.encode_to_vec(),
        "ScheduleMeeting" => case::ScheduleMeetingRequest {
            request_id: String::new(),
            case_id: r.case.clone(),
            kind: "CONFERENCE".into(),
            starts_at,
            minutes: 60,
            place: "Library".into(),
            mode: "IN_PERSON".into(),
            attendees: vec![case::Attendee {
                participant_id: r.participant.clone(),
                ..case::Attendee::default()
            }],
        }
        .encode_to_vec(),
        "RescheduleMeeting" => case::RescheduleMeetingRequest {
            request_id,
            meeting_id,
            etag,
            starts_at,
            minutes: 60,
            place: "Library".into(),
            reason: "STAFF".into(),
        }
        .encode_to_vec(),
        "CancelMeeting" => case::CancelMeetingRequest {
            request_id,
            meeting_id,
            etag,
            reason: "STAFF".into(),
        }
        .encode_to_vec(),
        "RecordAttendance" => case::RecordAttendanceRequest {
            request_id,
            meeting_id,
            etag,
            result: "HELD".into(),
            result_reason: String::new(),
            attendees: Vec::new(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn people(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (person_id, etag) = (r.person.clone(), STALE.to_owned());
    Some(match method {
        "SearchPeople" => people::SearchPeopleRequest {
            text: r.family.clone(),
            ..people::SearchPeopleRequest::default()
        }
        .encode_to_vec(),
        "FindMatches" => people::FindMatchesRequest {
            given_name: "Maren".into(),
            family_name: r.family.clone(),
            date_of_birth: "1984-05-17".into(),
            ..people::FindMatchesRequest::default()
        }
        .encode_to_vec(),
        "GetPerson" => people::GetPersonRequest { person_id }.encode_to_vec(),
        "UpdateIdentity" => people::UpdateIdentityRequest {
            request_id: rpc.new_id(),
            person_id,
            etag,
            given_name: "Maren".into(),
            family_name: r.family.clone(),
            ..people::UpdateIdentityRequest::default()
        }
        .encode_to_vec(),
        "AddContactPoint" => people::AddContactPointRequest {
            request_id: String::new(),
            person_id,
            kind: "MOBILE".into(),
            value: "07700 900999".into(),
        }
        .encode_to_vec(),
        "SetContactSafety" => people::SetContactSafetyRequest {
            request_id: rpc.new_id(),
            person_id,
            contact_point_id: r.contact_point.clone(),
            etag,
            safety: "UNSAFE".into(),
            ..people::SetContactSafetyRequest::default()
        }
        .encode_to_vec(),
        "RemoveContactPoint" => people::RemoveContactPointRequest {
            request_id: String::new(),
            person_id,
            contact_point_id: r.contact_point.clone(),
        }
        .encode_to_vec(),
        "SetDemographics" => people::SetDemographicsRequest {
            request_id: rpc.new_id(),
            person_id,
            etag,
            demographics: Some(people::Demographics::default()),
        }
        .encode_to_vec(),
        "ResolveForSending" => people::ResolveForSendingRequest {
            participant_id: r.participant.clone(),
            purpose: "CONTACT".into(),
            channel: "SMS".into(),
            meeting_id: r.meeting.clone(),
        }
        .encode_to_vec(),
        _ => return None,
    })
}

/// Nothing of it changes the person: the erasure and the hold that are named do not exist, and a request is a dry run.
fn erasures(rpc: &Rpc<'_>, r: &Records, method: &str) -> Option<Vec<u8>> {
    let (request_id, person_id, nothing) = (rpc.new_id(), r.person.clone(), rpc.new_id());
    Some(match method {
        "GetErasure" => people::GetErasureRequest { person_id }.encode_to_vec(),
        "ErasePerson" => people::ErasePersonRequest {
            request_id,
            person_id,
            dry_run: false,
            reason: "WITHDREW".into(),
        }
        .encode_to_vec(),
        "ApproveErasure" => people::ApproveErasureRequest {
            request_id,
            person_id,
            erasure_id: nothing,
            etag: STALE.into(),
        }
        .encode_to_vec(),
        "CancelErasure" => people::CancelErasureRequest {
            request_id,
            person_id,
            erasure_id: nothing,
            etag: STALE.into(),
        }
        .encode_to_vec(),
        "PlaceHold" => people::PlaceHoldRequest {
            request_id,
            person_id,
            kind: "RETENTION".into(),
            until: String::new(),
        }
        .encode_to_vec(),
        "LiftHold" => people::LiftHoldRequest {
            request_id,
            person_id,
            hold_id: nothing,
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn messages(r: &Records, method: &str) -> Option<Vec<u8>> {
    Some(match method {
        "ListMessages" => notification::ListMessagesRequest {
            case_id: r.case.clone(),
            ..notification::ListMessagesRequest::default()
        }
        .encode_to_vec(),
        "ListTemplates" => Vec::new(),
        _ => return None,
    })
}

fn reports(method: &str) -> Option<Vec<u8>> {
    Some(match method {
        "ListReports" => Vec::new(),
        "RunReport" => reporting::RunReportRequest {
            report: "referrals_by_source_and_month".into(),
            ..reporting::RunReportRequest::default()
        }
        .encode_to_vec(),
        _ => return None,
    })
}

/// A date that a review may have.
fn in_a_month(rpc: &Rpc<'_>) -> String {
    (rpc.clock().now() + chrono::TimeDelta::days(30))
        .date_naive()
        .to_string()
}

/// An instant that lies in the past on every machine.
fn past() -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: 1_780_000_000,
        nanos: 0,
    }
}
