//! Recovery codes: each lets somebody in once who has the password and not the authenticator (ASVS 5.0: 6.5.2).

use data_encoding::BASE32_NOPAD;

/// Codes that are made at a time.
pub const COUNT: usize = 10;
/// Random bytes of a code: 80 bits, too many to try, so that a plain hash keeps them.
pub const BYTES: usize = 10;
/// Characters of a code.
const LENGTH: usize = 16;

/// A code as it is shown: four groups of four letters and digits.
pub fn shown(bytes: &[u8; BYTES]) -> String {
    let text = BASE32_NOPAD.encode(bytes);
    let groups: Vec<&str> = (0..LENGTH / 4).filter_map(|n| text.get(n * 4..n * 4 + 4)).collect();
    groups.join("-")
}

/// What is hashed of a code as somebody typed it: without spaces and hyphens, in capitals, with 0 and 1 read as the letters that
/// they look like. `None` for what cannot be one.
pub fn typed(text: &str) -> Option<String> {
    let tidy: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            '0' => 'O',
            '1' => 'I',
            c => c,
        })
        .take(LENGTH + 1)
        .collect();
    let fits = tidy.len() == LENGTH && tidy.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    fits.then_some(tidy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = shown(&[0xA5; BYTES]);
        assert_eq!(code.len(), 19);
        let tidy = typed(&code).unwrap();
        for other in [code.to_lowercase(), code.replace('-', " "), format!(" {} ", code.replace('-', ""))] {
            assert_eq!(typed(&other).as_ref(), Some(&tidy), "{other}");
        }
        assert_eq!(typed("0000-1111-AAAA-2222").as_deref(), Some("OOOOIIIIAAAA2222"));
        for bad in ["", "123456", "AAAA-AAAA-AAAA-AAA", "AAAA-AAAA-AAAA-AAAAA", "AAAA-AAAA-AAAA-AAA8", "ÄAAA-AAAA-AAAA-AAAA"] {
            assert_eq!(typed(bad), None, "{bad}");
        }
    }
}
