//! Takes a party of an accepted referral into a case: a new or a known person, how to reach them, what they agreed to.
//! Of a known person nothing is overwritten: what is new is added.

use access::names;
use chrono::{DateTime, NaiveDate, Utc};
use platform::{Error, Result, db::Tx};
use proto::{FieldClass, ResourceType};
use uuid::Uuid;

use crate::{
    commands::new_person,
    domain::{consent, contact::{self, Given, NewPoint}, participant},
    store::{
        consents::{self, ConsentRow},
        contact_points, erasures, opened::{self, Opened},
        participants, people,
        people_blobs::{DemographicsBlob, IdentityBlob, PointBlob},
        timeline,
    },
};

/// A party as submitted.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// The party of the referral, whose keys go when the person is erased.
    pub party_id: Option<Uuid>,
    /// The person that the coordinator recognised.
    pub known: Option<Uuid>,
    /// Code of list participant_role.
    pub role: String,
    /// Names.
    pub identity: IdentityBlob,
    /// Date of birth.
    pub birth: Option<NaiveDate>,
    /// Contacts.
    pub contact: Given,
    /// Language, or empty.
    pub language: String,
    /// An interpreter is needed.
    pub interpreter: bool,
    /// Support or adjustments, or empty.
    pub needs: String,
    /// Equality answers.
    pub demographics: Option<DemographicsBlob>,
    /// When the person themself submitted this; none where somebody else did.
    pub themself: Option<DateTime<Utc>>,
    /// The person agreed to be contacted, in their own words.
    pub agrees: bool,
}

/// Does it and answers the participant.
///
/// # Errors
/// `NotFound` of the known person; `FailedPrecondition` (`ERASED`) where they were erased; of the database.
pub async fn take_party(tx: &mut Tx, case_id: Uuid, party: Party) -> Result<Uuid> {
    let mut person = match party.known {
        Some(id) => opened::get_for_update(tx, id).await?,
        None => {
            let id = tx.ctx().new_id();
            new_person::insert(tx, id, party.identity.clone(), party.birth).await?
        }
    };
    let id = person.row.id;
    if let Some(party_id) = party.party_id {
        erasures::insert_party(tx, party_id, id).await?;
    }
    complete(&mut person, &party);
    for point in contact::points(&party.contact, party.themself) {
        take_point(tx, &person, point).await?;
    }
    if let Some(answers) = &party.demographics {
        let revision = tx.ctx().new_id();
        let (at, by) = (party.themself.unwrap_or_else(|| tx.now()), tx.ctx().principal().label());
        let answers = DemographicsBlob { asked_at: at.timestamp_micros(), ..answers.clone() };
        let blob = tx.seal(id, FieldClass::SpecialCategory, revision, &answers).await?;
        people::insert_demographics(tx, revision, id, at, &by, &blob).await?;
        person.demographics = Some(with_earlier(answers, person.demographics.as_ref()));
    }
    opened::reload_points(tx, &mut person).await?;
    opened::save(tx, &mut person).await?;
    tx.changed(ResourceType::Person, id);

    let participant_id = match participants::find(tx, case_id, id, &party.role).await? {
        Some(there) => there,
        None => {
            let new = tx.ctx().new_id();
            participants::insert(tx, new, case_id, id, &party.role).await?;
            timeline::add(tx, case_id, "PARTICIPANT", &[party.role.as_str(), participant::FIRST_STATUS], Some(new), Some(new)).await?;
            new
        }
    };
    tx.changed(ResourceType::Participant, participant_id);
    if let Some(at) = party.themself.filter(|_| party.agrees) {
        for purpose in agreed(&party.contact) {
            agree(tx, case_id, participant_id, purpose, at).await?;
        }
    }
    Ok(participant_id)
}

/// Adds what is new to what is known.
fn complete(person: &mut Opened, party: &Party) {
    let known = &mut person.identity;
    for name in [party.identity.full_name(), party.identity.known_as.clone()].iter().chain(&party.identity.aliases) {
        let plain = names::normalise(name);
        let forms = [known.full_name(), known.known_as.clone()];
        if !plain.is_empty() && !forms.iter().chain(&known.aliases).any(|form| names::normalise(form) == plain) {
            if known.known_as.is_empty() && *name == party.identity.known_as {
                known.known_as.clone_from(name);
            } else {
                known.aliases.push(name.clone());
            }
        }
    }
    if person.birth.date.is_empty() {
        person.birth.date = party.birth.map(|d| d.to_string()).unwrap_or_default();
    }
    if person.address.address.is_empty() && person.address.postcode.is_empty() {
        person.address.address = party.contact.address.trim().to_owned();
        person.address.postcode = party.contact.postcode.trim().to_owned();
    }
    if person.needs.language.is_empty() {
        person.needs.language.clone_from(&party.language);
    }
    person.needs.interpreter |= party.interpreter;
    if person.needs.needs.is_empty() {
        person.needs.needs.clone_from(&party.needs);
    } else if !party.needs.is_empty() && !person.needs.needs.contains(&party.needs) {
        person.needs.needs = format!("{}\n{}", person.needs.needs, party.needs);
    }
}

