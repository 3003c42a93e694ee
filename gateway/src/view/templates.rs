//! The embedded layouts and components. Pages are embedded by [`super::registry`].

use super::registry::PAGES;

macro_rules! templates {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../templates/", $path))),)*]
    };
}

const LAYOUTS: &[(&str, &str)] = templates![
    "layout.html",
    "layout_public.html",
    "components/ui.html",
    "components/forms.html",
    "components/status.html",
    "components/records.html",
    "components/lists.html",
    "components/charts.html",
    "pages/refer/parts.html",
];

/// Name and source of every template, layouts first.
pub(super) fn all_templates() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    LAYOUTS.iter().chain(PAGES)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn collect(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("templates folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                collect(&path, root, found);
            } else {
                found.insert(
                    path.strip_prefix(root)
                        .expect("below root")
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }

    #[test]
    fn every_template_file_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut files = BTreeSet::new();
        collect(&root, &root, &mut files);
        let embedded: BTreeSet<String> = all_templates()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert_eq!(files, embedded, "add the page to view/registry.rs");
    }

    #[test]
    fn no_template_has_inline_style_or_script() {
        for (name, source) in all_templates() {
            let lower = source.to_lowercase();
            assert!(
                !lower.contains("style="),
                "{name}: no style attributes, use a class of app.css"
            );
            assert!(
                !lower.contains("<style"),
                "{name}: no style element, use app.css"
            );
            for event in [
                " onclick=",
                " onchange=",
                " onsubmit=",
                " onload=",
                "javascript:",
            ] {
                assert!(
                    !lower.contains(event),
                    "{name}: no script in attributes, use app.js"
                );
            }
            let inline = lower.matches("<script").count()
                - lower.matches("<script type=\"module\" src=").count();
            assert_eq!(
                inline,
                usize::from(*name == "layout.html"),
                "{name}: only the layout has one inline script"
            );
        }
    }
}
