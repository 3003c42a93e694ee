//! The demonstration's sink: each message is a file, and nothing is sent.

use std::{io, path::PathBuf};

use futures::future::BoxFuture;
use lettre::message::Mailbox;
use tokio::fs;
use uuid::Uuid;

use super::{EmailSender, Found, Handed, Mail, SmsSender, Text, smtp};

/// `<folder>/<tenant id>/mail/<message id>.eml`.
pub struct MailFolder {
    folder: PathBuf,
    sender: Mailbox,
}

impl MailFolder {
    /// Below this folder, from this address.
    pub fn new(folder: PathBuf, sender: Mailbox) -> Self {
        Self { folder, sender }
    }
}

impl EmailSender for MailFolder {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Handed> {
        Box::pin(async move {
            match smtp::compose(mail, &self.sender) {
                Ok(message) => written(write(path(&self.folder, mail.tenant, "mail", mail.id, "eml"), &message.formatted()).await),
                Err(code) => Handed::Refused(code),
            }
        })
    }

    fn find(&self, tenant: Uuid, id: Uuid) -> BoxFuture<'_, Found> {
        Box::pin(look(path(&self.folder, tenant, "mail", id, "eml")))
    }
}

/// `<folder>/<tenant id>/texts/<message id>.txt`: number, empty line, text.
pub struct TextFolder {
    folder: PathBuf,
}

impl TextFolder {
    /// Below this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl SmsSender for TextFolder {
    fn send<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, Handed> {
        Box::pin(async move {
            let content = format!("To: {}\n\n{}\n", text.to, text.body);
            written(write(path(&self.folder, text.tenant, "texts", text.id, "txt"), content.as_bytes()).await)
        })
    }

    fn find(&self, tenant: Uuid, id: Uuid) -> BoxFuture<'_, Found> {
        Box::pin(look(path(&self.folder, tenant, "texts", id, "txt")))
    }
}

fn path(folder: &std::path::Path, tenant: Uuid, kind: &str, id: Uuid, ending: &str) -> PathBuf {
    folder.join(tenant.to_string()).join(kind).join(format!("{id}.{ending}"))
}

/// Written beside and renamed, so that whoever watches the folder sees whole files only.
async fn write(path: PathBuf, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    let half = path.with_extension("part");
    fs::write(&half, content).await?;
    fs::rename(&half, &path).await
}

fn written(result: io::Result<()>) -> Handed {
    match result {
        Ok(()) => Handed::Over(None),
        Err(error) => {
            tracing::warn!(%error, "the folder for messages cannot be written");
            Handed::Later("SINK_AWAY")
        }
    }
}

async fn look(path: PathBuf) -> Found {
    match fs::try_exists(path).await {
        Ok(true) => Found::Taken(None),
        Ok(false) => Found::NotFound,
        Err(_) => Found::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[tokio::test]
    async fn messages_are_found_in_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (tenant, id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mails = MailFolder::new(folder.path().into(), smtp::mailbox("no-reply@example.org").expect("an address"));
        let mail = Mail {
            tenant, id, to: "ada@work.example.com".into(), subject: "Case RJ-1".into(), body: "A link".into(), at: DateTime::UNIX_EPOCH, at_most_once: false,
        };
        assert_eq!(mails.find(tenant, id).await, Found::NotFound);
        assert_eq!(mails.send(&mail).await, Handed::Over(None));
        assert_eq!(mails.find(tenant, id).await, Found::Taken(None));
        let eml = std::fs::read_to_string(folder.path().join(format!("{tenant}/mail/{id}.eml"))).expect("a file");
        for line in [&format!("Message-ID: <{id}@example.org>"), "To: ada@work.example.com", "Subject: Case RJ-1", "Date: Thu, 01 Jan 1970 00:00:00 +0000", "Auto-Submitted: auto-generated"] {
            assert!(eml.contains(line), "{line} is not in {eml}");
        }
        let wrong = Mail { to: "ada@example.org\r\nBcc: eve@example.org".into(), ..mail };
        assert_eq!(mails.send(&wrong).await, Handed::Refused("BAD_ADDRESS"));

        let texts = TextFolder::new(folder.path().into());
        assert_eq!(texts.send(&Text { tenant, id, to: "07700900123".into(), body: "Reminder".into() }).await, Handed::Over(None));
        let txt = std::fs::read_to_string(folder.path().join(format!("{tenant}/texts/{id}.txt"))).expect("a file");
        assert_eq!(txt, "To: 07700900123\n\nReminder\n");
    }
}
