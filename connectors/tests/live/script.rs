//! A server that says what it is told to say, in that order, and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;

/// An answer: status, headers, body.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Said {
    pub fn json(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), "application/json".to_owned())], body: body.into() }
    }

    pub fn page(status: u16) -> Self {
        let headers = vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
        Self { status, headers, body: b"<!DOCTYPE html><html>Wait.</html>".to_vec() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request: method, path with query, headers, body.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub uri: String,
    pub authorization: String,
    pub body: String,
}

#[derive(Default)]
struct Lines {
    to_say: VecDeque<Said>,
    asked: Vec<Asked>,
}

pub struct Script {
    lines: Arc<Mutex<Lines>>,
    pub address: SocketAddr,
}

impl Script {
    pub async fn start(to_say: impl IntoIterator<Item = Said>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Lines { to_say: to_say.into_iter().collect(), asked: Vec::new() }));
        let router = Router::new().fallback(say).with_state(Arc::clone(&lines));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { lines, address }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.lines.lock().unwrap().asked.clone()
    }
}

async fn say(State(lines): State<Arc<Mutex<Lines>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let authorization = head.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let mut lines = lines.lock().unwrap();
    lines.asked.push(Asked {
        method: head.method.to_string(),
        uri: head.uri.to_string(),
        authorization: authorization.unwrap_or_default(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let said = lines.to_say.pop_front().unwrap_or(Said { status: 599, ..Said::default() });
    let mut response = Response::builder().status(said.status);
    for (name, value) in said.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(said.body)).unwrap()
}
