//! Passkeys (WebAuthn, user verification always): what is asked of a browser and what its answer proves.

use platform::{Error, Result};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{CredentialID, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder};

/// Longest answer of a browser that is looked at.
const LONGEST: usize = 16 * 1024;

/// The relying party of this stack.
pub struct Passkeys(Webauthn);

/// What a browser is asked for, and what must be kept until it answers.
pub struct Asked {
    /// Options for the browser, JSON.
    pub options: String,
    /// State of the ceremony.
    pub state: Vec<u8>,
}

/// A passkey that was proved.
pub struct Proved {
    /// Its id.
    pub credential_id: Vec<u8>,
    /// Public key and counter, to be stored.
    pub credential: Vec<u8>,
}

impl Passkeys {
    /// For pages at these origins, all at `domain` or below it; an empty domain is the host of the first origin.
    ///
    /// # Errors
    /// `Internal` that says which origin does not fit.
    pub fn new(origins: &[String], domain: &str) -> Result<Self> {
        let mut urls = Vec::with_capacity(origins.len());
        for origin in origins {
            urls.push(Url::parse(origin).map_err(|_| Error::fault(format!("{origin} is no web address")))?);
        }
        let first = urls.first().ok_or_else(|| Error::fault("no web address is given"))?;
        let domain = if domain.is_empty() { first.domain().unwrap_or_default() } else { domain };
        let fits = |url: &Url| url.scheme() == "https" && url.domain().is_some_and(|host| host == domain || host.ends_with(&format!(".{domain}")));
        if let Some(odd) = urls.iter().find(|url| !fits(url)) {
            return Err(Error::fault(format!("{odd} is not an https address at {domain}")));
        }
        let mut builder = WebauthnBuilder::new(domain, first).map_err(|_| Error::fault(format!("{first} is not at {domain}")))?.rp_name("Accord");
        for other in urls.iter().skip(1) {
            builder = builder.append_allowed_origin(other);
        }
        builder.build().map(Self).map_err(Error::fault)
    }

    /// Asks a browser for a new passkey of a user. It is one that names its account itself, so that sign-in asks for no address.
    ///
    /// # Errors
    /// `Internal`.
    pub fn ask_new(&self, user: Uuid, email: &str, name: &str, known: &[Vec<u8>]) -> Result<Asked> {
        let known = known.iter().filter_map(|json| read::<Passkey>(json)).map(|p| p.cred_id().clone()).collect::<Vec<CredentialID>>();
        let (options, state) = self.0.start_passkey_registration(user, email, name, Some(known)).map_err(Error::fault)?;
        let mut options = serde_json::to_value(options).map_err(Error::fault)?;
        if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut) {
            selection.insert("residentKey".into(), "required".into());
            selection.insert("requireResidentKey".into(), true.into());
        }
        Ok(Asked { options: options.to_string(), state: serde_json::to_vec(&state).map_err(Error::fault)? })
    }

    /// The passkey that a browser made; nothing where the answer proves none.
    pub fn take_new(&self, state: &[u8], answer: &str) -> Option<Proved> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = read(typed(answer)?)?;
        let passkey = self.0.finish_passkey_registration(&answer, &state).ok()?;
        Some(Proved { credential_id: passkey.cred_id().to_vec(), credential: serde_json::to_vec(&passkey).ok()? })
    }

    /// Asks a browser for any passkey that it has for this stack.
    ///
    /// # Errors
    /// `Internal`.
    pub fn ask_any(&self) -> Result<Asked> {
        let (options, state) = self.0.start_discoverable_authentication().map_err(Error::fault)?;
        let mut options = serde_json::to_value(options).map_err(Error::fault)?;
        // A button asks for it: the browser need not wait for a field.
        if let Some(options) = options.as_object_mut() {
            options.remove("mediation");
        }
        Ok(Asked { options: options.to_string(), state: serde_json::to_vec(&state).map_err(Error::fault)? })
    }

    /// The user and credential that a browser's answer names; nothing is proved by that.
    pub fn named(&self, answer: &str) -> Option<(Uuid, Vec<u8>)> {
        let answer: PublicKeyCredential = read(typed(answer)?)?;
        let (user, credential) = self.0.identify_discoverable_authentication(&answer).ok()?;
        Some((user, credential.to_vec()))
    }

    /// Whether the answer was signed by the stored passkey for this ceremony, with the user verified; answers what is to be stored of it.
    pub fn proves(&self, state: &[u8], answer: &str, stored: &[u8]) -> Option<Vec<u8>> {
        let state: DiscoverableAuthentication = read(state)?;
        let answer: PublicKeyCredential = read(typed(answer)?)?;
        let mut passkey: Passkey = read(stored)?;
        let result = self.0.finish_discoverable_authentication_v2(&answer, state, &passkey).ok()?;
        if !result.user_verified() {
            return None;
        }
        passkey.update_credential(&result)?;
        serde_json::to_vec(&passkey).ok()
    }
}

fn typed(answer: &str) -> Option<&[u8]> {
    (answer.len() <= LONGEST).then_some(answer.as_bytes())
}

fn read<T: serde::de::DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(list: &[&str]) -> Vec<String> {
        list.iter().map(|o| (*o).to_owned()).collect()
    }

    #[test]
    fn every_origin_stands_at_the_domain() {
        assert!(Passkeys::new(&origins(&["https://localhost:8443"]), "").is_ok());
        assert!(Passkeys::new(&origins(&["https://a.accord.example.org", "https://b.accord.example.org"]), "accord.example.org").is_ok());
        for (list, domain) in [
            (vec!["https://accord.example.org", "https://other.example.org"], ""),
            (vec!["http://accord.example.org"], ""),
            (vec!["https://badaccord.example.org"], "accord.example.org"),
            (vec!["https://192.0.2.1"], ""),
            (vec!["accord"], ""),
            (vec![], ""),
        ] {
            assert!(Passkeys::new(&origins(&list), domain).is_err(), "{list:?}");
        }
    }

    #[test]
    fn a_new_passkey_must_name_its_account_and_verify_its_user() {
        let passkeys = Passkeys::new(&origins(&["https://localhost:8443"]), "").unwrap();
        let asked = passkeys.ask_new(Uuid::from_u128(1), "ada@example.org", "Ada Quill", &[]).unwrap();
        let options: Value = serde_json::from_str(&asked.options).unwrap();
        let selection = &options["publicKey"]["authenticatorSelection"];
        assert_eq!((selection["residentKey"].as_str(), selection["userVerification"].as_str()), (Some("required"), Some("required")), "{options}");
        let asked = passkeys.ask_any().unwrap();
        let options: Value = serde_json::from_str(&asked.options).unwrap();
        assert_eq!(options["publicKey"]["userVerification"], "required");
        assert!(options["publicKey"]["allowCredentials"].as_array().is_none_or(Vec::is_empty) && options.get("mediation").is_none(), "{options}");
    }

    #[test]
    fn what_is_no_answer_proves_nothing() {
        let passkeys = Passkeys::new(&origins(&["https://localhost:8443"]), "").unwrap();
        let asked = passkeys.ask_any().unwrap();
        for text in ["", "{}", "null", "[]", &"x".repeat(LONGEST + 1)] {
            assert!(passkeys.named(text).is_none() && passkeys.proves(&asked.state, text, b"{}").is_none() && passkeys.take_new(&asked.state, text).is_none());
        }
    }
}
