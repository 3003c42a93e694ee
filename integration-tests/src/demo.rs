//! `demo.json`: what a stack tells scripts and tests about itself.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
pub struct Demo {
    /// Address of the pages.
    pub web: String,
    /// Address of the partner edge, `https://host:port`.
    pub grpc: String,
    /// PEM file of the authority that issued every certificate.
    pub ca: PathBuf,
    /// The tenants; empty without a demonstration.
    pub tenants: Vec<Tenant>,
}

/// One tenant.
#[derive(Clone, Debug, Deserialize)]
pub struct Tenant {
    /// Word in the address.
    pub slug: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Path of the public form.
    pub form: String,
    /// Path of the sign-in page.
    pub sign_in: String,
    /// Everyone who can sign in.
    pub users: Vec<User>,
    /// Partner systems.
    pub service_accounts: Vec<Account>,
    /// The root first, then agencies and teams.
    pub nodes: Vec<Node>,
    /// Folder of the mail that was sent.
    pub mail: PathBuf,
    /// Folder of the texts that were sent.
    pub texts: PathBuf,
}

/// An agency or team.
#[derive(Clone, Debug, Deserialize)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Someone who can sign in.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Account.
    pub id: String,
    /// Name.
    pub name: String,
    /// Address to sign in with.
    pub email: String,
    /// Password.
    pub password: String,
    /// Secret of the authenticator, base32.
    pub totp_secret: String,
    /// First of the built-in roles held.
    pub role: String,
    /// Name of the agency.
    pub agency: String,
}

/// A partner system.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// Account.
    pub id: String,
    /// Name in the certificate.
    pub name: String,
    /// PEM file of its certificate.
    pub certificate: PathBuf,
    /// PEM file of its key.
    pub key: PathBuf,
}

impl Demo {
    /// Reads the file of a stack's folder.
    ///
    /// # Panics
    /// Where it is not there or has another shape.
    pub fn read(dir: &Path) -> Self {
        let file = dir.join("demo.json");
        let text = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
    }

    /// The partnership.
    ///
    /// # Panics
    /// Where the demonstration has none.
    pub fn partnership(&self) -> &Tenant {
        self.tenants
            .iter()
            .find(|t| t.nodes.len() > 1)
            .expect("the demonstration has a partnership")
    }

    /// The single office.
    ///
    /// # Panics
    /// Where the demonstration has none.
    pub fn office(&self) -> &Tenant {
        self.tenants
            .iter()
            .find(|t| t.nodes.len() == 1)
            .expect("the demonstration has a single office")
    }
}

impl Tenant {
    /// Everybody whose first role is this one, in the order of the file.
    pub fn with_role<'t>(&'t self, role: &'t str) -> impl Iterator<Item = &'t User> {
        self.users.iter().filter(move |u| u.role == role)
    }

    /// The first with this role.
    ///
    /// # Panics
    /// Where nobody has it.
    pub fn first(&self, role: &str) -> &User {
        self.users
            .iter()
            .find(|u| u.role == role)
            .unwrap_or_else(|| panic!("nobody in {} is {role}", self.slug))
    }

    /// The people of a role at an agency.
    pub fn at<'t>(&'t self, agency: &'t str, role: &'t str) -> impl Iterator<Item = &'t User> {
        self.with_role(role).filter(move |u| u.agency == agency)
    }

    /// Id of the node with this name.
    ///
    /// # Panics
    /// Where there is none.
    pub fn node(&self, name: &str) -> &str {
        self.nodes
            .iter()
            .find(|n| n.name == name)
            .map(|n| n.id.as_str())
            .unwrap_or_else(|| panic!("{} has no node {name}", self.slug))
    }
}
