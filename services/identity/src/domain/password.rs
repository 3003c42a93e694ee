//! What a password must be (ASVS 5.0: 6.2): 12 to 128 characters of any kind, and not made of words that everybody
//! would try. No composition rules, no expiry; it is compared exactly as typed.

/// Fewest characters.
pub const SHORTEST: usize = 12;
/// Most characters.
pub const LONGEST: usize = 128;
/// Characters that must be left when every word of the deny list is taken out.
const OWN: usize = 5;
/// Shortest word of a context that is looked for.
const SHORTEST_WORD: usize = 4;

/// Cores of the passwords that lists of broken-into services show most, runs of keys, the product's own words and
/// British towns. Lower case, after [`fold`].
const WORDS: &[&str] = &[
    // common cores
    "password", "passwort", "passw", "passphrase", "welcome", "letmein", "iloveyou", "loveyou", "sunshine", "princess",
    "dragon", "monkey", "football", "baseball", "superman", "batman", "master", "shadow", "michael", "jennifer",
    "charlie", "jordan", "michelle", "daniel", "ashley", "jessica", "thomas", "andrew", "joshua", "george", "harley",
    "ranger", "buster", "soccer", "hockey", "killer", "pepper", "trustno1", "trustno", "starwars", "whatever",
    "computer", "internet", "freedom", "hello", "secret", "flower", "summer", "winter", "spring", "autumn", "cheese",
    "chocolate", "liverpool", "arsenal", "chelsea", "everton", "rangers", "celtic", "manchester", "tottenham",
    "newcastle", "england", "scotland", "wales", "ireland", "britain", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday",
    "thursday", "friday", "saturday", "sunday", "changeme", "change", "default", "login", "user", "guest", "admin",
    "administrator", "test", "temp", "qazwsx", "zaqwsx", "access", "baby", "angel", "lovely", "nicole", "samsung",
    "google", "facebook", "pokemon", "naruto", "minecraft", "blink", "family", "friend", "forever", "diamond",
    "orange", "purple", "yellow", "silver", "golden", "coffee", "banana", "cookie", "ginger", "tigger", "snoopy",
    // runs of keys
    "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "asdf", "zxcvbnm", "zxcvbn", "zxcv", "1q2w3e4r5t", "1q2w3e4r",
    "1qaz2wsx", "1qaz", "2wsx", "q1w2e3r4", "abcdefghijklm", "abcdefgh", "abcdef", "abcd", "abc",
    "12345678910", "0123456789", "1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "123",
    "9876543210", "987654321", "654321", "54321", "4321", "321", "2020", "2021", "2022", "2023", "2024", "2025", "2026",
    "2027", "2028",
    // the product and its field
    "accord", "restorative", "justice", "victim", "witness", "referral", "facilitator", "mediation", "police",
    "probation", "commissioner", "partnership", "casework", "caseworker", "harmed", "harmer", "service", "office",
    // towns and counties
    "london", "birmingham", "leeds", "sheffield", "bradford", "bristol", "leicester", "coventry", "nottingham",
    "derby", "stoke", "wolverhampton", "plymouth", "southampton", "portsmouth", "reading", "norwich", "luton",
    "brighton", "oxford", "cambridge", "york", "exeter", "gloucester", "worcester", "lincoln", "chester", "durham",
    "lancaster", "carlisle", "preston", "blackpool", "bolton", "oldham", "sunderland", "middlesbrough", "hull",
    "peterborough", "ipswich", "colchester", "chelmsford", "swindon", "bath", "cardiff", "swansea", "newport",
    "edinburgh", "glasgow", "aberdeen", "dundee", "belfast", "derry", "cheshire", "cumbria", "devon", "dorset",
    "cornwall", "essex", "kent", "surrey", "sussex", "norfolk", "suffolk", "somerset", "wiltshire", "hampshire",
    "hertfordshire", "bedfordshire", "staffordshire", "warwickshire", "northampton", "lancashire", "merseyside",
    "cleveland", "northumbria", "thames", "avon", "humberside", "yorkshire", "derbyshire", "leicestershire", "shire",
];

/// Strength from which a password may be taken.
pub const STRONG_ENOUGH: u8 = 3;
/// What is said of one that is easily guessed.
pub const GUESSABLE: &str = "Choose a password that is harder to guess. It must not be made of common passwords, your own or your \
     organisation's name, the name of this service, or places. Three random words work well.";
