//! The two public listeners: TLS with live reload, a drain and a hard deadline.

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::{rt::{TokioExecutor, TokioIo, TokioTimer}, server::conn::auto};
use platform::lifecycle::Shutdown;
use rustls::{RootCertStore, ServerConfig, pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject}, server::WebPkiClientVerifier};
use tokio::{net::{TcpListener, TcpStream}, time::timeout};
use tokio_rustls::TlsAcceptor;

/// Time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Time for a request's headers to arrive.
const HEADERS: Duration = Duration::from_secs(10);
/// Time for the answers in progress when the process stops.
const GRACE: Duration = Duration::from_secs(10);

/// The files of a listener's certificate.
#[derive(Clone, Debug)]
pub struct PublicTls {
    /// PEM chain.
    pub certificate: PathBuf,
    /// PEM key.
    pub private_key: PathBuf,
    /// PEM authorities that clients' certificates come from; `None` asks for no certificate.
    pub client_ca: Option<PathBuf>,
    /// Protocols, in the order of preference.
    pub alpn: &'static [&'static str],
}

impl PublicTls {
    fn read(&self) -> platform::Result<ServerConfig> {
        let broken = |file: &PathBuf, why: &dyn std::fmt::Display| platform::Error::fault(format!("{}: {why}", file.display()));
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|e| broken(&self.certificate, &e))?;
        let key = PrivateKeyDer::from_pem_file(&self.private_key).map_err(|e| broken(&self.private_key, &e))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]).map_err(|e| broken(&self.certificate, &e))?;
        let mut config = match &self.client_ca {
            None => builder.with_no_client_auth().with_single_cert(chain, key),
            Some(file) => {
                let mut roots = RootCertStore::empty();
                for authority in CertificateDer::pem_file_iter(file).map_err(|e| broken(file, &e))? {
                    roots.add(authority.map_err(|e| broken(file, &e))?).map_err(|e| broken(file, &e))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(|e| broken(file, &e))?;
                builder.with_client_cert_verifier(verifier).with_single_cert(chain, key)
            }
        }
        .map_err(|e| broken(&self.certificate, &e))?;
        config.alpn_protocols = self.alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
        if self.client_ca.is_some() {
            // A resumed session's client certificate is not verified again.
            config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(config)
    }

    fn files(&self) -> Vec<PathBuf> {
        [Some(self.certificate.clone()), Some(self.private_key.clone()), self.client_ca.clone()].into_iter().flatten().collect()
    }
}


/// What a handler learns of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Address of the other end.
    pub address: SocketAddr,
    /// Its verified certificate, where one was asked for.
    pub certificate: Option<Arc<[u8]>>,
}

/// Serves until the stop drains.
///
/// # Errors
/// Where the certificate cannot be read at the start; later a broken file is logged and the one before stays in use.
pub fn serve<F, C, B>(tls: PublicTls, listener: TcpListener, shutdown: &Shutdown, handler: F) -> platform::Result<()>
where
    F: Fn(Peer, Request<Incoming>) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Response<B>> + Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let current = Arc::new(ArcSwap::from_pointee(tls.read()?));
    let reloaded = current.clone();
    shutdown.watch_files(tls.files(), move || match tls.read() {
        Ok(config) => reloaded.store(Arc::new(config)),
        Err(error) => tracing::warn!(?error, "public certificate not reloaded; the one before stays in use"),
    });
    let stop = shutdown.clone();
    shutdown.spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.draining() => return,
            };
            match accepted {
                Ok((tcp, address)) => {
                    stop.spawn(connection(current.load_full(), tcp, address, stop.clone(), handler.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    });
    Ok(())
}

async fn connection<F, C, B>(config: Arc<ServerConfig>, tcp: TcpStream, address: SocketAddr, stop: Shutdown, handler: F)
where
    F: Fn(Peer, Request<Incoming>) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Response<B>> + Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let _ = tcp.set_nodelay(true);
    let Ok(Ok(tls)) = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(tcp)).await else { return };
    let certificate = tls.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|c| Arc::<[u8]>::from(c.as_ref()));
    let peer = Peer { address, certificate };
    let service = hyper::service::service_fn(move |request| {
        let answer = handler(peer.clone(), request);
        async move { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(200).keep_alive_interval(Duration::from_secs(20)).max_header_list_size(16 * 1024);
    let connection = builder.serve_connection(TokioIo::new(tls), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.draining() => {
            connection.as_mut().graceful_shutdown();
            match timeout(GRACE, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended with an error");
    }
}
