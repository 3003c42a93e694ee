//! What only the operator at the machine does: making a tenant, and inviting its first administrator.
//!
//! There is no default account. `accord identity create-tenant` and `accord identity create-administrator` call this
//! with the service's own database access, as workload "operator"; the audit trail names it.

use std::time::Duration;

use access::names;
use figment::Figment;
use platform::{
    Clock, Ctx, Db, Error, Kind, Result, Tx,
    config::{KmsSection, Reader, ServiceSection},
    jobs::JobCtx,
    keys::Keys,
    lifecycle::Shutdown,
};
use proto::{ResourceType, authz::v1::NodeKind, identity::v1::TenantKind};
use uuid::Uuid;

use crate::{
    domain::{giving::ADMINISTRATOR, tenant, tree, user::State as UserState},
    store::{enrolments, epochs, nodes::{self, NodeRow}, roles::{self, NewAssignment}, tenants::{self, TenantRow}, users::{self, NewUser}},
    wire,
};

/// A tenant to be made.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Word in the address: 3 to 40 lower-case letters, digits and inner hyphens.
    pub slug: String,
    /// Name that pages show, also of the root.
    pub name: String,
    /// A partnership, whose root holds agencies, or a single organisation, whose root is the agency.
    pub kind: TenantKind,
    /// Code of list `agency_kind` for the root of a single organisation; empty for a partnership.
    pub agency_kind: String,
    /// Brand colour, `#rrggbb`.
    pub colour: String,
    /// Pages carry a band and messages go nowhere.
    pub demonstration: bool,
    /// Agencies and teams, parents before children.
    pub nodes: Vec<NewNode>,
}

/// An agency or team of a new tenant.
#[derive(Clone, Debug)]
pub struct NewNode {
    /// Place of the parent in [`NewTenant::nodes`]; none for the root.
    pub parent: Option<usize>,
    /// Its name.
    pub name: String,
    /// Agency or team.
    pub kind: NodeKind,
    /// Code of list `agency_kind`; empty for teams.
    pub agency_kind: String,
}

/// A tenant that was made.
#[derive(Clone, Debug)]
pub struct CreatedTenant {
    /// Its id.
    pub tenant_id: Uuid,
    /// The root of its tree.
    pub root_id: Uuid,
    /// The nodes, in the order they were given.
    pub node_ids: Vec<Uuid>,
    /// The built-in roles: word and id.
    pub roles: Vec<(String, Uuid)>,
}

/// The first administrator's account.
#[derive(Clone, Debug)]
pub struct FirstAdministrator {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// Secret of the single-use link, good for 24 hours; the page is `/t/{slug}/enrol/{secret}`.
    pub enrolment_secret: String,
}

/// The operator's way to the database.
pub struct Operator {
    db: Db,
    jobs: JobCtx,
}

impl Operator {
    /// With the configuration of the service: `[identity.database]` and `[kms]` are read.
    ///
    /// # Errors
    /// `Internal` with every mistake of the configuration.
    pub async fn open(figment: &Figment, clock: Clock) -> Result<Self> {
        let mut reader = Reader::new(figment);
        let section: ServiceSection = reader.section_at("identity");
        let kms: KmsSection = reader.section();
        reader.finish().map_err(Error::fault)?;
        let db = Db::connect("identity", &section.database, Keys::open(&kms)?).await?;
        Ok(Self::new(db, clock))
    }

    /// With identity's database as a running service or a test has it.
    pub fn new(db: Db, clock: Clock) -> Self {
        let jobs = JobCtx::new("operator", db.clone(), clock, Shutdown::new(Duration::ZERO, Duration::ZERO));
        Self { db, jobs }
    }

    fn ctx(&self, tenant: Uuid) -> Ctx {
        self.jobs.ctx_for(tenant, tenant)
    }

    async fn begin(&self, ctx: &Ctx) -> Result<Tx> {
        Tx::begin(&self.db, ctx, ctx.permit()).await
    }

    /// The id of a tenant by its slug.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn tenant(&self, slug: &str) -> Result<Uuid> {
        let mut tx = self.begin(&self.ctx(Uuid::nil())).await?;
        let found = tenants::id_of(&mut tx, slug).await?;
        tx.commit().await?;
        found.ok_or_else(Error::not_found)
    }
}

