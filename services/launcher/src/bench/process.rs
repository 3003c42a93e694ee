//! Start time and idle memory of the whole product in one process.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::{Options, ground::{self, Ground}, report::{Row, median, short}};

/// How long the process is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// Starts it several times; memory is that of the last start, which nobody used but for the sign-in page.
pub async fn measure(ground: &Ground, options: &Options) -> Result<Vec<Row>> {
    let browser = ground::browser(&ground.dir().join("pki/ca.pem"))?;
    let mut starts = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..options.pairs {
        let mut served = ground.serve(&["all"], None, true).await?;
        let url = format!("{}{}", served.web, ground.tenant.sign_in);
        starts.push(served.answers(&browser, &url).await?.as_secs_f64());
        served.ready().await?;
        tokio::time::sleep(IDLE).await;
        idle.push(served.memory()?);
        served.stop().await?;
    }
    let all = |values: &[f64]| values.iter().map(|v| short(*v)).collect::<Vec<_>>();
    Ok(vec![
        Row::cost("memory", "Memory of the process, idle, five services and gateway", median(idle.clone()), "MB", Some(150.0), json!({ "each_mb": all(&idle), "idle_s": IDLE.as_secs() })),
        Row::cost("start", "Start until the sign-in page answers", median(starts.clone()), "s", Some(2.0), json!({ "each_s": all(&starts) })),
    ])
}
