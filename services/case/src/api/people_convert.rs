//! Domain values as messages of `accord.people.v1`. What the caller may not read is taken out by the mask layer.

use chrono::{DateTime, NaiveTime, Utc};
use proto::people::v1::{ContactPoint, Demographics, Person, ResolveForSendingResponse};
use prost_types::Timestamp;

use crate::{
    queries::{get_person::Shown, resolve_for_sending::Resolved},
    store::{opened::OpenedPoint, people_blobs::DemographicsBlob},
};

/// An instant.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// A person.
pub fn person(shown: Shown) -> Person {
    let Shown { person, cases, erased_at } = shown;
    let (case_ids, case_references) = cases.into_iter().map(|(id, reference)| (id.to_string(), reference)).unzip();
    Person {
        id: person.row.id.to_string(),
        masked_paths: Vec::new(),
        reference: person.row.reference,
        etag: person.row.version.to_string(),
        given_name: person.identity.given_name,
        family_name: person.identity.family_name,
        known_as: person.identity.known_as,
        aliases: person.identity.aliases,
        date_of_birth: person.birth.date,
        language: person.needs.language,
        interpreter: person.needs.interpreter,
        needs: person.needs.needs,
        postcode: person.address.postcode,
        contact_points: person.points.into_iter().map(contact_point).collect(),
        demographics: person.demographics.map(demographics),
        case_ids,
        case_references,
        erased_at: erased_at.map(timestamp),
    }
}

fn contact_point(point: OpenedPoint) -> ContactPoint {
    let OpenedPoint { row, blob } = point;
    let clock = |time: Option<NaiveTime>| time.map(|t| t.format("%H:%M").to_string()).unwrap_or_default();
    ContactPoint {
        id: row.id.to_string(),
        kind: row.kind,
        value: blob.value,
        safety: row.safety,
        may_text: row.may_text,
        may_leave_voicemail: row.may_leave_voicemail,
        may_write: row.may_write,
        safe_from: clock(row.safe_from),
        safe_to: clock(row.safe_to),
        words: blob.words,
        verified_at: row.verified_at.map(timestamp),
        review_on: row.review_on.map(|d| d.to_string()).unwrap_or_default(),
    }
}

fn demographics(blob: DemographicsBlob) -> Demographics {
    Demographics {
        ethnicity: blob.ethnicity,
        sex: blob.sex,
        gender_identity: blob.gender_identity,
        sexual_orientation: blob.sexual_orientation,
        religion: blob.religion,
        relationship_status: blob.relationship_status,
        disability: blob.disability,
        impairments: blob.impairments,
        additional_needs: blob.additional_needs,
        vulnerabilities: blob.vulnerabilities,
        asked_at: DateTime::from_timestamp_micros(blob.asked_at).map(timestamp),
    }
}

/// The gate's answer.
pub fn resolved(answer: Resolved) -> ResolveForSendingResponse {
    ResolveForSendingResponse {
        allowed: answer.allowed,
        reason: answer.reason,
        address: answer.address,
        not_before: answer.not_before.map(timestamp),
        language: answer.language,
    }
}
