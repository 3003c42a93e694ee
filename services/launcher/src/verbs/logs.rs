//! `accord logs`: the log of a detached stack or of one of its servers.

use super::Dir;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::process::ExitCode;
use std::time::Duration;

/// Arguments of `accord logs`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    dir: Dir,
    /// How many of the last lines to print
    #[arg(short = 'n', long, default_value_t = 200)]
    lines: usize,
    /// Go on printing what is added, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Print this server's log instead
    #[arg(long, value_enum)]
    server: Option<Server>,
}

/// A server with a log of its own.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Server {
    Postgres,
    Redis,
    Rabbitmq,
}

/// Prints the end of the log, and what is added to it when that was asked for.
///
/// # Errors
/// When there is no log.
pub async fn run(args: Args) -> Result<ExitCode> {
    let dir = args.dir.path();
    let path = match args.server {
        None => super::log_file(&dir),
        Some(Server::Postgres) => dir.join("postgres.log"),
        Some(Server::Redis) => dir.join("redis.log"),
        Some(Server::Rabbitmq) => dir.join("rabbitmq.log"),
    };
    let mut file = File::open(&path).with_context(|| {
        format!(
            "there is no log {}: only `./accord up --detach` writes one",
            path.display()
        )
    })?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let mut out = std::io::stdout().lock();
    out.write_all(tail(&text, args.lines))?;
    if !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        let position = file.stream_position()?;
        if file.metadata()?.len() < position {
            file.seek(SeekFrom::Start(0))?;
        }
        text.clear();
        file.read_to_end(&mut text)?;
        out.write_all(&text)?;
        out.flush()?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The last lines of a text.
fn tail(text: &[u8], lines: usize) -> &[u8] {
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    if lines == 0 {
        return &[];
    }
    let starts = body
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(index, _)| index + 1);
    let start = starts.take(lines).nth(lines - 1).unwrap_or(0);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_has_the_last_lines() {
        assert_eq!(tail(b"a\nb\nc\n", 2), b"b\nc\n");
        assert_eq!(tail(b"a\nb\nc", 1), b"c");
        assert_eq!(tail(b"a\nb\n", 9), b"a\nb\n");
        assert_eq!(tail(b"a\nb\n", 0), b"");
        assert_eq!(tail(b"", 3), b"");
    }
}
