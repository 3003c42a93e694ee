//! The tiny service's calls. A word in the request says what a handler does beside its work.

use std::{collections::HashMap, sync::{Arc, LazyLock, Mutex}};

use access::facts::Facts;
use figment::Figment;
use platform::{
    Ctx, Db, Error, Tx,
    app::Mode,
    grpc::{PeerChannel, Peers, outgoing},
    ids::parse_id,
};
use proto::{
    Action, ResourceType,
    case::v1::{
        AddNoteRequest, AddNoteResponse, CorrectNoteRequest, CorrectNoteResponse, ListNotesRequest, ListNotesResponse,
        note_service_client::NoteServiceClient, note_service_server::NoteService,
    },
    events::v1::ReferralAccepted,
};
use sqlx::{Connection, PgConnection};
use testkit::{TestService, World};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::tiny::Tiny;

/// Where a handler stops until the test lets it go on.
pub struct Gate {
    entered: Semaphore,
    open: Semaphore,
}

impl Gate {
    /// The gate of a case.
    pub fn of(case_id: &str) -> Arc<Self> {
        static GATES: LazyLock<Mutex<HashMap<String, Arc<Gate>>>> = LazyLock::new(Mutex::default);
        let new = || Arc::new(Self { entered: Semaphore::new(0), open: Semaphore::new(0) });
        GATES.lock().unwrap().entry(case_id.to_owned()).or_insert_with(new).clone()
    }

    async fn pass(&self) {
        self.entered.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }

    /// Waits until one more handler has come.
    pub async fn entered(&self) {
        self.entered.acquire().await.unwrap().forget();
    }

    /// Lets one handler go on.
    pub fn open(&self) {
        self.open.add_permits(1);
    }
}

pub struct Notes {
    pub db: Db,
    pub peers: Peers,
}

impl Notes {
    /// `side` holds the node that owns the case.
    fn decide(ctx: &Ctx, action: Action, case_id: &str, owner: &str) -> Result<(), Error> {
        let facts = Facts::new(ResourceType::Case).owned_by(parse_id("side", owner)?);
        ctx.decide(action, parse_id("case_id", case_id)?, &facts).map(drop)
    }

    async fn forward(&self, ctx: &Ctx, request: ListNotesRequest) -> Result<String, Error> {
        let mut client = NoteServiceClient::new(self.peers.channel("case")?);
        let here = ctx.remaining().as_micros();
        let there = client.list_notes(outgoing(ctx, ListNotesRequest { page_token: "time".into(), ..request })).await?.into_inner().next_page_token;
        Ok(format!("{here} {there}"))
    }
}

#[tonic::async_trait]
impl NoteService for Notes {
    /// Answers in `next_page_token`: the number of notes, or what `page_token` asks for.
    async fn list_notes(&self, request: Request<ListNotesRequest>) -> Result<Response<ListNotesResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        match request.page_token.as_str() {
            "wait" => Gate::of(&request.case_id).pass().await,
            "hang" => std::future::pending().await,
            "panic" => panic!("what was sent: {}", request.side),
            _ => {}
        }
        let mut tx = Tx::begin(&self.db, &ctx, ctx.permit()).await?;
        if request.page_token != "undecided" {
            Self::decide(&ctx, Action::Read, &request.case_id, &request.side)?;
        }
        let tenant = tx.tenant();
        let answer = match request.page_token.as_str() {
            "time" => ctx.remaining().as_micros().to_string(),
            "forward" => self.forward(&ctx, request).await?,
            "mode" => sqlx::query_scalar("SHOW transaction_read_only").fetch_one(tx.conn()).await.map_err(Error::from)?,
            "sleep" => {
                sqlx::query("SELECT pg_sleep(60)").execute(tx.conn()).await.map_err(Error::from)?;
                String::new()
            }
            "write" => {
                let sql = "INSERT INTO tiny.note (tenant_id, id, text) VALUES ($1, $1, '')";
                sqlx::query(sql).bind(tenant).execute(tx.conn()).await.map_err(Error::from)?;
                String::new()
            }
            _ => sqlx::query_scalar::<_, i64>("SELECT count(*) FROM tiny.note").fetch_one(tx.conn()).await.map_err(Error::from)?.to_string(),
        };
        tx.commit().await?;
        Ok(Response::new(ListNotesResponse { next_page_token: answer, ..ListNotesResponse::default() }))
    }

    /// `kind` says what happens between the change and its commit.
    async fn add_note(&self, request: Request<AddNoteRequest>) -> Result<Response<AddNoteResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        let mut tx = Tx::begin(&self.db, &ctx, ctx.permit()).await?;
        if let Some(answer) = tx.replay(&request.request_id, &request).await? {
            return Ok(Response::new(answer));
        }
        Self::decide(&ctx, Action::Update, &request.case_id, &request.side)?;
        if request.text.is_empty() {
            return Err(Error::invalid().field("text", "Enter the note.").field("happened_at", "Enter when it happened.").into());
        }
        let (tenant, id) = (tx.tenant(), ctx.new_id());
        let sql = "INSERT INTO tiny.note (tenant_id, id, text) VALUES ($1, $2, $3)";
        sqlx::query(sql).bind(tenant).bind(id).bind(&request.text).execute(tx.conn()).await.map_err(Error::from)?;
        tx.changed(ResourceType::Note, id);
        tx.publish(id, 1, &ReferralAccepted { referral_id: id.to_string(), ..ReferralAccepted::default() }).await?;
        match request.kind.as_str() {
            "wait" => Gate::of(&request.case_id).pass().await,
            "fail" => return Err(Error::precondition("NOT_NOW", "This is not possible now.").into()),
            "cast" => {
                sqlx::query("SELECT $1::text::uuid").bind(&request.text).execute(tx.conn()).await.map_err(Error::from)?;
            }
            _ => {}
        }
        Ok(Response::new(tx.commit_with(AddNoteResponse { note_id: id.to_string() }).await?))
    }

    async fn correct_note(&self, _: Request<CorrectNoteRequest>) -> Result<Response<CorrectNoteResponse>, Status> {
        Err(Error::precondition("NOT_NOW", "This is not possible now.").into())
    }
}

