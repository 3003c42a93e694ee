//! From what PostgreSQL logged of one call to a pgbench script that sends the same statements with the same parameters.
//!
//! Statements that went in one round trip go in one here as well (a pipeline). Parameters become variables, so that they
//! travel as parameters. The ids of new audit events are made anew by the database, or the second run would be refused.

use anyhow::{Result, bail};

/// A statement as it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The text; several statements in one where the client sent them so.
    pub sql: String,
    /// Its parameters in order; `None` is null.
    pub parameters: Vec<Option<String>>,
}

impl Logged {
    /// Whether it writes the trail of who looked.
    pub fn is_audit(&self) -> bool {
        self.sql.to_ascii_lowercase().contains("insert into platform.audit_event")
    }
}

/// Reads a stretch of PostgreSQL's log.
pub fn read(log: &str) -> Vec<Logged> {
    let mut found: Vec<Logged> = Vec::new();
    for entry in entries(log) {
        if let Some((_, text)) = entry.split_once("LOG:  ") {
            if let Some(sql) = text.strip_prefix("statement: ") {
                found.push(Logged { sql: sql.to_owned(), parameters: Vec::new() });
            } else if let Some((_, sql)) = text.strip_prefix("execute ").and_then(|rest| rest.split_once(": ")) {
                found.push(Logged { sql: sql.to_owned(), parameters: Vec::new() });
            }
        } else if let Some((_, text)) = entry.split_once("DETAIL:  ")
            && let Some((_, list)) = text.split_once("arameters: ")
            && let Some(last) = found.last_mut()
        {
            last.parameters = parameters(list);
        }
    }
    found
}

/// Entries of the log; continued lines begin with a tab.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(rest), Some(entry)) => {
                entry.push(' ');
                entry.push_str(rest.trim());
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `$1 = 'a', $2 = NULL, $3 = 'it''s'`.
fn parameters(list: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        if let Some(mut text) = value.strip_prefix('\'') {
            let mut plain = String::new();
            while let Some((part, after)) = text.split_once('\'') {
                plain.push_str(part);
                text = after;
                match after.strip_prefix('\'') {
                    Some(more) => {
                        plain.push('\'');
                        text = more;
                    }
                    None => break,
                }
            }
            found.push(Some(plain));
            rest = text;
        } else {
            found.push(None);
            rest = value.strip_prefix("NULL").unwrap_or("");
        }
    }
    found
}

/// A pgbench script with the variables that it is called with.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The file.
    pub text: String,
    /// Names and values for `-D`.
    pub variables: Vec<(String, String)>,
    /// Statements in it.
    pub statements: usize,
}

/// Makes the script.
///
/// # Errors
/// Where a statement cannot be sent again.
pub fn script(statements: &[Logged]) -> Result<Script> {
    let mut made = Script::default();
    for (number, logged) in statements.iter().enumerate() {
        let parts: Vec<&str> = if logged.parameters.is_empty() { logged.sql.split(';').map(str::trim).filter(|s| !s.is_empty()).collect() } else { vec![&logged.sql] };
        made.statements += parts.len();
        if let [several @ .., _] = parts.as_slice()
            && !several.is_empty()
        {
            made.text.push_str("\\startpipeline\n");
            for part in &parts {
                made.text.push_str(&format!("{};\n", one_line(part)));
            }
            made.text.push_str("\\endpipeline\n");
            continue;
        }
        let sql = filled(number, logged, &mut made.variables)?;
        made.text.push_str(&format!("{};\n", one_line(&sql)));
    }
    Ok(made)
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(';').to_owned()
}

/// The statement with variables in place of `$1` ...
fn filled(number: usize, logged: &Logged, variables: &mut Vec<(String, String)>) -> Result<String> {
    let mut sql = String::new();
    let mut rest = logged.sql.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        sql.push_str(before);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let place: usize = match after[..digits].parse() {
            Ok(place) => place,
            Err(_) => bail!("a statement with quoting by dollars cannot be sent again"),
        };
        match logged.parameters.get(place.wrapping_sub(1)) {
            // The second parameter of the trail's insert is the list of new ids.
            Some(Some(ids)) if place == 2 && logged.is_audit() => {
                let count = ids.split(',').count();
                sql.push_str(&format!("ARRAY[{}]", vec!["gen_random_uuid()"; count].join(", ")));
            }
            Some(Some(value)) => {
                let name = format!("s{number}_{place}");
                if !variables.iter().any(|(known, _)| *known == name) {
                    variables.push((name.clone(), value.clone()));
                }
                sql.push(':');
                sql.push_str(&name);
            }
            Some(None) => sql.push_str("NULL"),
            None => bail!("a statement was logged without its parameter ${place}"),
        }
        rest = &after[digits..];
    }
    sql.push_str(rest);
    Ok(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-01-05 10:00:00.000 UTC [12] LOG:  statement: BEGIN READ ONLY; SET LOCAL app.tenant = 'x'\n\
        2026-01-05 10:00:00.001 UTC [12] LOG:  execute sqlx_s_2: SELECT a\n\tFROM b WHERE c = $1 AND d = any($2) AND e = $3::text\n\
        2026-01-05 10:00:00.001 UTC [12] DETAIL:  parameters: $1 = 'it''s, $2 = no', $2 = '{1,2}', $3 = NULL\n\
        2026-01-05 10:00:00.002 UTC [12] LOG:  statement: COMMIT\n\
        2026-01-05 10:00:00.003 UTC [13] LOG:  execute sqlx_s_1: INSERT INTO platform.audit_event (id) SELECT * FROM unnest($1::uuid[], $2::uuid[])\n\
        2026-01-05 10:00:00.003 UTC [13] DETAIL:  parameters: $1 = '{t,t}', $2 = '{a,b}'\n";

    #[test]
    fn statements_and_parameters_are_read_as_they_were_sent() {
        let read = read(LOG);
        assert_eq!(read.len(), 4);
        assert_eq!(read[1].sql, "SELECT a FROM b WHERE c = $1 AND d = any($2) AND e = $3::text");
        assert_eq!(read[1].parameters, [Some("it's, $2 = no".to_owned()), Some("{1,2}".to_owned()), None]);
        assert!(read[3].is_audit() && !read[2].is_audit());
    }

    #[test]
    fn a_script_pipelines_what_went_together_and_makes_new_ids() {
        let script = script(&read(LOG)).expect("a script");
        assert_eq!(
            script.text,
            "\\startpipeline\nBEGIN READ ONLY;\nSET LOCAL app.tenant = 'x';\n\\endpipeline\nSELECT a FROM b WHERE c = :s1_1 AND d = any(:s1_2) AND e = NULL::text;\nCOMMIT;\n\
             INSERT INTO platform.audit_event (id) SELECT * FROM unnest(:s3_1::uuid[], ARRAY[gen_random_uuid(), gen_random_uuid()]::uuid[]);\n"
        );
        assert_eq!(script.variables.len(), 3);
        assert_eq!(script.statements, 5);
    }
}
