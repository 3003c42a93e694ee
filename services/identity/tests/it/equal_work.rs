//! Known and unknown addresses cost the same questions to the database and the same hash, so that time does not tell.

use std::sync::{Arc, Mutex};

use tracing::{Event, Subscriber, field::{Field, Visit}};
use tracing_subscriber::{Layer, Registry, layer::{Context, SubscriberExt}};

use crate::office::{Office, PASSWORD};

/// Every statement about identity's tables and its keys, in order.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
    }
}

impl Statements {
    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn an_unknown_address_a_wrong_password_and_a_right_one_are_the_same_work() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let statements = Statements::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(statements.clone()));
    let cases = [(o.administrator.email.as_str(), PASSWORD), (bo.email.as_str(), "wrong wrong wrong"), ("nobody@northmoor.example.org", "wrong wrong wrong"), ("no address", PASSWORD)];
    let mut seen = Vec::new();
    // The first round warms what is cached.
    for round in 0..2 {
        for (n, (email, password)) in cases.iter().enumerate() {
            let source = format!("198.51.100.{round}{n}");
            statements.taken();
            let challenge = o.begin(email, password, &source).await.unwrap();
            let begun = statements.taken();
            o.complete(&challenge, "000000", &source).await.unwrap_err();
            let completed = statements.taken();
            if round == 1 {
                seen.push((begun, completed));
            }
        }
    }
    assert!(seen[0].0.len() > 5 && seen[0].1.len() > 5, "{seen:?}");
    for (n, (begun, completed)) in seen.iter().enumerate() {
        assert_eq!(begun, &seen[0].0, "case {n}, first half");
        assert_eq!(completed, &seen[0].1, "case {n}, second half");
    }
    o.close().await;
}
