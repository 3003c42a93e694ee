//! Mutual TLS between services: TLS 1.3 only, no resumption, certificates reloaded while running.
//!
//! No resumption, because the client's chain of a resumed session is not verified again. A server reads who
//! calls from the SPIFFE URI of the certificate; a client verifies the DNS name `<service>.accord.internal`.

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    crypto::CryptoProvider,
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use x509_parser::{extensions::GeneralName, prelude::{FromDer, X509Certificate}};

use crate::{Error, Result, config::{ServiceSection, TlsSection}, lifecycle::Shutdown};

/// Trust domain of every SPIFFE URI.
const TRUST_DOMAIN: &str = "spiffe://accord/";
/// Suffix of the DNS name that a service's certificate must carry.
pub const DNS_SUFFIX: &str = "accord.internal";

/// Installs aws-lc-rs as the process's rustls provider. Every main and every test calls it first; later calls
/// change nothing.
pub fn install_crypto() {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// The three PEM files of one service.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub private_key: PathBuf,
    /// The authority that peers' certificates must come from.
    pub ca: PathBuf,
}

impl TlsFiles {
    /// The files that the configuration names for a service.
    pub fn of(service: &ServiceSection, tls: &TlsSection) -> Self {
        Self { certificate: service.certificate.clone(), private_key: service.private_key.clone(), ca: tls.ca.clone() }
    }
}

/// One service's own certificate and whom it trusts; clones share what is loaded.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    files: TlsFiles,
    current: ArcSwap<Configs>,
}

struct Configs {
    /// Seconds of 1970.
    expires: i64,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// `Internal`, which names the file, where one cannot be read or does not fit the others.
    pub fn load(files: TlsFiles) -> Result<Self> {
        let configs = Configs::read(&files)?;
        Ok(Self(Arc::new(Inner { files, current: ArcSwap::from_pointee(configs) })))
    }

    /// Reads the files again; what was loaded stays in use where they do not fit.
    ///
    /// # Errors
    /// As [`Identity::load`].
    pub fn reload(&self) -> Result<()> {
        self.0.current.store(Arc::new(Configs::read(&self.0.files)?));
        Ok(())
    }

    /// Reloads whenever a file changes, until the stop.
    pub fn watch(&self, shutdown: &Shutdown) {
        let identity = self.clone();
        let files = vec![self.0.files.certificate.clone(), self.0.files.private_key.clone(), self.0.files.ca.clone()];
        shutdown.watch_files(files, move || match identity.reload() {
            Ok(()) => tracing::info!("certificate reloaded"),
            // A renewal writes several files; the look after the last one succeeds.
            Err(error) => tracing::warn!(?error, "certificate not reloaded; the one before stays in use"),
        });
    }

    /// When the current certificate ends, in seconds of 1970.
    pub fn expires(&self) -> i64 {
        self.0.current.load().expires
    }

    /// For the next handshake as a server.
    pub fn server(&self) -> Arc<ServerConfig> {
        self.0.current.load().server.clone()
    }

    /// For the next handshake as a client.
    pub fn client(&self) -> Arc<ClientConfig> {
        self.0.current.load().client.clone()
    }
}

impl Configs {
    fn read(files: &TlsFiles) -> Result<Self> {
        let broken = |file: &PathBuf, error: &dyn std::fmt::Display| Error::fault(format!("{}: {error}", file.display()));
        let read = |file: &PathBuf| std::fs::read(file).map_err(|e| broken(file, &e));
        let chain = certificates(&read(&files.certificate)?).map_err(|e| broken(&files.certificate, &e))?;
        let key = || -> Result<PrivateKeyDer<'static>> {
            PrivateKeyDer::from_pem_slice(&read(&files.private_key)?).map_err(|e| broken(&files.private_key, &e))
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&read(&files.ca)?).map_err(|e| broken(&files.ca, &e))? {
            roots.add(certificate).map_err(|e| broken(&files.ca, &e))?;
        }
        let roots = Arc::new(roots);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        Ok(Self {
            expires: expires(&chain).map_err(|e| broken(&files.certificate, &e))?,
            server: Arc::new(server(chain.clone(), key()?, roots.clone(), provider.clone()).map_err(|e| broken(&files.certificate, &e))?),
            client: Arc::new(client(chain, key()?, roots, provider).map_err(|e| broken(&files.certificate, &e))?),
        })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    if found.is_empty() { Err("there is no certificate in this file".into()) } else { Ok(found) }
}

