//! A form as it was sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use uuid::Uuid;

/// Hidden field of the CSRF token.
pub const CSRF_FIELD: &str = "_csrf";
/// Hidden field of the idempotency key.
pub const REQUEST_ID_FIELD: &str = "_request_id";
/// Hidden field of the etag of the record that is edited.
pub const ETAG_FIELD: &str = "_etag";

/// The values of a form by the names of its fields, without our own hidden ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FormData {
    values: BTreeMap<String, Vec<String>>,
    csrf: Option<String>,
    request_id: Option<Uuid>,
    etag: Option<String>,
}

/// What people type is personal: only the names of the fields may reach a log.
impl fmt::Debug for FormData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormData")
            .field("fields", &self.values.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl FormData {
    /// Reads an `application/x-www-form-urlencoded` body. Line ends become `\n`.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut data = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let value = value.replace("\r\n", "\n");
            match name.as_ref() {
                CSRF_FIELD => data.csrf = Some(value),
                REQUEST_ID_FIELD => data.request_id = Uuid::parse_str(&value).ok(),
                ETAG_FIELD => data.etag = Some(value).filter(|v| !v.is_empty()),
                _ => data
                    .values
                    .entry(name.into_owned())
                    .or_default()
                    .push(value),
            }
        }
        data
    }

    /// The first value of a field without white space around it; empty when it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.values
            .get(name)
            .and_then(|v| v.first())
            .map_or("", |v| v.trim())
    }

    /// All values of a field (checkboxes).
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// True when the field was sent with this value.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).iter().any(|v| v == value)
    }

    /// Idempotency key of the command: the same for each try of this form.
    #[must_use]
    pub fn request_id(&self) -> Option<Uuid> {
        self.request_id
    }

    /// Etag of the record as it was when the page was shown.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    pub(super) fn csrf(&self) -> Option<&str> {
        self.csrf.as_deref()
    }

    pub(super) fn values(&self) -> &BTreeMap<String, Vec<String>> {
        &self.values
    }

    pub(super) fn set(&mut self, name: &str, values: Vec<String>) {
        self.values.insert(name.to_owned(), values);
    }

    pub(super) fn set_hidden(&mut self, request_id: Option<Uuid>, etag: Option<String>) {
        self.request_id = request_id;
        self.etag = etag;
    }

    /// The values as a struct. Fields: `String` (absent is an error, so use `#[serde(default)]`), `Option<String>` (empty is
    /// `None`), `Vec<String>`, `bool` (`yes`, `true`, `on`), whole numbers.
    ///
    /// # Errors
    /// Names the kind of value that did not fit; never quotes a value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, de::value::Error> {
        T::deserialize(MapDeserializer::new(
            self.values.iter().map(|(k, v)| (k.as_str(), Field(v))),
        ))
    }
}

#[derive(Clone, Copy)]
struct Field<'a>(&'a [String]);

impl Field<'_> {
    fn first(&self) -> &str {
        self.0.first().map_or("", |v| v.trim())
    }
}

impl<'de> IntoDeserializer<'de> for Field<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            let number: $type = self.first().parse().map_err(|_| de::Error::custom("a whole number is wanted"))?;
            visitor.$visit(number)
        })*
    };
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.first())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.first().is_empty() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_seq(SeqDeserializer::new(self.0.iter().map(String::as_str)))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_bool(matches!(self.first(), "yes" | "true" | "on"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    numbers! {
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    }

    forward_to_deserialize_any! {
        i8 i16 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct enum
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, PartialEq, Debug)]
    struct Typed {
        name: String,
        nick: Option<String>,
        #[serde(default)]
        days: Vec<String>,
        count: u32,
        #[serde(default)]
        agreed: bool,
    }

    #[test]
    fn bodies_become_structs() {
        let data = FormData::parse(
            b"name=+Sam+A.+&nick=&days=mon&days=tue&count=3&agreed=yes&_csrf=t&_etag=e",
        );
        let typed: Typed = data.read().expect("fits");
        assert_eq!(
            typed,
            Typed {
                name: "Sam A.".into(),
                nick: None,
                days: vec!["mon".into(), "tue".into()],
                count: 3,
                agreed: true
            }
        );
        assert_eq!(
            (data.csrf(), data.etag(), data.request_id()),
            (Some("t"), Some("e"), None)
        );
        assert_eq!(data.get("_csrf"), "", "hidden fields are not values");
    }

    #[test]
    fn neither_logs_nor_errors_show_what_was_typed() {
        let data = FormData::parse(b"count=secret&name=secret");
        assert!(!format!("{data:?}").contains("secret"));
        let error = data.read::<Typed>().expect_err("not a number");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
