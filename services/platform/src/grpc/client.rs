//! Channels to the other services: mutual TLS with the current certificate at each new connection.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, atomic::{AtomicUsize, Ordering}},
    time::Duration,
};

use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::{net::{TcpStream, lookup_host}, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::peer::PeerChannel;
use crate::{Error, Result, config::PeersSection, tls::{DNS_SUFFIX, Identity}};

/// Time for a new connection, handshake included.
const CONNECT: Duration = Duration::from_secs(3);
/// Silence after which a peer is asked whether it is there, and time for its answer.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// Connections to each service. Each goes to the next of its addresses, so that several processes share the load.
const CONNECTIONS: usize = 2;

/// The channels of one service to all others; clones share them.
#[derive(Clone)]
pub struct Peers(Arc<HashMap<&'static str, Peer>>);

struct Peer {
    channels: Vec<Channel>,
    next: AtomicUsize,
}

impl Peers {
    /// Makes the channels of the services that have an address. Connections are made at the first call and again
    /// whenever one is lost, each with the certificate that is current then.
    ///
    /// Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// `Internal` where a name does not fit into a host name.
    pub fn connect(section: &PeersSection, identity: &Identity) -> Result<Self> {
        let addresses = [
            ("identity", &section.identity),
            ("referral", &section.referral),
            ("case", &section.case),
            ("notification", &section.notification),
            ("reporting", &section.reporting),
        ];
        let mut peers = HashMap::new();
        for (name, address) in addresses.into_iter().filter(|(_, address)| !address.is_empty()) {
            let turn = Arc::new(AtomicUsize::new(0));
            let channels = (0..CONNECTIONS).map(|_| channel(name, address, identity, turn.clone())).collect::<Result<_>>()?;
            peers.insert(name, Peer { channels, next: AtomicUsize::new(0) });
        }
        Ok(Self(Arc::new(peers)))
    }

    /// A channel to the service. Ask again for each call or for each handler: the answers take turns.
    ///
    /// # Errors
    /// `Unavailable` where the configuration has no address of the service.
    pub fn channel(&self, name: &str) -> Result<PeerChannel> {
        let peer = self.0.get(name).ok_or_else(|| Error::unavailable(format!("peers.{name} has no address")))?;
        let turn = peer.next.fetch_add(1, Ordering::Relaxed);
        Ok(peer.channels[turn % peer.channels.len()].clone().into())
    }
}

fn channel(name: &'static str, address: &str, identity: &Identity, turn: Arc<AtomicUsize>) -> Result<Channel> {
    let host = format!("{name}.{DNS_SUFFIX}");
    let server = ServerName::try_from(host.clone()).map_err(|e| Error::fault(format!("peers.{name}: {e}")))?;
    // The scheme is plain for tonic: the connector below makes the TLS.
    let endpoint = Endpoint::from_shared(format!("http://{host}"))
        .map_err(|e| Error::fault(format!("peers.{name}: {e}")))?
        .http2_keep_alive_interval(KEEP_ALIVE.0)
        .keep_alive_timeout(KEEP_ALIVE.1);
    let (address, identity) = (Arc::<str>::from(address), identity.clone());
    Ok(endpoint.connect_with_connector_lazy(service_fn(move |_: http::Uri| {
        let (address, identity, server) = (address.clone(), identity.clone(), server.clone());
        let first = turn.fetch_add(1, Ordering::Relaxed);
        async move {
            let connecting = connect(&address, first, &identity, server);
            timeout(CONNECT, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map(TokioIo::new)
        }
    })))
}

/// Connects to one of the addresses behind a name, starting with another one each time.
async fn connect(address: &str, first: usize, identity: &Identity, server: ServerName<'static>) -> io::Result<TlsStream<TcpStream>> {
    let mut found: Vec<_> = lookup_host(address).await?.collect();
    found.sort_unstable();
    if !found.is_empty() {
        let by = first % found.len();
        found.rotate_left(by);
    }
    let tcp = TcpStream::connect(found.as_slice()).await?;
    tcp.set_nodelay(true)?;
    TlsConnector::from(identity.client()).connect(server, tcp).await
}
