//! Search for people: tokens, then the access join, then opened fields are ranked (`security.md` 3.4).

use access::{class::ClassSet, tokens::{Query, TokenKey}};
use platform::{Ctx, Db, Error, Result, db::Tx, local_time};
use proto::{Action, FieldClass, ResourceType, people::v1::SearchPeopleRequest};
use uuid::Uuid;

use crate::{
    domain::{
        fields::{self, Fields},
        matching::{self, Candidate, Wanted},
        search_text,
    },
    queries::{get_person::Shown, person_access},
    store::{guards, opened::{self, Depth, Opened}, participations::{self, ParticipationRow}, people, search::{self, Found, Groups}},
};

/// People shown.
pub const SHOWN: usize = 20;
/// Letters that a name to be searched for must have.
const LETTERS: usize = 2;

/// Who was found, best first.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// At most [`SHOWN`].
    pub people: Vec<Shown>,
    /// More fit than are shown.
    pub too_many: bool,
}

/// Searches.
///
/// # Errors
/// `InvalidArgument` where nothing can be searched for; `PermissionDenied` where the caller may read no row by what they
/// ask for.
pub async fn search_people(db: &Db, ctx: &Ctx, req: SearchPeopleRequest) -> Result<Answer> {
    let wanted = wanted(ctx, &req)?;
    let scope = ctx.scope(ResourceType::Person, Action::Search, classes(&wanted))?;
    let user = ctx.subject()?;
    ctx.searched([&req.text, &req.given_name, &req.family_name, &req.date_of_birth, &req.postcode].map(String::as_str).join("|"));
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let found = match &wanted.typed.reference {
        Some(reference) => by_reference(&mut tx, reference).await?,
        None => {
            let groups = groups(&tx.token_key().await?, &wanted)?;
            let reach = guards::reach(&mut tx, &scope, user).await?;
            search::find(&mut tx, &scope, &reach, user, &groups).await?
        }
    };
    let rows = participations::of_people(&mut tx, &found.people).await?;
    // A reference is found without the scope, so it is asked here: other words beside it filter as well.
    let may = |r: &ParticipationRow| {
        let facts = person_access::person_facts(r);
        scope.reaches(&facts, user) && ctx.may(Action::Search, &facts)
    };
    let may = |id: &Uuid| rows.iter().any(|r| r.person_id == *id && may(r));
    let people: Vec<Uuid> = found.people.iter().copied().filter(may).collect();
    let mut ranked: Vec<(f64, Opened)> = Vec::new();
    for person in opened::get_many(&mut tx, &people, Depth::Ranking).await? {
        if let Some(score) = matching::score(&wanted, &candidate(&person)) {
            ranked.push((score, person));
        }
    }
    tx.commit().await?;
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.row.id.cmp(&y.row.id)));
    let too_many = found.cut || ranked.len() > SHOWN;
    let shown = ranked.into_iter().take(SHOWN).map(|(_, person)| person);
    let people = shown.filter_map(|person| show(ctx, person, &rows)).collect();
    Ok(Answer { people, too_many })
}

/// Records that the person is shown.
pub(super) fn show(ctx: &Ctx, person: Opened, rows: &[participations::ParticipationRow]) -> Option<Shown> {
    let id = person.row.id;
    person_access::see_person(ctx, id, rows)?;
    Some(Shown { cases: person_access::visible_cases(ctx, id, rows), person, erased_at: None })
}

fn wanted(ctx: &Ctx, req: &SearchPeopleRequest) -> Result<Wanted> {
    let mut check = Fields::new();
    let text = check.text("text", &req.text, fields::LINE);
    let given = check.text("given_name", &req.given_name, fields::NAME);
    let family = check.text("family_name", &req.family_name, fields::NAME);
    let birth = check.birth_date("date_of_birth", &req.date_of_birth, local_time::today(ctx.now()));
    let postcode = check.text("postcode", &req.postcode, 12);
    check.finish()?;
    let mut typed = search_text::recognise(&text);
    typed.date = birth.or(typed.date);
    if !postcode.is_empty() {
        typed.postcode = Some(access::names::postcode(&postcode));
    }
    // One letter says too little: it is an initial beside other words and nothing without them.
    typed.names.retain(|word| access::names::normalise(word).chars().count() >= LETTERS);
    if typed.names.len() > 2
        && let Some(last) = typed.names.pop()
    {
        typed.names.truncate(1);
        typed.names.push(last);
    }
    Ok(Wanted { typed, given, family })
}