/// Makes a tenant with its tree, the built-in roles and its first permissions. The running service's job tells the
/// other services.
///
/// # Errors
/// `InvalidArgument` with every mistake; `AlreadyExists` where the slug is taken.
pub async fn create_tenant(operator: &Operator, new: NewTenant) -> Result<CreatedTenant> {
    let colour = check(&new)?;
    let tenant_id = platform::ids::new_id(operator.jobs.clock().now());
    let ctx = operator.ctx(tenant_id);
    let mut tx = operator.begin(&ctx).await?;
    tenants::lock_slugs(&mut tx).await?;
    if tenants::id_of(&mut tx, &new.slug).await?.is_some() {
        return Err(Error::new(Kind::AlreadyExists, "SLUG_TAKEN", "There is a tenant with this slug.").field("slug", "There is a tenant with this slug."));
    }
    let row = TenantRow {
        slug: new.slug,
        name: new.name.trim().to_owned(),
        colour,
        kind: wire::small(new.kind as i32),
        demonstration: new.demonstration,
        suppression_threshold: 0,
        idle_minutes: 0,
        absolute_hours: 0,
        version: 1,
    };
    tenants::insert(&mut tx, &row).await?;
    let root_id = ctx.new_id();
    let root = NodeRow { id: root_id, parent_id: None, name: row.name, kind: wire::small(root_kind(new.kind) as i32), agency_kind: new.agency_kind };
    nodes::insert(&mut tx, &root).await?;
    let mut node_ids: Vec<Uuid> = Vec::with_capacity(new.nodes.len());
    for node in new.nodes {
        let parent_id = node.parent.map_or(Some(root_id), |n| node_ids.get(n).copied());
        let row = NodeRow { id: ctx.new_id(), parent_id, name: node.name.trim().to_owned(), kind: wire::small(node.kind as i32), agency_kind: node.agency_kind };
        nodes::insert(&mut tx, &row).await?;
        node_ids.push(row.id);
    }
    let mut given = Vec::new();
    for role in access::roles::built_in() {
        let id = ctx.new_id();
        roles::insert(&mut tx, id, &role).await?;
        given.push((role.built_in, id));
    }
    epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Tenant, tenant_id);
    tx.commit().await?;
    Ok(CreatedTenant { tenant_id, root_id, node_ids, roles: given })
}

fn root_kind(kind: TenantKind) -> NodeKind {
    if kind == TenantKind::Partnership { NodeKind::Partnership } else { NodeKind::Agency }
}

/// Every mistake at once; answers the colour as it is stored.
fn check(new: &NewTenant) -> Result<String> {
    let mut wrong = Error::invalid();
    if !tenant::slug_is_valid(&new.slug) {
        wrong = wrong.field("slug", "Use 3 to 40 lower-case letters, digits and inner hyphens.");
    }
    wire::text(&mut wrong, "name", &new.name, 100, "Enter a name.");
    if new.kind == TenantKind::Unspecified {
        wrong = wrong.field("kind", "Choose partnership or single.");
    } else if !tree::agency_kind_fits(root_kind(new.kind), &new.agency_kind) {
        wrong = wrong.field("agency_kind", "A single organisation has a code of list agency_kind; a partnership has none.");
    }
    let colour = tenant::colour(&new.colour);
    if colour.is_none() {
        wrong = wrong.field("colour", "Enter a colour as # and six digits or letters from a to f.");
    }
    for (n, node) in new.nodes.iter().enumerate() {
        wire::text(&mut wrong, &format!("nodes.{n}.name"), &node.name, 100, "Enter a name.");
        let above = match node.parent {
            None => Some(root_kind(new.kind)),
            Some(p) if p < n => new.nodes.get(p).map(|p| p.kind),
            Some(_) => None,
        };
        if !above.is_some_and(|above| tree::may_stand(above, node.kind)) {
            wrong = wrong.field(format!("nodes.{n}.parent"), "The parent comes before, and such a node may stand below it.");
        }
        if !tree::agency_kind_fits(node.kind, &node.agency_kind) {
            wrong = wrong.field(format!("nodes.{n}.agency_kind"), "An agency has a code of list agency_kind; a team has none.");
        }
    }
    wrong.into_result()?;
    colour.ok_or_else(Error::invalid)
}

