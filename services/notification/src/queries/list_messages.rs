//! Messages about a case, referral or meeting, newest first.

use std::collections::BTreeSet;

use access::{class::ClassSet, facts::Facts};
use platform::{Ctx, Db, Error, Kind, Result, Tx, grpc::{Peers, call::outgoing, retry_read}, ids::parse_id, page::Page};
use proto::{
    Action, ResourceType,
    case::v1::{VisibleCasesRequest, case_access_service_client::CaseAccessServiceClient},
    notification::v1::{ListMessagesRequest, ListMessagesResponse},
};
use uuid::Uuid;

use crate::{
    api::convert,
    store::{audience, listing::{self, Filter}, messages},
};

/// One page of what the caller may see. What is about a case is as visible as the case at this moment, which the case
/// service says: a lock, a conflict of interest or a restriction holds here from its commit on. A page may hold fewer rows
/// for it.
///
/// # Errors
/// `Unavailable` where the case service does not answer;
/// `InvalidArgument` with every wrong field; `PermissionDenied` where the caller may see no message at all.
pub async fn run(db: &Db, peers: &Peers, ctx: &Ctx, request: ListMessagesRequest) -> Result<ListMessagesResponse> {
    let scope = ctx.scope(ResourceType::Message, Action::List, ClassSet::NONE)?;
    let (filter, page) = read(&request)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut ids = listing::page(&mut tx, &scope, ctx.subject()?, filter, page.place, page.rows()).await?;
    let next_page_token = page.cut(&mut ids, |last| *last);
    let found = messages::by_ids(&mut tx, &ids).await?;
    let subjects: Vec<Uuid> = found.iter().map(convert::about).collect();
    let owners = audience::owners(&mut tx, &subjects).await?;
    let readers = audience::readers(&mut tx, &ids).await?;
    tx.commit().await?;
    let cases = readable(peers, ctx, found.iter().filter_map(|m| m.is.case_id)).await?;
    let shown = found.iter().filter(|m| m.is.case_id.is_none_or(|case| cases.contains(&case))).filter(|message| {
        let none = Vec::new();
        let allocated = readers.get(&message.id).unwrap_or(&none);
        let mut facts = Facts::new(ResourceType::Message).allocated(allocated);
        facts.owner_node = owners.get(&convert::about(message)).copied();
        facts.made_by = convert::user(message);
        ctx.see(message.id, &facts).is_some()
    });
    Ok(ListMessagesResponse { messages: shown.map(convert::message).collect(), next_page_token })
}

/// Those of the cases that the caller may read at this moment.
async fn readable(peers: &Peers, ctx: &Ctx, cases: impl Iterator<Item = Uuid>) -> Result<BTreeSet<Uuid>> {
    let wanted: BTreeSet<Uuid> = cases.collect();
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let channel = peers.channel("case")?;
    let request = VisibleCasesRequest { case_ids: wanted.iter().map(Uuid::to_string).collect() };
    let answer = retry_read(|| {
        let mut client = CaseAccessServiceClient::new(channel.clone());
        let request = outgoing(ctx, request.clone());
        async move { client.visible_cases(request).await }
    })
    .await;
    match answer {
        Ok(answer) => Ok(answer.case_ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).filter(|id| wanted.contains(id)).collect()),
        // Whose roles read no case sees no message about one.
        Err(error) if error.kind() == Kind::PermissionDenied => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

fn read(request: &ListMessagesRequest) -> Result<(Filter, Page<Uuid>)> {
    let mut wrong = Error::invalid();
    let mut note = |error: &Error| {
        for f in error.fields() {
            wrong = std::mem::replace(&mut wrong, Error::invalid()).field(f.field.clone(), f.message.clone());
        }
    };
    let mut id = |field: &str, text: &str| (!text.is_empty()).then(|| parse_id(field, text).inspect_err(&mut note).ok()).flatten();
    let filter = Filter {
        case_id: id("case_id", &request.case_id),
        referral_id: id("referral_id", &request.referral_id),
        meeting_id: id("meeting_id", &request.meeting_id),
    };
    let page = Page::read(request.page_size, &request.page_token, &format!("{filter:?}"));
    if let Err(error) = &page {
        note(error);
    }
    wrong.into_result()?;
    Ok((filter, page?))
}
