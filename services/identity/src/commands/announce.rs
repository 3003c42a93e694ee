//! Telling every service of a new epoch, so that tokens of the older one are refused from now on.

use std::time::Duration;

use futures::future::join_all;
use platform::{Ctx, Result, grpc::call::as_workload};
use proto::authz::v1::{AdvanceEpochRequest, Snapshot, authorization_service_client::AuthorizationServiceClient};
use tokio::time::timeout;
use tonic::Request;
use uuid::Uuid;

use crate::{state::State, store::epochs};

/// How long an administrator waits for the services.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Tells this process and all services; answers whether all confirmed in time. The change is committed whatever the
/// answer: a service that did not confirm refuses old tokens when it is told again by the job, sees a newer token, or
/// the token's 60 seconds are over.
pub async fn announce(state: &State, cause: Uuid, snapshot: &Snapshot) -> bool {
    let Ok(tenant) = Uuid::parse_str(&snapshot.tenant_id) else { return false };
    if let Err(error) = state.snapshots.advance(tenant, snapshot).await {
        tracing::warn!(?error, "own permissions not advanced; the next request reads the row");
    }
    let ctx = state.own(tenant, cause);
    let services: Vec<String> = epochs::TOLD.iter().map(|s| (*s).to_owned()).collect();
    tell(state, &ctx, snapshot, services).await.is_ok_and(|behind| behind == 0)
}

/// Tells these services and notes who confirmed; answers how many did not.
///
/// # Errors
/// The database's, where the confirmations could not be noted.
pub async fn tell(state: &State, ctx: &Ctx, snapshot: &Snapshot, services: Vec<String>) -> Result<usize> {
    let wanted = services.len();
    let calls = services.into_iter().map(|service| async move {
        let held = timeout(PATIENCE, advance(state, ctx, &service, snapshot)).await;
        match held {
            Ok(Ok(epoch)) if epoch >= snapshot.epoch => Some(service),
            Ok(Ok(_)) => None,
            Ok(Err(error)) => {
                tracing::warn!(%service, ?error, "a service was not told of the new epoch");
                None
            }
            Err(_) => {
                tracing::warn!(%service, "a service did not confirm the new epoch in time");
                None
            }
        }
    });
    let confirmed: Vec<String> = join_all(calls).await.into_iter().flatten().collect();
    if !confirmed.is_empty() {
        let mut tx = state.begin(ctx).await?;
        epochs::answered(&mut tx, &confirmed, snapshot.epoch).await?;
        tx.commit().await?;
    }
    Ok(wanted - confirmed.len())
}

async fn advance(state: &State, ctx: &Ctx, service: &str, snapshot: &Snapshot) -> Result<u64> {
    let mut client = AuthorizationServiceClient::new(state.peers.channel(service)?);
    let message = AdvanceEpochRequest { tenant_id: snapshot.tenant_id.clone(), snapshot: Some(snapshot.clone()) };
    let mut request: Request<_> = as_workload(ctx, message);
    request.set_timeout(PATIENCE);
    Ok(client.advance_epoch(request).await?.into_inner().epoch)
}