/// A tiny service with people, one case and the words to call it.
pub struct Office {
    pub service: TestService,
    pub lead: Uuid,
    pub other_lead: Uuid,
    pub reader: Uuid,
    pub case_id: String,
}

impl Office {
    pub async fn open() -> Self {
        Self::with(Mode::SERVE, Figment::new()).await
    }

    pub async fn with(mode: Mode, more: Figment) -> Self {
        Self::make(mode, more, |_| {}).await
    }

    /// With more people.
    pub async fn open_with_world(add: impl FnOnce(&mut World)) -> Self {
        Self::make(Mode::SERVE, Figment::new(), add).await
    }

    async fn make(mode: Mode, more: Figment, add: impl FnOnce(&mut World)) -> Self {
        let mut people = [Uuid::nil(); 3];
        let service = TestService::start::<Tiny>(mode, more, |world| {
            let root = world.partnership;
            people = ["partnership_lead", "partnership_lead", "read_only"].map(|role| world.user(role, root));
            add(world);
        })
        .await;
        let case_id = platform::ids::new_id(service.clock.now()).to_string();
        Self { lead: people[0], other_lead: people[1], reader: people[2], case_id, service }
    }

    pub fn client(&self) -> NoteServiceClient<PeerChannel> {
        NoteServiceClient::new(self.service.channel())
    }

    /// A client of another process of the service.
    pub fn client_at(&self, address: std::net::SocketAddr) -> NoteServiceClient<PeerChannel> {
        NoteServiceClient::new(crate::tiny::channel(address, &self.service.ca.identity("gateway")))
    }

    pub fn key(&self) -> String {
        platform::ids::new_id(self.service.clock.now()).to_string()
    }

    pub fn look(&self, word: &str) -> ListNotesRequest {
        let side = self.service.world.agency.to_string();
        ListNotesRequest { case_id: self.case_id.clone(), page_token: word.into(), side, ..ListNotesRequest::default() }
    }

    pub fn note(&self, text: &str, word: &str) -> AddNoteRequest {
        let (request_id, side) = (self.key(), self.service.world.agency.to_string());
        AddNoteRequest { request_id, case_id: self.case_id.clone(), side, kind: word.into(), text: text.into(), ..AddNoteRequest::default() }
    }

    /// Looks as the lead and answers what the handler said.
    pub async fn ask(&self, word: &str) -> Result<String, Status> {
        let request = self.service.as_user(self.lead, self.look(word));
        Ok(self.client().list_notes(request).await?.into_inner().next_page_token)
    }

    /// Adds a note as the lead and answers its id.
    pub async fn add(&self, note: AddNoteRequest) -> Result<String, Status> {
        let request = self.service.as_user(self.lead, note);
        Ok(self.client().add_note(request).await?.into_inner().note_id)
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut database = self.service.db.connect().await;
        let count = count(&mut database, sql).await;
        database.close().await.unwrap();
        count
    }
}

pub async fn count(database: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(database).await.unwrap()
}

/// The reason code of a refusal, as `google.rpc.ErrorInfo` carries it.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}
