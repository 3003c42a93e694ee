//! Strict rendering for tests: finds the names that the tolerant environment would render as nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde, ValueKind};

use super::engine::{environment, test_packages};
use super::frame::sample_frame;
use super::{PageTemplate, Views};

/// One sample of a page, ready to render.
pub(super) type Sample = Box<dyn Fn(&Views) -> Result<String, minijinja::Error>>;

/// A page's samples: how to render it as served, and its fields.
pub(super) struct Samples {
    pub render: Vec<Sample>,
    pub fields: Vec<Value>,
}

/// What visits every registered page.
pub(super) trait PageVisitor {
    /// Called with the registered path, the type's template and the samples.
    fn page(&mut self, path: &str, template: &str, samples: Samples);
}

/// The samples of a page type.
pub(super) fn samples<P: PageTemplate + 'static>() -> Samples {
    let mut out = Samples {
        render: Vec::new(),
        fields: Vec::new(),
    };
    for page in P::samples() {
        out.fields.push(Value::from(Serde(&page)));
        out.render.push(Box::new(move |views| {
            views.try_render(&sample_frame(), &page)
        }));
    }
    out
}

type Misses = Arc<Mutex<BTreeSet<String>>>;

/// Wraps a value and notes each name that is looked up and not there.
#[derive(Debug)]
struct Watched {
    inner: Value,
    path: String,
    misses: Misses,
}

fn watch(inner: Value, path: String, misses: &Misses) -> Value {
    // What was typed into a form is a map of the names of the fields, which are absent until sent.
    let is_form = path.rsplit('.').next() == Some("form");
    match inner.kind() {
        ValueKind::Map | ValueKind::Seq if !is_form => Value::from_object(Watched {
            inner,
            path,
            misses: Arc::clone(misses),
        }),
        _ => inner,
    }
}

