//! The development certificate authority and the other key files of a stack's folder.
//!
//! For evaluation and development: an installation brings its own certificates and key service.

use crate::setup;
use anyhow::{Context, Result};
use base64::Engine;
use chrono::{DateTime, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Life of a certificate, in days.
const LEAF_DAYS: u64 = 30;
/// Life of the authority, in days.
const CA_DAYS: u64 = 3650;
/// How far a certificate's life begins before it is made, for clocks that differ.
const BACKDATE: Duration = Duration::from_secs(3600);

/// The authority of one folder.
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// Where a certificate and its private key lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Certificate, PEM.
    pub certificate: PathBuf,
    /// Private key, PKCS #8 PEM, readable by its owner only.
    pub key: PathBuf,
}

/// A key pair that signs (Ed25519): access tokens, or the seals of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenKeys {
    /// Private key, PKCS #8 PEM, readable by its owner only.
    pub signing: PathBuf,
    /// Public key, SubjectPublicKeyInfo PEM.
    pub public: PathBuf,
}

impl Authority {
    /// Opens the authority in `<dir>/pki`, and makes it the first time.
    ///
    /// # Errors
    /// When its files cannot be read or written.
    pub fn open(dir: &Path, now: DateTime<Utc>) -> Result<Self> {
        let folder = dir.join("pki");
        setup::private_dir(&folder)?;
        let (certificate, key_file) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
        // The key is written first: a certificate without its key would be of no use.
        if !certificate.is_file() {
            let key = KeyPair::generate().context("the authority's key cannot be made")?;
            let mut params = CertificateParams::default();
            let name = data_encoding::HEXLOWER.encode(&setup::random_bytes::<4>()?);
            params
                .distinguished_name
                .push(DnType::CommonName, format!("Accord development CA {name}"));
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            set_life(&mut params, now, CA_DAYS);
            let made = params
                .self_signed(&key)
                .context("the authority's certificate cannot be made")?;
            setup::write_private(&key_file, key.serialize_pem().as_bytes())?;
            setup::write_public(&certificate, made.pem().as_bytes())?;
        }
        let key = KeyPair::from_pem(&read(&key_file)?).context("the authority's key is damaged")?;
        let issuer = Issuer::from_ca_cert_pem(&read(&certificate)?, key)
            .context("the authority's certificate is damaged")?;
        Ok(Self { folder, issuer })
    }

    /// The authority's certificate, which clients must trust.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A service's certificate: `<name>.accord.internal`, `localhost`, 127.0.0.1 and the URI
    /// `spiffe://accord/service/<name>`, for serving and calling.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn issue(&self, name: &str, now: DateTime<Utc>) -> Result<Identity> {
        let names = vec![
            SanType::DnsName(format!("{name}.accord.internal").try_into()?),
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress([127, 0, 0, 1].into()),
            SanType::URI(format!("spiffe://accord/service/{name}").try_into()?),
        ];
        let uses = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.ensure(name, names, uses, now)
    }

    /// A partner's client certificate with the URI `spiffe://accord/partner/<name>`; its files are called
    /// `partner-<name>`.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn issue_partner(&self, name: &str, now: DateTime<Utc>) -> Result<Identity> {
        let names = vec![SanType::URI(
            format!("spiffe://accord/partner/{name}").try_into()?,
        )];
        self.ensure(
            &format!("partner-{name}"),
            names,
            vec![ExtendedKeyUsagePurpose::ClientAuth],
            now,
        )
    }

    /// The certificate that browsers and partners see (`edge`): `localhost`, the loopback addresses and `hosts`.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn issue_edge(&self, hosts: &[String], now: DateTime<Utc>) -> Result<Identity> {
        let mut names = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress([127, 0, 0, 1].into()),
            SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()),
        ];
        for host in hosts {
            names.push(SanType::DnsName(
                host.clone()
                    .try_into()
                    .with_context(|| format!("{host} is no host name"))?,
            ));
        }
        self.ensure(
            "edge",
            names,
            vec![ExtendedKeyUsagePurpose::ServerAuth],
            now,
        )
    }

    /// Keeps a certificate that has a third of its life left, and makes another otherwise.
    fn ensure(
        &self,
        file: &str,
        names: Vec<SanType>,
        uses: Vec<ExtendedKeyUsagePurpose>,
        now: DateTime<Utc>,
    ) -> Result<Identity> {
        let identity = Identity {
            certificate: self.folder.join(format!("{file}.pem")),
            key: self.folder.join(format!("{file}-key.pem")),
        };
        if identity.key.is_file() && is_lasting(&identity.certificate, now) {
            return Ok(identity);
        }
        let key = KeyPair::generate().context("a key cannot be made")?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, file);
        params.subject_alt_names = names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = uses;
        params.use_authority_key_identifier_extension = true;
        set_life(&mut params, now, LEAF_DAYS);
        let made = params
            .signed_by(&key, &self.issuer)
            .with_context(|| format!("the certificate {file} cannot be made"))?;
        setup::write_private(&identity.key, key.serialize_pem().as_bytes())?;
        setup::write_public(&identity.certificate, made.pem().as_bytes())?;
        Ok(identity)
    }
}

