//! Participants as messages of `accord.case.v1`. What the caller may not read is taken out by the mask layer.

use proto::case::v1::{Consent, ContactAttempt, Flag, Participant};

use super::people_convert::timestamp;
use crate::{
    queries::participants::ParticipantView,
    store::{consents::ConsentRow, contact_attempts::AttemptRow, flags::OpenedFlag, people_blobs::AttemptBlob},
};

/// A participant. Of an erased person there are no names left.
pub fn participant(view: ParticipantView) -> Participant {
    let ParticipantView { row, person, consents, attempts, flags, has_safe_contact, allowed_statuses } = view;
    let mut shown = Participant {
        id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        person_id: row.person_id.to_string(),
        etag: row.version.to_string(),
        role: row.role,
        status: row.status,
        status_since: Some(timestamp(row.status_since)),
        consents: consents.into_iter().map(consent).collect(),
        contact_attempts: attempts.into_iter().map(attempt).collect(),
        flags: flags.into_iter().map(flag).collect(),
        has_safe_contact,
        allowed_statuses: allowed_statuses.into_iter().map(str::to_owned).collect(),
        ..Participant::default()
    };
    if let Some(person) = person {
        shown.name = person.identity.full_name();
        shown.known_as = person.identity.known_as;
        shown.date_of_birth = person.birth.date;
        shown.needs = person.needs.needs;
        shown.language = person.needs.language;
    }
    shown
}

fn consent((row, note): (ConsentRow, String)) -> Consent {
    Consent {
        id: row.id.to_string(),
        purpose: row.purpose,
        state: row.state,
        how: row.how,
        at: Some(timestamp(row.at)),
        recorded_by: row.recorded_by,
        note,
    }
}

fn attempt((row, blob): (AttemptRow, AttemptBlob)) -> ContactAttempt {
    ContactAttempt {
        id: row.id.to_string(),
        at: Some(timestamp(row.at)),
        channel: blob.channel,
        result: blob.result,
        note: blob.note,
        recorded_by: row.recorded_by,
    }
}

fn flag(flag: OpenedFlag) -> Flag {
    Flag { id: flag.row.id.to_string(), code: flag.blob.code, text: flag.blob.text, set_at: Some(timestamp(flag.row.set_at)) }
}
