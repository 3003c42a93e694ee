//! The texts that messages are made of. Each has a list of the fields that it may use; any other is refused.
//!
//! No text tells what a case is about, who else is in it or where people meet: whoever reads over a shoulder learns
//! nothing (`security.md` 5.3, `domain.md` N1, N2).

use super::message::Channel;

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// To who sent a referral: we have it.
    ReferralAcknowledgement,
    /// To who sent a referral: we need more.
    ReferralInformationNeeded,
    /// To who sent a referral: taken on or not.
    ReferralDecision,
    /// To a user: a case is theirs.
    CaseAllocated,
    /// To a user: a case is theirs no more.
    AllocationEnded,
    /// To who supervises a case: somebody looked at it by break-glass.
    BreakGlassUsed,
    /// To a participant: an appointment is near.
    MeetingReminder,
    /// To a participant who was reminded: the appointment is not then.
    MeetingCancelled,
    /// To a data protection officer: the day's checkpoints of the audit trail.
    AuditCheckpoints,
    /// To a user: the single-use link that sets up their account.
    EnrolmentLink,
    /// To a user: something happened to their account.
    AccountNotice,
}

impl Name {
    /// All names.
    pub const ALL: [Self; 11] = [
        Self::ReferralAcknowledgement, Self::ReferralInformationNeeded, Self::ReferralDecision, Self::CaseAllocated, Self::AllocationEnded,
        Self::BreakGlassUsed, Self::MeetingReminder, Self::MeetingCancelled, Self::AuditCheckpoints, Self::EnrolmentLink, Self::AccountNotice,
    ];

    /// The word that is stored and answered; also its folder below `templates/`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReferralAcknowledgement => "referral_acknowledgement",
            Self::ReferralInformationNeeded => "referral_information_needed",
            Self::ReferralDecision => "referral_decision",
            Self::CaseAllocated => "case_allocated",
            Self::AllocationEnded => "allocation_ended",
            Self::BreakGlassUsed => "break_glass_used",
            Self::MeetingReminder => "meeting_reminder",
            Self::MeetingCancelled => "meeting_cancelled",
            Self::AuditCheckpoints => "audit_checkpoints",
            Self::EnrolmentLink => "enrolment_link",
            Self::AccountNotice => "account_notice",
        }
    }

    /// Reads the word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|n| n.code() == code)
    }
}

/// What is told of a decision, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Taken on.
    Accepted,
    /// Not taken on, for whatever reason.
    NotTakenForward,
}

impl Decision {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Accepted => "We have accepted it and will be in touch.",
            Self::NotTakenForward => "We cannot take it forward.",
        }
    }
}

/// What a text may hold in double braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Reference of the referral.
    Reference,
    /// One of two fixed sentences.
    Decision,
    /// Reference of the case, which names nobody.
    CaseReference,
    /// Address of a page that asks to sign in.
    Link,
    /// Date of the appointment.
    Date,
    /// Its time of day.
    Time,
    /// Signed checkpoints of the audit trail: the one field of several lines, never in a subject.
    Checkpoints,
    /// One of the fixed sentences about an account.
    What,
}

impl Field {
    const ALL: [Self; 8] = [
        Self::Reference, Self::Decision, Self::CaseReference, Self::Link, Self::Date, Self::Time, Self::Checkpoints, Self::What,
    ];

    /// The word between the braces.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Decision => "decision",
            Self::CaseReference => "case_reference",
            Self::Link => "link",
            Self::Date => "date",
            Self::Time => "time",
            Self::Checkpoints => "checkpoints",
            Self::What => "what",
        }
    }
}

/// One text of one channel.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Which.
    pub name: Name,
    /// For which channel.
    pub channel: Channel,
    /// Subject of the mail; empty for a text message.
    pub subject: &'static str,
    /// The text.
    pub body: &'static str,
    /// Fields that it may use.
    pub fields: &'static [Field],
}

macro_rules! mail {
    ($name:ident, $folder:literal, [$($field:ident),*]) => {
        Template {
            name: Name::$name,
            channel: Channel::Email,
            subject: include_str!(concat!("../../templates/", $folder, "/subject.txt")),
            body: include_str!(concat!("../../templates/", $folder, "/body.txt")),
            fields: &[$(Field::$field),*],
        }
    };
}
macro_rules! text {
    ($name:ident, $folder:literal, [$($field:ident),*]) => {
        Template {
            name: Name::$name,
            channel: Channel::Sms,
            subject: "",
            body: include_str!(concat!("../../templates/", $folder, "/text.txt")),
            fields: &[$(Field::$field),*],
        }
    };
}

