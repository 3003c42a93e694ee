//! Search for a person by a misspelled name, alone and with date of birth or postcode, by one who sees every case.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Options, ground::Ground, load::{Job, Work}, people::{Invented, invented}, report::{Row, short}};

/// Different texts that are typed.
const TEXTS: usize = 400;

/// Measures one search at a time, and four.
pub async fn measure(ground: &Ground, options: &Options) -> Result<Vec<Row>> {
    let lead = ground.tenant.users.iter().find(|u| u.role == "partnership_lead").context("the demonstration has no lead")?;
    let texts = (0..TEXTS).map(|n| typed(n, &invented(n * 7_919 % options.people.max(1)))).collect();
    let mut served = ground.serve(&["case", "serve"], None, true).await?;
    served.ready().await?;
    let mut job = Job::new(ground, &served, Work::Search { user: lead.id.parse()?, texts }).await?;
    (job.warm, job.seconds) = (3, options.seconds);
    let one = job.run(None).await?;
    job.workers = 4;
    let four = job.run(None).await?;
    served.stop().await?;
    let detail = |f: &super::load::Figures| json!({ "p50_ms": short(f.p50), "p99_ms": short(f.p99), "max_ms": short(f.max), "per_second": short(f.per_second), "searches": f.count, "failed": f.failed, "failure": f.failure });
    let title = |users| format!("Person search p99, {} people, {users} at a time", options.people);
    Ok(vec![
        Row::cost("search", &title(1), one.p99, "ms", Some(50.0), detail(&one)),
        Row::cost("search_4", &title(4), four.p99, "ms", None, detail(&four)),
    ])
}

/// What is typed: of ten searches six are a whole name with one letter wrong, two a family name with a date of birth, one a
/// family name with a postcode, one a family name alone.
fn typed(number: usize, person: &Invented) -> String {
    let wrong = misspelled(&person.family, number);
    match number % 10 {
        0..=5 => format!("{} {wrong}", person.given),
        6 | 7 => format!("{wrong} {}", person.born.format("%d/%m/%Y")),
        8 => format!("{wrong} {}", person.postcode),
        _ => person.family.clone(),
    }
}

/// One letter left out.
fn misspelled(name: &str, number: usize) -> String {
    let at = 1 + number % (name.len() - 1).max(1);
    name.char_indices().filter(|(index, _)| *index != at).map(|(_, letter)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_is_missing_and_never_the_first() {
        for number in 0..20 {
            let wrong = misspelled("Whitcombe", number);
            assert_eq!((wrong.len(), wrong.chars().next()), (8, Some('W')));
        }
    }
}