impl Object for Watched {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.inner.kind() == ValueKind::Seq {
            ObjectRepr::Seq
        } else {
            ObjectRepr::Map
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = self.inner.get_item(key).ok().filter(|v| !v.is_undefined());
        let path = key
            .as_str()
            .map_or_else(|| self.path.clone(), |k| format!("{}.{k}", self.path));
        match found {
            Some(value) => Some(watch(value, path, &self.misses)),
            None => {
                if key.as_str().is_some() {
                    self.misses.lock().expect("misses").insert(path);
                }
                None
            }
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        if self.inner.kind() == ValueKind::Seq {
            Enumerator::Seq(self.inner.len().unwrap_or(0))
        } else {
            Enumerator::Values(
                self.inner
                    .try_iter()
                    .map(Iterator::collect)
                    .unwrap_or_default(),
            )
        }
    }
}

/// Every word that follows a dot or stands in quotes in the component templates: the names of their parameters,
/// which may be absent.
fn parameter_names(packages: &std::path::Path) -> BTreeSet<String> {
    fn read(folder: &std::path::Path, names: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("component folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                read(&path, names);
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("component");
            let words: Vec<&str> = source
                .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
                .collect();
            for word in words {
                names.extend(
                    word.split('.')
                        .skip(1)
                        .filter(|w| !w.is_empty())
                        .map(str::to_owned),
                );
            }
            names.extend(source.split('\'').skip(1).step_by(2).map(str::to_owned));
        }
    }
    let mut names = BTreeSet::new();
    read(
        &packages.join("jinja/govuk_frontend_jinja/components"),
        &mut names,
    );
    names
}

/// True when the path leads to a field in one sample at least, or ends at an absent optional part in all of them.
fn reachable(path: &str, samples: &[Value]) -> bool {
    let mut only_absent = false;
    for sample in samples {
        let mut value = sample.clone();
        let mut missing = false;
        for part in path.split('.') {
            if value.is_none() {
                only_absent = true;
                missing = true;
                break;
            }
            // Methods of text and lists look like attributes to the analysis.
            if !matches!(value.kind(), ValueKind::Map) {
                return true;
            }
            let next = value.get_attr(part).unwrap_or_default();
            if next.is_undefined() {
                missing = true;
                break;
            }
            if part == "form" {
                return true;
            }
            value = next;
        }
        if !missing {
            return true;
        }
    }
    only_absent
}

#[derive(Default)]
struct Problems(BTreeMap<String, BTreeSet<String>>);

impl Problems {
    fn add(&mut self, page: &str, text: String) {
        self.0.entry(page.to_owned()).or_default().insert(text);
    }
}

struct Check {
    views: Views,
    parameters: BTreeSet<String>,
    problems: Problems,
}

/// Names that the engine itself provides.
const PROVIDED: &[&str] = &[
    "assets",
    "undefined",
    "null",
    "namespace",
    "range",
    "dict",
    "caller",
    "loop",
    "debug",
];

impl PageVisitor for Check {
    fn page(&mut self, path: &str, template: &str, samples: Samples) {
        if path != template {
            self.problems.add(path, format!("its type says {template}"));
        }
        if samples.render.is_empty() {
            self.problems.add(path, "it has no samples".to_owned());
        }
        for render in &samples.render {
            match render(&self.views) {
                Ok(html) => self.look(path, &html),
                Err(error) => self.problems.add(path, format!("{error:#}")),
            }
        }
        let frame = Value::from(Serde(&super::framed(&sample_frame(), &Value::UNDEFINED)));
        let contexts: Vec<Value> = samples
            .fields
            .iter()
            .map(|page| minijinja::context! { frame => frame.clone(), ..page.clone() })
            .collect();
        let compiled = self
            .views
            .environment()
            .get_template(path)
            .expect("registered");
        for name in compiled.undeclared_variables(true) {
            let top = name.split('.').next().unwrap_or_default();
            if !PROVIDED.contains(&top) && !reachable(&name, &contexts) {
                self.problems
                    .add(path, format!("`{name}` is not a field of the page"));
            }
        }
        for context in &contexts {
            let misses = Misses::default();
            let mut watched = BTreeMap::new();
            for key in context.try_iter().expect("context is a map") {
                let key = key.as_str().unwrap_or_default().to_owned();
                let value = context.get_attr(&key).unwrap_or_default();
                watched.insert(key.clone(), watch(value, key, &misses));
            }
            let result = compiled.render(Value::from_iter(watched));
            if let Err(error) = result {
                self.problems.add(path, format!("{error:#}"));
            }
            for miss in misses.lock().expect("misses").iter() {
                let last = miss.rsplit('.').next().unwrap_or_default();
                if !self.parameters.contains(last) {
                    self.problems
                        .add(path, format!("`{miss}` is looked up and not there"));
                }
            }
        }
    }
}

impl Check {
    fn look(&mut self, path: &str, html: &str) {
        for (wrong, why) in [
            (" style=\"", "has a style attribute"),
            ("GOV.UK", "names GOV.UK"),
            ("href=\"\"", "has an empty link"),
            ("undefined", "shows the word undefined"),
        ] {
            if html.contains(wrong) {
                self.problems.add(path, why.to_owned());
            }
        }
        if html.matches("<h1").count() != 1 {
            self.problems
                .add(path, "a page has exactly one h1".to_owned());
        }
        let forms = html.matches("method=\"post\"").count();
        let tokens = html.matches("name=\"_csrf\"").count();
        if forms > tokens {
            self.problems.add(
                path,
                "a form that posts has no hidden fields: use ui.hidden(frame, form)".to_owned(),
            );
        }
        let mut seen = BTreeSet::new();
        for part in html.split(" id=\"").skip(1) {
            let id = part.split('"').next().unwrap_or_default();
            if !seen.insert(id.to_owned()) {
                self.problems
                    .add(path, format!("the id `{id}` is there twice"));
            }
        }
    }
}

#[test]
fn every_page_renders_its_samples_and_names_only_fields_it_has() {
    let packages = test_packages();
    let mut check = Check {
        views: Views::load(&packages).expect("views load"),
        parameters: parameter_names(&packages),
        problems: Problems::default(),
    };
    super::registry::for_each_page(&mut check);
    assert!(check.problems.0.is_empty(), "{:#?}", check.problems.0);
}

#[test]
fn a_misspelt_name_is_noticed_even_in_a_loop() {
    let env = environment(&test_packages()).expect("environment");
    let misses = Misses::default();
    let cases = serde_json::json!([{ "reference": "RJ-1" }]);
    let watched = watch(Value::from(Serde(&cases)), "cases".to_owned(), &misses);
    let html = env
        .render_str(
            "{% for case in cases %}{{ case.reference }}{{ case.refrence }}{% endfor %}",
            minijinja::context! { cases => watched },
        )
        .expect("renders");
    assert_eq!(html, "RJ-1");
    assert_eq!(
        misses.lock().expect("misses").iter().collect::<Vec<_>>(),
        ["cases.refrence"]
    );
    let sample = Value::from(Serde(&serde_json::json!({ "a": { "b": null } })));
    assert!(reachable("a.b.c", std::slice::from_ref(&sample)));
    assert!(!reachable("a.d", std::slice::from_ref(&sample)));
}
