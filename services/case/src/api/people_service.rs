//! `PeopleService`: each method opens the context and calls its command or query.

use platform::{Ctx, Db};
use proto::people::v1::{people_service_server::PeopleService, *};
use tonic::{Request, Response, Status, async_trait};

use super::people_convert as convert;
use crate::{
    commands::{
        add_contact_point::add_contact_point, remove_contact_point::remove_contact_point, set_contact_safety::set_contact_safety,
        set_demographics::set_demographics, update_identity::update_identity,
    },
    queries::{find_matches::find_matches, get_person::get_person, resolve_for_sending::resolve_for_sending, search_people::search_people},
};

/// The people register.
pub struct PeopleApi {
    db: Db,
}

impl PeopleApi {
    /// Works on the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl PeopleService for PeopleApi {
    async fn search_people(&self, request: Request<SearchPeopleRequest>) -> Result<Response<SearchPeopleResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        let answer = search_people(&self.db, &ctx, req).await?;
        Ok(Response::new(SearchPeopleResponse { people: answer.people.into_iter().map(convert::person).collect(), too_many: answer.too_many }))
    }

    async fn find_matches(&self, request: Request<FindMatchesRequest>) -> Result<Response<FindMatchesResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        let (people, scores) = find_matches(&self.db, &ctx, req).await?.into_iter().map(|(person, score)| (convert::person(person), score)).unzip();
        Ok(Response::new(FindMatchesResponse { people, scores }))
    }

    async fn get_person(&self, request: Request<GetPersonRequest>) -> Result<Response<GetPersonResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        let shown = get_person(&self.db, &ctx, req).await?;
        Ok(Response::new(GetPersonResponse { person: Some(convert::person(shown)) }))
    }

    async fn update_identity(&self, request: Request<UpdateIdentityRequest>) -> Result<Response<UpdateIdentityResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(update_identity(&self.db, &ctx, req).await?))
    }

    async fn add_contact_point(&self, request: Request<AddContactPointRequest>) -> Result<Response<AddContactPointResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(add_contact_point(&self.db, &ctx, req).await?))
    }

    async fn set_contact_safety(&self, request: Request<SetContactSafetyRequest>) -> Result<Response<SetContactSafetyResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(set_contact_safety(&self.db, &ctx, req).await?))
    }

    async fn remove_contact_point(&self, request: Request<RemoveContactPointRequest>) -> Result<Response<RemoveContactPointResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(remove_contact_point(&self.db, &ctx, req).await?))
    }

    async fn set_demographics(&self, request: Request<SetDemographicsRequest>) -> Result<Response<SetDemographicsResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(set_demographics(&self.db, &ctx, req).await?))
    }

    async fn resolve_for_sending(&self, request: Request<ResolveForSendingRequest>) -> Result<Response<ResolveForSendingResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        let resolved = resolve_for_sending(&self.db, &ctx, req).await?;
        Ok(Response::new(convert::resolved(resolved)))
    }
}
