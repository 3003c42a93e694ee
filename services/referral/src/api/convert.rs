//! Contract messages to and from the domain's values.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use proto::referral::v1 as wire;
use uuid::Uuid;

use crate::{
    domain::{
        input::{Harm, Input, Referrer},
        party::{Equality, Party, SafeContact},
        referral::Referral,
        state::State,
    },
    store::{history::Change, information::Exchange},
};

/// An instant.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// A state.
pub fn state(state: State) -> wire::ReferralState {
    match state {
        State::Submitted => wire::ReferralState::Submitted,
        State::Triage => wire::ReferralState::Triage,
        State::ReturnedForInformation => wire::ReferralState::ReturnedForInformation,
        State::Accepted => wire::ReferralState::Accepted,
        State::Rejected => wire::ReferralState::Rejected,
        State::Duplicate => wire::ReferralState::Duplicate,
        State::TransferredOut => wire::ReferralState::TransferredOut,
        State::Lapsed => wire::ReferralState::Lapsed,
        State::Withdrawn => wire::ReferralState::Withdrawn,
    }
}

/// A state as asked for; none for the unset one.
pub fn state_from(from: wire::ReferralState) -> Option<State> {
    State::ALL.into_iter().find(|s| state(*s) == from)
}

/// What a referrer tells. One-line answers lose the blanks around them; nothing else is changed.
pub fn input(from: wire::ReferralInput) -> Input {
    let referrer = from.referrer.unwrap_or_default();
    Input {
        initiated_by: from.initiated_by,
        submitted_by: from.submitted_by,
        source: from.source,
        parties: from.parties.into_iter().map(party).collect(),
        harm: Harm {
            harm_type: from.harm_type,
            what_happened: from.what_happened,
            date: trim(&from.harm_date),
            reported: from.reported,
            justice_stage: from.justice_stage,
            crime_flags: from.crime_flags,
            hate_strands: from.hate_strands,
        },
        harm_place: trim(&from.harm_place),
        crime_reference: trim(&from.crime_reference),
        needs: from.needs,
        risks: from.risks,
        referrer: Referrer {
            name: trim(&referrer.name),
            organisation: trim(&referrer.organisation),
            email: trim(&referrer.email),
            phone: trim(&referrer.phone),
            relation: trim(&referrer.relation),
        },
        agrees_to_contact: from.agrees_to_contact,
        privacy_version: from.privacy_version,
        case_kind: from.case_kind,
        equality: equality(from.equality.unwrap_or_default()),
    }
}

fn party(from: wire::PartyInput) -> Party {
    let safe = from.safe_contact.unwrap_or_default();
    Party {
        role: from.role,
        given_name: trim(&from.given_name),
        family_name: trim(&from.family_name),
        known_as: trim(&from.known_as),
        date_of_birth: trim(&from.date_of_birth),
        email: trim(&from.email),
        phone: trim(&from.phone),
        address: from.address.trim().to_owned(),
        postcode: trim(&from.postcode),
        safe: SafeContact {
            email: safe.email,
            text: safe.text,
            phone: safe.phone,
            post: safe.post,
            voicemail: safe.voicemail,
            times: safe.times,
            words: safe.words,
        },
        language: trim(&from.language),
        interpreter: from.interpreter,
    }
}

fn equality(from: wire::Equality) -> Equality {
    Equality {
        ethnicity: from.ethnicity,
        sex: from.sex,
        gender_identity: from.gender_identity,
        sexual_orientation: from.sexual_orientation,
        religion: from.religion,
        disability: from.disability,
    }
}

fn trim(value: &str) -> String {
    value.trim().to_owned()
}

/// What a referrer told, as it is shown.
pub fn input_out(from: Input) -> wire::ReferralInput {
    let (harm, referrer, equality) = (from.harm, from.referrer, from.equality);
    wire::ReferralInput {
        initiated_by: from.initiated_by,
        submitted_by: from.submitted_by,
        source: from.source,
        parties: from.parties.into_iter().map(party_out).collect(),
        harm_type: harm.harm_type,
        what_happened: harm.what_happened,
        harm_date: harm.date,
        harm_place: from.harm_place,
        crime_reference: from.crime_reference,
        reported: harm.reported,
        justice_stage: harm.justice_stage,
        needs: from.needs,
        risks: from.risks,
        referrer: (referrer != Referrer::default()).then_some(wire::Referrer {
            name: referrer.name,
            organisation: referrer.organisation,
            email: referrer.email,
            phone: referrer.phone,
            relation: referrer.relation,
        }),
        agrees_to_contact: from.agrees_to_contact,
        privacy_version: from.privacy_version,
        crime_flags: harm.crime_flags,
        hate_strands: harm.hate_strands,
        case_kind: from.case_kind,
        equality: (equality != Equality::default()).then_some(wire::Equality {
            ethnicity: equality.ethnicity,
            sex: equality.sex,
            gender_identity: equality.gender_identity,
            sexual_orientation: equality.sexual_orientation,
            religion: equality.religion,
            disability: equality.disability,
        }),
    }
}