/// Invites the first administrator at the root. Who was invited so before and has not enrolled is invited anew, or
/// disabled where the address is another: only one link is open at a time.
///
/// # Errors
/// `FailedPrecondition` (`ADMINISTRATOR_EXISTS`) where an administrator can sign in; `NotFound` where there is no such
/// tenant; `InvalidArgument`; `AlreadyExists` where the address has an account that is no administrator's.
pub async fn create_first_administrator(operator: &Operator, slug: &str, name: &str, email: &str) -> Result<FirstAdministrator> {
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", name, 100, "Enter a name.");
    let email = wire::text(&mut wrong, "email", email, 200, "Enter an email address.");
    if !email.is_empty() && names::email(&email).is_empty() {
        wrong = wrong.field("email", "Enter an email address in the correct format, like name@example.com.");
    }
    wrong.into_result()?;
    let tenant_id = operator.tenant(slug).await?;
    let ctx = operator.ctx(tenant_id);
    let mut tx = operator.begin(&ctx).await?;
    epochs::lock(&mut tx).await?;
    if !roles::administrators(&mut tx).await?.is_empty() {
        return Err(Error::precondition("ADMINISTRATOR_EXISTS", "This tenant has an administrator, who can invite others."));
    }
    let role = roles::built_in(&mut tx, ADMINISTRATOR).await?;
    let root = nodes::all(&mut tx).await?.into_iter().find(|n| n.parent_id.is_none()).ok_or_else(|| Error::fault("a tenant without a root"))?;
    let token = users::email_token(&mut tx, &email).await?.ok_or_else(|| Error::fault("a valid address without a token"))?;
    let invited = roles::invited_holders(&mut tx, role).await?;
    let same = users::by_email_token(&mut tx, token).await?;
    let user_id = match &same {
        Some(user) if invited.contains(&user.id) => user.id,
        Some(_) => return Err(Error::new(Kind::AlreadyExists, "EMAIL_TAKEN", "Somebody has an account with this email address.")),
        None => {
            let id = ctx.new_id();
            users::insert(&mut tx, NewUser { id, node: root.id, email_token: token, name: &name, email: &email, created_by: None }).await?;
            roles::assign(&mut tx, NewAssignment { id: ctx.new_id(), user: id, role, node: root.id, valid_from: None, valid_to: None, given_by: None }).await?;
            id
        }
    };
    for other in invited.into_iter().filter(|other| *other != user_id) {
        enrolments::end_all(&mut tx, other).await?;
        users::set_state(&mut tx, other, UserState::Disabled).await?;
        tx.changed(ResourceType::User, other);
    }
    let enrolment = enrolments::open(&mut tx, user_id, None).await?;
    let enrolment_secret = enrolments::make_secret(&mut tx, enrolment).await?;
    epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, user_id);
    tx.commit().await?;
    Ok(FirstAdministrator { tenant_id, user_id, enrolment_secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(parent: Option<usize>, name: &str) -> NewNode {
        NewNode { parent, name: name.into(), kind: NodeKind::Agency, agency_kind: "POLICE".into() }
    }

    fn partnership(nodes: Vec<NewNode>) -> NewTenant {
        NewTenant {
            slug: "northmoor".into(),
            name: "Northmoor Restorative Partnership".into(),
            kind: TenantKind::Partnership,
            agency_kind: String::new(),
            colour: "#1D70B8".into(),
            demonstration: true,
            nodes,
        }
    }

    fn fields(new: &NewTenant) -> Vec<String> {
        check(new).err().map(|e| e.fields().iter().map(|f| f.field.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn a_tree_is_checked_before_anything_is_written() {
        let team = NewNode { parent: Some(0), name: "Team".into(), kind: NodeKind::Team, agency_kind: String::new() };
        assert_eq!(check(&partnership(vec![agency(None, "Police"), team.clone()])).unwrap(), "#1d70b8");
        assert_eq!(fields(&partnership(vec![team, agency(None, "Police")])), ["nodes.0.parent"], "the parent comes later");
        assert_eq!(fields(&partnership(vec![agency(None, "Police"), agency(Some(0), "Police 2")])), ["nodes.1.parent"], "an agency below an agency");
    }

    #[test]
    fn every_mistake_is_named() {
        let broken = NewTenant { slug: "A".into(), name: String::new(), colour: "red".into(), kind: TenantKind::Unspecified, ..partnership(Vec::new()) };
        assert_eq!(fields(&broken), ["slug", "name", "kind", "colour"]);
        let single = NewTenant { kind: TenantKind::Single, ..partnership(Vec::new()) };
        assert_eq!(fields(&single), ["agency_kind"]);
        assert!(fields(&NewTenant { agency_kind: "CHARITY".into(), ..single }).is_empty());
    }
}
