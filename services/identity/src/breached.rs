//! Passwords that were seen in breaches, asked offline (ASVS 5.0: 6.2.12).
//!
//! A Bloom filter in a file, made from the public list of SHA-1 hashes. It is asked with a dozen small reads, never loaded. One in a
//! thousand good passwords is refused by chance; no breached one is let through.
//!
//! File: the 8 bytes `ACCORDB1`, number of bits and number of probes (each u64, little endian), then the bits.

use std::{
    fs::File,
    io::{self, BufRead, BufWriter, Write},
    os::unix::fs::FileExt,
    path::Path,
};

use aws_lc_rs::digest;
use platform::{Error, Result};

const MAGIC: &[u8; 8] = b"ACCORDB1";
const HEADER: u64 = 24;
/// For one false alarm in a thousand.
const BITS_EACH: u64 = 15;
const PROBES: u64 = 10;

/// The filter; without a file it knows none, and only the common passwords of the strength estimate are refused.
#[derive(Default)]
pub struct Breached(Option<Filter>);

struct Filter {
    file: File,
    bits: u64,
    probes: u64,
}

impl Breached {
    /// Opens the file; an empty path is no filter.
    ///
    /// # Errors
    /// `Internal` where the file is no filter.
    pub fn open(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Ok(Self::default());
        }
        let fault = |why: String| Error::fault(format!("{}: {why}", path.display()));
        let file = File::open(path).map_err(|e| fault(e.to_string()))?;
        let mut header = [0; HEADER as usize];
        file.read_exact_at(&mut header, 0).map_err(|e| fault(e.to_string()))?;
        let number = |at: usize| header.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
        let (bits, probes) = (number(8), number(16));
        let length = file.metadata().map_err(|e| fault(e.to_string()))?.len();
        let whole = header.starts_with(MAGIC) && bits > 0 && (1..=64).contains(&probes) && length == HEADER + bits.div_ceil(8);
        if whole { Ok(Self(Some(Filter { file, bits, probes }))) } else { Err(fault("is no filter, or not all of one".into())) }
    }

    /// Whether the password is in the list.
    ///
    /// # Errors
    /// `Unavailable` where the file cannot be read.
    pub fn holds(&self, password: &str) -> Result<bool> {
        let Some(filter) = &self.0 else { return Ok(false) };
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        for bit in places(hash.as_ref(), filter.bits, filter.probes) {
            let mut byte = [0];
            filter.file.read_exact_at(&mut byte, HEADER + bit / 8).map_err(|e| Error::unavailable(format!("the filter of breached passwords: {e}")))?;
            if byte[0] & (1 << (bit % 8)) == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The bits of a SHA-1 hash: two halves of it, combined.
fn places(hash: &[u8], bits: u64, probes: u64) -> impl Iterator<Item = u64> {
    let half = |at: usize| hash.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes);
    let (first, second) = (half(0), half(8) | 1);
    (0..probes).map(move |n| first.wrapping_add(n.wrapping_mul(second)) % bits)
}

/// Makes the file from lines `SHA1` or `SHA1:count`, hexadecimal; `expected` is about how many there are. Answers how many there were.
///
/// # Errors
/// Where a line is no hash, or a file cannot be read or written.
pub fn build(lines: impl BufRead, expected: u64, into: &Path) -> io::Result<u64> {
    let bits = expected.max(1).saturating_mul(BITS_EACH).next_multiple_of(8);
    let size = usize::try_from(bits / 8).map_err(io::Error::other)?;
    let mut filter = vec![0_u8; size];
    let mut count = 0;
    for line in lines.lines() {
        let line = line?;
        let text = line.split(':').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let hash = hex::decode(text).ok().filter(|h| h.len() == 20).ok_or_else(|| io::Error::other(format!("line {} is no SHA-1 hash", count + 1)))?;
        for bit in places(&hash, bits, PROBES) {
            if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| filter.get_mut(at)) {
                *byte |= 1 << (bit % 8);
            }
        }
        count += 1;
    }
    let mut file = BufWriter::new(File::create(into)?);
    file.write_all(MAGIC)?;
    file.write_all(&bits.to_le_bytes())?;
    file.write_all(&PROBES.to_le_bytes())?;
    file.write_all(&filter)?;
    file.flush()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha1(text: &str) -> String {
        hex::encode_upper(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref())
    }

    #[test]
    fn every_listed_password_is_found_and_hardly_another() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let list: String = (0..2_000).map(|n| format!("{}:{n}\r\n", sha1(&format!("listed {n}")))).collect();
        assert_eq!(build(list.as_bytes(), 2_000, file.path()).unwrap(), 2_000);
        let breached = Breached::open(file.path()).unwrap();
        assert!((0..2_000).all(|n| breached.holds(&format!("listed {n}")).unwrap()));
        let alarms = (0..10_000).filter(|n| breached.holds(&format!("other {n}")).unwrap()).count();
        assert!(alarms < 40, "{alarms} false alarms in 10,000");
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        assert!(!Breached::open(Path::new("")).unwrap().holds("anything").unwrap());
        let file = tempfile::NamedTempFile::new().unwrap();
        for content in [&b""[..], b"ACCORDB1", &[MAGIC.as_slice(), &80_u64.to_le_bytes(), &10_u64.to_le_bytes(), &[0; 9]].concat()] {
            std::fs::write(file.path(), content).unwrap();
            assert!(Breached::open(file.path()).is_err());
        }
        assert!(build(&b"password\n"[..], 1, file.path()).is_err());
    }
}
