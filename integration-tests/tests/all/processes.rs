//! The main job with every service as a process of its own: nothing works in one process only.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use integration_tests::{
    rpc::{Caller, Rpc, SERVICES},
    stack::Stack,
    story::{self, sent_with},
    wait::until,
    web::Browser,
};
use toml::{Table, Value};

/// A process that ends with the test.
struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that ended by itself cannot be killed, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(stack: &Stack, arguments: &[&str], config: &Path) -> Self {
        let name = arguments.join("-");
        let log = stack.dir.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).expect("a log file");
        let mut command = stack.command(arguments);
        command
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file);
        Self {
            child: command.spawn().expect("the program starts"),
            name,
            log,
        }
    }

    fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().expect("the process is ours") {
            panic!(
                "{} ended ({status}): {}",
                self.name,
                std::fs::read_to_string(&self.log).unwrap_or_default()
            );
        }
    }
}

/// Addresses on this machine that nothing uses.
fn free(count: usize) -> Vec<SocketAddr> {
    let held: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"))
        .collect();
    held.iter()
        .map(|l| l.local_addr().expect("its address"))
        .collect()
}

/// Sets a value at a dotted key.
fn set(table: &mut Table, key: &str, value: impl Into<Value>) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value.into());
        }
        Some((head, rest)) => {
            let inner = table
                .entry(head.to_owned())
                .or_insert_with(|| Table::new().into());
            set(
                inner
                    .as_table_mut()
                    .unwrap_or_else(|| panic!("{head} is a section")),
                rest,
                value,
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job_with_every_service_as_a_process_of_its_own() {
    let mut stack = Stack::own(&[]);
    // The one process goes, and leaves its servers, databases and people.
    stack.kill();
    let ports = free(SERVICES.len() + 2);
    let (services, edges) = ports.split_at(SERVICES.len());
    let addresses: HashMap<String, String> = SERVICES
        .iter()
        .zip(services)
        .map(|(name, at)| ((*name).to_owned(), at.to_string()))
        .collect();
    let mut config: Table = std::fs::read_to_string(stack.dir.join("accord.toml"))
        .expect("the stack's configuration")
        .parse()
        .expect("TOML");
    for (name, at) in &addresses {
        set(&mut config, &format!("peers.{name}"), at.clone());
        set(&mut config, &format!("{name}.listen"), at.clone());
    }
    set(&mut config, "gateway.web.listen", edges[0].to_string());
    set(&mut config, "gateway.grpc.listen", edges[1].to_string());
    let web = format!("https://localhost:{}", edges[0].port());
    set(&mut config, "notification.settings.web_url", web.clone());
    let file = stack.dir.join("processes.toml");
    std::fs::write(&file, config.to_string()).expect("the configuration can be written");

    for service in SERVICES {
        for verb in ["check-config", "migrate"] {
            let mut command = stack.command(&[service, verb]);
            let output = command
                .arg("--config")
                .arg(&file)
                .output()
                .expect("the program starts");
            assert!(
                output.status.success(),
                "{service} {verb}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    let mut running: Vec<Process> = SERVICES
        .iter()
        .flat_map(|service| ["serve", "worker"].map(|verb| (*service, verb)))
        .map(|(service, verb)| Process::start(&stack, &[service, verb], &file))
        .collect();
    running.push(Process::start(&stack, &["gateway", "serve"], &file));
    until("every port is open", async || {
        running.iter_mut().for_each(Process::assert_alive);
        ports
            .iter()
            .all(|at| TcpStream::connect(at).is_ok())
            .then_some(())
    })
    .await;

    stack.demo.web = web;
    let rpc = Rpc::at(&stack, &addresses);
    let tenant = stack.demo.office();
    let coordinator = Caller::user(tenant, tenant.first("agency_coordinator"));
    let working = tenant.first("facilitator");
    let facilitator = Caller::user(tenant, working);
    let node = tenant.nodes[0].id.clone();
    let reference =
        story::send_public_form(&rpc, tenant, story::public_input(&story::family_name(&rpc))).await;
    let referral = story::find_referral(&rpc, &coordinator, &reference).await;
    let case_id = story::accept(&rpc, &coordinator, &referral.id, &node).await;
    let case = story::opened(&rpc, &coordinator, &case_id).await;
    story::allocate(&rpc, &coordinator, &case_id, &working.id).await;
    let mails = until("the facilitator's mail", async || {
        Some(sent_with(&tenant.mail, &case.reference)).filter(|m| !m.is_empty())
    })
    .await;
    assert_eq!(mails.len(), 1);
    for stage in [
        "INITIAL_CONTACT",
        "ASSESSMENT",
        "PREPARATION",
        "INTERVENTION_PLANNED",
    ] {
        story::move_stage(&rpc, &facilitator, &case_id, stage).await;
    }
    story::record_outcome(&rpc, &facilitator, &case_id).await;
    let mut browser = Browser::new(&stack);
    browser.set_session(
        &tenant.slug,
        &rpc.session(tenant, working)
            .await
            .expect("the facilitator signed in"),
    );
    let page = browser
        .get(&format!("/t/{}/cases/{case_id}", tenant.slug))
        .await;
    assert!(
        page.status.is_success() && page.text.contains(&case.reference),
        "{}",
        page.text
    );
    story::close(&rpc, &facilitator, &case_id, "COMPLETED_INTERVENTION").await;
    assert_eq!(
        story::case(&rpc, &coordinator, &case_id).await.stage,
        "CLOSED"
    );
    running.iter_mut().for_each(Process::assert_alive);
}
