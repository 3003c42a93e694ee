//! What a service logs while everything goes wrong: no name, no contact, no token.

use std::{io::{self, Write}, sync::{Arc, Mutex}};

use figment::Figment;
use platform::app::Mode;
use testkit::eventually;
use tonic::Code;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt};

use crate::notes::Office;

/// Keeps every line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

// One thread, so that every task of the service logs to this test's subscriber.
#[tokio::test]
async fn nothing_personal_is_logged() {
    let lines = Lines::default();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry().with(EnvFilter::new("debug,platform=trace")).with(layer);
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);

    let office = Office::with(Mode::ALL, Figment::new()).await;
    let person = "Ada Lovelace, 07700 900123, ada@harbour.example.org";
    let token = office.service.world.token(office.lead);
    office.add(office.note(person, "")).await.unwrap();
    for (word, text) in [("", format!("forbidden: {person}")), ("cast", person.to_owned())] {
        assert_eq!(office.add(office.note(&text, word)).await.unwrap_err().code(), Code::Internal);
    }
    assert!(office.add(office.note(person, "fail")).await.is_err());
    for (word, side, case) in [("panic", person, ""), ("", person, ""), ("", "", person)] {
        let mut look = office.look(word);
        look.side = side.into();
        look.case_id = if case.is_empty() { look.case_id } else { case.into() };
        assert!(office.client().list_notes(office.service.with(&token, look)).await.is_err());
    }
    // Headers of a stranger.
    let mut request = office.service.with("Ada.Lovelace.ada@harbour.example.org", office.look(""));
    request.metadata_mut().insert("accord-request-id", "ada@harbour.example.org".parse().unwrap());
    request.metadata_mut().insert("traceparent", "ada@harbour.example.org".parse().unwrap());
    assert_eq!(office.client().list_notes(request).await.unwrap_err().code(), Code::Unauthenticated);
    eventually(async || office.count("SELECT count(*) FROM platform.inbox").await == 1).await;
    office.service.stop().await;

    let text = lines.text();
    for expected in ["request failed", "a handler panicked", "nobody is known to be calling"] {
        assert!(text.contains(expected), "{expected} is not logged");
    }
    for private in ["Lovelace", "900123", "ada@", "Ada", token.as_str(), "$argon2", "-----BEGIN"] {
        let found: Vec<&str> = text.lines().filter(|line| line.contains(private)).collect();
        assert!(found.is_empty(), "{private} in the log:\n{}", found.join("\n"));
    }
}
