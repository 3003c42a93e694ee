//! Where a request comes from: the peer of the connection, or, behind a proxy that is named in the configuration, the
//! address that this proxy saw. The header of anybody else is not read, so that nobody chooses their own address.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The address to count and throttle by. Of `X-Forwarded-For` the last entry counts that no trusted proxy wrote as its
/// own: everything before it may be invented by the browser. What cannot be read counts as the peer.
pub fn source(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> SocketAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    if !is_trusted(peer.ip()) {
        return peer;
    }
    let mut entries = Vec::new();
    for line in headers.get_all("x-forwarded-for") {
        let Ok(line) = line.to_str() else { return peer };
        entries.extend(line.split(',').map(str::trim));
    }
    let mut found = peer.ip();
    for entry in entries.into_iter().rev() {
        let Ok(address) = entry.parse::<IpAddr>() else { return peer };
        found = address.to_canonical();
        if !is_trusted(found) {
            break;
        }
    }
    SocketAddr::new(found, peer.port())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        source(SocketAddr::new(peer.parse().unwrap(), 443), &headers, &trusted).ip().to_string()
    }

    #[test]
    fn a_header_counts_from_a_trusted_proxy_only() {
        assert_eq!(seen("203.0.113.5", &["198.51.100.7"]), "203.0.113.5");
        assert_eq!(seen("10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("::ffff:10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_a_browser_sent_itself_does_not_count() {
        assert_eq!(seen("10.1.2.3", &["127.0.0.1, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["127.0.0.1", "198.51.100.7, 10.9.9.9"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["rubbish, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["198.51.100.7, rubbish"]), "10.1.2.3");
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        assert_eq!(source(peer, &headers, &[]), peer);
    }
}
