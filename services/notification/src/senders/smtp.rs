//! Mail by SMTP.

use std::time::SystemTime;

use futures::future::BoxFuture;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use platform::{Error, Result, config::Secret};
use uuid::Uuid;

use super::{EmailSender, Found, Handed, Mail, PROVIDER};

/// A mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
}

impl Smtp {
    /// The server at this address; it is connected to when the first mail leaves.
    ///
    /// # Errors
    /// `Internal` where the address cannot be read. It holds a password, so it is not quoted.
    pub fn new(url: &Secret, sender: Mailbox) -> Result<Self> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose()).map_err(|_| Error::fault("notification.settings.smtp_url: is not an smtp address"))?;
        Ok(Self { transport: builder.timeout(Some(PROVIDER)).build(), sender })
    }
}

impl EmailSender for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Handed> {
        Box::pin(async move {
            let message = match compose(mail, &self.sender) {
                Ok(message) => message,
                Err(code) => return Handed::Refused(code),
            };
            // So that a server that is away is told from one that was lost with the mail in its hands.
            if mail.at_most_once && !self.transport.test_connection().await.unwrap_or(false) {
                return Handed::Later("MAIL_SERVER_AWAY");
            }
            match self.transport.send(message).await {
                Ok(_) => Handed::Over(None),
                Err(error) if error.is_permanent() => Handed::Refused("MAIL_REFUSED"),
                Err(error) if error.is_transient() => Handed::Later("MAIL_DEFERRED"),
                Err(error) => {
                    // The error's words may quote the address.
                    tracing::warn!(timeout = error.is_timeout(), tls = error.is_tls(), "the mail server was lost");
                    Handed::Unknown("MAIL_SERVER_LOST")
                }
            }
        })
    }

    /// SMTP has no such question.
    fn find(&self, _tenant: Uuid, _id: Uuid) -> BoxFuture<'_, Found> {
        Box::pin(std::future::ready(Found::CannotTell))
    }
}

/// Reads the sender's address.
///
/// # Errors
/// `Internal`.
pub fn mailbox(address: &str) -> Result<Mailbox> {
    address.parse().map_err(|_| Error::fault("notification.settings.sender: is not an e-mail address"))
}

/// Puts a mail together. Its Message-ID follows from our id, so that a second copy is known as one.
///
/// # Errors
/// A code.
pub fn compose(mail: &Mail, sender: &Mailbox) -> Result<Message, &'static str> {
    let to: Mailbox = mail.to.parse().map_err(|_| "BAD_ADDRESS")?;
    Message::builder()
        .from(sender.clone())
        .to(to)
        .date(SystemTime::from(mail.at))
        .message_id(Some(format!("<{}@{}>", mail.id, sender.email.domain())))
        .subject(mail.subject.clone())
        // No out-of-office answer comes back (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
        .singlepart(SinglePart::plain(mail.body.clone()))
        .map_err(|_| "BAD_MAIL")
}
