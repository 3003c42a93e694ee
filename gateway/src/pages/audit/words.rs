//! Events of the trail in words.

use proto::{AuditOperation, FieldClass, ResourceType, audit::v1::AuditEvent};

use crate::{text, view::Cell};

/// What was done.
pub fn operation(code: i32) -> &'static str {
    match AuditOperation::try_from(code) {
        Ok(AuditOperation::Collection) => "Added",
        Ok(AuditOperation::Alteration) => "Changed",
        Ok(AuditOperation::Consultation) => "Looked at",
        Ok(AuditOperation::Disclosure) => "Gave out",
        Ok(AuditOperation::Combination) => "Linked",
        Ok(AuditOperation::Erasure) => "Erased",
        Ok(AuditOperation::Authentication) => "Sign-in",
        Ok(AuditOperation::Administration) => "Administered",
        _ => "Used",
    }
}

/// "GetCase" becomes "Get case"; work without a method is a job's or an event's.
pub fn act(method: &str) -> String {
    let name = method.rsplit('/').next().unwrap_or(method);
    if name.is_empty() {
        return "Automatic work".to_owned();
    }
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter);
    }
    text::humanise(&words)
}

/// "3 cases", or what the event is about where it names no record.
pub fn records(event: &AuditEvent) -> String {
    let (one, many) = match ResourceType::try_from(event.record_type).unwrap_or_default() {
        ResourceType::Tenant => ("organisation", "organisations"),
        ResourceType::Node => ("agency or team", "agencies or teams"),
        ResourceType::User => ("user", "users"),
        ResourceType::Role => ("role", "roles"),
        ResourceType::ServiceAccount => ("partner system", "partner systems"),
        ResourceType::Referral => ("referral", "referrals"),
        ResourceType::Case => ("case", "cases"),
        ResourceType::Participant => ("participant", "participants"),
        ResourceType::Person => ("person", "people"),
        ResourceType::Note => ("note", "notes"),
        ResourceType::Meeting => ("meeting", "meetings"),
        ResourceType::Allocation => ("allocation", "allocations"),
        ResourceType::Message => ("message", "messages"),
        ResourceType::Report => ("report", "reports"),
        ResourceType::AuditEvent => ("entry of the audit trail", "entries of the audit trail"),
        ResourceType::Unspecified => ("record", "records"),
    };
    text::plural(i64::try_from(event.record_ids.len()).unwrap_or(i64::MAX), one, many)
}

fn class(class: FieldClass) -> &'static str {
    match class {
        FieldClass::Unspecified | FieldClass::Reference => "",
        FieldClass::Identity => "names",
        FieldClass::DateOfBirth => "dates of birth",
        FieldClass::Contact => "contact details",
        FieldClass::SpecialCategory => "special category data",
        FieldClass::Offence => "the harm",
        FieldClass::Risk => "risks",
        FieldClass::Notes => "notes",
        FieldClass::Needs => "needs",
        FieldClass::Documents => "documents",
        FieldClass::StaffHr => "staff records",
        FieldClass::Feedback => "feedback",
        FieldClass::SupervisorOnly => "supervisors’ notes",
        FieldClass::ExternalIds => "references of others",
        FieldClass::Finance => "finance",
        FieldClass::HarmLocation => "the place of harm",
    }
}

/// What could be read, beside references: "Names, contact details".
pub fn classes(bits: u64) -> String {
    let words = (1..64).filter(|n| bits >> n & 1 == 1).map(|n| FieldClass::try_from(n).map_or("fields of your own", class)).filter(|w| !w.is_empty());
    let mut list: Vec<&str> = words.collect();
    list.dedup();
    let text = list.join(", ");
    let mut letters = text.chars();
    letters.next().map_or_else(|| "References only".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

/// Allowed, or why not.
pub fn outcome(event: &AuditEvent) -> Cell {
    if event.outcome == "ok" { Cell::new("Allowed") } else { Cell::new("Refused").note(text::humanise(&event.outcome)) }
}

/// What a rule of unusual access has seen.
pub fn unusual(rule: &str, count: i64) -> String {
    match rule {
        "MANY_RECORDS" => format!("{} in one hour", text::plural(count, "record", "records")),
        "NO_LINK" => format!("{} in one day that are neither allocated to them nor made by them", text::plural(count, "record", "records")),
        "OUT_OF_HOURS" => format!("{} at night or at the weekend", text::plural(count, "record", "records")),
        "MANY_REFUSALS" => format!("{} in one hour", text::plural(count, "refusal", "refusals")),
        _ => text::plural(count, "event", "events"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_read_as_words() {
        assert_eq!(act("/accord.case.v1.CaseService/GetCase"), "Get case");
        assert_eq!(act(""), "Automatic work");
        assert_eq!(classes(0b110), "Names");
        assert_eq!(classes(0b10), "References only");
        assert_eq!(classes(1 << 30 | 1 << 31 | 1 << 4), "Contact details, fields of your own");
        let event = AuditEvent { record_type: ResourceType::Person as i32, record_ids: vec![String::new(); 3], ..AuditEvent::default() };
        assert_eq!(records(&event), "3 people");
        for rule in ["MANY_RECORDS", "NO_LINK", "OUT_OF_HOURS", "MANY_REFUSALS", "SOMETHING_NEW"] {
            assert!(unusual(rule, 12).starts_with("12 "), "{rule}");
        }
    }
}
