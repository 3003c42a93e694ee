//! A throw-away certificate authority.

use std::path::{Path, PathBuf};

use platform::tls::{Identity, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd};

/// An authority whose files are in one folder.
pub struct Ca {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    /// A new authority; its certificate is `<folder>/ca.pem`.
    ///
    /// # Panics
    /// Where the folder cannot be written.
    pub fn new(folder: &Path) -> Self {
        platform::tls::install_crypto();
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Accord test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).expect("the authority's certificate");
        std::fs::write(folder.join("ca.pem"), certificate.pem()).expect("ca.pem");
        Self { folder: folder.to_owned(), issuer: Issuer::new(params, key) }
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Writes (again) the files of a service with the right names in its certificate.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub fn service(&self, name: &str) -> TlsFiles {
        self.write(name, &format!("spiffe://accord/service/{name}"), &format!("{name}.accord.internal"), false)
    }

    /// Writes the files of a partner system.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub fn partner(&self, name: &str) -> TlsFiles {
        self.write(&format!("partner-{name}"), &format!("spiffe://accord/partner/{name}"), &format!("{name}.partner.accord.internal"), false)
    }

    /// Writes files with any names, and a certificate that ended in 2020 where `expired`.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub fn write(&self, file: &str, uri: &str, dns: &str, expired: bool) -> TlsFiles {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, file);
        params.subject_alt_names = vec![SanType::DnsName(dns.try_into().expect("a DNS name")), SanType::URI(uri.try_into().expect("a URI"))];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        if expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let files = TlsFiles { certificate: self.folder.join(format!("{file}.pem")), private_key: self.folder.join(format!("{file}-key.pem")), ca: self.certificate() };
        std::fs::write(&files.private_key, key.serialize_pem()).expect("a private key");
        std::fs::write(&files.certificate, certificate.pem()).expect("a certificate");
        files
    }

    /// A service's certificate, loaded.
    ///
    /// # Panics
    /// Where its files cannot be written or read.
    pub fn identity(&self, name: &str) -> Identity {
        Identity::load(self.service(name)).expect("the service's certificate")
    }
}
