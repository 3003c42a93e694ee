//! The closed loop: a number of workers that each send the next request when the last was answered. It runs in a process
//! of its own (`accord bench-client`, job on standard input, figures on standard output), so that it can be kept on
//! another core than what it measures.

use std::{path::{Path, PathBuf}, process::Stdio, sync::atomic::{AtomicUsize, Ordering}, time::{Duration, Instant}};

use anyhow::{Context, Result, bail};
use figment::providers::Serialized;
use platform::config;
use proto::{
    case::v1::{GetCaseRequest, ListCasesRequest, case_service_client::CaseServiceClient},
    people::v1::{SearchPeopleRequest, people_service_client::PeopleServiceClient},
};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::{caller::Caller, ground::{self, Ground, Served}, report::percentile};
use crate::ask;

/// What is asked again and again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Work {
    /// One case over gRPC.
    GetCase {
        /// Who asks.
        user: Uuid,
        /// The cases, in turn.
        cases: Vec<String>,
    },
    /// The first page of a list of cases over gRPC.
    ListCases {
        /// Who asks.
        user: Uuid,
        /// Number of the tab.
        tab: i32,
    },
    /// One search over gRPC.
    Search {
        /// Who asks.
        user: Uuid,
        /// What is typed, in turn.
        texts: Vec<String>,
    },
    /// One page as HTML.
    Page {
        /// The authority of the pages' certificate.
        ca: PathBuf,
        /// For each worker the cookie and the addresses, in turn.
        visits: Vec<(String, Vec<String>)>,
    },
}

/// A job of the client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    config: PathBuf,
    peers: Vec<(String, String)>,
    tenant: Uuid,
    epoch: u64,
    /// Requests under way at a time.
    pub workers: usize,
    /// Seconds that count for nothing.
    pub warm: u64,
    /// Seconds that count.
    pub seconds: u64,
    /// What is asked.
    pub work: Work,
}

/// What came out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Answers that counted.
    pub count: usize,
    /// All answers, with those of the warm-up.
    pub all: usize,
    /// Requests that were refused or failed.
    pub failed: usize,
    /// The first failure.
    pub failure: Option<String>,
    /// Answers a second.
    pub per_second: f64,
    /// Half of the answers took no longer, in ms.
    pub p50: f64,
    /// 99 of 100 took no longer, in ms.
    pub p99: f64,
    /// The slowest, in ms.
    pub max: f64,
}

impl Job {
    /// A job against a served process.
    ///
    /// # Errors
    /// Where the tenant's permissions are not known.
    pub async fn new(ground: &Ground, served: &Served, work: Work) -> Result<Self> {
        Ok(Self {
            config: ground.config(),
            peers: served.peers.iter().map(|(name, at)| ((*name).to_owned(), at.clone())).collect(),
            tenant: ground.tenant.id.parse()?,
            epoch: ground.epoch().await?,
            workers: 1,
            warm: 1,
            seconds: 5,
            work,
        })
    }