/// The token signing keys in `<dir>/pki`, made the first time.
///
/// # Errors
/// When they cannot be read or written.
pub fn token_keys(dir: &Path) -> Result<TokenKeys> {
    key_pair(dir, "token")
}

/// The key pair that seals the audit trail, `<dir>/pki/seal-signing.pem` and `seal-public.pem`, made the first time.
///
/// # Errors
/// When a file cannot be read or written.
pub fn seal_keys(dir: &Path) -> Result<TokenKeys> {
    key_pair(dir, "seal")
}

fn key_pair(dir: &Path, name: &str) -> Result<TokenKeys> {
    let folder = dir.join("pki");
    setup::private_dir(&folder)?;
    let keys = TokenKeys {
        signing: folder.join(format!("{name}-signing.pem")),
        public: folder.join(format!("{name}-public.pem")),
    };
    if !keys.signing.is_file() {
        let pair =
            KeyPair::generate_for(&rcgen::PKCS_ED25519).with_context(|| format!("the {name} key cannot be made"))?;
        setup::write_private(&keys.signing, pair.serialize_pem().as_bytes())?;
    }
    let pair = KeyPair::from_pem(&read(&keys.signing)?).with_context(|| format!("the {name} key is damaged"))?;
    setup::write_public(&keys.public, pair.public_key_pem().as_bytes())?;
    Ok(keys)
}

/// The key ring file `<dir>/keyring.json`, made with one key of 32 bytes the first time.
///
/// # Errors
/// When it cannot be written.
pub fn key_ring(dir: &Path) -> Result<PathBuf> {
    #[derive(serde::Serialize)]
    struct Ring<'a> {
        current: &'a str,
        keys: BTreeMap<&'a str, String>,
    }
    let path = dir.join("keyring.json");
    if !path.is_file() {
        let key = base64::engine::general_purpose::STANDARD.encode(setup::random_bytes::<32>()?);
        let ring = Ring {
            current: "k1",
            keys: BTreeMap::from([("k1", key)]),
        };
        setup::write_private(&path, &serde_json::to_vec_pretty(&ring)?)?;
    }
    Ok(path)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn set_life(params: &mut CertificateParams, now: DateTime<Utc>, days: u64) {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let now = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_before = now - BACKDATE;
    params.not_after = now + Duration::from_secs(days * 24 * 3600);
}

