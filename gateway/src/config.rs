//! `[gateway]`: what the gateway needs beside the sections that all services share.

use std::{net::SocketAddr, path::PathBuf};

use platform::config::Section;
use serde::{Deserialize, Serialize};

/// The gateway's section.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySection {
    /// PEM file of the certificate chain that the gateway shows to services (`spiffe://accord/service/gateway`).
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub private_key: PathBuf,
    /// Pages for people.
    pub web: WebSection,
    /// The edge for partner systems.
    pub grpc: EdgeSection,
}

/// `[gateway.web]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebSection {
    /// Address of the HTTPS listener.
    pub listen: SocketAddr,
    /// PEM file of the public certificate chain.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub private_key: PathBuf,
    /// Folder of the installed web packages.
    pub packages: PathBuf,
    /// Requests one address may post in a minute before it is asked to wait.
    pub posts_per_minute: u32,
    /// Networks of the proxies in front, whose `X-Forwarded-For` is believed; nobody's by default.
    pub trusted_proxies: Vec<ipnet::IpNet>,
}

/// `[gateway.grpc]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeSection {
    /// Address of the gRPC listener for partner systems.
    pub listen: SocketAddr,
    /// PEM file of the public certificate chain.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub private_key: PathBuf,
    /// PEM file of the authorities that issue partners' certificates.
    pub partner_ca: PathBuf,
}

impl Default for GatewaySection {
    fn default() -> Self {
        Self { certificate: PathBuf::new(), private_key: PathBuf::new(), web: WebSection::default(), grpc: EdgeSection::default() }
    }
}

impl Default for WebSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            certificate: PathBuf::new(),
            private_key: PathBuf::new(),
            packages: PathBuf::from(".accord/web"),
            posts_per_minute: 120,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Default for EdgeSection {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8444)), certificate: PathBuf::new(), private_key: PathBuf::new(), partner_ca: PathBuf::new() }
    }
}

impl Section for GatewaySection {
    const PATH: &'static str = "gateway";

    fn validate(&self) -> Vec<String> {
        let files = [
            ("certificate", &self.certificate),
            ("private_key", &self.private_key),
            ("web.certificate", &self.web.certificate),
            ("web.private_key", &self.web.private_key),
            ("web.packages", &self.web.packages),
            ("grpc.certificate", &self.grpc.certificate),
            ("grpc.private_key", &self.grpc.private_key),
            ("grpc.partner_ca", &self.grpc.partner_ca),
        ];
        files.iter().filter(|(_, file)| file.as_os_str().is_empty()).map(|(key, _)| format!("{key}: is not set")).collect()
    }
}
