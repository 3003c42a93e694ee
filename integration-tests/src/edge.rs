//! The partner edge as a partner's system sees it, and how bytes are sent to any gRPC method.

use std::{io, path::PathBuf};

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use platform::tls::{Identity, PeerIdentity, TlsFiles};
use prost::Message;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::{
    Request, Status,
    client::{Grpc, GrpcService},
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::{Channel, Endpoint},
};

use crate::{demo::Account, rpc::TIME, stack::Stack};

/// The public way of a partner system: the edge, with its certificate.
pub struct Edge(Channel);

impl Edge {
    /// A connection to the edge of a stack.
    ///
    /// # Panics
    /// Where the certificate cannot be read.
    pub fn new(stack: &Stack, account: &Account) -> Self {
        let identity = identity(stack, account.certificate.clone(), account.key.clone());
        let url: url::Url = stack.demo.grpc.parse().expect("the edge's address");
        let address = ("127.0.0.1", url.port().expect("the edge's port"));
        let endpoint = Endpoint::from_static("http://localhost");
        Self(
            endpoint.connect_with_connector_lazy(tower::service_fn(move |_: http::Uri| {
                let tls = TlsConnector::from(identity.client());
                async move {
                    let tcp = TcpStream::connect(address).await?;
                    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
                    tls.connect(name, tcp).await.map(TokioIo::new)
                }
            })),
        )
    }

    /// Calls `package.Service/Method` (below `accord.`).
    ///
    /// # Errors
    /// The edge's or the service's.
    pub async fn ask<A: Message + Default>(
        &self,
        method: &str,
        message: &impl Message,
    ) -> Result<A, Status> {
        let answer = unary(
            self.0.clone(),
            &format!("/accord.{method}"),
            plain(message.encode_to_vec().into()),
        )
        .await?;
        A::decode(answer).map_err(|e| Status::internal(e.to_string()))
    }

    /// [`Edge::ask`] with headers of the caller's own.
    ///
    /// # Errors
    /// As [`Edge::ask`].
    ///
    /// # Panics
    /// Where a header is none.
    pub async fn ask_with<A: Message + Default>(
        &self,
        headers: &[(&'static str, &str)],
        method: &str,
        message: &impl Message,
    ) -> Result<A, Status> {
        let mut request = plain(message.encode_to_vec().into());
        for (name, value) in headers {
            let value = value.parse().expect("a header's value");
            request.metadata_mut().insert(*name, value);
        }
        let answer = unary(self.0.clone(), &format!("/accord.{method}"), request).await?;
        A::decode(answer).map_err(|e| Status::internal(e.to_string()))
    }
}

pub(crate) fn plain(message: Bytes) -> Request<Bytes> {
    let mut request = Request::new(message);
    request.set_timeout(TIME);
    request
}

pub(crate) async fn unary<C>(
    channel: C,
    path: &str,
    request: Request<Bytes>,
) -> Result<Bytes, Status>
where
    C: GrpcService<tonic::body::Body>,
    C::ResponseBody: http_body::Body<Data = Bytes> + Send + 'static,
    <C::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let path = PathAndQuery::try_from(path).map_err(|e| Status::internal(e.to_string()))?;
    let mut client = Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|e| Status::unavailable(e.into().to_string()))?;
    client
        .unary(request, path, Raw)
        .await
        .map(tonic::Response::into_inner)
}

pub(crate) fn identity(stack: &Stack, certificate: PathBuf, private_key: PathBuf) -> Identity {
    Identity::load(TlsFiles {
        certificate,
        private_key,
        ca: stack.demo.ca.clone(),
    })
    .expect("a certificate of the stack")
}

/// SHA-256 of a partner's certificate, in the words of the contract.
pub(crate) fn fingerprint(account: &Account) -> String {
    let certificate =
        CertificateDer::from_pem_file(&account.certificate).expect("the partner's certificate");
    data_encoding::HEXLOWER.encode(
        &PeerIdentity::of_certificate(&certificate)
            .expect("a partner's certificate")
            .fingerprint,
    )
}

/// Messages as bytes.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
