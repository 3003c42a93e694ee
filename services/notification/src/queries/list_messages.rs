//! Messages about a case, referral or meeting, newest first.

use access::{class::ClassSet, facts::Facts};
use platform::{Ctx, Db, Error, Result, Tx, ids::parse_id, page::Page};
use proto::{
    Action, ResourceType,
    notification::v1::{ListMessagesRequest, ListMessagesResponse},
};
use uuid::Uuid;

use crate::{
    api::convert,
    store::{audience, listing::{self, Filter}, messages},
};

/// One page of what the caller may see.
///
/// # Errors
/// `InvalidArgument` with every wrong field; `PermissionDenied` where the caller may see no message at all.
pub async fn run(db: &Db, ctx: &Ctx, request: ListMessagesRequest) -> Result<ListMessagesResponse> {
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
    let shown = found.iter().filter(|message| {
        let none = Vec::new();
        let allocated = readers.get(&message.id).unwrap_or(&none);
        let mut facts = Facts::new(ResourceType::Message).allocated(allocated);
        facts.owner_node = owners.get(&convert::about(message)).copied();
        facts.made_by = convert::user(message);
        ctx.see(message.id, &facts).is_some()
    });
    Ok(ListMessagesResponse { messages: shown.map(convert::message).collect(), next_page_token })
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