/// What is said of one that criminals have.
pub const BREACHED: &str = "This password was found in a data breach of another service, so criminals may have it. Choose another one. \
     If you use it elsewhere, change it there too.";

/// How strong a password is, 0 to 4: by how many guesses it takes who knows the common passwords (the 30,000 most used, names, English
/// words, keys side by side, dates) and `context`.
pub fn strength(password: &str, context: &[&str]) -> u8 {
    let words: Vec<String> = context.iter().flat_map(|c| words_of(c)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    u8::from(zxcvbn::zxcvbn(password, &words).score())
}

/// Says what is wrong with a password, in words for the person who chose it; `None` where it is good.
///
/// `context` holds what an attacker knows of the account: the tenant's name and slug, the person's name and address.
pub fn mistake(password: &str, context: &[&str]) -> Option<&'static str> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some("Your password must be at least 12 characters long. Three random words work well.");
    }
    if length > LONGEST {
        return Some("Your password must be 128 characters or fewer.");
    }
    let folded = fold(password);
    let mut words: Vec<String> = context.iter().flat_map(|c| words_of(c)).collect();
    words.extend(WORDS.iter().map(|w| (*w).to_owned()));
    words.sort_by_key(|w| std::cmp::Reverse(w.len()));
    words.dedup();
    let left = without(&folded, &words);
    let mut different: Vec<char> = left.chars().collect();
    different.sort_unstable();
    different.dedup();
    (different.len() < OWN).then_some(GUESSABLE)
}

/// Words of a name or address that are long enough to look for.
fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(fold).filter(|w| w.chars().count() >= SHORTEST_WORD).collect()
}

/// Lower case letters and digits, with the usual exchanges of signs for letters undone.
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            '@' => Some('a'),
            '$' => Some('s'),
            '!' => Some('i'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

/// The text without any of the words, the longest first; also with 0, 1, 3, 4, 5 and 7 read as letters.
fn without(folded: &str, words: &[String]) -> String {
    let mut left = folded.to_owned();
    for word in words {
        left = left.replace(word.as_str(), "");
    }
    let letters: String = left
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            c => c,
        })
        .collect();
    let mut unleeted = letters;
    for word in words {
        unleeted = unleeted.replace(word.as_str(), "");
    }
    if unleeted.len() < left.len() { unleeted } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: &[&str] = &["Northmoor Restorative Partnership", "northmoor", "Ada Quill", "ada.quill@northmoor.example.org"];

    #[test]
    fn length_is_counted_in_characters() {
        assert!(mistake("kelpvioloxi", CONTEXT).is_some_and(|m| m.contains("at least 12")));
        assert_eq!(mistake("kelp violoxi", CONTEXT), None);
        let long: String = "kelp violoxi dune ".chars().cycle().take(128).collect();
        assert_eq!(mistake(&long, CONTEXT), None);
        assert!(mistake(&format!("{long}x"), CONTEXT).is_some_and(|m| m.contains("128")));
        assert_eq!(mistake("żółć gęślą jaźń", CONTEXT), None, "letters of any script");
    }

    #[test]
    fn there_are_no_composition_rules() {
        for good in ["correct horse battery staple", "kestrel marble thunder", "8372619504837261", "blue lamp under seven hills"] {
            assert_eq!(mistake(good, CONTEXT), None, "{good}");
        }
    }

    #[test]
    fn common_passwords_are_refused_however_they_are_dressed() {
        for bad in [
            "password1234", "Password2024!", "P@ssw0rd123456", "qwertyuiop123", "123456789012", "aaaaaaaaaaaa", "abcabcabcabc", "Welcome2025!!",
            "iloveyou1234", "LetMeIn123456", "Summer2024Summer", "liverpool1234", "1q2w3e4r5t6y",
        ] {
            assert!(mistake(bad, CONTEXT).is_some(), "{bad}");
        }
    }

    #[test]
    fn words_that_an_attacker_knows_are_no_secret() {
        for bad in ["northmoor2024", "Accord-Justice-1", "ada.quill.1234", "restorativejustice", "Northmoor Partnership", "LeicesterPolice1"] {
            assert!(mistake(bad, CONTEXT).is_some(), "{bad}");
        }
        assert_eq!(mistake("northmoor kelp violoxi", CONTEXT), None, "what is left is long enough");
    }
}