fn party_out(from: Party) -> wire::PartyInput {
    let safe = from.safe;
    wire::PartyInput {
        role: from.role,
        given_name: from.given_name,
        family_name: from.family_name,
        known_as: from.known_as,
        date_of_birth: from.date_of_birth,
        email: from.email,
        phone: from.phone,
        address: from.address,
        postcode: from.postcode,
        safe_contact: (safe != SafeContact::default()).then_some(wire::SafeContact {
            email: safe.email,
            text: safe.text,
            phone: safe.phone,
            post: safe.post,
            voicemail: safe.voicemail,
            times: safe.times,
            words: safe.words,
        }),
        language: from.language,
        interpreter: from.interpreter,
    }
}

/// A referral without note, information, history and allowed actions, which the full answer adds.
pub fn referral(r: &Referral, input: Input, party_ids: Vec<Uuid>) -> wire::Referral {
    wire::Referral {
        id: r.id.to_string(),
        reference: r.reference.clone(),
        state: state(r.state).into(),
        etag: r.version.to_string(),
        owner_node_id: r.owner_node.to_string(),
        input: Some(input_out(input)),
        submitted_at: Some(timestamp(r.submitted_at)),
        state_since: Some(timestamp(r.state_since)),
        decision_reason: r.decision_reason.clone().unwrap_or_default(),
        case_id: r.acceptance.as_ref().map(|a| a.case_id.to_string()).unwrap_or_default(),
        party_ids: party_ids.iter().map(Uuid::to_string).collect(),
        submitted_by_user_id: r.submitted_by_user().map(|id| id.to_string()).unwrap_or_default(),
        ..wire::Referral::default()
    }
}

/// A question and its answer.
pub fn exchange(from: Exchange) -> wire::InformationExchange {
    wire::InformationExchange {
        question: from.question,
        asked_at: Some(timestamp(from.asked_at)),
        answer: from.answer,
        answered_at: from.answered_at.map(timestamp),
    }
}

/// A change of state.
pub fn change(from: Change) -> wire::StateChange {
    wire::StateChange {
        state: state(from.state).into(),
        at: Some(timestamp(from.at)),
        by: from.actor,
        reason: from.reason.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_one_number_each() {
        for s in State::ALL {
            assert_eq!(state_from(state(s)), Some(s));
            assert_eq!(state(s).as_str_name(), format!("REFERRAL_STATE_{}", s.code()));
        }
        assert_eq!(state_from(wire::ReferralState::Unspecified), None);
    }

    #[test]
    fn what_was_told_is_shown_again() {
        let told = wire::ReferralInput {
            initiated_by: "HARMED".into(),
            submitted_by: "SELF".into(),
            source: "SELF".into(),
            parties: vec![wire::PartyInput {
                role: "HARMED_PERSON".into(),
                given_name: "Ana".into(),
                family_name: "Example".into(),
                known_as: "A".into(),
                date_of_birth: "1980-01-02".into(),
                email: "ana@example.org".into(),
                phone: "07700 900123".into(),
                address: "1 Mill Lane".into(),
                postcode: "ZZ1 1ZZ".into(),
                safe_contact: Some(wire::SafeContact {
                    email: true,
                    text: true,
                    phone: true,
                    post: true,
                    voicemail: true,
                    times: "evenings".into(),
                    words: "say it is the library".into(),
                }),
                language: "cy".into(),
                interpreter: true,
            }],
            harm_type: "BUR.RES".into(),
            what_happened: "It was dark.".into(),
            harm_date: "2026-01-02".into(),
            harm_place: "At home".into(),
            crime_reference: "42/1".into(),
            reported: "YES".into(),
            justice_stage: "CHARGED".into(),
            needs: "Step-free".into(),
            risks: "A dog".into(),
            referrer: Some(wire::Referrer {
                name: "Bo".into(),
                organisation: "Aid".into(),
                email: "b@example.org".into(),
                phone: "1".into(),
                relation: "friend".into(),
            }),
            agrees_to_contact: true,
            privacy_version: "1".into(),
            crime_flags: vec!["KNIFE".into()],
            hate_strands: vec!["RACE".into()],
            case_kind: "VICTIM_CARE".into(),
            equality: Some(wire::Equality {
                ethnicity: "W1".into(),
                sex: "F".into(),
                gender_identity: "GIF".into(),
                sexual_orientation: "HET".into(),
                religion: "NONE".into(),
                disability: "N".into(),
            }),
        };
        assert_eq!(input_out(input(told.clone())), told);
        assert_eq!(input_out(input(wire::ReferralInput::default())), wire::ReferralInput::default());
    }
}
