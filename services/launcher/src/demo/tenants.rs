//! The two tenants of the demonstration: a partnership and a single office, with everyone who works there.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use figment::Figment;
use identity::operator::{self, NewNode, NewTenant, Operator};
use proto::{
    authz::v1::NodeKind,
    identity::v1::{
        BeginEnrolmentRequest, CompleteEnrolmentRequest, CreateServiceAccountRequest, GetSnapshotRequest, InviteUserRequest, RoleChoice, TenantKind,
        organisation_service_client::OrganisationServiceClient, session_service_client::SessionServiceClient, user_service_client::UserServiceClient,
    },
};
use uuid::Uuid;

use super::{DemoAccount, DemoNode, DemoTenant, DemoUser, client::{As, Client}};
use crate::{ca::Authority, call, setup};

/// How long an invitation may take; it is reached only where something is broken.
const MAIL: Duration = Duration::from_secs(60);

/// A tenant with the ids that the stories need.
pub struct Made {
    /// What `demo.json` tells.
    pub shown: DemoTenant,
    /// Its id.
    pub tenant: Uuid,
    /// Its permissions' epoch once everyone is there.
    pub epoch: u64,
    /// Agencies that work cases, with the people of each.
    pub desks: Vec<Agency>,
    /// Who refers: police or housing staff.
    pub referrers: Vec<Uuid>,
    /// The partner system.
    pub account: Uuid,
}

/// An agency that works cases.
pub struct Agency {
    /// Its node.
    pub node: Uuid,
    /// Who triages and allocates.
    pub coordinator: Uuid,
    /// Who works the cases.
    pub facilitators: Vec<Uuid>,
}

/// The way to one tenant's services.
pub struct Desk<'a> {
    pub client: &'a Client,
    pub tenant: Uuid,
    pub epoch: u64,
}

struct Member {
    name: &'static str,
    email: &'static str,
    /// Roles at the member's own node.
    roles: &'static [&'static str],
    /// Place in the tenant's list of nodes; none is the root.
    node: Option<usize>,
}

const fn member(name: &'static str, email: &'static str, roles: &'static [&'static str], node: Option<usize>) -> Member {
    Member { name, email, roles, node }
}

struct Cast {
    slug: &'static str,
    name: &'static str,
    colour: &'static str,
    kind: TenantKind,
    nodes: &'static [(&'static str, &'static str)],
    members: &'static [Member],
    partner: &'static str,
}

const CAST: [Cast; 2] = [
    Cast {
        slug: "northvale",
        name: "Northvale Restorative Partnership",
        colour: "#1d5c63",
        kind: TenantKind::Partnership,
        nodes: &[("Northvale Police", "POLICE"), ("Northvale Probation", "PROBATION"), ("Common Ground", "CHARITY"), ("Steps Forward", "CHARITY")],
        members: &[
            member("Ada Fernsby", "ada.fernsby@pcc.northvale.example.org", &["tenant_administrator"], None),
            member("Leo Marchetti", "leo.marchetti@pcc.northvale.example.org", &["partnership_lead"], None),
            member("Dana Oyelaran", "dana.oyelaran@pcc.northvale.example.org", &["data_protection_officer"], None),
            member("Pat Hargreave", "pat.hargreave@police.northvale.example.org", &["referrer", "read_only"], Some(0)),
            member("Rosa Lindgren", "rosa.lindgren@probation.northvale.example.org", &["referrer", "read_only"], Some(1)),
            member("Cora Whitlock", "cora.whitlock@commonground.example.org", &["agency_coordinator"], Some(2)),
            member("Finn Abara", "finn.abara@commonground.example.org", &["facilitator"], Some(2)),
            member("Gwen Tolliver", "gwen.tolliver@commonground.example.org", &["facilitator"], Some(2)),
            member("Hugo Santoro", "hugo.santoro@commonground.example.org", &["facilitator"], Some(2)),
            member("Wanda Ivers", "wanda.ivers@commonground.example.org", &["read_only"], Some(2)),
            member("Sian Beddoes", "sian.beddoes@stepsforward.example.org", &["agency_coordinator"], Some(3)),
            member("Theo Nakamura", "theo.nakamura@stepsforward.example.org", &["facilitator"], Some(3)),
            member("Uma Castellan", "uma.castellan@stepsforward.example.org", &["facilitator"], Some(3)),
        ],
        partner: "northvale-police-records",
    },
    Cast {
        slug: "saltmere",
        name: "Saltmere Restorative Justice Office",
        colour: "#5b3a86",
        kind: TenantKind::Single,
        nodes: &[],
        members: &[
            member("Ivor Pemberley", "ivor.pemberley@saltmere.example.org", &["tenant_administrator"], None),
            member("Maya Dunstan", "maya.dunstan@saltmere.example.org", &["agency_coordinator"], None),
            member("Noah Ferris", "noah.ferris@saltmere.example.org", &["facilitator"], None),
            member("Orla Kenrick", "orla.kenrick@saltmere.example.org", &["facilitator"], None),
            member("Quin Abbot", "quin.abbot@saltmere.example.org", &["referrer", "read_only"], None),
        ],
        partner: "saltmere-housing",
    },
];

