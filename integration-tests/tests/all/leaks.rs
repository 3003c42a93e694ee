//! What lies in stores, queues, logs and files is unreadable without the keys (domain.md I15, I16): after a job from the
//! public form to a note nothing of the person is found in any of them, in no form in which it could stand there.

use std::{collections::BTreeMap, path::Path, process::Command};

use data_encoding::{BASE64, HEXLOWER};
use integration_tests::{
    rpc::{Caller, Rpc},
    stack::Stack,
    story,
    wait::until,
};
use proto::{
    case::v1::{AddNoteRequest, AddNoteResponse, Participant, RecordContactAttemptRequest, RecordContactAttemptResponse},
    people::v1::{Demographics, GetPersonRequest, GetPersonResponse, SetDemographicsRequest, SetDemographicsResponse},
    referral::v1::ReferralInput,
};
use serde_json::Value;

/// A word in every form in which it could stand somewhere, each with the name of the form.
fn forms(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("plain", word.as_bytes().to_vec()), ("hexadecimal", HEXLOWER.encode(word.as_bytes()).into_bytes())];
    forms.push(("UTF-16 LE", word.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    forms.push(("UTF-16 BE", word.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    // Inside of a longer text base64 has three alignments; of each what does not depend on the neighbours.
    for shift in 0..3_usize {
        let padded = [&vec![0; shift][..], word.as_bytes()].concat();
        let text = BASE64.encode(&padded);
        let (begin, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
        forms.push(("base64", text.as_bytes()[begin..end].to_vec()));
    }
    forms.into_iter().map(|(name, form)| (name, form.to_ascii_lowercase())).collect()
}

/// Every planted word that the bytes hold, with its form.
fn found(words: &[String], bytes: &[u8]) -> Vec<String> {
    let lower = bytes.to_ascii_lowercase();
    let mut lines = Vec::new();
    for word in words {
        for (name, form) in forms(word) {
            if lower.windows(form.len()).any(|window| window == form) {
                lines.push(format!("{word} ({name})"));
            }
        }
    }
    lines
}

fn output(program: &str, arguments: &[&str]) -> Vec<u8> {
    let made = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(made.status.success(), "{program}: {}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

/// A dump of every database, as a superuser takes it: outboxes, inboxes and keys included.
fn databases(servers: &Value) -> BTreeMap<String, Vec<u8>> {
    let url = servers["postgres"]["superuser_url"].as_str().expect("the superuser's address");
    let base = url.rsplit_once('/').expect("an address with a database").0;
    let names = output("psql", &["--no-psqlrc", "--tuples-only", "--no-align", "--command", "select datname from pg_database where datname like 'accord_%'", url]);
    let names = String::from_utf8(names).expect("names");
    names.lines().map(|name| (format!("database {name}"), output("pg_dump", &[&format!("{base}/{name}")]))).collect()
}

/// The value of every key of the cache.
fn cache(servers: &Value) -> Vec<u8> {
    let url = servers["redis"]["url"].as_str().expect("the cache's address");
    let ask = |arguments: &[&str]| output("redis-cli", &[&["--no-auth-warning", "-u", url], arguments].concat());
    let mut all = Vec::new();
    for key in String::from_utf8_lossy(&ask(&["--scan"])).lines() {
        all.extend_from_slice(key.as_bytes());
        let kind = String::from_utf8_lossy(&ask(&["type", key])).trim().to_owned();
        all.extend(match kind.as_str() {
            "string" => ask(&["get", key]),
            "hash" => ask(&["hgetall", key]),
            "set" => ask(&["smembers", key]),
            "zset" => ask(&["zrange", key, "0", "-1"]),
            "list" => ask(&["lrange", key, "0", "-1"]),
            _ => Vec::new(),
        });
    }
    all
}

/// Every file of the stack's folder: logs, configuration, the broker's store. What was sent to somebody is left out.
fn files(stack: &Stack) -> BTreeMap<String, Vec<u8>> {
    let sent: Vec<&Path> = stack.demo.tenants.iter().flat_map(|t| [t.mail.as_path(), t.texts.as_path()]).collect();
    walkdir::WalkDir::new(&stack.dir)
        .into_iter()
        .filter_entry(|entry| !sent.contains(&entry.path()))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| Some((entry.path().display().to_string(), std::fs::read(entry.path()).ok()?)))
        .collect()
}

/// A referral by the public form that says everything that may never be read.
fn planted(family: &str, secret: &str) -> ReferralInput {
    let mut input = story::public_input(family);
    input.what_happened = format!("They took the {secret}harm from my shed.");
    input.needs = format!("A {secret}needs chair.");
    input.risks = format!("A {secret}risk in the yard.");
    let party = &mut input.parties[0];
    party.email = format!("{secret}mail@people.example.org");
    party.address = format!("1 {secret}street");
    party.known_as = format!("{secret}nick");
    input
}

#[tokio::test]
async fn nothing_of_a_person_is_readable_in_stores_queues_logs_and_files() {
    let stack = Stack::own(&[]);
    let rpc = Rpc::new(&stack);
    let tenant = stack.demo.partnership();
    let lead = Caller::user(tenant, tenant.first("partnership_lead"));
    let coordinating = tenant.first("agency_coordinator");
    let coordinator = Caller::user(tenant, coordinating);
    let family = story::family_name(&rpc);
    let secret = format!("{}x", family.to_lowercase());

    let reference = story::send_public_form(&rpc, tenant, planted(&family, &secret)).await;
    let referral = story::find_referral(&rpc, &lead, &reference).await;
    let case_id = story::accept(&rpc, &lead, &referral.id, tenant.node(&coordinating.agency)).await;
    story::opened(&rpc, &coordinator, &case_id).await;
    let harmed: Participant = story::participant(&rpc, &coordinator, &case_id, "HARMED_PERSON").await;
    let person: GetPersonResponse = rpc.must(&coordinator, "people.v1.PeopleService/GetPerson", &GetPersonRequest { person_id: harmed.person_id.clone() }).await;
    let person = person.person.expect("a person");
    assert_eq!(person.family_name, family, "what is looked for is there");
    let answers = SetDemographicsRequest {
        request_id: rpc.new_id(),
        person_id: person.id.clone(),
        etag: person.etag,
        demographics: Some(Demographics { relationship_status: "CIVIL_PARTNERSHIP".into(), ..Demographics::default() }),
    };
    let _: SetDemographicsResponse = rpc.must(&coordinator, "people.v1.PeopleService/SetDemographics", &answers).await;
    let note = AddNoteRequest {
        request_id: rpc.new_id(),
        case_id: case_id.clone(),
        side: "HARMED".into(),
        readers: "EVERYONE".into(),
        kind: "CONTACT".into(),
        text: format!("Told me about the {secret}note."),
        ..AddNoteRequest::default()
    };
    let _: AddNoteResponse = rpc.must(&coordinator, "case.v1.NoteService/AddNote", &note).await;
    let attempt = RecordContactAttemptRequest {
        request_id: rpc.new_id(),
        participant_id: harmed.id,
        at: Some(story::timestamp(rpc.clock().now())),
        channel: "MOBILE".into(),
        result: "REACHED".into(),
        note: format!("Speaks of {secret}attempt."),
    };
    let _: RecordContactAttemptResponse = rpc.must(&coordinator, "case.v1.ParticipantService/RecordContactAttempt", &attempt).await;

    let servers = std::fs::read(stack.dir.join("servers.json")).expect("the servers' addresses");
    let servers: Value = serde_json::from_slice(&servers).expect("JSON");
    let url = servers["postgres"]["superuser_url"].as_str().expect("the superuser's address");
    let base = url.rsplit_once('/').expect("an address with a database").0;
    // Everything that is on its way has left the outbox, so that the broker has held it.
    for service in ["case", "referral"] {
        let waiting = ["--no-psqlrc", "--tuples-only", "--no-align", "--command", "select count(*) from platform.outbox where published_at is null"];
        let database = format!("{base}/accord_{service}");
        until("the outbox is empty", async || (output("psql", &[&waiting[..], &[database.as_str()]].concat()) == b"0\n").then_some(())).await;
    }

    // Every planted text holds the secret; names, the telephone number and an equality answer stand for themselves.
    let words = [secret, family, "07700 900462".to_owned(), "07700900462".to_owned(), "CIVIL_PARTNERSHIP".to_owned()];
    let mut places = databases(&servers);
    assert!(places.len() >= 5, "every service has a database");
    places.insert("the cache".into(), cache(&servers));
    places.extend(files(&stack));
    let leaks: Vec<String> = places.iter().flat_map(|(place, bytes)| found(&words, bytes).into_iter().map(move |word| format!("{place}: {word}"))).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn a_word_is_found_in_every_form() {
    let words = ["Whitlock".to_owned()];
    let utf16: Vec<u8> = "Sara Whitlock".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, form) in [
        (b"{\"name\":\"sara WHITLOCK\"}".to_vec(), "plain"),
        (HEXLOWER.encode(b"Sara Whitlock").into_bytes(), "hexadecimal"),
        (HEXLOWER.encode(b"Sara Whitlock").to_uppercase().into_bytes(), "hexadecimal"),
        (utf16, "UTF-16 LE"),
        (BASE64.encode(b"Whitlock.").into_bytes(), "base64"),
        (BASE64.encode(b"sWhitlock.").into_bytes(), "base64"),
        (BASE64.encode(b"saWhitlock.").into_bytes(), "base64"),
    ] {
        assert!(found(&words, &text).iter().any(|line| line.contains(form)), "{form}: {}", String::from_utf8_lossy(&text));
    }
    assert!(found(&words, b"nothing here").is_empty());
}
