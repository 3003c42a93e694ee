//! Messages about a case, referral or meeting, newest first.

use access::{class::ClassSet, facts::Facts};
use platform::{Ctx, Db, Error, Result, Tx, ids::parse_id};
use proto::{
    Action, ResourceType,
    notification::v1::{ListMessagesRequest, ListMessagesResponse},
};
use uuid::Uuid;

use crate::{
    api::{convert, page_token},
    store::{audience, listing::{self, Filter}, messages},
};

/// Messages of a page where the caller says nothing.
const PAGE: i32 = 50;
/// Messages of a page at the most.
const LARGEST: i32 = 200;

/// One page of what the caller may see.
///
/// # Errors
/// `InvalidArgument` with every wrong field; `PermissionDenied` where the caller may see no message at all.
pub async fn run(db: &Db, ctx: &Ctx, request: ListMessagesRequest) -> Result<ListMessagesResponse> {
    let scope = ctx.scope(ResourceType::Message, Action::List, ClassSet::NONE)?;
    let (filter, size, before) = read(&request)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut ids = listing::page(&mut tx, &scope, ctx.subject()?, filter, before, i64::from(size) + 1).await?;
    let more = ids.len() > size as usize;
    ids.truncate(size as usize);
    let found = messages::by_ids(&mut tx, &ids).await?;
    let subjects: Vec<Uuid> = found.iter().map(convert::about).collect();
    let owners = audience::owners(&mut tx, &subjects).await?;
    let cases: Vec<Uuid> = found.iter().filter_map(|m| m.is.case_id).collect();
    let readers = audience::readers(&mut tx, &cases).await?;
    tx.commit().await?;
    let shown = found.iter().filter(|message| {
        let none = Vec::new();
        let allocated = message.is.case_id.and_then(|case| readers.get(&case)).unwrap_or(&none);
        let mut facts = Facts::new(ResourceType::Message).allocated(allocated);
        facts.owner_node = owners.get(&convert::about(message)).copied();
        facts.made_by = convert::user(message);
        ctx.see(message.id, &facts).is_some()
    });
    let next = ids.last().filter(|_| more).map(|last| page_token::write(*last, filter)).unwrap_or_default();
    Ok(ListMessagesResponse { messages: shown.map(convert::message).collect(), next_page_token: next })
}

fn read(request: &ListMessagesRequest) -> Result<(Filter, i32, Option<Uuid>)> {
    let mut wrong = Error::invalid();
    let mut id = |field: &str, text: &str| match text {
        "" => None,
        text => match parse_id(field, text) {
            Ok(id) => Some(id),
            Err(error) => {
                for f in error.fields() {
                    wrong = std::mem::replace(&mut wrong, Error::invalid()).field(f.field.clone(), f.message.clone());
                }
                None
            }
        },
    };
    let filter = Filter {
        case_id: id("case_id", &request.case_id),
        referral_id: id("referral_id", &request.referral_id),
        meeting_id: id("meeting_id", &request.meeting_id),
    };
    let size = match request.page_size {
        0 => PAGE,
        size if size < 0 => {
            wrong = wrong.field("page_size", "Ask for 1 to 200 messages.");
            PAGE
        }
        size => size.min(LARGEST),
    };
    let before = match request.page_token.as_str() {
        "" => None,
        token => {
            let before = page_token::read(token, filter);
            if before.is_none() {
                wrong = wrong.field("page_token", "Start again from the first page.");
            }
            before
        }
    };
    wrong.into_result()?;
    Ok((filter, size, before))
}