    /// Runs it in a process of its own.
    ///
    /// # Errors
    /// Where that fails, or every request did.
    pub async fn run(&self, core: Option<usize>) -> Result<Figures> {
        let mut command = ground::on_core(core, &std::env::current_exe()?);
        command.arg("bench-client").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the client cannot be started")?;
        let mut input = child.stdin.take().context("the client takes no job")?;
        input.write_all(&serde_json::to_vec(self)?).await?;
        drop(input);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("the client ended ({})", output.status);
        }
        let figures: Figures = serde_json::from_slice(&output.stdout).context("the client's figures cannot be read")?;
        if figures.count == 0 {
            bail!("no request succeeded: {}", figures.failure.unwrap_or_default());
        }
        Ok(figures)
    }

    /// Does the job in this process.
    ///
    /// # Errors
    /// Where the stack's files cannot be read.
    pub async fn work(&self) -> Result<Figures> {
        let mut figment = config::figment(Some(&self.config));
        for (service, address) in &self.peers {
            figment = figment.merge(Serialized::default(&format!("peers.{service}"), address));
        }
        let caller = Caller::open(&figment, self.tenant, self.epoch)?;
        let browser = match &self.work {
            Work::Page { ca, .. } => Some(ground::browser(Path::new(ca))?),
            _ => None,
        };
        let turn = AtomicUsize::new(0);
        let begin = Instant::now();
        let counted = begin + Duration::from_secs(self.warm);
        let end = counted + Duration::from_secs(self.seconds);
        let workers = (0..self.workers).map(|worker| {
            let (caller, browser, turn) = (&caller, browser.as_ref(), &turn);
            async move {
                let (mut took, mut all, mut failures) = (Vec::new(), 0, Vec::new());
                while Instant::now() < end {
                    let asked = Instant::now();
                    match self.ask(caller, browser, worker, turn.fetch_add(1, Ordering::Relaxed)).await {
                        Ok(()) => {
                            all += 1;
                            if asked >= counted && Instant::now() <= end {
                                took.push(asked.elapsed().as_secs_f64() * 1000.0);
                            }
                        }
                        Err(error) => failures.push(format!("{error:#}")),
                    }
                }
                (took, all, failures)
            }
        });
        let done = futures::future::join_all(workers).await;
        let mut took: Vec<f64> = done.iter().flat_map(|(took, _, _)| took.iter().copied()).collect();
        took.sort_by(f64::total_cmp);
        let count = u32::try_from(took.len()).unwrap_or(u32::MAX);
        let seconds = u32::try_from(self.seconds.max(1)).unwrap_or(u32::MAX);
        Ok(Figures {
            count: took.len(),
            all: done.iter().map(|(_, all, _)| all).sum(),
            failed: done.iter().map(|(_, _, failures)| failures.len()).sum(),
            failure: done.iter().flat_map(|(_, _, failures)| failures).next().cloned(),
            per_second: f64::from(count) / f64::from(seconds),
            p50: percentile(&took, 0.50),
            p99: percentile(&took, 0.99),
            max: took.last().copied().unwrap_or_default(),
        })
    }

    async fn ask(&self, caller: &Caller, browser: Option<&reqwest::Client>, worker: usize, turn: usize) -> Result<()> {
        match &self.work {
            Work::GetCase { user, cases } => {
                let message = GetCaseRequest { case_id: cases[turn % cases.len()].clone() };
                let answer = ask!(caller, *user, "case", CaseServiceClient::get_case, message)?;
                // An answer counts only with what had to be opened and decided for it.
                let case = answer.case.context("an answer without a case")?;
                if case.what_happened.is_empty() || case.participants.is_empty() || case.allowed_actions.is_empty() {
                    bail!("an answer without what the caller may read");
                }
            }
            Work::ListCases { user, tab } => {
                let message = ListCasesRequest { tab: *tab, page_size: 50, ..ListCasesRequest::default() };
                let answer = ask!(caller, *user, "case", CaseServiceClient::list_cases, message)?;
                if answer.cases.is_empty() {
                    bail!("a list without cases");
                }
            }
            Work::Search { user, texts } => {
                let message = SearchPeopleRequest { text: texts[turn % texts.len()].clone(), ..SearchPeopleRequest::default() };
                let answer = ask!(caller, *user, "case", PeopleServiceClient::search_people, message)?;
                if answer.people.is_empty() {
                    bail!("a search that found nobody");
                }
            }
            Work::Page { visits, .. } => {
                let (cookie, urls) = &visits[worker % visits.len()];
                let browser = browser.context("no browser")?;
                let answer = browser.get(&urls[turn % urls.len()]).header("cookie", cookie).header("accept", "text/html").send().await?;
                let status = answer.status();
                let text = answer.text().await?;
                if !status.is_success() || !text.trim_end().ends_with("</html>") {
                    bail!("a page answered {status}");
                }
            }
        }
        Ok(())
    }
}
