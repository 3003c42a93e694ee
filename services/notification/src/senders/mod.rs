//! How messages leave: one trait for each channel, and what implements it.

pub mod file;
pub mod http;
pub mod smtp;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use platform::Result;
use uuid::Uuid;

use crate::config::NotificationSection;

/// Time that a provider has for an answer.
pub const PROVIDER: Duration = Duration::from_secs(10);

/// How handing over ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// The provider took it; with its own id, where it gave one.
    Over(Option<String>),
    /// The provider will never take it; a code.
    Refused(&'static str),
    /// It was surely not taken and may be tried again; a code.
    Later(&'static str),
    /// It was taken or not; a code.
    Unknown(&'static str),
}

/// What a provider knows of a message by our reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has it.
    Taken(Option<String>),
    /// It has it and says that it arrived.
    Delivered(Option<String>),
    /// It had it and could not deliver it; a code.
    Failed(&'static str),
    /// It never got it.
    NotFound,
    /// It cannot tell, or not now.
    CannotTell,
}

/// A mail as it leaves.
#[derive(Clone)]
pub struct Mail {
    /// The tenant.
    pub tenant: Uuid,
    /// Our id, of which the Message-ID is made.
    pub id: Uuid,
    /// Where to.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Date of the mail.
    pub at: DateTime<Utc>,
    /// A second copy would do harm.
    pub at_most_once: bool,
}

/// A text message as it leaves.
#[derive(Clone)]
pub struct Text {
    /// The tenant.
    pub tenant: Uuid,
    /// Our id, the reference at the provider.
    pub id: Uuid,
    /// Number.
    pub to: String,
    /// The text.
    pub body: String,
}

/// A way for mail.
pub trait EmailSender: Send + Sync + 'static {
    /// Hands a mail over.
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Handed>;

    /// Asks for a mail by our id.
    fn find(&self, tenant: Uuid, id: Uuid) -> BoxFuture<'_, Found>;
}

/// A way for text messages.
pub trait SmsSender: Send + Sync + 'static {
    /// Hands a text over.
    fn send<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, Handed>;

    /// Asks for a text by our id.
    fn find(&self, tenant: Uuid, id: Uuid) -> BoxFuture<'_, Found>;
}

/// The senders that the configuration names.
#[derive(Clone)]
pub struct Senders {
    /// For mail.
    pub email: Arc<dyn EmailSender>,
    /// For text messages.
    pub sms: Arc<dyn SmsSender>,
}

impl Senders {
    /// Made once. Nothing is reached for yet.
    ///
    /// # Errors
    /// `Internal` where the configuration does not fit.
    pub fn new(section: &NotificationSection) -> Result<Self> {
        let sender = smtp::mailbox(&section.sender)?;
        let email: Arc<dyn EmailSender> = match section.email.as_str() {
            "smtp" => Arc::new(smtp::Smtp::new(&section.smtp_url, sender)?),
            _ => Arc::new(file::MailFolder::new(section.sink_dir.clone(), sender)),
        };
        let sms: Arc<dyn SmsSender> = match section.sms.as_str() {
            "http" => Arc::new(http::HttpSms::new(&section.sms_url, section.sms_token.clone())?),
            _ => Arc::new(file::TextFolder::new(section.sink_dir.clone())),
        };
        Ok(Self { email, sms })
    }
}