/// Classes that the query filters by: only who may read them on a row may find the row by them.
fn classes(wanted: &Wanted) -> ClassSet {
    let typed = &wanted.typed;
    let names = !typed.names.is_empty() || !wanted.given.is_empty() || !wanted.family.is_empty();
    let contact = typed.phone.is_some() || typed.email.is_some() || typed.postcode.is_some();
    let asked = [(names, FieldClass::Identity), (typed.date.is_some(), FieldClass::DateOfBirth), (contact, FieldClass::Contact)];
    asked.into_iter().filter(|(asked, _)| *asked).map(|(_, class)| class).collect()
}

/// Groups of tokens, the most selective first; beyond four the least selective are left to the ranking.
fn groups(key: &TokenKey, wanted: &Wanted) -> Result<Groups> {
    let typed = &wanted.typed;
    let mut all: Vec<Vec<i64>> = Vec::new();
    all.extend(typed.phone.as_deref().map(|v| Query::phone_query(key, v)));
    all.extend(typed.email.as_deref().map(|v| Query::email_query(key, v)));
    all.extend(typed.date.map(|v| Query::birth_date_query(key, v)));
    all.extend(typed.postcode.as_deref().filter(|code| access::names::outward(code) != *code).map(|v| Query::postcode_query(key, v)));
    all.extend((!wanted.family.is_empty()).then(|| Query::family_query(key, &wanted.family)));
    all.extend((!wanted.given.is_empty()).then(|| Query::given_query(key, &wanted.given)));
    // In the one box nobody says which word is the surname.
    all.extend(typed.names.iter().map(|word| [Query::family_query(key, word), Query::given_query(key, word)].concat()));
    all.extend(typed.postcode.as_deref().filter(|code| access::names::outward(code) == *code).map(|v| Query::postcode_query(key, v)));
    all.retain(|tokens| !tokens.is_empty());
    let mut all = all.into_iter();
    let Some(a) = all.next() else {
        return Err(Error::invalid().field("text", "Enter at least 2 letters of a name, or a reference, telephone number, postcode or date of birth."));
    };
    Ok(Groups { a, b: all.next(), c: all.next(), d: all.next() })
}

/// A reference is of a person, or of a case: then of the people in it.
async fn by_reference(tx: &mut Tx, reference: &str) -> Result<Found> {
    let people = match people::by_reference(tx, reference).await? {
        Some(person) => vec![person],
        None => search::of_case_reference(tx, reference).await?,
    };
    Ok(Found { people, cut: false })
}

fn candidate(person: &Opened) -> Candidate {
    let identity = &person.identity;
    Candidate {
        given: identity.given_name.clone(),
        family: identity.family_name.clone(),
        others: identity.aliases.iter().chain((!identity.known_as.is_empty()).then_some(&identity.known_as)).cloned().collect(),
        birth: person.birth_date(),
        postcode: person.address.postcode.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search_text::recognise;

    fn of(text: &str) -> Wanted {
        Wanted { typed: recognise(text), ..Wanted::default() }
    }

    #[test]
    fn a_filter_needs_its_class() {
        assert_eq!(classes(&of("Whitlock")), ClassSet::of(&[FieldClass::Identity]));
        assert_eq!(classes(&of("12/3/1990 LS9 8QT")), ClassSet::of(&[FieldClass::DateOfBirth, FieldClass::Contact]));
        assert_eq!(classes(&of("07700 900123")), ClassSet::of(&[FieldClass::Contact]));
        let reference = platform::ids::reference("P", Uuid::from_u128(0x12_3456_789a));
        assert_eq!(classes(&of(&reference)), ClassSet::NONE);
    }

    #[test]
    fn the_most_selective_group_leads() {
        let key = TokenKey::new(&[7; 32]);
        let groups = |text: &str| groups(&key, &of(text));
        let date = groups("Sam Whitlock 12/3/1990").expect("groups");
        assert_eq!(date.a, Query::birth_date_query(&key, chrono::NaiveDate::from_ymd_opt(1990, 3, 12).expect("a date")));
        assert!(date.b.is_some() && date.c.is_some() && date.d.is_none());
        assert_eq!(groups("LS9 Whitlock").expect("groups").b, Some(Query::postcode_query(&key, "LS9")), "an outward code is common");
        assert_eq!(groups("").expect_err("nothing").fields()[0].field, "text");
    }
}
