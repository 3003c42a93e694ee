//! Every page as every kind of visitor, against the reviewed table `page_matrix.txt`, and every form against forged posts.
//!
//! The routes are read from the gateway's own route tables, so a new page is here without anybody thinking of it.

use std::collections::BTreeMap;

use http::StatusCode;
use integration_tests::{
    repository, reviewed,
    rpc::Rpc,
    stack::Stack,
    web::{Browser, Page},
};

use crate::records::Records;

/// A route of a tenant's pages.
#[derive(Clone, Debug)]
struct Route {
    /// Below `/t/{slug}`.
    path: String,
    get: bool,
    post: bool,
    /// Name of the folder under `pages/` that it is declared in.
    area: String,
}

/// The routes as written in `gateway/src/pages/<area>/mod.rs`.
fn routes() -> Vec<Route> {
    let pages = repository().join("gateway/src/pages");
    let mut found = Vec::new();
    let mut areas: Vec<_> = std::fs::read_dir(&pages)
        .expect("the gateway's pages")
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    areas.sort();
    for folder in areas {
        let text = std::fs::read_to_string(folder.join("mod.rs")).expect("an area has a mod.rs");
        let area = folder
            .file_name()
            .expect("a folder")
            .to_string_lossy()
            .into_owned();
        for part in text.split(".route(").skip(1) {
            let mut quoted = part.splitn(3, '"');
            let path = quoted.nth(1).expect("a route's path").to_owned();
            // A route table is one chain; what follows the last route is its end.
            let handlers = part.split("\n}").next().unwrap_or(part);
            found.push(Route {
                path,
                get: handlers.contains("get("),
                post: handlers.contains("post("),
                area: area.clone(),
            });
        }
    }
    assert!(found.len() > 20, "only {} routes were read", found.len());
    found
}

/// What stands for a parameter of a route. A case's page that has an id of its own is told by the word before it.
fn filled(route: &str, r: &Records) -> String {
    let mut before = "";
    let mut path = Vec::new();
    for part in route.split('/') {
        let value = match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            None => part,
            Some("step") => "harm",
            Some("action") => "reject",
            Some("kind") => "case",
            Some("assignment") => &r.assignment,
            Some("name" | "report") => "referrals_by_source_and_month",
            Some(parameter) => match (parameter, before) {
                (_, "users") => &r.user,
                (_, "roles") => &r.role,
                (_, "referrals") => &r.referral,
                (_, "cases") => &r.case,
                (_, "participants") => &r.participant,
                (_, "people") => &r.person,
                (_, "contacts" | "contact-points" | "contact") => &r.contact_point,
                (_, "notes") => &r.note,
                (_, "meetings") => &r.meeting,
                (_, "allocations" | "allocation") => &r.allocation,
                (_, "nodes") => &r.node,
                (_, "service-accounts") => &r.account,
                (_, "opening") => &r.case,
                (_, "{kind}") => &r.case,
                // Nobody made one: as good as any id.
                (_, "shares" | "locked-cases" | "restrictions" | "conflicts" | "agreements" | "break-glass") => &r.case,
                // Of one's own account: ids of others do nothing.
                (_, "passkeys" | "sessions") => &r.user,
                (_, "reports") => "referrals_by_source_and_month",
                _ => panic!("{route}: say in page_matrix.rs what stands for {{{parameter}}}"),
            },
        };
        before = part;
        path.push(value.to_owned());
    }
    path.join("/")
}

/// Somebody with a browser.
struct Visitor {
    head: &'static str,
    who: &'static str,
    browser: Browser,
}

