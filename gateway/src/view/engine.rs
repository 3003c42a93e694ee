//! The template engine: the ported GOV.UK components, our own templates and the filters for dates and labels.
//!
//! Everything is read and compiled once at start, so that a broken template stops the start and not a page.

use std::fs;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter,
};

use super::filters;
use super::templates::all_templates;

/// Why the view layer could not start. The text says what the operator has to do.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// A folder or file of the web packages is not there or cannot be read.
    #[error(
        "the web packages are not complete: cannot read {path} ({source}). Install them with `./accord up` or set `web.packages` to the folder that holds them"
    )]
    Packages {
        /// File or folder that was wanted.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A package is there but not as this version of the gateway expects it.
    #[error("the web packages do not fit this version: {0}")]
    Unexpected(String),
    /// A template does not compile.
    #[error("template {name} does not compile: {source}")]
    Template {
        /// Name of the template.
        name: String,
        /// The engine's explanation.
        source: minijinja::Error,
    },
    /// The engine refused its configuration.
    #[error("the template engine refused its configuration: {0}")]
    Engine(#[from] minijinja::Error),
}

/// Reads a text file of the web packages.
///
/// # Errors
/// [`ViewError::Packages`] when it cannot be read.
pub(crate) fn read_text(path: &Path) -> Result<String, ViewError> {
    fs::read_to_string(path).map_err(|source| ViewError::Packages {
        path: path.to_path_buf(),
        source,
    })
}

/// Prefix under which the ported components import each other.
const PORT: &str = "govuk_frontend_jinja";

/// Builds the environment of all pages from the folder of web packages and the embedded templates.
///
/// `Chainable` is what the ported macros need (they look up parameters that were not given); the strict test of
/// [`super::registry`] finds the misspelt names that it would hide.
///
/// # Errors
/// [`ViewError`] when a package is missing or a template does not compile.
pub fn environment(packages: &Path) -> Result<Environment<'static>, ViewError> {
    let mut env = bare_environment(packages)?;
    for (name, source) in all_templates() {
        add(&mut env, (*name).to_owned(), (*source).to_owned())?;
    }
    Ok(env)
}

/// The environment with the ported components only.
pub(crate) fn bare_environment(packages: &Path) -> Result<Environment<'static>, ViewError> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_formatter(write_escaped);
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    env.add_filter("length", |value: Value| -> usize {
        value.len().unwrap_or(0)
    });
    env.add_global("undefined", Value::UNDEFINED);
    env.add_global("null", Value::from(()));
    filters::register(&mut env);

    let root = packages.join("jinja").join(PORT);
    add_folder(&mut env, &root.join("macros"), &format!("{PORT}/macros"))?;
    add_folder(
        &mut env,
        &root.join("components"),
        &format!("{PORT}/components"),
    )?;
    Ok(env)
}

/// Escapes what has a meaning in text and quoted attributes. The engine's own also escapes the slash, which makes every
/// address in a page unreadable and protects nothing there.
fn write_escaped(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    // An absent optional value is nothing to read.
    if value.is_none() {
        return Ok(());
    }
    match value.as_str() {
        Some(text) if !value.is_safe() && *state.auto_escape() == AutoEscape::Html => {
            let mut rest = text;
            while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
                out.write_str(&rest[..at])?;
                out.write_str(match rest.as_bytes()[at] {
                    b'&' => "&amp;",
                    b'<' => "&lt;",
                    b'>' => "&gt;",
                    b'"' => "&quot;",
                    _ => "&#39;",
                })?;
                rest = &rest[at + 1..];
            }
            Ok(out.write_str(rest)?)
        }
        _ => escape_formatter(out, state, value),
    }
}

fn add(env: &mut Environment<'static>, name: String, source: String) -> Result<(), ViewError> {
    env.add_template_owned(name.clone(), source)
        .map_err(|source| ViewError::Template { name, source })
}

fn add_folder(
    env: &mut Environment<'static>,
    folder: &Path,
    prefix: &str,
) -> Result<(), ViewError> {
    let failed = |source| ViewError::Packages {
        path: folder.to_path_buf(),
        source,
    };
    let mut entries = fs::read_dir(folder)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            add_folder(env, &path, &name)?;
        } else if name.ends_with(".html") {
            add(env, name, read_text(&path)?)?;
        }
    }
    Ok(())
}

/// Folder of the web packages in a source checkout; tests read it.
#[cfg(test)]
pub(crate) fn test_packages() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.accord/web");
    assert!(
        folder.join("jinja").join(PORT).is_dir(),
        "the web packages are not installed under .accord/web: run `./accord test` or `./accord up` once, they install them"
    );
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only the spelling of white space may differ, as govuk-frontend's guide for ports allows.
    fn folded(html: &str) -> String {
        let mut out = String::with_capacity(html.len());
        for word in html.split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        out.replace("> <", "><")
            .replace(" >", ">")
            .replace("> ", ">")
            .replace(" <", "<")
            .replace("&#x27;", "&#39;")
            .replace("&#x2f;", "/")
    }

    fn macro_name(component: &str) -> String {
        let mut name = "govuk".to_owned();
        for part in component.split('-') {
            let mut letters = part.chars();
            if let Some(first) = letters.next() {
                name.extend(first.to_uppercase());
                name.push_str(letters.as_str());
            }
        }
        name
    }

    #[test]
    fn every_fixture_of_govuk_frontend_renders_the_same() {
        let packages = test_packages();
        let env = bare_environment(&packages).expect("the port compiles");
        let folder = packages.join("node_modules/govuk-frontend/dist/govuk/components");
        let (mut passed, mut wrong) = (0, Vec::new());
        for entry in fs::read_dir(&folder).expect("govuk-frontend is installed") {
            let path = entry.expect("folder entry").path().join("fixtures.json");
            if !path.is_file() {
                continue;
            }
            // Read as the engine's own values, which keep the order of attributes.
            let file: Value = serde_json::from_str(&read_text(&path).expect("fixtures"))
                .expect("fixtures are JSON");
            let part =
                |value: &Value, name: &str| value.get_attr(name).expect("part of the fixtures");
            let component = part(&file, "component").to_string();
            let source = format!(
                "{{% from \"{PORT}/components/{component}/macro.html\" import {name} %}}{{{{ {name}(options) }}}}",
                name = macro_name(&component)
            );
            for fixture in part(&file, "fixtures")
                .try_iter()
                .expect("list of fixtures")
            {
                let options = part(&fixture, "options");
                let html = env
                    .render_str(&source, minijinja::context! { options })
                    .expect("fixture renders");
                let (got, want) = (
                    folded(&html),
                    folded(part(&fixture, "html").as_str().expect("html")),
                );
                if got == want {
                    passed += 1;
                } else {
                    wrong.push(format!(
                        "{component}: {}: wanted {want}, got {got}",
                        part(&fixture, "name")
                    ));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{} fixtures differ: {wrong:#?}",
            wrong.len()
        );
        assert_eq!(
            passed, 657,
            "govuk-frontend 6.3.0 has 657 fixtures; is another version installed?"
        );
    }

    #[test]
    fn text_from_people_is_escaped_in_every_template() {
        let env = bare_environment(&test_packages()).expect("environment");
        let html = env
            .render_str(
                "{{ name }}",
                minijinja::context! { name => "<a href='/x'>\"&" },
            )
            .expect("renders");
        assert_eq!(html, "&lt;a href=&#39;/x&#39;&gt;&quot;&amp;");
    }
}
