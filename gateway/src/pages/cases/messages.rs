//! Messages about a case: what was sent and what was not, and why, in words; and the exact text of a reminder.

use chrono::{DateTime, Utc};
use proto::notification::v1::{ListMessagesRequest, ListTemplatesRequest, Message, Template, message_service_client::MessageServiceClient};

use super::{bar, participants};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    page::StaffPage,
    pages::names::Names,
    rpc, text,
    view::{Cell, Colour, Column, Shown, Table, Tag},
};

/// Messages on one page.
const PAGE: i32 = 50;

fn channel(code: &str) -> &'static str {
    if code == "SMS" { "text" } else { "email" }
}

/// Why a message was not sent, as a sentence.
fn why(reason: &str) -> &'static str {
    match reason {
        "CONTACT_UNKNOWN" => "We do not know whether it is safe. Ask the person and set the safety of their contact details.",
        "CONTACT_UNSAFE" => "The contact details are not safe to use. Choose another way.",
        "NO_CONTACT_POINT" => "There are no contact details for it. Add some, or choose another way.",
        "NO_CONSENT" => "The person has not agreed to it. Ask them, or choose another way.",
        "OUTSIDE_SAFE_HOURS" => "It would come outside their safe hours.",
        "WITHDRAWN" => "The person has withdrawn or declined.",
        "CASE_CLOSED" => "The case is closed.",
        "RESTRICTED" => "Processing of the case or the person is restricted.",
        "MEETING_CANCELLED" => "The meeting was cancelled.",
        "MEETING_CHANGED" => "The meeting was moved or cancelled.",
        "EXPIRED" => "It could not be sent in time.",
        "INTERRUPTED" | "MAIL_SERVER_LOST" | "SMS_PROVIDER_LOST" => "The connection broke off while it was sent.",
        "SAFETY_GATE_AWAY" => "We could not ask whether it is safe.",
        "MAIL_SERVER_AWAY" | "SMS_PROVIDER_AWAY" | "MAIL_DEFERRED" | "SMS_RATE_LIMIT" | "SINK_AWAY" => "The provider does not answer. We try again.",
        "BAD_ADDRESS" | "BAD_MAIL" | "UNKNOWN_RECIPIENT" => "The contact details are wrong. Check them with the person.",
        "NOT_CONCERNED" => "The person is no longer concerned in this case.",
        "" => "",
        _ => "The provider refused it. Choose another way.",
    }
}

/// A message's state in one sentence, with its tag.
pub fn state(message: &Message) -> (Tag, String) {
    let what = channel(&message.channel);
    let reason = why(&message.reason);
    let (tag, sentence) = match message.state.as_str() {
        "QUEUED" | "SENDING" => (Tag::new("Being sent", Colour::Blue), format!("We are sending this {what}.")),
        "WAITING" => (Tag::new("Waiting", Colour::Blue), format!("We will send this {what} when it is due.")),
        "SENT" => (Tag::new("Sent", Colour::Green), format!("We have sent this {what}.")),
        "DELIVERED" => (Tag::new("Delivered", Colour::Green), format!("This {what} was delivered.")),
        "NOT_SENT" => (Tag::new("Not sent", Colour::Red), format!("We have not sent this {what}.")),
        "CANCELLED" => (Tag::new("Cancelled", Colour::Grey), format!("We have not sent this {what}.")),
        "FAILED" => (Tag::new("Failed", Colour::Red), format!("This {what} could not be delivered.")),
        _ => (Tag::new("Not known", Colour::Orange), format!("We do not know whether this {what} arrived.")),
    };
    (tag, format!("{sentence} {reason}").trim().to_owned())
}

/// What a message is.
fn subject(template: &str) -> String {
    let words = text::humanise(template);
    words.strip_suffix(" sms").or_else(|| words.strip_suffix(" email")).unwrap_or(&words).to_owned()
}

