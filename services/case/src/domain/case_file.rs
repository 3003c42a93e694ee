//! A case file, and what decisions about it and about what is in it need to know.

use access::facts::Facts;
use chrono::{DateTime, NaiveDate, Utc};
use platform::Error;
use proto::ResourceType;
use uuid::Uuid;

use super::{guard::Guard, lifecycle::{self, CLOSED, Lifecycle}, side::Side};

/// A row of the case file; the sealed columns stay sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseFile {
    /// Its id, also the subject of the key that seals its text.
    pub id: Uuid,
    /// What people read, say and type.
    pub reference: String,
    /// RESTORATIVE_JUSTICE, VICTIM_CARE or DOMESTIC_ABUSE.
    pub kind: String,
    /// Code of the kind's lifecycle.
    pub stage: String,
    /// When it came into the stage.
    pub stage_since: DateTime<Utc>,
    /// Work rests.
    pub on_hold: bool,
    /// When the hold is looked at again.
    pub hold_review_on: Option<NaiveDate>,
    /// Node whose staff work it.
    pub owner_node_id: Uuid,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was closed, while it is.
    pub closed_at: Option<DateTime<Utc>>,
    /// Code of list close_reason, while it is closed.
    pub close_reason: Option<String>,
    /// When something was last done in it.
    pub last_activity_at: DateTime<Utc>,
    /// Start of the next scheduled meeting.
    pub next_meeting_at: Option<DateTime<Utc>>,
    /// The etag.
    pub version: i64,
    /// Asks for an advanced practitioner.
    pub complex_or_sensitive: bool,
    /// Code of list referral_source.
    pub referral_source: String,
    /// How often it was reopened.
    pub reopened: i32,
    /// When somebody was first allocated.
    pub first_allocated_at: Option<DateTime<Utc>>,
    /// When a participant was first spoken to.
    pub first_contact_at: Option<DateTime<Utc>>,
    /// When a direct or indirect intervention was first held.
    pub first_intervention_at: Option<DateTime<Utc>>,
    /// Sealed: harm.
    pub c_offence: Vec<u8>,
    /// Sealed: risks.
    pub c_risk: Option<Vec<u8>>,
    /// Sealed: crime reference.
    pub c_external_ids: Option<Vec<u8>>,
    /// Sealed: place of the harm.
    pub c_harm_location: Option<Vec<u8>>,
    /// Sealed: why it is on hold.
    pub c_notes: Option<Vec<u8>>,
}

impl CaseFile {
    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.stage == CLOSED
    }

    /// The etag as text.
    pub fn etag(&self) -> String {
        self.version.to_string()
    }

    /// Checks that the caller has seen the newest version.
    ///
    /// # Errors
    /// `Conflict` where they have not.
    pub fn check_etag(&self, etag: &str) -> Result<(), Error> {
        if etag == self.etag() { Ok(()) } else { Err(Error::stale_etag()) }
    }

    /// The table of its stages.
    ///
    /// # Errors
    /// `Internal` where the kind has none.
    pub fn lifecycle(&self) -> Result<&'static Lifecycle, Error> {
        lifecycle::of(&self.kind).ok_or_else(|| Error::fault("a case of an unknown kind"))
    }
}

/// A case with those who work it now and what guards it; the one source of facts about it and about what is in it.
#[derive(Clone, Debug)]
pub struct Worked {
    /// The case.
    pub case: CaseFile,
    /// Its current allocations.
    pub current: Vec<Allocation>,
    /// Lock, restriction, conflict, shares and break-glass.
    pub guard: Guard,
    everyone: Vec<Uuid>,
}

impl Worked {
    /// From the row, its current allocations and its guard; those of other cases are left out. None without a guard.
    pub fn new(case: CaseFile, current: &[Allocation], guards: &[Guard]) -> Option<Self> {
        let guard = guards.iter().find(|g| g.case_id == case.id)?.clone();
        let current: Vec<_> = current.iter().filter(|a| a.case_id == case.id).cloned().collect();
        let everyone = allocated_to(&current, case.id, Side::Both);
        Some(Self { case, current, guard, everyone })
    }

