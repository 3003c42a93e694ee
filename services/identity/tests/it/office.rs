//! A tenant made by the operator's functions, with people who really enrol and sign in.

use std::time::Duration;

use chrono::TimeDelta;
use figment::{Figment, providers::Serialized};
use identity::{
    IdentityService,
    operator::{CreatedTenant, NewNode, NewTenant, Operator, create_first_administrator, create_tenant},
};
use platform::{
    app::Mode,
    grpc::{
        PeerChannel,
        call::{as_workload_of, with_token},
    },
    tokens::generate_key_pair,
};
use proto::{
    authz::v1::NodeKind,
    identity::v1::{
        organisation_service_client::OrganisationServiceClient, session_service_client::SessionServiceClient, user_service_client::UserServiceClient, *,
    },
};
use tempfile::TempDir;
use testkit::TestService;
use tonic::{Request, Status};
use uuid::Uuid;

pub const PASSWORD: &str = "kestrel marble thunder";
const TIME: Duration = Duration::from_secs(10);

/// A running identity service with one tenant and its first administrator.
pub struct Office {
    pub service: TestService,
    pub operator: Operator,
    pub made: CreatedTenant,
    pub administrator: Person,
    _keys: TempDir,
}

/// Somebody with factors.
#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub totp: Vec<u8>,
}

pub fn partnership(slug: &str) -> NewTenant {
    let node = |parent, name: &str, kind, agency_kind: &str| NewNode { parent, name: name.into(), kind, agency_kind: agency_kind.into() };
    NewTenant {
        slug: slug.into(),
        name: "Northmoor Restorative Partnership".into(),
        kind: TenantKind::Partnership,
        agency_kind: String::new(),
        colour: "#1d70b8".into(),
        demonstration: true,
        nodes: vec![
            node(None, "Northmoor Police", NodeKind::Agency, "POLICE"),
            node(Some(0), "East team", NodeKind::Team, ""),
            node(None, "Common Ground", NodeKind::Agency, "CHARITY"),
        ],
    }
}

impl Office {
    pub async fn open() -> Self {
        let keys = tempfile::tempdir().unwrap();
        let (private, public) = generate_key_pair().unwrap();
        let file = keys.path().join("public.pem");
        std::fs::write(&file, public).unwrap();
        let more = Figment::from(Serialized::default("identity.settings.signing_key", private)).merge(Serialized::default("tokens.public_keys", file));
        let service = TestService::start::<IdentityService>(Mode::SERVE, more, |_| ()).await;
        let operator = Operator::new(service.running.db.clone(), service.clock.clone());
        let made = create_tenant(&operator, partnership("northmoor")).await.unwrap();
        let first = create_first_administrator(&operator, "northmoor", "Ada Quill", "ada@northmoor.example.org").await.unwrap();
        let mut office = Self {
            service,
            operator,
            administrator: Person { id: first.user_id, email: "ada@northmoor.example.org".into(), totp: Vec::new() },
            made,
            _keys: keys,
        };
        office.administrator.totp = office.enrol(&first.enrolment_secret).await;
        office
    }

    pub async fn close(self) {
        self.service.stop().await;
    }

    pub fn channel(&self) -> PeerChannel {
        self.service.channel()
    }

    pub fn sessions(&self) -> SessionServiceClient<PeerChannel> {
        SessionServiceClient::new(self.channel())
    }

    pub fn users(&self) -> UserServiceClient<PeerChannel> {
        UserServiceClient::new(self.channel())
    }

    pub fn organisation(&self) -> OrganisationServiceClient<PeerChannel> {
        OrganisationServiceClient::new(self.channel())
    }

    pub fn roles(&self) -> role_service_client::RoleServiceClient<PeerChannel> {
        role_service_client::RoleServiceClient::new(self.channel())
    }

    /// A request of the gateway for this tenant.
    pub fn gateway<T>(&self, message: T) -> Request<T> {
        as_workload_of(self.made.tenant_id, self.key(), TIME, message)
    }

    /// A request of the gateway before any tenant is known.
    pub fn nowhere<T>(&self, message: T) -> Request<T> {
        as_workload_of(Uuid::nil(), self.key(), TIME, message)
    }

    /// A request with a token.
    pub fn with<T>(&self, token: &str, message: T) -> Request<T> {
        with_token(token, self.key(), TIME, message)
    }

    pub fn key(&self) -> Uuid {
        platform::ids::new_id(self.service.clock.now())
    }

    pub fn tenant(&self) -> String {
        self.made.tenant_id.to_string()
    }

    pub fn role(&self, word: &str) -> String {
        self.made.roles.iter().find(|(w, _)| w == word).unwrap().1.to_string()
    }

    /// Lets the step of the last code pass.
    pub fn next_code(&self) {
        self.service.clock.advance(TimeDelta::seconds(30));
    }

