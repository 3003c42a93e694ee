//! Text messages by a provider that speaks HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `POST <url>` with `{"to", "text", "reference"}` | 2xx: taken, with `{"id"}` or nothing; 429: later; other 4xx: never |
//! | `GET <url>?reference=<id>` | 200 with `{"id", "status"}`; 404: never got it |
//!
//! `status` is `delivered`, `failed` or anything else for "taken". Both carry `Authorization: Bearer <token>`.

use futures::future::BoxFuture;
use platform::{Error, Result, config::Secret};
use reqwest::{Client, StatusCode, Url, redirect::Policy};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Found, Handed, PROVIDER, SmsSender, Text};

/// Longest id of a provider that is kept.
const LONGEST_ID: usize = 100;

/// A provider of text messages.
pub struct HttpSms {
    client: Client,
    url: Url,
    token: Secret,
}

#[derive(Serialize)]
struct Send<'a> {
    to: &'a str,
    text: &'a str,
    reference: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    id: Option<String>,
    status: String,
}

impl HttpSms {
    /// The provider at this address; it is connected to when the first text leaves.
    ///
    /// # Errors
    /// `Internal` where the address cannot be read.
    pub fn new(url: &str, token: Secret) -> Result<Self> {
        let url = url.parse().map_err(|_| Error::fault("notification.settings.sms_url: is not an http address"))?;
        // A redirect would take number and token to another place.
        let client = Client::builder().timeout(PROVIDER).redirect(Policy::none()).build().map_err(|e| Error::fault("no HTTP client").source(e))?;
        Ok(Self { client, url, token })
    }

    async fn hand_over(&self, text: &Text) -> Handed {
        let body = Send { to: &text.to, text: &text.body, reference: text.id.to_string() };
        let answer = match self.client.post(self.url.clone()).bearer_auth(self.token.expose()).json(&body).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() || error.is_builder() => return Handed::Later("SMS_PROVIDER_AWAY"),
            Err(_) => return Handed::Unknown("SMS_PROVIDER_LOST"),
        };
        match answer.status() {
            status if status.is_success() => {
                // It is taken, whatever else the answer says.
                let answer: Answer = answer.json().await.unwrap_or_default();
                Handed::Over(id(answer.id))
            }
            StatusCode::TOO_MANY_REQUESTS => Handed::Later("SMS_RATE_LIMIT"),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Handed::Later("SMS_PROVIDER_REFUSES_US"),
            status if status.is_client_error() => Handed::Refused("SMS_REFUSED"),
            _ => Handed::Unknown("SMS_PROVIDER_LOST"),
        }
    }

    async fn ask(&self, reference: Uuid) -> Found {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("reference", &reference.to_string());
        let Ok(answer) = self.client.get(url).bearer_auth(self.token.expose()).send().await else { return Found::CannotTell };
        if answer.status() == StatusCode::NOT_FOUND {
            return Found::NotFound;
        }
        if answer.status() != StatusCode::OK {
            return Found::CannotTell;
        }
        match answer.json::<Answer>().await {
            Ok(answer) => match answer.status.as_str() {
                "" => Found::CannotTell,
                "delivered" => Found::Delivered(id(answer.id)),
                "failed" => Found::Failed("SMS_NOT_DELIVERED"),
                _ => Found::Taken(id(answer.id)),
            },
            Err(_) => Found::CannotTell,
        }
    }
}

fn id(given: Option<String>) -> Option<String> {
    given.filter(|id| id.len() <= LONGEST_ID && id.chars().all(|c| c.is_ascii_graphic()))
}

impl SmsSender for HttpSms {
    fn send<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, Handed> {
        Box::pin(self.hand_over(text))
    }

    fn find(&self, _tenant: Uuid, reference: Uuid) -> BoxFuture<'_, Found> {
        Box::pin(self.ask(reference))
    }
}
