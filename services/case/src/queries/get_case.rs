//! One case with everything of class reference around it.

use std::collections::BTreeSet;

use access::decide::Decision;
use platform::{Ctx, Db, Result, Tx};
use prost::Message;
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{Case, Outcome},
};
use uuid::Uuid;

use super::{case_names::{self, Named}, visible};
use crate::{
    api::case_convert::{self, stamp},
    commands::case_change,
    domain::{case_file::Worked, side::Side},
    store::{
        allocations, cases, contact_points, flags, outcomes, stages,
        case_blobs::{OffenceBlob, OutcomeBlob, TextBlob},
    },
};

/// The case. Fields of classes that the caller may not read are not even opened.
///
/// # Errors
/// `NotFound`; `PermissionDenied`.
pub async fn get(db: &Db, ctx: &Ctx, id: Uuid) -> Result<Case> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load(&mut tx, id).await?;
    let decision = ctx.decide(Action::Read, id, &worked.facts())?;
    let mut shown = case_convert::case(&worked.case);
    texts(&mut tx, &decision, &worked, &mut shown).await?;
    shown.next_meeting_at = visible::next_meeting(&mut tx, ctx, &worked).await?.map(stamp);
    let known = case_change::known(&mut tx, &worked).await?;
    let life = worked.case.lifecycle()?;
    shown.allowed_stages = owned(life.allowed_stages(&worked.case.stage, known));
    shown.allowed_close_reasons = owned(life.close_reasons(&worked.case.stage));
    shown.allowed_actions = actions(ctx, &worked);
    shown.referral_ids = cases::referrals(&mut tx, id).await?.iter().map(Uuid::to_string).collect();
    shown.allocations = allocations::history(&mut tx, id).await?.iter().map(case_convert::allocation).collect();
    shown.stages = stages::of_case(&mut tx, id).await?.into_iter().map(case_convert::stage).collect();
    let worked = [worked];
    let named = case_names::named(&mut tx, ctx, &worked).await?;
    if decision.read.contains(FieldClass::Risk) {
        shown.header_flags = warnings(&mut tx, ctx, &worked[0], &named).await?;
    }
    shown.participants = named.into_iter().map(|n| n.shown).collect();
    tx.commit().await?;
    Ok(shown)
}

fn owned(codes: Vec<&'static str>) -> Vec<String> {
    codes.into_iter().map(str::to_owned).collect()
}

/// What is sealed of the case, as far as the caller may read it.
async fn texts(tx: &mut Tx, decision: &Decision, worked: &Worked, shown: &mut Case) -> Result<()> {
    let case = &worked.case;
    if let Some(harm) = opened::<OffenceBlob>(tx, decision, case.id, FieldClass::Offence, case.id, Some(&case.c_offence)).await? {
        shown.harm_type = harm.harm_type;
        shown.harm_date = harm.harm_date;
        shown.what_happened = harm.what_happened;
        shown.justice_stage = harm.justice_stage;
        shown.crime_flags = harm.crime_flags;
        shown.hate_strands = harm.hate_strands;
    }
    for (class, blob, field) in [
        (FieldClass::HarmLocation, &case.c_harm_location, &mut shown.harm_place),
        (FieldClass::ExternalIds, &case.c_external_ids, &mut shown.crime_reference),
        (FieldClass::Risk, &case.c_risk, &mut shown.risks),
        (FieldClass::Notes, &case.c_notes, &mut shown.hold_reason),
    ] {
        if let Some(blob) = opened::<TextBlob>(tx, decision, case.id, class, case.id, blob.as_deref()).await? {
            *field = blob.text;
        }
    }
    if decision.read.contains(FieldClass::Notes) {
        for row in outcomes::of_case(tx, case.id).await? {
            let Some(blob) = opened::<OutcomeBlob>(tx, decision, case.id, FieldClass::Notes, row.id, Some(&row.c_notes)).await? else { continue };
            shown.outcomes.push(Outcome {
                id: row.id.to_string(),
                intervention: blob.intervention,
                held_on: blob.held_on,
                result: blob.result,
                outcomes: blob.outcomes,
                summary: blob.summary,
                meeting_id: row.meeting_id.map(|m| m.to_string()).unwrap_or_default(),
                recorded_at: Some(stamp(row.recorded_at)),
                recorded_by: row.recorded_by,
            });
        }
    }
    Ok(())
}

/// Opens a blob of the case where there is one and the caller may read its class; a destroyed key opens nothing.
async fn opened<T: Message + Default>(
    tx: &mut Tx,
    decision: &Decision,
    case_id: Uuid,
    class: FieldClass,
    row: Uuid,
    blob: Option<&[u8]>,
) -> Result<Option<T>> {
    let Some(blob) = blob.filter(|_| decision.read.contains(class)) else { return Ok(None) };
    match tx.open(case_id, class, row, blob).await {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.reason() == "ERASED" => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the caller may do, by the same rules as the commands.
fn actions(ctx: &Ctx, worked: &Worked) -> Vec<String> {
    let facts = worked.facts();
    let closed = worked.case.is_closed();
    let makes = |resource| {
        Side::ALL.into_iter().any(|side| {
            let allocated = worked.of_side(side);
            ctx.may(Action::Create, &worked.access(resource, &allocated))
        })
    };
    let update = ctx.may(Action::Update, &facts);
    let offers = [
        ("UPDATE", !closed && update),
        ("ALLOCATE", !closed && ctx.may(Action::Allocate, &facts)),
        ("CLOSE", !closed && ctx.may(Action::Close, &facts)),
        ("REOPEN", closed && ctx.may(Action::Reopen, &facts)),
        ("ADD_NOTE", update && makes(ResourceType::Note)),
        ("ADD_PARTICIPANT", !closed && update && makes(ResourceType::Participant)),
        ("SCHEDULE", !closed && update && makes(ResourceType::Meeting)),
    ];
    offers.into_iter().filter(|(_, may)| *may).map(|(action, _)| action.to_owned()).collect()
}

/// Warnings about those whom the caller sees: flags, and whether anybody's contact is unsafe or unknown.
async fn warnings(tx: &mut Tx, ctx: &Ctx, worked: &Worked, named: &[Named]) -> Result<Vec<String>> {
    let mut codes = BTreeSet::new();
    let shown = visible::participants(tx, ctx, worked).await?;
    for flag in flags::of_cases(tx, &[worked.case.id]).await? {
        if shown.contains(&flag.row.participant_id) {
            codes.insert(flag.blob.code);
        }
    }
    let people: Vec<Uuid> = named.iter().map(|n| n.person_id).collect();
    let points = contact_points::of_people(tx, &people).await?;
    if points.iter().any(|p| p.safety == "UNSAFE") {
        codes.insert("CONTACT_UNSAFE".to_owned());
    }
    let reached = |person: &Uuid| points.iter().any(|p| p.person_id == *person && p.verified_at.is_some());
    if !people.iter().all(reached) {
        codes.insert("CONTACT_UNKNOWN".to_owned());
    }
    Ok(codes.into_iter().collect())
}
