//! Shapes that the component macros of `templates/components` expect, so that pages need not invent their own.

mod blocks;

use minijinja::Value;
use serde::Serialize;

pub use blocks::*;

/// HTML made by our own code (charts, QR codes), which templates must not escape again.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct SafeHtml(Value);

impl SafeHtml {
    /// Marks HTML as safe. Only for text that this crate or a library made and in which every value was escaped.
    pub(crate) fn trusted(html: String) -> Self {
        Self(Value::from_safe_string(html))
    }

    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().unwrap_or("")
    }
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Words of the link.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// Words only for screen readers, added after the text ("the date of birth").
    pub hidden: Option<String>,
}

impl Link {
    /// A link whose words say everything.
    #[must_use]
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
            hidden: None,
        }
    }

    /// Adds words for screen readers: "Change" + "the date of birth".
    #[must_use]
    pub fn hidden(mut self, text: impl Into<String>) -> Self {
        self.hidden = Some(text.into());
        self
    }
}

/// Colour of a tag or badge; colour is never the only sign, the words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Ended, not applicable.
    Grey,
    /// Done well.
    Green,
    /// Going on.
    Blue,
    /// New.
    Purple,
    /// Waiting for something.
    Yellow,
    /// Late or in doubt.
    Orange,
    /// Danger, or something that must not be done.
    Red,
}

/// A short state in words on a coloured ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Words.
    pub text: String,
    /// Ground.
    pub colour: Colour,
}

impl Tag {
    /// A tag.
    #[must_use]
    pub fn new(text: impl Into<String>, colour: Colour) -> Self {
        Self {
            text: text.into(),
            colour,
        }
    }
}

/// A value as its reader may see it. A masked field shows "Restricted", which is not the same as an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// `value`, `empty` or `restricted`.
    pub state: &'static str,
    /// The text; empty unless `state` is `value`.
    pub text: String,
}

impl Shown {
    /// A text; empty text counts as not given.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            state: if text.is_empty() { "empty" } else { "value" },
            text,
        }
    }

    /// A text that may be absent.
    #[must_use]
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or_else(|| Self::text(""), Self::text)
    }

    /// A field that this reader may not see.
    #[must_use]
    pub fn restricted() -> Self {
        Self {
            state: "restricted",
            text: String::new(),
        }
    }

    /// A field of a message with `masked_paths`: restricted when its path, or a path above it, is in the list.
    #[must_use]
    pub fn field(path: &str, masked_paths: &[String], text: impl Into<String>) -> Self {
        let masked = masked_paths.iter().any(|m| {
            path == m
                || path
                    .strip_prefix(m.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        if masked {
            Self::restricted()
        } else {
            Self::text(text)
        }
    }
}

impl<T: Into<String>> From<T> for Shown {
    fn from(text: T) -> Self {
        Self::text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_paths_cover_what_is_below_them() {
        let masked = vec!["contact".to_owned(), "name.family".to_owned()];
        assert_eq!(
            Shown::field("contact.phone", &masked, "x"),
            Shown::restricted()
        );
        assert_eq!(Shown::field("contact", &masked, "x"), Shown::restricted());
        assert_eq!(Shown::field("contacts", &masked, "x"), Shown::text("x"));
        assert_eq!(Shown::field("name.given", &masked, ""), Shown::text(""));
        assert_eq!(Shown::maybe(None::<String>).state, "empty");
    }

    #[test]
    fn code_lists_become_answers() {
        let list = access::codes::all().next().expect("there are lists");
        assert_eq!(Choice::from_codes(list.name).len(), list.values.len());
        assert!(Choice::from_codes("no such list").is_empty());
    }

    #[test]
    fn safe_html_is_not_escaped_again_and_other_text_is() {
        let mut env = minijinja::Environment::new();
        env.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
        #[derive(Serialize)]
        struct Page {
            svg: SafeHtml,
            text: String,
        }
        let page = Page {
            svg: SafeHtml::trusted("<svg></svg>".to_owned()),
            text: "<b>".to_owned(),
        };
        let html = env
            .render_str(
                "{{ svg }}{{ text }}",
                Value::from(minijinja::value::Serde(&page)),
            )
            .expect("renders");
        assert_eq!(html, "<svg></svg>&lt;b&gt;");
    }
}