/// Messages as a table; `people` are the case's participants.
pub fn table(messages: &[Message], people: &[proto::case::v1::Participant], names: &Names) -> Table {
    let rows = messages.iter().map(|m| {
        let to = people.iter().find(|p| p.id == m.participant_id).map(participants::called);
        let to = to.or_else(|| (!m.user_id.is_empty()).then(|| names.of(&m.user_id)));
        let (tag, sentence) = state(m);
        vec![
            Cell::new(subject(&m.template)).note(if m.channel == "SMS" { "Text" } else { "Email" }),
            Cell::new(Shown::maybe(to)),
            Cell::new(Shown::text(bar::at(m.due_at.as_ref()))),
            Cell::tag(tag).note(sentence),
        ]
    });
    Table { caption: "Messages".into(), columns: ["Message", "To", "Due", "State"].map(Column::new).into(), rows: rows.collect() }
}

/// Messages about a case or one meeting; none for who may not list messages.
///
/// # Errors
/// The service's as a page.
pub async fn list(page: &StaffPage, case_id: &str, meeting_id: &str) -> Result<Option<Vec<Message>>, ErrorPage> {
    if !page.may("message.list") {
        return Ok(None);
    }
    let request = ListMessagesRequest { case_id: case_id.to_owned(), meeting_id: meeting_id.to_owned(), page_size: PAGE, ..Default::default() };
    Ok(Some(rpc!(page, "notification", MessageServiceClient::list_messages, request).await.or_page(page)?.messages))
}

/// The exact text of the reminder by text for a meeting at this time; none where the texts may not be read.
pub async fn reminder(page: &StaffPage, starts_at: DateTime<Utc>) -> Option<String> {
    if !page.may("message.list") {
        return None;
    }
    let templates = rpc!(page, "notification", MessageServiceClient::list_templates, ListTemplatesRequest {}).await.ok()?.templates;
    let template = templates.into_iter().find(|t| t.channel == "SMS" && t.name.starts_with("meeting_reminder"))?;
    Some(filled(&template, starts_at))
}

/// A time as messages write it: "2pm" is "2:00pm" there, "midday" is "12:00pm".
fn with_minutes(time: &str) -> String {
    match time {
        "midday" => "12:00pm".into(),
        "midnight" => "12:00am".into(),
        time if time.contains(':') => time.into(),
        time => time.replace("am", ":00am").replace("pm", ":00pm"),
    }
}

/// Puts what a reminder tells into its text. A field that this page does not know shows by its name.
fn filled(template: &Template, starts_at: DateTime<Utc>) -> String {
    template.fields.iter().fold(template.body.clone(), |body, field| {
        let value = match field.as_str() {
            "date" => text::day_date(text::local_date(starts_at)),
            "time" => with_minutes(&text::time(starts_at)),
            other => format!("[{}]", text::humanise(other).to_lowercase()),
        };
        [format!("{{{{ {field} }}}}"), format!("{{{{{field}}}}}")].iter().fold(body, |body, mark| body.replace(mark, &value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_says_so_and_why() {
        let message = |state: &str, reason: &str| Message { channel: "SMS".into(), state: state.into(), reason: reason.into(), ..Default::default() };
        assert_eq!(
            state(&message("NOT_SENT", "NO_CONSENT")).1,
            "We have not sent this text. The person has not agreed to it. Ask them, or choose another way."
        );
        assert_eq!(state(&message("DELIVERED", "")).1, "This text was delivered.");
        assert_eq!(state(&message("SOMETHING", "")).0.text, "Not known");
    }

    #[test]
    fn the_preview_is_the_text_that_is_sent() {
        let at = DateTime::parse_from_rfc3339("2027-05-04T13:30:00Z").expect("instant").with_timezone(&Utc);
        let template = Template { body: "It is on {{ date }} at {{time}}. {{link}}".into(), fields: ["date", "time", "link"].map(str::to_owned).into(), ..Default::default() };
        assert_eq!(filled(&template, at), "It is on Tuesday 4 May 2027 at 2:30pm. [link]");
        assert_eq!(["2pm", "midday", "midnight", "9:05am"].map(with_minutes), ["2:00pm", "12:00pm", "12:00am", "9:05am"]);
    }
}
