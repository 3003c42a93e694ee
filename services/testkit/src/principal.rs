//! A tenant with its tree, its people and their roles, and tokens for any of them.

use std::sync::atomic::{AtomicU64, Ordering};

use access::roles;
use platform::{
    clock::Clock,
    ids,
    tokens::{Mint, Strength, TokenKind, TokenSigner, generate_key_pair},
};
use proto::authz::v1::{Assignment, Node, NodeKind, Role, Snapshot, TenantSettings};
use uuid::Uuid;

/// A tenant: a partnership with two agencies, each with one team. Nobody has a role until [`World::user`] gives one.
pub struct World {
    /// The tenant.
    pub tenant: Uuid,
    /// The root of the tree.
    pub partnership: Uuid,
    /// An agency.
    pub agency: Uuid,
    /// Its team.
    pub team: Uuid,
    /// Another agency, which must see nothing of the first.
    pub other_agency: Uuid,
    /// Its team.
    pub other_team: Uuid,
    clock: Clock,
    epoch: AtomicU64,
    roles: Vec<Role>,
    assignments: Vec<Assignment>,
    signer: TokenSigner,
    public_key: String,
}

impl World {
    /// A new tenant with the built-in roles, at epoch 1.
    ///
    /// # Panics
    /// Where no key can be made.
    pub fn new(clock: &Clock) -> Self {
        let id = || ids::new_id(clock.now());
        let (private_key, public_key) = generate_key_pair().expect("a token key");
        let roles = roles::built_in().into_iter().map(|role| Role { id: id().to_string(), ..role }).collect();
        Self {
            tenant: id(),
            partnership: id(),
            agency: id(),
            team: id(),
            other_agency: id(),
            other_team: id(),
            clock: clock.clone(),
            epoch: AtomicU64::new(1),
            roles,
            assignments: Vec::new(),
            signer: TokenSigner::from_pem(&private_key, clock.clone()).expect("the token key"),
            public_key,
        }
    }

    /// PEM of the key that verifies this world's tokens.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The epoch that tokens are minted for.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// A new user or service account with a built-in role (`facilitator`, …) at a node.
    ///
    /// # Panics
    /// Where there is no such role.
    pub fn user(&mut self, built_in: &str, node: Uuid) -> Uuid {
        let user = ids::new_id(self.clock.now());
        self.assign(user, built_in, node);
        user
    }

    /// Gives another role; call [`World::advance`] where a service holds the snapshot already.
    ///
    /// # Panics
    /// Where there is no such role.
    pub fn assign(&mut self, subject: Uuid, built_in: &str, node: Uuid) {
        let role = self.roles.iter().find(|r| r.built_in == built_in).unwrap_or_else(|| panic!("{built_in} is no built-in role"));
        self.assignments.push(Assignment { subject_id: subject.to_string(), role_id: role.id.clone(), node_id: node.to_string(), valid_from: 0, valid_to: 0 });
    }

    /// The next epoch, for tokens and snapshots from now on.
    pub fn advance(&self) -> u64 {
        self.epoch.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The permission snapshot at the current epoch.
    pub fn snapshot(&self) -> Snapshot {
        let node = |id: Uuid, parent: Option<Uuid>, name: &str, kind: NodeKind| Node {
            id: id.to_string(),
            parent_id: parent.map(|p| p.to_string()).unwrap_or_default(),
            name: name.into(),
            kind: kind.into(),
        };
        Snapshot {
            tenant_id: self.tenant.to_string(),
            epoch: self.epoch(),
            nodes: vec![
                node(self.partnership, None, "Northmere partnership", NodeKind::Partnership),
                node(self.agency, Some(self.partnership), "Bridgeway", NodeKind::Agency),
                node(self.team, Some(self.agency), "Bridgeway East", NodeKind::Team),
                node(self.other_agency, Some(self.partnership), "Common Ground", NodeKind::Agency),
                node(self.other_team, Some(self.other_agency), "Common Ground West", NodeKind::Team),
            ],
            roles: self.roles.clone(),
            assignments: self.assignments.clone(),
            settings: Some(TenantSettings::default()),
        }
    }

    /// A user's token, with two factors proved just now, for all services.
    pub fn token(&self, user: Uuid) -> String {
        self.mint(TokenKind::User, user, Strength::TwoFactors)
    }

    /// The token of a user who proved their factors so long ago that it is not fresh any more.
    ///
    /// # Panics
    /// Where signing fails.
    pub fn unproved_token(&self, user: Uuid) -> String {
        self.signer.mint(self.claims(TokenKind::User, user, Strength::TwoFactors)).expect("a token")
    }

    /// A token of a user who proved themselves again just now.
    pub fn stepped_up_token(&self, user: Uuid) -> String {
        self.mint(TokenKind::User, user, Strength::SteppedUp)
    }

    /// A service account's token.
    pub fn account_token(&self, account: Uuid) -> String {
        self.mint(TokenKind::ServiceAccount, account, Strength::TwoFactors)
    }

    /// The token of the tenant's public pages.
    pub fn public_token(&self) -> String {
        self.mint(TokenKind::Public, self.tenant, Strength::Nothing)
    }

    /// Any token.
    ///
    /// # Panics
    /// Where signing fails.
    pub fn mint(&self, kind: TokenKind, subject: Uuid, strength: Strength) -> String {
        let claims = self.claims(kind, subject, strength);
        self.signer.mint_proved_at(claims, self.clock.now()).expect("a token")
    }

    fn claims(&self, kind: TokenKind, subject: Uuid, strength: Strength) -> Mint {
        let session = (kind == TokenKind::User).then(|| ids::new_id(self.clock.now()));
        let audience = ["identity", "referral", "case", "notification", "reporting"].map(String::from).to_vec();
        Mint { kind, subject, tenant: self.tenant, audience, epoch: self.epoch(), session, strength }
    }
}
