//! People who may be the one described: candidates share a blocking token, then evidence is added up.

use access::{class::ClassSet, rank, tokens::{PersonInput, Query}};
use platform::{Ctx, Db, Error, Result, db::Tx, local_time};
use proto::{Action, FieldClass, ResourceType, people::v1::FindMatchesRequest};
use uuid::Uuid;

use crate::{
    domain::{fields::{self, Fields}, matching},
    queries::{get_person::Shown, person_access, search_people::{SHOWN, show}},
    store::{guards, opened::{self, Depth, Opened}, participations::{self, ParticipationRow}, search::{self, Groups}},
};

/// Finds possible duplicates, the likeliest first, each with a score of 0 to 100.
///
/// # Errors
/// `InvalidArgument` where nothing was sent; `PermissionDenied` where the caller may read no row by what they ask for.
pub async fn find_matches(db: &Db, ctx: &Ctx, req: FindMatchesRequest) -> Result<Vec<(Shown, u32)>> {
    let mut check = Fields::new();
    let given = check.text("given_name", &req.given_name, fields::NAME);
    let family = check.text("family_name", &req.family_name, fields::NAME);
    let birth_date = check.birth_date("date_of_birth", &req.date_of_birth, local_time::today(ctx.now()));
    let postcode = check.text("postcode", &req.postcode, 12);
    let phone = check.text("phone", &req.phone, 40);
    let email = check.text("email", &req.email, fields::LINE);
    check.finish()?;
    let some = |text: &'_ String| !text.is_empty();
    let names = some(&given) || some(&family);
    let contact = some(&postcode) || some(&phone) || some(&email);
    if !names && !contact && birth_date.is_none() {
        return Err(Error::invalid().field("family_name", "Send at least one of the fields."));
    }
    let asked = [(names, FieldClass::Identity), (birth_date.is_some(), FieldClass::DateOfBirth), (contact, FieldClass::Contact)];
    let classes: ClassSet = asked.into_iter().filter(|(asked, _)| *asked).map(|(_, class)| class).collect();
    let scope = ctx.scope(ResourceType::Person, Action::Search, classes)?;
    let user = ctx.subject()?;
    ctx.searched([&given, &family, &req.date_of_birth, &postcode, &phone, &email].map(String::as_str).join("|"));
    let described = PersonInput {
        given: &given,
        family: &family,
        birth_date,
        postcode: some(&postcode).then_some(postcode.as_str()),
        phones: some(&phone).then_some(phone.as_str()).into_iter().collect(),
        emails: some(&email).then_some(email.as_str()).into_iter().collect(),
        ..PersonInput::default()
    };

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let tokens = Query::duplicate_query(&tx.token_key().await?, &described);
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let reach = guards::reach(&mut tx, &scope, user).await?;
    let found = search::find(&mut tx, &scope, &reach, user, &Groups { a: tokens, ..Groups::default() }).await?;
    let rows = participations::of_people(&mut tx, &found.people).await?;
    let may = |r: &ParticipationRow| {
        let facts = person_access::person_facts(r);
        scope.reaches(&facts, user) && ctx.may(Action::Search, &facts)
    };
    let may = |id: &Uuid| rows.iter().any(|r| r.person_id == *id && may(r));
    let people: Vec<Uuid> = found.people.iter().copied().filter(may).collect();
    let mut scored: Vec<(f64, Opened)> = opened::get_many(&mut tx, &people, Depth::Matching)
        .await?
        .into_iter()
        .map(|person| (rank::duplicate_score(&described, &person.input()), person))
        .filter(|(score, _)| *score >= rank::POSSIBLE)
        .collect();
    tx.commit().await?;
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.row.id.cmp(&y.row.id)));
    let shown = scored.into_iter().take(SHOWN);
    Ok(shown.filter_map(|(score, person)| Some((show(ctx, person, &rows)?, matching::percent(score)))).collect())
}
