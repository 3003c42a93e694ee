//! Takes protected marks out of the packages' stylesheets.

/// Typeface of GOV.UK in the packages' font stack, and what stands there for others.
const THEIRS: [&str; 2] = [
    "GDS Transport,arial,sans-serif",
    "\"GDS Transport\",arial,sans-serif",
];
const OURS: &str = "\"Helvetica Neue\",Helvetica,Arial,sans-serif";

/// Marks that may not be left.
const FORBIDDEN: [&str; 4] = ["GDS", "govuk-crest", "@font-face", "/assets/"];

/// An unbranded stylesheet whose addresses are relative to its own.
///
/// # Errors
/// The mark that is still in it: the package has changed and these rules must follow.
pub(super) fn stylesheet(css: &str) -> Result<String, &'static str> {
    let mut css = without_comments(css);
    while let Some(at) = css.find("@font-face") {
        remove_rule(&mut css, at);
    }
    // The crest is drawn by this rule of the footer only; we have a footer of our own.
    let mut from = 0;
    while let Some(found) = css[from..].find(".govuk-footer__copyright-logo") {
        let at = from + found;
        let start = css[..at].rfind(['{', '}']).map_or(0, |brace| brace + 1);
        remove_rule(&mut css, start);
        from = start;
    }
    for theirs in THEIRS {
        css = css.replace(theirs, OURS);
    }
    let css = css.replace("/assets/images/", "images/");
    FORBIDDEN
        .into_iter()
        .find(|mark| css.contains(mark))
        .map_or(Ok(css), Err)
}

/// A script without the pointer to its source map, which is not served.
pub(super) fn script(js: &str) -> String {
    js.rfind("//# sourceMappingURL=")
        .map_or(js, |at| &js[..at])
        .to_owned()
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Removes one rule without nested blocks that begins at `start`.
fn remove_rule(css: &mut String, start: usize) {
    let end = css[start..]
        .find('}')
        .map_or(css.len(), |brace| start + brace + 1);
    css.replace_range(start..end, "");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typeface_crest_and_addresses_are_replaced() {
        let css = "@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}.a{font-family:GDS Transport,arial,sans-serif}\
                   @media print{.govuk-footer__copyright-logo:before{background:url(/assets/images/govuk-crest.svg)}}\
                   .govuk-footer__copyright-logo,.govuk-footer__copyright-logo:hover{a:b}.c{background:url(/assets/images/icon-x.svg)}\
                   /*# sourceMappingURL=x.map */";
        assert_eq!(
            stylesheet(css).expect("clean"),
            ".a{font-family:\"Helvetica Neue\",Helvetica,Arial,sans-serif}@media print{}.c{background:url(images/icon-x.svg)}"
        );
    }

    #[test]
    fn a_mark_at_an_unknown_place_is_reported() {
        assert_eq!(
            stylesheet(".x{background:url(/assets/other/govuk-crest.svg)}"),
            Err("govuk-crest")
        );
        assert_eq!(stylesheet(".x{font:1em GDS Transport}"), Err("GDS"));
    }

    #[test]
    fn scripts_lose_their_source_map() {
        assert_eq!(script("let a;//# sourceMappingURL=a.map"), "let a;");
    }
}
