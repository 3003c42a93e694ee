//! `[notification.settings]`: how messages leave.

use std::path::PathBuf;

use platform::config::{Reader, Secret};

platform::config::section!(
    /// How messages leave. The kind `file` writes each into a folder and sends nothing: it is what a stack with
    /// demonstration tenants must use, for both channels.
    NotificationSection, "notification.settings", {
        /// `file` or `smtp`.
        email: String = "file".into(),
        /// `file` or `http`.
        sms: String = "file".into(),
        /// Folder of the kind `file`: `<folder>/<tenant id>/mail/<message id>.eml` and `…/texts/<message id>.txt`.
        sink_dir: PathBuf = PathBuf::new(),
        /// `smtp://user:password@host:port?tls=required` or `smtps://…`.
        smtp_url: Secret = Secret::default(),
        /// Address of the provider of text messages.
        sms_url: String = String::new(),
        /// Bearer token for it.
        sms_token: Secret = Secret::default(),
        /// Address that mail comes from.
        sender: String = "no-reply@example.org".into(),
        /// Public address of the pages, for links in mail to staff.
        web_url: String = "https://localhost:8443".into(),
    }
);

/// Reads the section and adds every mistake in it.
pub fn read(reader: &mut Reader<'_>) -> NotificationSection {
    let section: NotificationSection = reader.section();
    for line in mistakes(&section) {
        reader.mistake(format!("notification.settings.{line}"));
    }
    section
}

fn mistakes(section: &NotificationSection) -> Vec<String> {
    let mut lines = Vec::new();
    let mut wrong = |is: bool, line: &str| {
        if is {
            lines.push(line.to_owned());
        }
    };
    let is_http = |text: &str| url::Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    wrong(!matches!(section.email.as_str(), "file" | "smtp"), "email: write `file` or `smtp`");
    wrong(!matches!(section.sms.as_str(), "file" | "http"), "sms: write `file` or `http`");
    let files = section.email == "file" || section.sms == "file";
    wrong(files && section.sink_dir.as_os_str().is_empty(), "sink_dir: name the folder that messages are written to");
    wrong(section.email == "smtp" && !section.smtp_url.is_set(), "smtp_url: is not set");
    wrong(section.sms == "http" && !is_http(&section.sms_url), "sms_url: is not an http address");
    wrong(section.sms == "http" && !section.sms_token.is_set(), "sms_token: is not set");
    wrong(section.sender.parse::<lettre::message::Mailbox>().is_err(), "sender: is not an e-mail address");
    wrong(!is_http(&section.web_url), "web_url: is not an http address");
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let section = NotificationSection { email: "smtp".into(), sms: "pigeon".into(), web_url: "x".into(), ..NotificationSection::default() };
        let lines = mistakes(&section).join("\n");
        for key in ["sms:", "smtp_url:", "web_url:"] {
            assert!(lines.contains(key), "{lines}");
        }
        let fine = NotificationSection { sink_dir: "/x".into(), ..NotificationSection::default() };
        assert_eq!(mistakes(&fine), Vec::<String>::new());
    }
}
