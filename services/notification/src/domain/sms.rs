//! How many parts a text message is charged as.

/// Characters of the GSM 03.38 alphabet that take one place (ASCII letters and digits are asked for apart).
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Those of its extension, which take two.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// Places that a character takes in GSM-7; `None` where the alphabet lacks it.
fn places(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Parts of a text: 160 places in one GSM-7 part and 153 in each of several; 70 and 67 UTF-16 units where one character
/// is not in that alphabet (`ux.md` 4).
pub fn parts(text: &str) -> usize {
    let of = |length: usize, one: usize, several: usize| if length <= one { 1 } else { length.div_ceil(several) };
    match text.chars().map(places).sum::<Option<usize>>() {
        Some(length) => of(length, 160, 153),
        None => of(text.encode_utf16().count(), 70, 67),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_both_alphabets() {
        for (text, expected) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ł".repeat(70), 1),
            ("ł".repeat(71), 2),
            (format!("{}\u{1f600}", "a".repeat(69)), 2),
        ] {
            assert_eq!(parts(&text), expected, "{} characters", text.chars().count());
        }
    }
}
