//! From a connection's certificate and a request's headers to a principal.

use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};
use uuid::Uuid;

use crate::{Error, Result, auth::principal::Principal, tls::PeerIdentity, tokens::{Claims, TokenVerifier}};

/// Header with the id of the event, job or request that makes a service call as itself.
pub const CAUSE: &str = "accord-cause";
/// Header with the tenant of that cause.
pub const TENANT: &str = "accord-tenant";
/// Header with the id of the request, the same through every service.
pub const REQUEST_ID: &str = "accord-request-id";
/// The one service that may call with a token which does not name it.
pub const GATEWAY: &str = "gateway";

/// Who calls, and with what they proved it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who calls.
    pub principal: Principal,
    /// The claims of their token; `None` for a workload.
    pub claims: Option<Claims>,
    /// The token itself, to forward.
    pub token: Option<Arc<str>>,
}

/// Finds out who calls `service`. A token counts only from the gateway or from a service that the token may reach;
/// without one the certificate alone speaks, together with the cause and its tenant.
///
/// # Errors
/// `Unauthenticated`; the log says why, the answer does not.
pub fn authenticate(headers: &HeaderMap, peer: &PeerIdentity, verifier: &TokenVerifier, service: &str) -> Result<Caller> {
    let refused = |why: &'static str| Error::unauthenticated().internal(why);
    let from = peer.service.as_deref().ok_or_else(|| refused("the peer's certificate names no service"))?;
    let cause = id(headers, CAUSE)?;
    let tenant = id(headers, TENANT)?;
    match (single(headers, AUTHORIZATION.as_str())?, cause, tenant) {
        (Some(header), None, None) => {
            let token = header.strip_prefix("Bearer ").ok_or_else(|| refused("authorization is no bearer token"))?;
            let claims = verifier.verify(token, service)?;
            if from != GATEWAY && !claims.reaches(from) {
                return Err(refused("the token was not made for the service that forwards it"));
            }
            Ok(Caller { principal: claims.principal()?, claims: Some(claims), token: Some(Arc::from(token)) })
        }
        (None, Some(cause), Some(tenant)) => Ok(Caller { principal: Principal::Workload { service: from.to_owned(), cause, tenant }, claims: None, token: None }),
        (None, None, None) => Err(refused("neither a token nor a cause")),
        _ => Err(refused("a token and a cause, or half a cause")),
    }
}

fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    match (first, second) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Error::unauthenticated().internal("a header of the caller is no text")),
        (Some(_), Some(_)) => Err(Error::unauthenticated().internal("a header of the caller is given twice")),
    }
}

fn id(headers: &HeaderMap, name: &str) -> Result<Option<Uuid>> {
    let Some(text) = single(headers, name)? else { return Ok(None) };
    Uuid::try_parse(text).map(Some).map_err(|_| Error::unauthenticated().internal("cause or tenant is no id"))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::{clock::Clock, tokens::{Mint, Strength, TokenKind, TokenSigner, generate_key_pair}};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn world() -> (TokenVerifier, String) {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (private, public) = generate_key_pair().unwrap();
        let mint = Mint {
            kind: TokenKind::User,
            subject: Uuid::from_u128(1),
            tenant: Uuid::from_u128(2),
            audience: vec!["case".into(), "referral".into()],
            epoch: 1,
            session: Some(Uuid::from_u128(3)),
            strength: Strength::TwoFactors,
        };
        let token = TokenSigner::from_pem(&private, clock.clone()).unwrap().mint(mint).unwrap();
        (TokenVerifier::from_pem(&public, clock).unwrap(), format!("Bearer {token}"))
    }

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn peer(service: Option<&str>) -> PeerIdentity {
        PeerIdentity { service: service.map(str::to_owned), ..PeerIdentity::default() }
    }

    #[test]
    fn a_token_counts_from_the_gateway_and_from_services_it_reaches() {
        let (verifier, token) = world();
        let headers = headers(&[("authorization", &token)]);
        for from in ["gateway", "referral", "case"] {
            let caller = authenticate(&headers, &peer(Some(from)), &verifier, "case").unwrap();
            assert_eq!(caller.principal.subject(), Some(Uuid::from_u128(1)));
        }
        for from in [Some("notification"), None] {
            assert!(authenticate(&headers, &peer(from), &verifier, "case").is_err());
        }
        assert!(authenticate(&headers, &peer(Some("gateway")), &verifier, "reporting").is_err());
    }

    #[test]
    fn a_partner_never_reaches_a_service_directly() {
        let (verifier, token) = world();
        let partner = PeerIdentity { partner: Some("police".into()), ..PeerIdentity::default() };
        assert!(authenticate(&headers(&[("authorization", &token)]), &partner, &verifier, "case").is_err());
    }

    #[test]
    fn a_workload_gives_cause_and_tenant() {
        let (verifier, _) = world();
        let caller = authenticate(&headers(&[(CAUSE, ID), (TENANT, ID)]), &peer(Some("notification")), &verifier, "case").unwrap();
        assert_eq!(caller.principal.label(), "workload:notification");
        for half in [headers(&[(CAUSE, ID)]), headers(&[(TENANT, ID)]), headers(&[(CAUSE, "x"), (TENANT, ID)]), headers(&[])] {
            assert!(authenticate(&half, &peer(Some("notification")), &verifier, "case").is_err());
        }
    }

    #[test]
    fn two_identities_are_none() {
        let (verifier, token) = world();
        let both = headers(&[("authorization", &token), (CAUSE, ID), (TENANT, ID)]);
        assert!(authenticate(&both, &peer(Some("gateway")), &verifier, "case").is_err());
        let mut twice = headers(&[("authorization", &token)]);
        twice.append("authorization", HeaderValue::from_str(&token).unwrap());
        assert!(authenticate(&twice, &peer(Some("gateway")), &verifier, "case").is_err());
    }
}
