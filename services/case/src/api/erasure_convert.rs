//! Erasures as messages of `accord.people.v1`.

use proto::people::v1::{Blocker as Shown, Confirmation, Erasure, Extent, GetErasureResponse};
use uuid::Uuid;

use super::people_convert::timestamp;
use crate::{
    domain::erasure::{Blocker, HOLDERS},
    queries::get_erasure::ErasureView,
    store::erasures::{ConfirmationRow, ErasureRow, ExtentRow},
};

/// Something that holds an erasure back.
pub fn blocker(blocker: &Blocker) -> Shown {
    let code = blocker.code().to_owned();
    match blocker {
        Blocker::OpenCase(reference) => Shown { code, case_reference: reference.clone().unwrap_or_default(), ..Shown::default() },
        Blocker::Hold(id, _, until) => {
            Shown { code, hold_id: id.to_string(), until: until.map(|d| d.to_string()).unwrap_or_default(), ..Shown::default() }
        }
    }
}

/// How much would go.
pub fn extent(row: &ExtentRow) -> Extent {
    let number = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    Extent {
        referral_parties: number(row.parties),
        contact_points: number(row.contact_points),
        demographics_revisions: number(row.demographics),
        consents: number(row.consents),
        contact_attempts: number(row.attempts),
        flags: number(row.flags),
        cases: number(row.cases),
        notes_to_read: number(row.notes),
    }
}

/// The whole answer.
pub fn view(view: ErasureView) -> GetErasureResponse {
    GetErasureResponse {
        person_reference: view.person_reference,
        erasure: view.erasure.map(|(row, confirmed)| erasure(row, &confirmed)),
        blockers: view.blockers.iter().map(blocker).collect(),
        extent: Some(extent(&view.extent)),
        erased_at: view.erased_at.map(timestamp),
    }
}

fn erasure(row: ErasureRow, confirmed: &[ConfirmationRow]) -> Erasure {
    let confirmations = HOLDERS.iter().map(|service| {
        let done = confirmed.iter().find(|c| c.service == *service);
        Confirmation { service: (*service).to_owned(), keys: done.map_or(0, |c| c.keys), confirmed_at: done.map(|c| timestamp(c.confirmed_at)) }
    });
    Erasure {
        id: row.id.to_string(),
        state: row.state,
        etag: row.version.to_string(),
        reason: row.reason,
        requested_by: row.requested_by.to_string(),
        requested_at: Some(timestamp(row.requested_at)),
        approved_by: row.approved_by.as_ref().map(Uuid::to_string).unwrap_or_default(),
        approved_at: row.approved_at.map(timestamp),
        completed_at: row.completed_at.map(timestamp),
        confirmations: confirmations.collect(),
        certificate: row.certificate.unwrap_or_default(),
    }
}