/// Whether the certificate in this file has at least a third of its life left; false when it cannot be read.
fn is_lasting(path: &Path, now: DateTime<Utc>) -> bool {
    let Ok(text) = fs::read(path) else {
        return false;
    };
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(&text) else {
        return false;
    };
    let Ok(certificate) = pem.parse_x509() else {
        return false;
    };
    let life = certificate.validity();
    let (from, until) = (life.not_before.timestamp(), life.not_after.timestamp());
    now.timestamp() >= from && until - now.timestamp() >= (until - from) / 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone};
    use std::os::unix::fs::PermissionsExt;
    use x509_parser::extensions::GeneralName;

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 2, 9, 30, 0)
            .single()
            .expect("a time")
    }

    fn names(path: &Path) -> Vec<String> {
        let text = fs::read(path).expect("read");
        let (_, pem) = x509_parser::pem::parse_x509_pem(&text).expect("pem");
        let certificate = pem.parse_x509().expect("certificate");
        let all = certificate
            .subject_alternative_name()
            .expect("extension")
            .expect("names");
        all.value
            .general_names
            .iter()
            .map(|name| match name {
                GeneralName::DNSName(name) => format!("dns:{name}"),
                GeneralName::URI(uri) => format!("uri:{uri}"),
                GeneralName::IPAddress(bytes) => format!("ip:{bytes:?}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_service_certificate_has_its_names_and_is_kept_until_a_third_is_left() {
        let dir = tempfile::tempdir().expect("folder");
        let authority = Authority::open(dir.path(), start()).expect("authority");
        let one = authority.issue("case", start()).expect("issued");
        assert_eq!(
            names(&one.certificate),
            [
                "dns:case.accord.internal",
                "dns:localhost",
                "ip:[127, 0, 0, 1]",
                "uri:spiffe://accord/service/case"
            ]
        );
        assert_eq!(
            fs::metadata(&one.key).expect("key").permissions().mode() & 0o777,
            0o600
        );
        let first = fs::read(&one.certificate).expect("read");
        let again = Authority::open(dir.path(), start()).expect("authority");
        again
            .issue("case", start() + TimeDelta::days(19))
            .expect("issued");
        assert_eq!(fs::read(&one.certificate).expect("read"), first);
        again
            .issue("case", start() + TimeDelta::days(21))
            .expect("issued");
        assert_ne!(fs::read(&one.certificate).expect("read"), first);
    }

    #[test]
    fn a_certificate_verifies_against_its_authority_only() {
        let dir = tempfile::tempdir().expect("folder");
        let other = tempfile::tempdir().expect("folder");
        let authority = Authority::open(dir.path(), start()).expect("authority");
        let stranger = Authority::open(other.path(), start()).expect("authority");
        let partner = authority.issue_partner("police", start()).expect("issued");
        assert_eq!(
            names(&partner.certificate),
            ["uri:spiffe://accord/partner/police"]
        );
        for (trusted, expected) in [(&authority, true), (&stranger, false)] {
            let (ca, leaf) = (
                fs::read(trusted.certificate()).expect("ca"),
                fs::read(&partner.certificate).expect("leaf"),
            );
            let (_, ca) = x509_parser::pem::parse_x509_pem(&ca).expect("pem");
            let (_, leaf) = x509_parser::pem::parse_x509_pem(&leaf).expect("pem");
            let (ca, leaf) = (
                ca.parse_x509().expect("ca"),
                leaf.parse_x509().expect("leaf"),
            );
            assert_eq!(leaf.issuer() == ca.subject(), expected);
        }
    }

    #[test]
    fn the_edge_takes_further_host_names() {
        let dir = tempfile::tempdir().expect("folder");
        let authority = Authority::open(dir.path(), start()).expect("authority");
        let edge = authority
            .issue_edge(&["accord.example.org".to_owned()], start())
            .expect("issued");
        assert!(names(&edge.certificate).contains(&"dns:accord.example.org".to_owned()));
    }

    #[test]
    fn token_keys_and_key_ring_are_made_once() {
        let dir = tempfile::tempdir().expect("folder");
        let keys = token_keys(dir.path()).expect("keys");
        let (signing, public) = (
            fs::read(&keys.signing).expect("read"),
            fs::read(&keys.public).expect("read"),
        );
        assert!(signing.starts_with(b"-----BEGIN PRIVATE KEY-----"));
        assert!(public.starts_with(b"-----BEGIN PUBLIC KEY-----"));
        token_keys(dir.path()).expect("keys");
        assert_eq!(fs::read(&keys.signing).expect("read"), signing);
        let ring = key_ring(dir.path()).expect("ring");
        let first = fs::read(&ring).expect("read");
        let json: serde_json::Value = serde_json::from_slice(&first).expect("json");
        let key = base64::engine::general_purpose::STANDARD
            .decode(json["keys"]["k1"].as_str().expect("key"));
        assert_eq!(key.expect("base64").len(), 32);
        assert_eq!(
            fs::read(key_ring(dir.path()).expect("ring")).expect("read"),
            first
        );
    }
}
