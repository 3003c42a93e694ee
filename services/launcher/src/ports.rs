//! Loopback ports for private servers.

use anyhow::{Result, bail};
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::time::Duration;

/// Where private servers are given their ports: below the kernel's ephemeral range (from 32768 on), so that no outgoing
/// connection takes a remembered port while its server is stopped.
const RANGE: Range<u16> = 20_000..32_000;

/// How many random ports are tried before the machine counts as full.
const ATTEMPTS: usize = 2_000;

/// Whether a server could listen on this loopback port now.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether something answers on this loopback port now.
pub fn is_served(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Chooses a free loopback port that is not in `taken`, and adds it there.
///
/// # Errors
/// When no free port was found.
pub fn choose(taken: &mut HashSet<u16>) -> Result<u16> {
    for _ in 0..ATTEMPTS {
        let port = rand::random_range(RANGE);
        if !taken.contains(&port) && is_free(port) {
            taken.insert(port);
            return Ok(port);
        }
    }
    bail!(
        "no free port was found between {} and {}: stop some of the programs that listen there.",
        RANGE.start,
        RANGE.end
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listened_port_is_not_free_and_a_chosen_one_is() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bind");
        let held = listener.local_addr().expect("address").port();
        assert!(!is_free(held));
        assert!(is_served(held));
        let mut taken = HashSet::new();
        let port = choose(&mut taken).expect("a port");
        assert!(RANGE.contains(&port));
        assert!(taken.contains(&port));
    }

    #[test]
    fn chosen_ports_differ() {
        let mut taken = HashSet::new();
        for _ in 0..20 {
            choose(&mut taken).expect("a port");
        }
        assert_eq!(taken.len(), 20);
    }
}