async fn visitors(rpc: &Rpc<'_>) -> Vec<Visitor> {
    let stack = rpc.stack;
    let (tenant, office) = (stack.demo.partnership(), stack.demo.office());
    let agency = Records::agency(tenant);
    let other = &tenant
        .with_role("agency_coordinator")
        .find(|u| u.agency != agency)
        .expect("a second agency")
        .agency;
    let mut facilitators = tenant.at(&agency, "facilitator");
    let (with_case, without) = (
        facilitators.next().expect("a facilitator"),
        facilitators.next().expect("another facilitator"),
    );
    let people = [
        (
            "oten",
            "coordinator of another tenant, whose session was put into this tenant's cookie",
            office,
            office.first("agency_coordinator"),
        ),
        (
            "oco",
            "coordinator of another agency",
            tenant,
            tenant
                .at(other, "agency_coordinator")
                .next()
                .expect("a coordinator"),
        ),
        (
            "ofa",
            "facilitator of another agency",
            tenant,
            tenant
                .at(other, "facilitator")
                .next()
                .expect("a facilitator"),
        ),
        (
            "adm",
            "tenant administrator",
            tenant,
            tenant.first("tenant_administrator"),
        ),
        (
            "lead",
            "partnership lead",
            tenant,
            tenant.first("partnership_lead"),
        ),
        (
            "coo",
            "coordinator of the agency",
            tenant,
            tenant.first("agency_coordinator"),
        ),
        (
            "fac",
            "facilitator to whom the case is allocated",
            tenant,
            with_case,
        ),
        (
            "col",
            "facilitator of the agency without the case",
            tenant,
            without,
        ),
        (
            "ref",
            "who sent the referral, at the police, who may read there",
            tenant,
            tenant.first("referrer"),
        ),
        (
            "rag",
            "somebody of the agency who may only read",
            tenant,
            tenant
                .at(&agency, "read_only")
                .next()
                .expect("a reader"),
        ),
        (
            "dpo",
            "data protection officer",
            tenant,
            tenant.first("data_protection_officer"),
        ),
    ];
    let mut all = vec![Visitor {
        head: "none",
        who: "nobody",
        browser: Browser::new(stack),
    }];
    for (head, who, home, user) in people {
        let mut browser = Browser::new(stack);
        browser.set_session(
            &tenant.slug,
            &rpc.session(home, user).await.expect("everyone can sign in"),
        );
        all.push(Visitor { head, who, browser });
    }
    all
}

/// What happened, for the table: a status, or where it leads.
fn cell(page: &Page) -> String {
    if page.status.is_redirection() {
        return if page.location().contains("/sign-in") {
            "in".into()
        } else {
            "->".into()
        };
    }
    page.status.as_u16().to_string()
}

#[tokio::test]
async fn every_page_answers_every_visitor_as_reviewed() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let records = Records::make(&rpc).await;
    let mut visitors = visitors(&rpc).await;
    let (mut rows, mut faults) = (BTreeMap::new(), Vec::new());
    for route in routes().into_iter().filter(|r| r.get) {
        let below = if route.path == "/" {
            String::new()
        } else {
            filled(&route.path, &records)
        };
        let path = format!("/t/{}{below}", tenant.slug);
        let mut cells = Vec::new();
        for visitor in &mut visitors {
            let page = visitor.browser.get(&path).await;
            if page.status.is_server_error() {
                faults.push(format!(
                    "{}: {} got {}",
                    route.path, visitor.who, page.status
                ));
            }
            let stranger = matches!(visitor.head, "none" | "oten");
            if stranger
                && records
                    .secrets()
                    .iter()
                    .any(|s| page.text.contains(s) && !path.contains(s))
            {
                faults.push(format!(
                    "{}: {} was told of the tenant's records",
                    route.path, visitor.who
                ));
            }
            cells.push(cell(&page));
        }
        rows.insert(route.path, cells);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let mut text = String::from(
        "# Who may open what: the records of one case of an agency, and every kind of visitor. See page_matrix.rs.\n\
         # A status; `in` leads to the sign-in page, `->` to another one.\n",
    );
    for visitor in &visitors {
        text += &format!("# {:<4} {}\n", visitor.head, visitor.who);
    }
    let width = rows.keys().map(String::len).max().unwrap_or_default();
    let mut line = |name: &str, cells: Vec<&str>| {
        let cells: String = cells.iter().map(|c| format!(" {c:<4}")).collect();
        text += &format!("{name:<width$}{}\n", cells.trim_end());
    };
    line("", visitors.iter().map(|v| v.head).collect());
    for (name, cells) in &rows {
        line(name, cells.iter().map(String::as_str).collect());
    }
    reviewed(
        &repository().join("integration-tests/tests/all/page_matrix.txt"),
        &text,
    );
}