/// Makes both tenants with everyone in them.
///
/// # Errors
/// The first call that fails.
pub async fn make(dir: &Path, client: &Client, figment: &Figment) -> Result<Vec<Made>> {
    let operator = Operator::open(figment, client.clock.clone()).await.map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let mut made = Vec::new();
    for cast in &CAST {
        made.push(one(dir, client, &operator, cast).await.with_context(|| cast.slug)?);
    }
    Ok(made)
}

async fn one(dir: &Path, client: &Client, operator: &Operator, cast: &Cast) -> Result<Made> {
    let nodes = cast.nodes.iter().map(|(name, kind)| NewNode { parent: None, name: (*name).into(), kind: NodeKind::Agency, agency_kind: (*kind).into() }).collect();
    let agency_kind = if cast.kind == TenantKind::Single { "RJ_PROVIDER" } else { "" };
    let new = NewTenant { slug: cast.slug.into(), name: cast.name.into(), kind: cast.kind, agency_kind: agency_kind.into(), colour: cast.colour.into(), demonstration: true, nodes };
    let tenant = operator::create_tenant(operator, new).await.map_err(|e| anyhow::anyhow!("{e:?} {:?}", e.fields()))?;
    let id = tenant.tenant_id;
    let node_of = |member: &Member| member.node.map_or(tenant.root_id, |at| tenant.node_ids[at]);
    let role = |word: &str| tenant.roles.iter().find(|(name, _)| name == word).map(|(_, id)| id.to_string()).unwrap_or_default();

    let [administrator, others @ ..] = cast.members else { anyhow::bail!("a tenant needs an administrator") };
    let first = operator::create_first_administrator(operator, cast.slug, administrator.name, administrator.email).await.map_err(|e| anyhow::anyhow!("{e:?} {:?}", e.fields()))?;
    let agency_name = |member: &Member| member.node.map_or(cast.name, |at| cast.nodes[at].0).to_owned();
    let mut users = vec![enrol(client, id, first.user_id, &first.enrolment_secret, administrator, agency_name(administrator)).await?];
    for member in others {
        let desk = Desk { client, tenant: id, epoch: epoch(client, id).await? };
        let node = node_of(member).to_string();
        let message = InviteUserRequest {
            request_id: client.new_id(),
            name: member.name.into(),
            email: member.email.into(),
            node_id: node.clone(),
            roles: member.roles.iter().map(|word| RoleChoice { role_id: role(word), node_id: node.clone() }).collect(),
        };
        let invited = call!(desk, As::User(first.user_id), "identity", UserServiceClient::invite_user, message).await?;
        let secret = invitation(&dir.join("outgoing").join(id.to_string()).join("mail"), member.email).await?;
        users.push(enrol(client, id, invited.user_id.parse()?, &secret, member, agency_name(member)).await?);
    }

    let desk = Desk { client, tenant: id, epoch: epoch(client, id).await? };
    let now: DateTime<Utc> = platform::Clock::system().now();
    let issued = Authority::open(dir, now)?.issue_partner(cast.partner, now)?;
    let fingerprint = fingerprint(&issued.certificate)?;
    let message = CreateServiceAccountRequest {
        request_id: client.new_id(),
        name: cast.partner.into(),
        node_id: tenant.node_ids.first().copied().unwrap_or(tenant.root_id).to_string(),
        role_id: role("referrer"),
        certificate_fingerprint: fingerprint,
        expires_at: Some(gateway::text::timestamp(now + chrono::TimeDelta::days(365))),
    };
    let account = call!(desk, As::User(first.user_id), "identity", OrganisationServiceClient::create_service_account, message).await?;

    let user_id = |member: &Member| users.iter().find(|u| u.email == member.email).and_then(|u| u.id.parse::<Uuid>().ok()).unwrap_or_default();
    let in_role = |word: &'static str| cast.members.iter().filter(move |m| m.roles.contains(&word));
    let desks = in_role("agency_coordinator")
        .map(|c| Agency { node: node_of(c), coordinator: user_id(c), facilitators: in_role("facilitator").filter(|f| f.node == c.node).map(user_id).collect() })
        .collect();
    let outgoing = dir.join("outgoing").join(id.to_string());
    let mut known = vec![DemoNode { id: tenant.root_id.to_string(), name: cast.name.into() }];
    known.extend(tenant.node_ids.iter().zip(cast.nodes).map(|(id, (name, _))| DemoNode { id: id.to_string(), name: (*name).into() }));
    Ok(Made {
        tenant: id,
        epoch: epoch(client, id).await?,
        desks,
        referrers: in_role("referrer").map(user_id).collect(),
        account: account.account_id.parse()?,
        shown: DemoTenant {
            slug: cast.slug.into(),
            id: id.to_string(),
            name: cast.name.into(),
            form: format!("/t/{}/refer", cast.slug),
            sign_in: format!("/t/{}/sign-in", cast.slug),
            users,
            service_accounts: vec![DemoAccount { id: account.account_id, name: cast.partner.into(), certificate: issued.certificate, key: issued.key }],
            nodes: known,
            mail: outgoing.join("mail"),
            texts: outgoing.join("texts"),
        },
    })
}

