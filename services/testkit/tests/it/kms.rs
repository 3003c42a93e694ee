//! The root key in a transit engine: what it wraps, what it refuses, rotation, sign-ins, and what happens while it is away.

use std::{path::Path, sync::Arc, time::Duration};

use platform::{
    Kind,
    keys::{Keys, cipher::Key, kms::{Kms, Wrapped}, section::{KmsSection, VaultSection}, vault::Vault},
};
use testkit::transit::{JWT, ROLE, TOKEN, Transit};
use uuid::Uuid;

fn section(transit: &Transit) -> VaultSection {
    VaultSection { address: transit.address.clone(), ca: transit.ca.clone(), token_file: transit.token_file.clone(), ..VaultSection::default() }
}

async fn started() -> (tempfile::TempDir, Transit, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let transit = Transit::start(folder.path()).await;
    let vault = Vault::new(&section(&transit)).unwrap();
    (folder, transit, vault)
}

#[tokio::test]
async fn a_key_opens_with_what_it_is_bound_to_alone() {
    let (_folder, transit, vault) = started().await;
    vault.health().await.unwrap();
    let (made, wrapped) = vault.generate(b"tenant:1").await.unwrap();
    assert_eq!(vault.unwrap(b"tenant:1", &wrapped).await.unwrap().bytes(), made.bytes());
    let key = Key::random().unwrap();
    let other = vault.wrap(b"tenant:2", &key).await.unwrap();
    assert_eq!(vault.unwrap(b"tenant:2", &other).await.unwrap().bytes(), key.bytes());
    for (aad, wrapped) in [(&b"tenant:2"[..], &wrapped[..]), (b"tenant:1", &other), (b"", &wrapped), (b"tenant:1", b"vault:v1:AAAA"), (b"tenant:1", b"\x01\x02k1")] {
        let error = vault.unwrap(aad, wrapped).await.expect_err("not its own");
        assert_eq!(error.kind(), Kind::Internal, "no retry makes it better");
        assert!(!format!("{error:?}").contains(TOKEN));
    }
    assert!(transit.calls().contains(&"POST /v1/transit/datakey/plaintext/accord".to_owned()));
}

#[tokio::test]
async fn after_a_rotation_old_keys_are_wrapped_again_in_batches_and_derived_ones_stay() {
    let (_folder, transit, vault) = started().await;
    let derived = vault.derive(b"facts:1").await.unwrap();
    let mut items = Vec::new();
    let mut plain = Vec::new();
    for n in 0..251 {
        let aad = format!("tenant:{n}").into_bytes();
        let (key, wrapped) = vault.generate(&aad).await.unwrap();
        plain.push(key);
        items.push(Wrapped { aad, wrapped });
    }
    assert!(vault.rewrap(&items).await.unwrap().iter().all(Option::is_none), "all lie under the newest");
    transit.rotate("accord");
    transit.rotate("accord-derivation");
    let (_, newest) = vault.generate(b"tenant:new").await.unwrap();
    items.push(Wrapped { aad: b"tenant:new".to_vec(), wrapped: newest });
    let again = vault.rewrap(&items).await.unwrap();
    assert_eq!(again.iter().filter(|w| w.is_none()).count(), 1, "the new one lies right already");
    assert_eq!(transit.calls().iter().filter(|c| c.ends_with("/rewrap/accord")).count(), 2, "in two batches");
    transit.set_min_decryption_version("accord", 2);
    assert!(vault.unwrap(&items[0].aad, &items[0].wrapped).await.is_err(), "the old version is disabled");
    for ((item, wrapped), key) in items.iter().zip(&again).zip(&plain) {
        let wrapped = wrapped.as_deref().unwrap();
        assert_eq!(vault.unwrap(&item.aad, wrapped).await.unwrap().bytes(), key.bytes());
    }
    assert_eq!(vault.derive(b"facts:1").await.unwrap().bytes(), derived.bytes());
    let broken = [Wrapped { aad: b"other".to_vec(), wrapped: items[0].wrapped.clone() }];
    assert!(vault.rewrap(&broken).await.is_err(), "one that fails stops the batch");
}

