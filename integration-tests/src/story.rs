//! The main job in steps, each by the call that the pages make for it.

pub use crate::case_work::*;

use proto::{
    case::v1::{AllocateCaseRequest, AllocateCaseResponse, Case, GetCaseRequest, GetCaseResponse},
    referral::v1::{
        AcceptReferralRequest, AcceptReferralResponse, GetReferralRequest, GetReferralResponse,
        ListReferralsRequest, ListReferralsResponse, PartyDecision, PartyInput, Referral,
        ReferralInput, Referrer, SafeContact, SaveDraftRequest, SaveDraftResponse,
        StartDraftRequest, StartDraftResponse, StartTriageRequest, StartTriageResponse,
        SubmitDraftRequest, SubmitDraftResponse, SubmitReferralRequest, SubmitReferralResponse,
    },
};
use uuid::Uuid;

use crate::{
    demo::Tenant,
    rpc::{Caller, Rpc},
    wait::until,
};

/// A family name that no other record has; letters only, as names go.
pub fn family_name(rpc: &Rpc<'_>) -> String {
    let id: Uuid = rpc.new_id().parse().expect("a new id");
    let letters: String = id.as_bytes()[6..]
        .iter()
        .map(|b| char::from(b'a' + b % 26))
        .collect();
    format!("Q{letters}")
}

fn party(role: &str, given: &str, family: &str) -> PartyInput {
    PartyInput {
        role: role.into(),
        given_name: given.into(),
        family_name: family.into(),
        ..PartyInput::default()
    }
}

/// What a professional or a partner's system tells: two people, with the harmed person's telephone and address.
pub fn professional_input(family: &str) -> ReferralInput {
    let harmed = PartyInput {
        email: format!("{}@people.example.org", family.to_lowercase()),
        phone: "07700 900461".into(),
        date_of_birth: "1984-05-17".into(),
        ..party("HARMED_PERSON", "Maren", family)
    };
    ReferralInput {
        initiated_by: "PROFESSIONAL".into(),
        submitted_by: "PROFESSIONAL".into(),
        source: "POLICE_OIC".into(),
        parties: vec![harmed, party("HARMER", "Rufus", &format!("{family}son"))],
        harm_type: "BUR.RES".into(),
        what_happened: "The back door was forced and jewellery was taken.".into(),
        harm_date: "2026-06-02".into(),
        referrer: Some(Referrer {
            name: "Desk officer".into(),
            organisation: "Northvale Police".into(),
            ..Referrer::default()
        }),
        agrees_to_contact: true,
        case_kind: "RESTORATIVE_JUSTICE".into(),
        ..ReferralInput::default()
    }
}

/// What somebody tells on the public form who was harmed and may be texted at any time.
pub fn public_input(family: &str) -> ReferralInput {
    let harmed = PartyInput {
        phone: "07700 900462".into(),
        safe_contact: Some(SafeContact {
            text: true,
            phone: true,
            voicemail: true,
            ..SafeContact::default()
        }),
        ..party("HARMED_PERSON", "Ilse", family)
    };
    ReferralInput {
        initiated_by: "HARMED".into(),
        submitted_by: "SELF".into(),
        source: "SELF".into(),
        parties: vec![harmed, party("HARMER", "Otto", &format!("{family}son"))],
        harm_type: "ARS.CD".into(),
        what_happened: "My fence was broken and I would like to understand why.".into(),
        agrees_to_contact: true,
        privacy_version: "1".into(),
        case_kind: "RESTORATIVE_JUSTICE".into(),
        ..ReferralInput::default()
    }
}

/// Sends the public form of a tenant and gives the reference on its last page.
pub async fn send_public_form(rpc: &Rpc<'_>, tenant: &Tenant, input: ReferralInput) -> String {
    let public = Caller::Public(tenant.clone());
    let draft: StartDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/StartDraft",
            &StartDraftRequest {},
        )
        .await;
    let save = SaveDraftRequest {
        draft_secret: draft.draft_secret.clone(),
        input: Some(input),
    };
    let _: SaveDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/SaveDraft",
            &save,
        )
        .await;
    let submit = SubmitDraftRequest {
        draft_secret: draft.draft_secret,
    };
    let sent: SubmitDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/SubmitDraft",
            &submit,
        )
        .await;
    let again: SubmitDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/SubmitDraft",
            &submit,
        )
        .await;
    assert_eq!(
        again.reference, sent.reference,
        "the same draft is one referral"
    );
    sent.reference
}