#[tokio::test]
async fn what_is_not_public_leads_nobody_to_sign_in() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let records = Records::make(&rpc).await;
    // Everything that people read before they sign in, and nothing else.
    let public = [
        "/theme.css",
        "/exit",
        "/privacy",
        "/accessibility",
        "/cookies",
        "/help",
        "/sign-in",
        "/sign-in/code",
        "/enrol",
    ];
    let mut browser = Browser::new(stack);
    let mut open = Vec::new();
    for route in routes()
        .into_iter()
        .filter(|r| r.get && r.area != "refer" && !public.contains(&r.path.as_str()))
    {
        let below = if route.path == "/" {
            String::new()
        } else {
            filled(&route.path, &records)
        };
        let page = browser.get(&format!("/t/{}{below}", tenant.slug)).await;
        if !(page.status.is_redirection() && page.location().contains("/sign-in")) {
            open.push(format!("{} answers {}", route.path, page.status));
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}

#[tokio::test]
async fn forged_posts_are_refused_on_every_form() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let records = Records::make(&rpc).await;
    let mut browser = Browser::new(stack);
    browser.set_session(
        &tenant.slug,
        &rpc.session(tenant, tenant.first("partnership_lead"))
            .await
            .expect("the lead signs in"),
    );
    let mut taken = Vec::new();
    for route in routes().into_iter().filter(|r| r.post) {
        let path = format!("/t/{}{}", tenant.slug, filled(&route.path, &records));
        browser.fetch_site = "cross-site";
        let from_elsewhere = browser.post(&path, &[]).await;
        if from_elsewhere.status != StatusCode::FORBIDDEN {
            taken.push(format!(
                "{}: from another site: {}",
                route.path, from_elsewhere.status
            ));
        }
        browser.fetch_site = "same-origin";
        // The public form uses no cookie, so there is nothing that another site could abuse.
        if route.area != "refer" {
            let without_token = browser.post(&path, &[("_csrf", "AAAA")]).await;
            if without_token.status != StatusCode::FORBIDDEN {
                taken.push(format!(
                    "{}: without the session's token: {}",
                    route.path, without_token.status
                ));
            }
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

#[tokio::test]
async fn people_sign_in_by_the_pages_and_out_again() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    // Nobody else of these tests signs in as the last facilitator of the second agency.
    let user = tenant
        .with_role("facilitator")
        .last()
        .expect("a facilitator");
    let mut browser = Browser::new(stack);
    let step = rpc.clock().now().timestamp() / integration_tests::totp::STEP;
    let landed = browser.sign_in(tenant, user, step).await;
    assert!(landed.status.is_redirection(), "{}", landed.text);
    let home = browser.get(landed.location()).await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(
        home.text.contains(&user.name) && home.text.contains("Demonstration"),
        "the home page names the person and the band"
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(
            home.headers.get(name).and_then(|v| v.to_str().ok()),
            Some(value),
            "{name}"
        );
    }
    let policy = home
        .headers
        .get("content-security-policy")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    let out = browser
        .submit(&home, &format!("/t/{}/sign-out", tenant.slug), &[])
        .await;
    assert!(out.status.is_redirection(), "{}", out.text);
    let after = browser.get(&format!("/t/{}", tenant.slug)).await;
    assert!(after.location().contains("/sign-in"));
}
