//! A socket's life: who asks, its operations, and its end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use chrono::Duration;
use futures::future::BoxFuture;
use futures::stream::SplitSink;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tracing::Instrument as _;
use tracing::field::Empty;

use super::message::{self, Close, Said};
use super::operation::{Operation, Outlet};
use super::queue::{self, Queue, Turn, Waiting};
use super::{Place, Times};
use crate::auth::{Principal, TokenError};
use crate::boot::App;
use crate::graphql::error::{Code, request_error};
use crate::http::graphql::Answer;

/// Operations of one socket at a time.
const OPERATIONS: usize = 50;
/// How long a token is good after its end: clocks differ.
const LEEWAY: Duration = Duration::seconds(60);

/// The operations under way, by name, each with the number of its start: a name may be used again.
type Running = Arc<Mutex<HashMap<String, (u64, AbortHandle)>>>;

/// Serves a socket until either side ends it.
pub(super) async fn serve(app: App, request: String, socket: WebSocket, times: Times) {
    let (sink, mut heard) = socket.split();
    let (out, waiting) = queue::queue();
    let writer = tokio::spawn(write(sink, waiting, times));
    let mut session = Session {
        app,
        request,
        out,
        known: None,
        running: Running::default(),
        tasks: JoinSet::new(),
        started: 0,
        times,
        began: Instant::now(),
        last: Instant::now(),
        asked: false,
    };
    let mut looks = tokio::time::interval(times.look.min(times.init));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let end = loop {
        let next = tokio::select! {
            heard = heard.next() => match heard {
                Some(Ok(message)) => session.hear(message).await,
                // The other side is gone, or breaks the protocol beneath ours.
                Some(Err(_)) | None => break None,
            },
            _ = looks.tick() => session.look().await,
            () = session.out.closed() => break None,
            Some(_) = session.tasks.join_next() => Ok(()),
        };
        if let Err(close) = next {
            break Some(close);
        }
    };
    session.tasks.shutdown().await;
    if let Some(Close { code, reason }) = end {
        let frame = CloseFrame { code, reason: reason.into() };
        session.out.send(Message::Close(Some(frame))).await;
    }
    drop(session);
    let _ = writer.await;
}

/// Writes what waits, until there is nothing more or the other side takes nothing.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut waiting: mpsc::Receiver<Waiting>, times: Times) {
    while let Some(Waiting { message, room }) = waiting.recv().await {
        let is_last = matches!(message, Message::Close(_));
        match tokio::time::timeout(times.send, sink.send(message)).await {
            Ok(Ok(())) if !is_last => drop(room),
            _ => return,
        }
    }
}

struct Session {
    app: App,
    request: String,
    out: Queue,
    /// Who asks, once it is known, and the place among the client's sockets.
    known: Option<(Principal, Place)>,
    running: Running,
    tasks: JoinSet<()>,
    started: u64,
    times: Times,
    began: Instant,
    /// When something was last heard, and whether the other side was asked for a sign since.
    last: Instant,
    asked: bool,
}

impl Session {
    async fn hear(&mut self, message: Message) -> Result<(), Close> {
        self.last = Instant::now();
        self.asked = false;
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Binary(_) => return Err(Close::invalid()),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        match message::read(text)? {
            Said::Init(payload) => self.begin(&payload).await,
            Said::Ping => {
                self.say(message::pong()).await;
                Ok(())
            }
            Said::Pong => Ok(()),
            Said::Subscribe(id, payload) => self.start(id, payload).await,
            Said::Complete(id) => {
                if let Some((_, task)) = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&id) {
                    task.abort();
                }
                Ok(())
            }
        }
    }

    /// A side that takes nothing is noticed by the writer.
    async fn say(&self, text: String) {
        self.out.send(Message::Text(text.into())).await;
    }

    async fn begin(&mut self, payload: &Value) -> Result<(), Close> {
        if self.known.is_some() {
            return Err(Close::again());
        }
        let token = message::token(payload).ok_or_else(Close::stranger)?;
        let now = self.app.hub.clock().now();
        let principal = self.app.auth.verify(token, now).await.map_err(|error| Close::forbidden(&error))?;
        self.is_revoked(&principal).await?;
        let place = self.app.sockets.enter(&principal.client_id).ok_or_else(Close::crowded)?;
        self.known = Some((principal, place));
        self.say(message::ack()).await;
        Ok(())
    }

    async fn is_revoked(&self, principal: &Principal) -> Result<(), Close> {
        match self.app.revocations.contain(&self.app.hub, &principal.jti).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Close::forbidden(&TokenError::Revoked)),
            Err(error) => {
                tracing::error!(%error, "revoked tokens could not be read");
                Err(Close::unavailable())
            }
        }
    }

    /// Looks whether the token still counts, and whether the other side is there.
    async fn look(&mut self) -> Result<(), Close> {
        let Some((principal, _)) = &self.known else {
            return if self.began.elapsed() >= self.times.init { Err(Close::late()) } else { Ok(()) };
        };
        if self.app.hub.clock().now() >= principal.expires_at + LEEWAY {
            return Err(Close::forbidden(&TokenError::Expired));
        }
        self.is_revoked(principal).await?;
        let silence = self.last.elapsed();
        if silence >= self.times.silence {
            return Err(Close::silent());
        }
        if silence >= self.times.ping && !self.asked {
            self.asked = true;
            self.say(message::ping()).await;
        }
        Ok(())
    }

    async fn start(&mut self, id: String, payload: Value) -> Result<(), Close> {
        let Some((principal, _)) = &self.known else { return Err(Close::unauthorized()) };
        let count = {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if running.contains_key(&id) {
                return Err(Close::taken(&id));
            }
            running.len()
        };
        if count >= OPERATIONS {
            let text = format!("A socket has at most {OPERATIONS} operations at a time; complete one first.");
            let answer = Answer::refused(request_error(Code::QueryTooComplex, text));
            self.say(message::error(&id, &answer)).await;
            return Ok(());
        }
        self.started += 1;
        let exit =
            Exit { id: id.clone(), number: self.started, running: Arc::clone(&self.running), out: self.out.clone() };
        let operation = Operation {
            app: self.app.clone(),
            principal: principal.clone(),
            request: self.request.clone(),
            id: id.clone(),
        };
        let span = tracing::info_span!("operation", id = self.request, operation = Empty, kind = Empty, cost = Empty);
        let (stands, standing) = oneshot::channel();
        {
            // The name is taken before the operation begins, so that it finds itself when it ends.
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let work = async move { operation.run(payload, stands, &exit).await };
            running.insert(id, (self.started, self.tasks.spawn(work.instrument(span))));
        }
        // What is said next is heard when this one stands: so whoever is answered knows that it misses nothing.
        let _ = standing.await;
        Ok(())
    }
}

/// Where an operation's messages leave. Its name is free before its last message is out.
struct Exit {
    id: String,
    number: u64,
    running: Running,
    out: Queue,
}

impl Outlet for Exit {
    fn send(&self, text: String, is_last: bool) -> BoxFuture<'_, bool> {
        if is_last {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            match running.get(&self.id) {
                Some((number, _)) if *number == self.number => drop(running.remove(&self.id)),
                // The client wants no more of it.
                _ => return Box::pin(async { false }),
            }
        }
        Box::pin(self.out.send(Message::Text(text.into())))
    }

    fn turn(&self) -> BoxFuture<'_, Turn> {
        Box::pin(self.out.turn())
    }
}
