//! Which messages a list holds: the caller's scope stands in the query.

use access::scope::ListScope;
use platform::{Result, Tx};
use uuid::Uuid;

/// What a list is filtered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// About this case.
    pub case_id: Option<Uuid>,
    /// About this referral.
    pub referral_id: Option<Uuid>,
    /// About this meeting.
    pub meeting_id: Option<Uuid>,
}

/// Ids of one page, newest first. A message to a user counts as the user's own.
///
/// # Errors
/// The database's.
pub async fn page(tx: &mut Tx, scope: &ListScope, caller: Uuid, filter: Filter, before: Option<Uuid>, limit: i64) -> Result<Vec<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "select m.id from notification.message m
         left join notification.subject s on s.tenant_id = m.tenant_id and s.id = m.about
         where m.tenant_id = $1
           and ($2 or s.owner_node_id = any($3) or ($4 and m.user_id = $6)
                or ($5 and exists (select from notification.case_reader r
                                   where r.tenant_id = m.tenant_id and r.case_id = m.case_id and r.user_id = $6 and not r.ended
                                     and (r.until is null or r.until > $12)
                                     and (m.participant_id is null or r.side = 'BOTH'
                                          or r.side <> '' and (m.side = 'BOTH' or m.side = r.side)))))
           and ($7::uuid is null or m.case_id = $7)
           and ($8::uuid is null or m.referral_id = $8)
           and ($9::uuid is null or m.meeting_id = $9)
           and ($10::uuid is null or m.id < $10)
         order by m.id desc limit $11",
        tenant,
        scope.everything,
        &scope.nodes,
        scope.own,
        scope.allocated,
        caller,
        filter.case_id,
        filter.referral_id,
        filter.meeting_id,
        before,
        limit,
        now
    )
    .fetch_all(tx.conn())
    .await?)
}