#[tokio::test]
async fn tokens_are_read_anew_and_pods_sign_in() {
    let (folder, transit, vault) = started().await;
    vault.health().await.unwrap();
    transit.accept_only("hvs.renewed");
    let refused = vault.health().await.expect_err("the old token");
    assert_eq!(refused.kind(), Kind::Unavailable);
    std::fs::write(&transit.token_file, "hvs.renewed").unwrap();
    vault.health().await.expect("the agent renewed it");

    let jwt_file = folder.path().join("jwt");
    std::fs::write(&jwt_file, JWT).unwrap();
    let pod = |role: &str| Vault::new(&VaultSection { auth: "kubernetes".into(), role: role.into(), jwt_file: jwt_file.clone(), ..section(&transit) }).unwrap();
    let vault = pod(ROLE);
    vault.health().await.expect("signed in");
    vault.generate(b"a").await.expect("with the same token");
    assert_eq!(transit.calls().iter().filter(|c| c.ends_with("/auth/kubernetes/login")).count(), 1);
    assert_eq!(pod("stranger").health().await.expect_err("another role").kind(), Kind::Unavailable);
}

#[tokio::test]
async fn a_server_of_another_authority_and_a_wrong_key_are_refused() {
    let (folder, transit, _) = started().await;
    let other = tempfile::tempdir_in(folder.path()).unwrap();
    let stranger = testkit::tls::Ca::new(other.path());
    let vault = Vault::new(&VaultSection { ca: stranger.certificate(), ..section(&transit) }).unwrap();
    assert_eq!(vault.health().await.expect_err("not our authority").kind(), Kind::Unavailable);
    assert!(transit.calls().is_empty(), "no token left");
    let vault = Vault::new(&VaultSection { key: "accord-derivation".into(), ..section(&transit) }).unwrap();
    assert!(format!("{:?}", vault.health().await.unwrap_err()).contains("kms.vault.key"), "not a derived key");
    let vault = Vault::new(&VaultSection { key: "missing".into(), ..section(&transit) }).unwrap();
    assert!(vault.health().await.is_err());
    for ca in [Path::new("/nowhere.pem").to_owned(), transit.token_file.clone()] {
        let error = Vault::new(&VaultSection { ca, ..section(&transit) }).err().expect("refused at once");
        assert!(format!("{error:?}").contains("kms.vault.ca"));
    }
}

#[tokio::test]
async fn while_it_is_away_running_processes_go_on_with_what_they_hold_and_new_ones_wait() {
    let (_folder, mut transit, vault) = started().await;
    let configured = KmsSection { kind: "vault".into(), vault: section(&transit), ..KmsSection::default() };
    let (running, tenant) = (Keys::open(&configured).unwrap(), Uuid::from_u128(1));
    let expired = Keys::held_for(Arc::new(vault), Duration::ZERO);
    for keys in [&running, &expired] {
        keys.ready().await.unwrap();
        keys.derived("facts", tenant).await.unwrap();
    }
    let sealed = running.seal_fact(tenant, tenant, b"fact").await.unwrap();

    transit.stop().await;
    running.ready().await.expect("within its hour");
    assert_eq!(running.open_fact(tenant, tenant, &sealed).await.unwrap(), b"fact");
    let new = Keys::open(&configured).expect("it starts");
    for error in [
        new.ready().await.expect_err("and stays unready"),
        expired.ready().await.expect_err("its time is over"),
        expired.seal_fact(tenant, tenant, b"fact").await.expect_err("never in clear"),
        running.seal_fact(Uuid::from_u128(2), tenant, b"fact").await.expect_err("not held"),
    ] {
        assert_eq!(error.kind(), Kind::Unavailable);
    }
    transit.start_again().await;
    new.ready().await.expect("it is back");
    assert_eq!(expired.open_fact(tenant, tenant, &sealed).await.unwrap(), b"fact");
}