    /// Facts of the case itself.
    pub fn facts(&self) -> Facts<'_> {
        self.access(ResourceType::Case, &self.everyone)
    }

    /// Facts of a record of this case that is allocated to `allocated` (see [`Worked::of_side`]).
    pub fn access<'a>(&'a self, resource: ResourceType, allocated: &'a [Uuid]) -> Facts<'a> {
        self.guard.complete(Facts::new(resource).owned_by(self.case.owner_node_id).allocated(allocated))
    }

    /// Facts of somebody in this case.
    pub fn access_about<'a>(&'a self, person: Uuid, resource: ResourceType, allocated: &'a [Uuid]) -> Facts<'a> {
        self.guard.complete_about(person, Facts::new(resource).owned_by(self.case.owner_node_id).allocated(allocated))
    }

    /// The same case as it is guarded for somebody with this conflict and this break-glass.
    #[must_use]
    pub fn seen_by(&self, conflict: bool, broken_glass: bool) -> Self {
        let guard = Guard { conflict, broken_glass, ..self.guard.clone() };
        Self { guard, ..self.clone() }
    }

    /// Users who work it for what belongs to a side.
    pub fn of_side(&self, side: Side) -> Vec<Uuid> {
        allocated_to(&self.current, self.case.id, side)
    }

    /// Everyone who works it.
    pub fn everyone(&self) -> &[Uuid] {
        &self.everyone
    }
}

/// A period in which somebody works a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// Who works it.
    pub user_id: Uuid,
    /// For which side.
    pub side: Side,
    /// Leads the work.
    pub lead: bool,
    /// Since when.
    pub from_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub to_at: Option<DateTime<Utc>>,
    /// Code of why it ended.
    pub end_reason: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// Users who work this case now for something that belongs to `side`; of the case itself, ask for [`Side::Both`].
pub fn allocated_to(current: &[Allocation], case_id: Uuid, side: Side) -> Vec<Uuid> {
    let mut users: Vec<_> =
        current.iter().filter(|a| a.case_id == case_id && a.to_at.is_none() && a.side.covers(side)).map(|a| a.user_id).collect();
    users.sort_unstable();
    users.dedup();
    users
}

/// What an office asks to be worked by an advanced practitioner from the start (domain.md 2.3, sensitive criteria).
pub fn is_sensitive(harm_type: &str, crime_flags: &[String], hate_strands: &[String]) -> bool {
    const HARM: [&str; 5] = ["VAP.HOM", "VAP.DSI", "VAP.SH", "SEX.RAPE", "SEX.OTH"];
    const FLAGS: [&str; 8] = ["DOMESTIC_ABUSE", "HATE", "CSA", "CSE", "HBA", "FORCED_MARRIAGE", "FGM", "MODERN_SLAVERY"];
    HARM.contains(&harm_type)
        || matches!(harm_type, "HATE_INCIDENT" | "ROAD_DEATH_INJURY")
        || crime_flags.iter().any(|f| FLAGS.contains(&f.as_str()))
        || !hate_strands.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allocation(user: u128, side: Side, ended: bool) -> Allocation {
        Allocation {
            id: Uuid::from_u128(user + 100),
            case_id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(user),
            side,
            lead: false,
            from_at: DateTime::UNIX_EPOCH,
            to_at: ended.then_some(DateTime::UNIX_EPOCH),
            end_reason: None,
            until: None,
        }
    }

    #[test]
    fn only_current_allocations_of_the_side_reach_a_record() {
        let rows = [allocation(1, Side::Both, false), allocation(2, Side::Harmed, false), allocation(3, Side::Harmer, false), allocation(4, Side::Both, true)];
        let users = |side| allocated_to(&rows, Uuid::from_u128(1), side).iter().map(Uuid::as_u128).collect::<Vec<_>>();
        assert_eq!(users(Side::Both), [1, 2, 3]);
        assert_eq!(users(Side::Harmed), [1, 2]);
        assert_eq!(users(Side::Harmer), [1, 3]);
        assert!(allocated_to(&rows, Uuid::from_u128(9), Side::Both).is_empty());
    }

    #[test]
    fn sensitive_harm_is_noticed() {
        assert!(is_sensitive("SEX.OTH", &[], &[]) && is_sensitive("ASB", &["HATE".into()], &[]) && is_sensitive("ASB", &[], &["RACE".into()]));
        assert!(!is_sensitive("THE.SHOP", &["KNIFE".into()], &[]));
    }
}
