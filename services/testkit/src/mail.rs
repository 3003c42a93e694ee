//! Sinks: an SMTP server and an HTTP provider of text messages that keep what they get.

use std::{net::SocketAddr, sync::{Arc, Mutex}};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A message as the SMTP server got it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// Address of the envelope's sender.
    pub from: String,
    /// Addresses of the envelope's recipients.
    pub to: Vec<String>,
    /// Headers and body as sent.
    pub data: String,
}

/// One request to the provider of text messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Method and path, for instance `POST /v2/notifications/sms`.
    pub request: String,
    /// The body.
    pub body: String,
}

/// An SMTP server on a port of its own; it ends with this.
pub struct MailSink {
    address: SocketAddr,
    kept: Arc<Mutex<Vec<Mail>>>,
    task: JoinHandle<()>,
}

impl MailSink {
    /// Starts it.
    ///
    /// # Panics
    /// Where no port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let (address, kept) = (listener.local_addr().expect("its address"), Arc::new(Mutex::new(Vec::new())));
        let into = kept.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(smtp(stream, into.clone()));
            }
        });
        Self { address, kept, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything it got so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.kept.lock().map(|k| k.clone()).unwrap_or_default()
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn smtp(stream: TcpStream, kept: Arc<Mutex<Vec<Mail>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut mail, mut line) = (Mail::default(), String::new());
    stream.write_all(b"220 sink ESMTP\r\n").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        let upper = command.to_ascii_uppercase();
        let answer: &[u8] = if upper.starts_with("MAIL FROM:") {
            mail = Mail { from: address(command), ..Mail::default() };
            b"250 ok\r\n"
        } else if upper.starts_with("RCPT TO:") {
            mail.to.push(address(command));
            b"250 ok\r\n"
        } else if upper == "DATA" {
            stream.write_all(b"354 go on\r\n").await?;
            mail.data = data(&mut stream).await?;
            if let Ok(mut kept) = kept.lock() {
                kept.push(std::mem::take(&mut mail));
            }
            b"250 kept\r\n"
        } else if upper == "QUIT" {
            return stream.write_all(b"221 bye\r\n").await;
        } else {
            b"250 ok\r\n"
        };
        stream.write_all(answer).await?;
    }
}

/// Lines up to the single dot, with doubled dots undone.
async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn address(command: &str) -> String {
    command.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// An HTTP server that answers every request with 201 and keeps it.
pub struct TextSink {
    address: SocketAddr,
    kept: Arc<Mutex<Vec<Text>>>,
    task: JoinHandle<()>,
}

impl TextSink {
    /// Starts it.
    ///
    /// # Panics
    /// Where no port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let (address, kept) = (listener.local_addr().expect("its address"), Arc::new(Mutex::new(Vec::new())));
        let into = kept.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(http(stream, into.clone()));
            }
        });
        Self { address, kept, task }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything it got so far.
    pub fn texts(&self) -> Vec<Text> {
        self.kept.lock().map(|k| k.clone()).unwrap_or_default()
    }
}

impl Drop for TextSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn http(stream: TcpStream, kept: Arc<Mutex<Vec<Text>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first).await? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            if stream.read_line(&mut header).await? == 0 || header == "\r\n" {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let text = Text { request: first.trim_end().trim_end_matches(" HTTP/1.1").to_owned(), body: String::from_utf8_lossy(&body).into_owned() };
        if let Ok(mut kept) = kept.lock() {
            kept.push(text);
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}").await?;
    }
}
