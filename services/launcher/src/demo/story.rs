//! The cases of the demonstration, day by day, through the calls that pages and partner systems make.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};

use super::{client::Client, plan::{Step, plan}, teller::{State, Teller}, tenants::Made};
use crate::stack::Stack;

/// Cases that are worked at once; the machine has few cores and the database few connections.
const AT_ONCE: usize = 6;

/// Tells `count` cases that began between the clock's present and `now`, three of four in the first tenant.
pub async fn tell(client: &Client, tenants: &[Made], count: u32, now: DateTime<Utc>, stack: &Stack) -> Result<()> {
    let start = client.clock.now();
    let span = (now - start).num_days().max(1);
    let mut days: BTreeMap<i64, Vec<(usize, Step)>> = BTreeMap::new();
    let mut plans = Vec::new();
    for number in 0..count as usize {
        let plan = plan(tenants, number, start, span - 2);
        let first = (plan.begins - start).num_days();
        for (after, step) in &plan.steps {
            days.entry(first + after).or_default().push((number, *step));
        }
        plans.push(plan);
    }
    let mut states: Vec<State> = plans.iter().map(|_| State::default()).collect();
    let mut told = 0;
    for (day, steps) in days.range(..span) {
        let morning = (start + TimeDelta::days(*day)).date_naive().and_time(NaiveTime::from_hms_opt(9, 30, 0).unwrap_or_default()).and_utc();
        client.clock.advance(morning.max(client.clock.now() + TimeDelta::seconds(1)) - client.clock.now());
        let mut of_case: BTreeMap<usize, Vec<Step>> = BTreeMap::new();
        for (number, step) in steps {
            of_case.entry(*number).or_default().push(*step);
        }
        let work: Vec<_> = of_case.into_iter().map(|(number, steps)| (number, steps, std::mem::take(&mut states[number]))).collect();
        let done: Vec<(usize, State)> = stream::iter(work)
            .map(|(number, steps, mut state)| {
                let plan = &plans[number];
                async move {
                    for step in steps {
                        let teller = Teller { made: &tenants[plan.tenant], client, plan, number };
                        teller.step(step, &mut state).await.with_context(|| format!("case {number}, {step:?}"))?;
                    }
                    Ok::<_, anyhow::Error>((number, state))
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (number, state) in done {
            states[number] = state;
            told += 1;
        }
        settle(client, stack).await?;
        if told % 50 < AT_ONCE && *day % 30 == 0 {
            eprintln!("    {}", morning.format("%B %Y"));
        }
    }
    Ok(())
}

/// Lets the day's messages leave before the next day begins, or they would be too old.
async fn settle(client: &Client, stack: &Stack) -> Result<()> {
    let Some((_, notification)) = stack.services.iter().find(|(name, _)| *name == "notification") else { return Ok(()) };
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        let due = notification.db.due("notification.due_messages", client.clock.now(), 1).await.map_err(|e| anyhow::anyhow!("{e:?}"))?;
        if due.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}
