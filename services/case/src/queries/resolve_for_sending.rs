//! The safety gate's answer and the address together, for the notification service.

use chrono::{DateTime, Utc};
use platform::{Ctx, Db, Error, Result, db::Tx, local_time};
use proto::{Action, people::v1::ResolveForSendingRequest};

use crate::{
    domain::{contact, fields::Fields, safety_gate::{self, Answer, Facts, Meeting, Point}},
    queries::person_access,
    store::{consents, flags, gate, opened::{self, Depth, OpenedPoint}, participants, participations},
};

/// What the sender may know: the answer and, only where it is yes, the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Send it.
    pub allowed: bool,
    /// Why not, a code; empty where allowed.
    pub reason: String,
    /// Where to; empty where not allowed.
    pub address: String,
    /// When to ask again, where only the hour is wrong.
    pub not_before: Option<DateTime<Utc>>,
    /// Language of the person, or empty.
    pub language: String,
}

/// Asks the gate.
///
/// # Errors
/// `InvalidArgument`; `NotFound` where there is no such participant or the person was erased.
pub async fn resolve_for_sending(db: &Db, ctx: &Ctx, req: ResolveForSendingRequest) -> Result<Resolved> {
    let mut check = Fields::new();
    let participant_id = check.id("participant_id", &req.participant_id);
    let purpose = check.code("purpose", "consent_purpose", &req.purpose);
    if !matches!(req.channel.as_str(), "EMAIL" | "SMS") {
        check.wrong("channel", "Send EMAIL or SMS.");
    }
    let meeting_id = check.optional_id("meeting_id", &req.meeting_id);
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let row = participations::of_participant(&mut tx, participant_id).await?.ok_or_else(Error::not_found)?;
    ctx.decide(Action::Read, row.person_id, &person_access::person_facts(&row))?;
    let participant = participants::get(&mut tx, participant_id).await?.ok_or_else(Error::not_found)?;
    let person = opened::get_many(&mut tx, &[row.person_id], Depth::Whole).await?.pop().ok_or_else(Error::not_found)?;
    let meeting = match meeting_id {
        None => Meeting::None,
        Some(id) => gate::meeting(&mut tx, id, row.case_id, participant_id).await?,
    };
    // A person may stand in the case twice: a warning on either is a warning.
    let flags = flags::of_cases(&mut tx, &[row.case_id]).await?;
    let facts = Facts {
        status: participant.status,
        case_open: row.case_open,
        restricted: row.guard.restricted || row.guard.restricted_people.contains(&row.person_id),
        meeting,
        consents: consents::states(&mut tx, participant_id).await?,
        points: person.points.iter().map(point).collect(),
        do_not_text: flags.iter().any(|f| f.row.person_id == row.person_id && f.blob.code == "DO_NOT_TEXT"),
    };
    let now = tx.now();
    tx.commit().await?;
    let language = person.needs.language.clone();
    Ok(match safety_gate::decide(&facts, &purpose, &req.channel, local_time::local(now)) {
        Answer::Allowed(n) => {
            let address = person.points.get(n).map(|p| p.blob.value.clone()).unwrap_or_default();
            Resolved { allowed: true, address, language, ..Resolved::default() }
        }
        Answer::Later(at) => Resolved {
            reason: safety_gate::OUTSIDE_SAFE_HOURS.into(),
            not_before: Some(local_time::instant(at)),
            ..Resolved::default()
        },
        Answer::Refused(reason) => Resolved { reason: reason.code().into(), ..Resolved::default() },
    })
}

fn point(point: &OpenedPoint) -> Point {
    let row = &point.row;
    Point {
        kind: row.kind.clone(),
        same_as: contact::same_as(&row.kind, &point.blob.value),
        safety: row.safety.clone(),
        verified: row.verified_at.is_some(),
        review_on: row.review_on,
        may_text: row.may_text,
        safe_from: row.safe_from,
        safe_to: row.safe_to,
        limits_in_words: row.limits_in_words,
    }
}
