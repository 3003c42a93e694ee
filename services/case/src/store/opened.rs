//! Persons with their blobs opened, and the tokens that follow from them.

use std::collections::HashMap;

use access::tokens::{PersonInput, PersonTokens};
use chrono::NaiveDate;
use platform::{Error, Result, db::Tx};
use prost::Message;
use proto::FieldClass;
use uuid::Uuid;

use super::{
    contact_points::{self, PointRow},
    people::{self, PersonRow},
    people_blobs::{AddressBlob, BirthBlob, DemographicsBlob, IdentityBlob, NeedsBlob, PointBlob},
    search,
};

/// A person in clear.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The row.
    pub row: PersonRow,
    /// Names.
    pub identity: IdentityBlob,
    /// Date of birth.
    pub birth: BirthBlob,
    /// Address.
    pub address: AddressBlob,
    /// Needs.
    pub needs: NeedsBlob,
    /// Equality answers; none where never asked.
    pub demographics: Option<DemographicsBlob>,
    /// Contact points, oldest first.
    pub points: Vec<OpenedPoint>,
}

/// A contact point in clear.
#[derive(Clone, Debug)]
pub struct OpenedPoint {
    /// The row.
    pub row: PointRow,
    /// The value and its words.
    pub blob: PointBlob,
}

impl Opened {
    /// A person of whom nothing is left but the row.
    pub fn nothing_of(row: PersonRow) -> Self {
        Self {
            row,
            identity: IdentityBlob::default(),
            birth: BirthBlob::default(),
            address: AddressBlob::default(),
            needs: NeedsBlob::default(),
            demographics: None,
            points: Vec::new(),
        }
    }

    /// Date of birth as a date.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.birth.date.parse().ok()
    }

    /// What search tokens and duplicate scores are made of.
    pub fn input(&self) -> PersonInput<'_> {
        let values = |kinds: &[&str]| self.points.iter().filter(|p| kinds.contains(&p.row.kind.as_str())).map(|p| p.blob.value.as_str()).collect();
        let known_as = (!self.identity.known_as.is_empty()).then_some(self.identity.known_as.as_str());
        PersonInput {
            given: &self.identity.given_name,
            family: &self.identity.family_name,
            aliases: self.identity.aliases.iter().map(String::as_str).chain(known_as).collect(),
            birth_date: self.birth_date(),
            postcode: (!self.address.postcode.is_empty()).then_some(self.address.postcode.as_str()),
            phones: values(&["MOBILE", "LANDLINE"]),
            emails: values(&["EMAIL"]),
            external_ids: Vec::new(),
        }
    }
}

/// Opens a blob that may be absent; an absent one is empty.
async fn some<T: Message + Default>(tx: &mut Tx, person: Uuid, class: FieldClass, blob: Option<&[u8]>) -> Result<T> {
    match blob {
        Some(blob) => tx.open(person, class, person, blob).await,
        None => Ok(T::default()),
    }
}

/// How much of a person is opened: no more than the work needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What a search ranks by: names, date of birth, postcode.
    Ranking,
    /// As `Ranking`, with the contact points: what possible duplicates are scored by.
    Matching,
    /// Everything.
    Whole,
}

/// Opens a person that was loaded; what `depth` leaves out is empty, so only a whole one may be saved.
async fn open(tx: &mut Tx, row: PersonRow, points: Vec<PointRow>, depth: Depth) -> Result<Opened> {
    let id = row.id;
    let identity = tx.open(id, FieldClass::Identity, id, &row.c_identity).await?;
    let birth = some(tx, id, FieldClass::DateOfBirth, row.c_date_of_birth.as_deref()).await?;
    let address = some(tx, id, FieldClass::Contact, row.c_contact.as_deref()).await?;
    let (needs, demographics) = if depth == Depth::Whole {
        let needs = some(tx, id, FieldClass::Needs, row.c_needs.as_deref()).await?;
        let demographics = match row.c_special_category.as_deref() {
            Some(blob) => Some(tx.open(id, FieldClass::SpecialCategory, id, blob).await?),
            None => None,
        };
        (needs, demographics)
    } else {
        Default::default()
    };
    let mut opened = Vec::with_capacity(points.len());
    for point in points {
        let blob = tx.open(id, FieldClass::Contact, point.id, &point.c_contact).await?;
        opened.push(OpenedPoint { row: point, blob });
    }
    Ok(Opened { row, identity, birth, address, needs, demographics, points: opened })
}

/// One person, locked and opened.
///
/// # Errors
/// `NotFound`; `FailedPrecondition` (`ERASED`) where the person was erased; of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Opened> {
    let row = people::get_for_update(tx, id).await?.ok_or_else(Error::not_found)?;
    let points = contact_points::of_people(tx, &[id]).await?;
    open(tx, row, points, Depth::Whole).await
}

/// Reads the contact points of a locked person again after one was added or taken away.
///
/// # Errors
/// Of the database.
pub async fn reload_points(tx: &mut Tx, person: &mut Opened) -> Result<()> {
    let id = person.row.id;
    let mut points = Vec::new();
    for row in contact_points::of_people(tx, &[id]).await? {
        let blob = tx.open(id, FieldClass::Contact, row.id, &row.c_contact).await?;
        points.push(OpenedPoint { row, blob });
    }
    person.points = points;
    Ok(())
}

/// Several persons, opened, in no order; erased ones are left out.
///
/// # Errors
/// Of the database; `Unavailable` where the root key is away.
pub async fn get_many(tx: &mut Tx, ids: &[Uuid], depth: Depth) -> Result<Vec<Opened>> {
    tx.load_subject_keys(ids).await?;
    let rows = people::get_many(tx, ids).await?;
    let mut points: HashMap<Uuid, Vec<PointRow>> = HashMap::new();
    if matches!(depth, Depth::Matching | Depth::Whole) {
        for point in contact_points::of_people(tx, ids).await? {
            points.entry(point.person_id).or_default().push(point);
        }
    }
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let own = points.remove(&row.id).unwrap_or_default();
        match open(tx, row, own, depth).await {
            Ok(person) => people.push(person),
            Err(error) if error.reason() == "ERASED" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(people)
}

/// Seals what a person now is, stores it with its search tokens and answers the new version. The caller holds the lock
/// and has the whole person.
///
/// # Errors
/// As [`get_for_update`].
pub async fn save(tx: &mut Tx, person: &mut Opened) -> Result<i64> {
    let id = person.row.id;
    person.row.c_identity = tx.seal(id, FieldClass::Identity, id, &person.identity).await?;
    person.row.c_date_of_birth = sealed(tx, id, FieldClass::DateOfBirth, &person.birth).await?;
    person.row.c_contact = sealed(tx, id, FieldClass::Contact, &person.address).await?;
    person.row.c_needs = sealed(tx, id, FieldClass::Needs, &person.needs).await?;
    if let Some(demographics) = &person.demographics {
        person.row.c_special_category = Some(tx.seal(id, FieldClass::SpecialCategory, id, demographics).await?);
    }
    let version = people::save(tx, &person.row).await?;
    let key = tx.token_key().await?;
    let tokens = PersonTokens::compute(&key, &person.input());
    search::put(tx, id, &tokens).await?;
    person.row.version = version;
    Ok(version)
}

async fn sealed<T: Message + Default + PartialEq>(tx: &mut Tx, id: Uuid, class: FieldClass, value: &T) -> Result<Option<Vec<u8>>> {
    if *value == T::default() { Ok(None) } else { tx.seal(id, class, id, value).await.map(Some) }
}