/// Adds a contact point. One that is there keeps its safety, unless nothing was known of it and the person themself now
/// says something.
async fn take_point(tx: &mut Tx, person: &Opened, point: NewPoint) -> Result<()> {
    let id = person.row.id;
    let same = contact::same_as(point.kind, &point.value);
    let there = person.points.iter().find(|p| p.row.kind == point.kind && contact::same_as(point.kind, &p.blob.value) == same);
    let blob = PointBlob { value: point.value, words: point.words };
    match there {
        None => {
            let row = tx.ctx().new_id();
            let sealed = tx.seal(id, FieldClass::Contact, row, &blob).await?;
            contact_points::insert(tx, row, id, point.kind, &sealed, &point.safety).await
        }
        Some(there) if there.row.safety == "UNKNOWN" && there.row.verified_at.is_none() && point.safety.verified_at.is_some() => {
            let sealed = tx.seal(id, FieldClass::Contact, there.row.id, &blob).await?;
            contact_points::save(tx, there.row.id, &sealed, &point.safety).await
        }
        Some(_) => Ok(()),
    }
}

/// Answers that were not asked this time stay as they were.
fn with_earlier(new: DemographicsBlob, earlier: Option<&DemographicsBlob>) -> DemographicsBlob {
    let Some(earlier) = earlier else { return new };
    let pick = |new: String, earlier: &String| if new.is_empty() { earlier.clone() } else { new };
    let all = |new: Vec<String>, earlier: &Vec<String>| if new.is_empty() { earlier.clone() } else { new };
    DemographicsBlob {
        ethnicity: pick(new.ethnicity, &earlier.ethnicity),
        sex: pick(new.sex, &earlier.sex),
        gender_identity: pick(new.gender_identity, &earlier.gender_identity),
        sexual_orientation: pick(new.sexual_orientation, &earlier.sexual_orientation),
        religion: pick(new.religion, &earlier.religion),
        relationship_status: pick(new.relationship_status, &earlier.relationship_status),
        disability: pick(new.disability, &earlier.disability),
        impairments: all(new.impairments, &earlier.impairments),
        additional_needs: all(new.additional_needs, &earlier.additional_needs),
        vulnerabilities: all(new.vulnerabilities, &earlier.vulnerabilities),
        asked_at: new.asked_at,
    }
}

/// Purposes that somebody who agrees to be contacted agrees to by marking a channel as safe.
fn agreed(contact: &Given) -> Vec<&'static str> {
    let text = contact.safe_text && !contact.phone.is_empty() && contact::phone_kind(&contact.phone) == "MOBILE";
    let email = contact.safe_email && !contact.email.is_empty();
    [("CONTACT", true), ("EMAIL", email), ("SMS", text)].into_iter().filter(|(_, given)| *given).map(|(purpose, _)| purpose).collect()
}

/// Records a consent that the form gave, where it changes anything.
async fn agree(tx: &mut Tx, case_id: Uuid, participant_id: Uuid, purpose: &str, at: DateTime<Utc>) -> Result<(), Error> {
    let states = consents::states(tx, participant_id).await?;
    if consent::check_move(states.get(purpose).map_or("", String::as_str), "GIVEN").is_err() {
        return Ok(());
    }
    let (id, recorded_by) = (tx.ctx().new_id(), tx.ctx().principal().label());
    let row = ConsentRow { id, participant_id, purpose: purpose.to_owned(), state: "GIVEN".into(), how: "E_FORM".into(), at, recorded_by, c_notes: None };
    consents::insert(tx, &row).await?;
    timeline::add(tx, case_id, "CONSENT", &[purpose, "GIVEN"], Some(id), Some(participant_id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        Given { email: "sam@example.org".into(), phone: "07700 900123".into(), safe_email: true, safe_text: true, ..Given::default() }
    }

    #[test]
    fn only_channels_marked_safe_are_agreed_to() {
        assert_eq!(agreed(&given()), ["CONTACT", "EMAIL", "SMS"]);
        assert_eq!(agreed(&Given { phone: "0113 496 0123".into(), ..given() }), ["CONTACT", "EMAIL"], "a landline takes no texts");
        assert_eq!(agreed(&Given { email: String::new(), safe_text: false, ..given() }), ["CONTACT"]);
    }

    #[test]
    fn answers_not_asked_again_are_kept() {
        let earlier = DemographicsBlob { sex: "F".into(), religion: "NONE".into(), asked_at: 1, ..DemographicsBlob::default() };
        let new = DemographicsBlob { religion: "HINDU".into(), asked_at: 2, ..DemographicsBlob::default() };
        let both = with_earlier(new.clone(), Some(&earlier));
        assert_eq!((both.sex.as_str(), both.religion.as_str(), both.asked_at), ("F", "HINDU", 2));
        assert_eq!(with_earlier(new.clone(), None), new);
    }
}