/// Every text. Staff get no text messages.
pub const TEMPLATES: &[Template] = &[
    mail!(ReferralAcknowledgement, "referral_acknowledgement", [Reference]),
    text!(ReferralAcknowledgement, "referral_acknowledgement", [Reference]),
    mail!(ReferralInformationNeeded, "referral_information_needed", [Reference]),
    text!(ReferralInformationNeeded, "referral_information_needed", [Reference]),
    mail!(ReferralDecision, "referral_decision", [Reference, Decision]),
    text!(ReferralDecision, "referral_decision", [Reference, Decision]),
    mail!(CaseAllocated, "case_allocated", [CaseReference, Link]),
    mail!(AllocationEnded, "allocation_ended", [CaseReference, Link]),
    mail!(BreakGlassUsed, "break_glass_used", [Link]),
    mail!(MeetingReminder, "meeting_reminder", [Date, Time]),
    text!(MeetingReminder, "meeting_reminder", [Date, Time]),
    mail!(MeetingCancelled, "meeting_cancelled", [Date, Time]),
    text!(MeetingCancelled, "meeting_cancelled", [Date, Time]),
    mail!(AuditCheckpoints, "audit_checkpoints", [Checkpoints]),
    mail!(EnrolmentLink, "enrolment_link", [Link]),
    mail!(AccountNotice, "account_notice", [What, Date, Time, Link]),
];

/// The text of this name for this channel.
pub fn find(name: Name, channel: Channel) -> Option<&'static Template> {
    TEMPLATES.iter().find(|t| t.name == name && t.channel == channel)
}

/// What the fields stand for; one that is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// For [`Field::Reference`].
    pub reference: String,
    /// For [`Field::Decision`].
    pub decision: Option<Decision>,
    /// For [`Field::CaseReference`].
    pub case_reference: String,
    /// For [`Field::Link`].
    pub link: String,
    /// For [`Field::Date`].
    pub date: String,
    /// For [`Field::Time`].
    pub time: String,
    /// For [`Field::Checkpoints`].
    pub checkpoints: String,
    /// For [`Field::What`].
    pub what: &'static str,
}

impl Values {
    fn of(&self, field: Field) -> &str {
        match field {
            Field::Reference => &self.reference,
            Field::Decision => self.decision.map_or("", Decision::sentence),
            Field::CaseReference => &self.case_reference,
            Field::Link => &self.link,
            Field::Date => &self.date,
            Field::Time => &self.time,
            Field::Checkpoints => &self.checkpoints,
            Field::What => self.what,
        }
    }
}

/// A text that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Subject of the mail; empty for a text message.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// Why a text cannot be made. It quotes no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is no such text for this channel.
    #[error("there is no text {0} for {1}")]
    Missing(&'static str, &'static str),
    /// Two braces are opened and not closed.
    #[error("a field is not closed")]
    Open,
    /// The field is not in the template's list.
    #[error("the field `{0}` may not be used here")]
    Unknown(String),
    /// The field has no value, or one of more than one line.
    #[error("the field `{0}` has no fit value")]
    Value(&'static str),
}

impl Template {
    /// Fills the fields in.
    ///
    /// # Errors
    /// A field that is not in the list, is not closed or has no value.
    pub fn render(&self, values: &Values) -> Result<Rendered, TemplateError> {
        Ok(Rendered { subject: fill(self.subject.trim_end(), self.fields, values, false)?, body: fill(self.body.trim_end(), self.fields, values, true)? })
    }
}