/// Sends a referral as staff.
pub async fn submit(
    rpc: &Rpc<'_>,
    caller: &Caller,
    input: ReferralInput,
    node: &str,
) -> SubmitReferralResponse {
    let request = SubmitReferralRequest {
        request_id: rpc.new_id(),
        input: Some(input),
        owner_node_id: node.into(),
    };
    rpc.must(
        caller,
        "referral.v1.ReferralService/SubmitReferral",
        &request,
    )
    .await
}

/// Finds the referral with a reference in the caller's list, page by page.
///
/// # Panics
/// Where it is in none.
pub async fn find_referral(rpc: &Rpc<'_>, caller: &Caller, reference: &str) -> Referral {
    let mut request = ListReferralsRequest {
        page_size: 200,
        ..ListReferralsRequest::default()
    };
    loop {
        let page: ListReferralsResponse = rpc
            .must(
                caller,
                "referral.v1.ReferralService/ListReferrals",
                &request,
            )
            .await;
        if let Some(found) = page
            .referrals
            .into_iter()
            .find(|r| r.reference == reference)
        {
            return found;
        }
        assert!(
            !page.next_page_token.is_empty(),
            "{reference} is in no page of the caller's list"
        );
        request.page_token = page.next_page_token;
    }
}

/// One referral.
pub async fn referral(rpc: &Rpc<'_>, caller: &Caller, id: &str) -> Referral {
    let answer: GetReferralResponse = rpc
        .must(
            caller,
            "referral.v1.ReferralService/GetReferral",
            &GetReferralRequest {
                referral_id: id.into(),
            },
        )
        .await;
    answer.referral.expect("a referral")
}

/// Takes a referral into triage and accepts it into a new case at an agency, everyone in it a new person. Gives the
/// case's id.
pub async fn accept(rpc: &Rpc<'_>, coordinator: &Caller, referral_id: &str, node: &str) -> String {
    let triage = StartTriageRequest {
        request_id: rpc.new_id(),
        referral_id: referral_id.into(),
    };
    let _: StartTriageResponse = rpc
        .must(
            coordinator,
            "referral.v1.ReferralService/StartTriage",
            &triage,
        )
        .await;
    let referral = referral(rpc, coordinator, referral_id).await;
    accept_with(rpc, coordinator, &referral, node).await
}

/// Accepts a referral that is in triage, as [`accept`].
pub async fn accept_with(
    rpc: &Rpc<'_>,
    coordinator: &Caller,
    referral: &Referral,
    node: &str,
) -> String {
    let request = acceptance(rpc, referral, node);
    let accepted: AcceptReferralResponse = rpc
        .must(
            coordinator,
            "referral.v1.ReferralService/AcceptReferral",
            &request,
        )
        .await;
    accepted.case_id
}

/// The request that accepts a referral in triage into a new case at an agency, everyone in it a new person.
pub fn acceptance(rpc: &Rpc<'_>, referral: &Referral, node: &str) -> AcceptReferralRequest {
    AcceptReferralRequest {
        request_id: rpc.new_id(),
        referral_id: referral.id.clone(),
        etag: referral.etag.clone(),
        case_kind: "RESTORATIVE_JUSTICE".into(),
        owner_node_id: node.into(),
        parties: referral
            .party_ids
            .iter()
            .map(|party_id| PartyDecision {
                party_id: party_id.clone(),
                ..PartyDecision::default()
            })
            .collect(),
        ..AcceptReferralRequest::default()
    }
}

/// Waits until a case has opened.
pub async fn opened(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) -> Case {
    let request = GetCaseRequest {
        case_id: case_id.into(),
    };
    until("the case opens", async || {
        rpc.ask::<GetCaseResponse>(caller, "case.v1.CaseService/GetCase", &request)
            .await
            .ok()
            .and_then(|a| a.case)
    })
    .await
}

/// One case.
pub async fn case(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) -> Case {
    let answer: GetCaseResponse = rpc
        .must(
            caller,
            "case.v1.CaseService/GetCase",
            &GetCaseRequest {
                case_id: case_id.into(),
            },
        )
        .await;
    answer.case.expect("a case")
}

/// Allocates a case for both sides and gives its allocation.
pub async fn allocate(rpc: &Rpc<'_>, coordinator: &Caller, case_id: &str, user_id: &str) -> String {
    let etag = case(rpc, coordinator, case_id).await.etag;
    let request = AllocateCaseRequest {
        request_id: rpc.new_id(),
        case_id: case_id.into(),
        etag,
        user_id: user_id.into(),
        side: "BOTH".into(),
        lead: true,
        last_day: String::new(),
    };
    let answer: AllocateCaseResponse = rpc
        .must(coordinator, "case.v1.CaseService/AllocateCase", &request)
        .await;
    answer.allocation_id
}