/// The end of the leaf, which is the first of a chain.
fn expires(chain: &[CertificateDer<'_>]) -> Result<i64, String> {
    let leaf = chain.first().ok_or("there is no certificate in this file")?;
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|e| e.to_string())?;
    Ok(certificate.validity().not_after.timestamp())
}

fn server(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>, roots: Arc<RootCertStore>, provider: Arc<CryptoProvider>) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone()).build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn client(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>, roots: Arc<RootCertStore>, provider: Arc<CryptoProvider>) -> Result<ClientConfig, Box<dyn std::error::Error>> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Who is at the other end of a connection, by their certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerIdentity {
    /// The service, from `spiffe://accord/service/<name>`.
    pub service: Option<String>,
    /// The partner system, from `spiffe://accord/partner/<name>`.
    pub partner: Option<String>,
    /// SHA-256 of the certificate, which binds a service account to it.
    pub fingerprint: [u8; 32],
}

impl PeerIdentity {
    /// Reads a verified certificate (DER).
    ///
    /// # Errors
    /// `Unauthenticated` where it is no certificate or carries more than one SPIFFE URI.
    pub fn of_certificate(der: &[u8]) -> Result<Self> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Error::unauthenticated().internal("peer certificate cannot be parsed"))?;
        let names = certificate.subject_alternative_name().map_err(|_| Error::unauthenticated().internal("peer certificate has a broken subjectAltName"))?;
        let uris = names.iter().flat_map(|n| &n.value.general_names).filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        });
        let (service, partner) = spiffe(uris)?;
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der).as_ref());
        Ok(Self { service, partner, fingerprint })
    }
}

/// The service and the partner that SPIFFE URIs name. SPIFFE allows one URI in a certificate, and so do we.
fn spiffe<'a>(uris: impl Iterator<Item = &'a str>) -> Result<(Option<String>, Option<String>)> {
    let mut ours = uris.filter(|uri| uri.starts_with("spiffe:"));
    let Some(uri) = ours.next() else { return Ok((None, None)) };
    if ours.next().is_some() {
        return Err(Error::unauthenticated().internal("peer certificate has several SPIFFE URIs"));
    }
    let named = |kind: &str| uri.strip_prefix(TRUST_DOMAIN)?.strip_prefix(kind)?.strip_prefix('/').filter(|n| is_name(n)).map(str::to_owned);
    Ok((named("service"), named("partner")))
}

fn is_name(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uris: &[&str]) -> Result<(Option<String>, Option<String>)> {
        spiffe(uris.iter().copied())
    }

    #[test]
    fn services_and_partners_are_told_apart() {
        assert_eq!(read(&["spiffe://accord/service/case"]).unwrap(), (Some("case".into()), None));
        assert_eq!(read(&["https://example.org", "spiffe://accord/partner/north-police"]).unwrap(), (None, Some("north-police".into())));
    }

    #[test]
    fn what_is_not_ours_names_nobody() {
        for uri in [
            "spiffe://other/service/case",
            "spiffe://accord/service/",
            "spiffe://accord/service/case/admin",
            "spiffe://accord/service/Case",
            "spiffe://accord/services/case",
            "spiffe://accord.example/service/case",
            "https://accord/service/case",
        ] {
            assert_eq!(read(&[uri]).unwrap(), (None, None), "{uri}");
        }
        assert_eq!(read(&[]).unwrap(), (None, None));
    }

    #[test]
    fn two_names_are_none() {
        assert!(read(&["spiffe://accord/service/case", "spiffe://accord/service/identity"]).is_err());
    }

    #[test]
    fn garbage_is_no_certificate() {
        assert!(PeerIdentity::of_certificate(b"garbage").is_err());
    }

    #[test]
    fn a_missing_file_is_named() {
        let nowhere = PathBuf::from("/nowhere/tls.crt");
        let error = Identity::load(TlsFiles { certificate: nowhere.clone(), private_key: nowhere.clone(), ca: nowhere }).err().unwrap();
        assert!(format!("{error:?}").contains("/nowhere/tls.crt"));
    }
}
