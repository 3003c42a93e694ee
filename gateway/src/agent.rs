//! Browser and system in words of a closed list, so that people know their sessions again. No version, nothing that tells two people apart.

use http::{HeaderMap, header};

/// "Firefox on Windows"; empty where neither is known.
pub fn words(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match (browser(said), system(said)) {
        ("", "") => String::new(),
        (browser, "") => browser.to_owned(),
        ("", system) => format!("A browser on {system}"),
        (browser, system) => format!("{browser} on {system}"),
    }
}

/// The first that fits: later ones name themselves like earlier ones.
fn browser(said: &str) -> &'static str {
    let known = [("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    known.into_iter().find(|(part, _)| said.contains(part)).map_or("", |(_, word)| word)
}

fn system(said: &str) -> &'static str {
    let known = [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Macintosh", "Mac"), ("Linux", "Linux")];
    known.into_iter().find(|(part, _)| said.contains(part)).map_or("", |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_their_own_name() {
        let tell = |text: &str| words(&HeaderMap::from_iter([(header::USER_AGENT, text.parse().unwrap())]));
        assert_eq!(tell("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox on Windows");
        assert_eq!(tell("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0"), "Edge on Windows");
        assert_eq!(tell("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"), "Safari on iPhone");
        assert_eq!(tell("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"), "Chrome on Android");
        assert_eq!((tell("curl/8"), words(&HeaderMap::new())), (String::new(), String::new()));
    }
}