    pub fn code(&self, totp: &[u8]) -> String {
        let at = self.service.clock.now().timestamp();
        totp_rs::Builder::new().with_secret(totp.to_vec()).build().unwrap().generate(at.unsigned_abs()).to_string()
    }

    /// Completes an enrolment; answers the authenticator's secret.
    pub async fn enrol(&self, secret: &str) -> Vec<u8> {
        let begin = BeginEnrolmentRequest { tenant_id: self.tenant(), enrolment_secret: secret.into() };
        let shown = self.sessions().begin_enrolment(self.gateway(begin)).await.unwrap().into_inner();
        let totp = data_encoding::BASE32_NOPAD.decode(shown.totp_secret.as_bytes()).unwrap();
        let complete =
            CompleteEnrolmentRequest { tenant_id: self.tenant(), enrolment_secret: secret.into(), password: PASSWORD.into(), code: self.code(&totp) };
        self.sessions().complete_enrolment(self.gateway(complete)).await.unwrap();
        self.next_code();
        totp
    }

    /// Id of the enrolment whose mail was asked for last.
    pub async fn newest_enrolment(&self) -> String {
        let mut db = self.service.db.connect().await;
        let body: Vec<u8> = sqlx::query_scalar("select body from platform.outbox where type like '%EnrolmentOpened' order by sequence desc limit 1")
            .fetch_one(&mut db)
            .await
            .unwrap();
        <proto::events::v1::EnrolmentOpened as prost::Message>::decode(body.as_slice()).unwrap().enrolment_id
    }

    /// What notification is answered when it sends the mail of an enrolment.
    pub async fn resolve_enrolment(&self, enrolment_id: &str) -> ResolveEnrolmentForSendingResponse {
        let mut users = UserServiceClient::new(self.service.channel_of("notification"));
        let message = ResolveEnrolmentForSendingRequest { enrolment_id: enrolment_id.into() };
        users.resolve_enrolment_for_sending(self.gateway(message)).await.unwrap().into_inner()
    }

    /// The secret in the newest invitation's mail.
    pub async fn mailed_link(&self) -> String {
        let answer = self.resolve_enrolment(&self.newest_enrolment().await).await;
        assert!(answer.allowed, "{}", answer.reason);
        answer.enrolment_secret
    }

    pub async fn begin(&self, email: &str, password: &str, source: &str) -> Result<String, Status> {
        let message = BeginSignInRequest { tenant_id: self.tenant(), email: email.into(), password: password.into(), source: source.into(), ..Default::default() };
        Ok(self.sessions().begin_sign_in(self.gateway(message)).await?.into_inner().challenge)
    }

    pub async fn complete(&self, challenge: &str, code: &str, source: &str) -> Result<String, Status> {
        let message = CompleteSignInRequest { tenant_id: self.tenant(), challenge: challenge.into(), code: code.into(), source: source.into(), ..Default::default() };
        Ok(self.sessions().complete_sign_in(self.gateway(message)).await?.into_inner().session_secret)
    }

    /// Signs in; answers the session's secret.
    pub async fn sign_in(&self, person: &Person) -> String {
        let challenge = self.begin(&person.email, PASSWORD, "198.51.100.7").await.unwrap();
        let session = self.complete(&challenge, &self.code(&person.totp), "198.51.100.7").await.unwrap();
        self.next_code();
        session
    }

    pub async fn mint(&self, session: &str) -> Result<MintTokenResponse, Status> {
        let message = MintTokenRequest { tenant_id: self.tenant(), session_secret: session.into() };
        Ok(self.sessions().mint_token(self.gateway(message)).await?.into_inner())
    }

    /// A token of somebody who signs in now.
    pub async fn token(&self, person: &Person) -> String {
        let session = self.sign_in(person).await;
        self.mint(&session).await.unwrap().token
    }

    /// Invites somebody as the administrator with a built-in role; they enrol at once.
    pub async fn hire(&self, name: &str, role: &str, node: Uuid) -> Person {
        self.hire_with(name, &self.role(role), node).await
    }

    /// The same with a role by its id.
    pub async fn hire_with(&self, name: &str, role_id: &str, node: Uuid) -> Person {
        let email = format!("{}@northmoor.example.org", name.to_lowercase());
        let token = self.token(&self.administrator).await;
        let message = InviteUserRequest {
            request_id: self.key().to_string(),
            name: format!("{name} Example"),
            email: email.clone(),
            node_id: node.to_string(),
            roles: vec![RoleChoice { role_id: role_id.into(), node_id: String::new() }],
        };
        let answer = self.users().invite_user(self.with(&token, message)).await.unwrap().into_inner();
        let totp = self.enrol(&self.mailed_link().await).await;
        Person { id: answer.user_id.parse().unwrap(), email, totp }
    }
}

/// The stable reason of a refusal.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_error_details().error_info().map(|i| i.reason.clone()).unwrap_or_default()
}