/// The key of the link in somebody's invitation, read from their mail as they would.
async fn invitation(folder: &Path, email: &str) -> Result<String> {
    let to = format!("To: {email}");
    let give_up = tokio::time::Instant::now() + MAIL;
    while tokio::time::Instant::now() < give_up {
        if let Ok(files) = std::fs::read_dir(folder) {
            for file in files.flatten().filter(|f| f.path().extension().is_some_and(|e| e == "eml")) {
                let text = std::fs::read_to_string(file.path()).unwrap_or_default();
                if let Some(key) = key_in(&text).filter(|_| text.lines().any(|line| line == to)) {
                    return Ok(key);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the invitation did not come within {} seconds", MAIL.as_secs())
}

/// The key of an enrolment link in a mail, whose lines may be broken as quoted-printable breaks them.
fn key_in(mail: &str) -> Option<String> {
    let plain = mail.replace("=\r\n", "").replace("=3D", "=");
    let key: String = plain.split_once("/enrol?key=")?.1.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    (key.len() == 43).then_some(key)
}

/// Sets password and authenticator by the link, as the person would.
async fn enrol(client: &Client, tenant: Uuid, user: Uuid, secret: &str, member: &Member, agency: String) -> Result<DemoUser> {
    let begin = BeginEnrolmentRequest { tenant_id: tenant.to_string(), enrolment_secret: secret.into() };
    let begun = client.as_gateway(tenant, "identity", begin, |channel, request| async move { SessionServiceClient::new(channel).begin_enrolment(request).await }).await.context("begin_enrolment")?;
    let password = format!("demo-{}", &setup::random_secret()?[..20]);
    let code = code(&begun.totp_secret, client.clock.now())?;
    let complete = CompleteEnrolmentRequest { tenant_id: tenant.to_string(), enrolment_secret: secret.into(), password: password.clone(), code };
    client.as_gateway(tenant, "identity", complete, |channel, request| async move { SessionServiceClient::new(channel).complete_enrolment(request).await }).await.context("complete_enrolment")?;
    Ok(DemoUser { id: user.to_string(), name: member.name.into(), email: member.email.into(), password, totp_secret: begun.totp_secret, role: member.roles[0].into(), agency })
}

async fn epoch(client: &Client, tenant: Uuid) -> Result<u64> {
    // The snapshot is for services; the stack's own certificate of one asks for it.
    let message = GetSnapshotRequest { tenant_id: tenant.to_string() };
    let answer = client.snapshot(tenant, message, |channel, request| async move { OrganisationServiceClient::new(channel).get_snapshot(request).await }).await.context("get_snapshot")?;
    Ok(answer.snapshot.map_or(0, |s| s.epoch))
}

/// The authenticator's code at an instant (RFC 6238: SHA-1, six digits, 30 seconds).
fn code(secret: &str, at: DateTime<Utc>) -> Result<String> {
    let key = data_encoding::BASE32_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).context("the authenticator's secret is not base32")?;
    let counter = u64::try_from(at.timestamp() / 30)?.to_be_bytes();
    let tag = aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &counter);
    let bytes = tag.as_ref();
    let at = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes([bytes[at] & 0x7f, bytes[at + 1], bytes[at + 2], bytes[at + 3]]) % 1_000_000;
    Ok(format!("{number:06}"))
}

/// SHA-256 of a PEM certificate, lower-case hexadecimal.
fn fingerprint(file: &Path) -> Result<String> {
    let pem = std::fs::read(file)?;
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).context("the partner's certificate is not PEM")?;
    Ok(data_encoding::HEXLOWER.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &pem.contents).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_read_from_a_mail_however_its_lines_are_broken() {
        let key = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_";
        assert_eq!(key_in(&format!("To: a@b\r\n\r\nhttps://localhost:1/t/a/enrol?key={key}\r\n")).as_deref(), Some(key));
        let broken = format!("https://localhost:1/t/a/enrol?key=3D{}=\r\n{}\r\n", &key[..20], &key[20..]);
        assert_eq!(key_in(&broken).as_deref(), Some(key));
        assert_eq!(key_in("https://localhost:1/t/a/enrol?key=short"), None);
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, at 59 seconds: 94287082, of which six digits are 287082.
        let secret = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
        assert_eq!(code(&secret, DateTime::from_timestamp(59, 0).unwrap()).unwrap(), "287082");
    }
}
