//! Stylesheets, scripts and icons: made once at start from the web packages and our own files, kept in memory, served under
//! an address that changes with their content.
//!
//! The packages' stylesheets are unbranded on the way: who is not on GOV.UK may not use its typeface or crest.

mod unbrand;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path as UrlPath;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};

use crate::view::engine::{ViewError, read_text};

const GOVUK: &str = "node_modules/govuk-frontend/dist/govuk";
const MOJ: &str = "node_modules/@ministryofjustice/frontend/moj";

/// Our own files, part of the program.
const OWN: &[(&str, &[u8])] = &[
    ("app.css", include_bytes!("../assets/app.css")),
    ("app.js", include_bytes!("../assets/app.js")),
    ("favicon.svg", include_bytes!("../assets/favicon.svg")),
    ("favicon-48.png", include_bytes!("../assets/favicon-48.png")),
    (
        "favicon-180.png",
        include_bytes!("../assets/favicon-180.png"),
    ),
    ("manifest.json", include_bytes!("../assets/manifest.json")),
    ("licences.txt", include_bytes!("../assets/licences.txt")),
];

/// All static files by name.
pub struct Assets {
    files: BTreeMap<String, Bytes>,
    hash: String,
}

impl Assets {
    /// Reads and unbrands the packages.
    ///
    /// # Errors
    /// [`ViewError`] when a package is missing or still carries a protected mark afterwards.
    pub fn load(packages: &Path) -> Result<Self, ViewError> {
        let mut files: BTreeMap<String, Bytes> = OWN
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes)))
            .collect();
        for (folder, name) in [(GOVUK, "govuk-frontend.min"), (MOJ, "moj-frontend.min")] {
            let folder = packages.join(folder);
            let css = unbrand::stylesheet(&read_text(&folder.join(format!("{name}.css")))?)
                .map_err(|mark| {
                    ViewError::Unexpected(format!("{name}.css still contains {mark}"))
                })?;
            let js = unbrand::script(&read_text(&folder.join(format!("{name}.js")))?);
            files.insert(format!("{name}.css"), css.into());
            files.insert(format!("{name}.js"), js.into());
        }
        let images = packages.join(MOJ).join("assets/images");
        let failed = |source| ViewError::Packages {
            path: images.clone(),
            source,
        };
        for entry in fs::read_dir(&images).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("icon-") && name.ends_with(".svg") {
                files.insert(
                    format!("images/{name}"),
                    fs::read(entry.path()).map_err(failed)?.into(),
                );
            }
        }
        let hash = content_hash(&files);
        Ok(Self { files, hash })
    }

    /// Start of every asset's address, without a slash at the end.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("/assets/{}", self.hash)
    }

    /// A file's bytes and type.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<(Bytes, &'static str)> {
        self.files
            .get(name)
            .map(|bytes| (bytes.clone(), content_type(name)))
    }

    /// Route `/assets/{hash}/{name}`. An address with another hash belongs to another release: not found.
    pub fn router<S: Clone + Send + Sync + 'static>(self: Arc<Self>) -> Router<S> {
        let serve = move |UrlPath((hash, name)): UrlPath<(String, String)>| {
            let assets = Arc::clone(&self);
            async move { assets.respond(&hash, &name) }
        };
        Router::new().route("/assets/{hash}/{*name}", get(serve))
    }

    fn respond(&self, hash: &str, name: &str) -> Response {
        match self.get(name).filter(|_| hash == self.hash) {
            Some((bytes, kind)) => cached(bytes, kind),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// The tenant's theme as a response; its address carries the version, so it may be kept.
#[must_use]
pub fn theme_response(colour: crate::view::BrandColour) -> Response {
    cached(colour.stylesheet().into(), content_type("theme.css"))
}

fn cached(body: Bytes, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, body).into_response()
}

fn content_hash(files: &BTreeMap<String, Bytes>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for (name, bytes) in files {
        context.update(name.as_bytes());
        context.update(&[0]);
        context.update(bytes);
    }
    hex::encode(&context.finish().as_ref()[..8])
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::engine::test_packages;

    #[test]
    fn nothing_that_is_served_carries_a_protected_mark() {
        let assets = Assets::load(&test_packages()).expect("assets");
        for name in ["govuk-frontend.min.css", "moj-frontend.min.css", "app.css"] {
            let (bytes, _) = assets.get(name).expect("served");
            let css = std::str::from_utf8(&bytes).expect("text");
            for mark in [
                "GDS",
                "govuk-crest",
                "@font-face",
                "/assets/",
                "sourceMappingURL",
                "moj-logotype",
            ] {
                assert!(!css.contains(mark), "{name} contains {mark}");
            }
            for url in css.split("url(").skip(1) {
                let url = url
                    .split(')')
                    .next()
                    .unwrap_or_default()
                    .trim_matches(['"', '\'']);
                assert!(
                    url.starts_with("data:") || assets.get(url).is_some(),
                    "{name} asks for {url}"
                );
            }
        }
        assert!(
            assets
                .files
                .keys()
                .all(|name| !name.contains("crest") && !name.contains("font"))
        );
    }

    #[test]
    fn addresses_of_other_releases_are_not_found() {
        let assets = Assets::load(&test_packages()).expect("assets");
        let good = assets.respond(&assets.hash, "app.css");
        assert_eq!(good.status(), StatusCode::OK);
        assert_eq!(
            good.headers()[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(
            assets.respond("0000", "app.css").status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            assets.respond(&assets.hash, "../Cargo.toml").status(),
            StatusCode::NOT_FOUND
        );
    }

    #[test]
    fn missing_packages_say_what_to_do() {
        let error = Assets::load(Path::new("/nonexistent"))
            .err()
            .expect("refused");
        assert!(error.to_string().contains("./accord up"), "{error}");
    }
}