fn fill(text: &str, allowed: &[Field], values: &Values, is_body: bool) -> Result<String, TemplateError> {
    let (mut filled, mut rest) = (String::with_capacity(text.len() + 64), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (word, after) = after.split_once("}}").ok_or(TemplateError::Open)?;
        let word = word.trim();
        let field = Field::ALL.into_iter().find(|f| f.code() == word && allowed.contains(f));
        let field = field.ok_or_else(|| TemplateError::Unknown(word.to_owned()))?;
        let value = values.of(field);
        // A line break in a subject would begin another header.
        let lines = is_body && field == Field::Checkpoints;
        if value.is_empty() || value.chars().any(|c| c.is_control() && !(lines && c == '\n')) {
            return Err(TemplateError::Value(field.code()));
        }
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The text of a message.
///
/// # Errors
/// As [`Template::render`]; there is no text of this name for the channel.
pub fn render(name: Name, channel: Channel, values: &Values) -> Result<Rendered, TemplateError> {
    find(name, channel).ok_or(TemplateError::Missing(name.code(), channel.code()))?.render(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sms;

    fn values() -> Values {
        Values {
            reference: "RF-7K4M-2QX9-C".into(),
            decision: Some(Decision::Accepted),
            case_reference: "RJ-7K4M-2QX9-C".into(),
            link: "https://accord.example.org/t/northmere/cases/1".into(),
            date: "Wednesday 30 September 2026".into(),
            time: "12:30pm".into(),
            checkpoints: "accord/case/1\n12\nAAAA\nevents 480\n".into(),
            what: "The password of your account was changed.",
        }
    }

    #[test]
    fn every_text_is_made_with_its_fields_and_a_text_message_is_one_part() {
        for template in TEMPLATES {
            let name = template.name.code();
            let rendered = template.render(&values()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!rendered.body.contains("{{") && !rendered.subject.contains("{{"), "{name}");
            assert!(!rendered.subject.contains('\n'), "{name}");
            match template.channel {
                Channel::Email => assert!(!rendered.subject.is_empty(), "{name}"),
                Channel::Sms => assert_eq!(sms::parts(&rendered.body), 1, "{name}: {} characters", rendered.body.len()),
            }
            for field in template.fields {
                let word = format!("{{{{{}}}}}", field.code());
                assert!(template.body.contains(&word) || template.subject.contains(&word), "{name} lists {} and does not use it", field.code());
            }
        }
    }

    #[test]
    fn every_name_has_a_mail_and_there_is_one_text_for_each_channel() {
        for name in Name::ALL {
            assert_eq!(Name::parse(name.code()), Some(name));
            for channel in Channel::ALL {
                let texts = TEMPLATES.iter().filter(|t| t.name == name && t.channel == channel).count();
                let staff = matches!(
                    name,
                    Name::CaseAllocated | Name::AllocationEnded | Name::AuditCheckpoints | Name::BreakGlassUsed | Name::EnrolmentLink | Name::AccountNotice
                );
                assert_eq!(texts, usize::from(channel == Channel::Email || !staff), "{}", name.code());
            }
        }
    }

    #[test]
    fn a_field_that_is_not_listed_is_refused() {
        let with = |body: &'static str| Template { name: Name::MeetingReminder, channel: Channel::Sms, subject: "", body, fields: &[Field::Date] };
        assert_eq!(with("on {{ date }}").render(&values()).map(|r| r.body), Ok("on Wednesday 30 September 2026".into()));
        assert_eq!(with("{{time}}").render(&values()), Err(TemplateError::Unknown("time".into())));
        assert_eq!(with("{{place}}").render(&values()), Err(TemplateError::Unknown("place".into())));
        assert_eq!(with("{{date").render(&values()), Err(TemplateError::Open));
        assert_eq!(with("{{date}}").render(&Values::default()), Err(TemplateError::Value("date")));
        let broken = Values { date: "today\r\nBcc: x@example.org".into(), ..values() };
        assert_eq!(with("{{date}}").render(&broken), Err(TemplateError::Value("date")));
        let subject = Template { subject: "{{checkpoints}}", body: "", fields: &[Field::Checkpoints], ..with("") };
        assert_eq!(subject.render(&values()), Err(TemplateError::Value("checkpoints")), "lines are for the body");
    }

    #[test]
    fn a_decision_is_one_of_two_sentences() {
        let told = |decision| render(Name::ReferralDecision, Channel::Email, &Values { decision: Some(decision), ..values() }).map(|r| r.body);
        assert!(told(Decision::Accepted).is_ok_and(|b| b.contains("accepted")));
        assert!(told(Decision::NotTakenForward).is_ok_and(|b| b.contains("cannot take it forward")));
    }
}
