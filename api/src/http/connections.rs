//! Connections: taken one by one, each within limits of time and size before anything of a request is looked at.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// How long the head of a request may take to arrive, and a connection be idle. A body has as long again, so that a
/// whole request is there within ten seconds.
pub const ARRIVAL: Duration = Duration::from_secs(5);
/// The longest head of a request, in bytes: a token has at most 4 KiB.
const LONGEST_HEAD: usize = 16 << 10;
/// Connections at a time, those of WebSockets aside; more wait to be taken. Below what systems let a process open.
const AT_A_TIME: usize = 512;
/// How long nothing is taken after the system refused to give a connection: it is out of files or memory.
const RECOVERY: Duration = Duration::from_secs(1);

/// Serves connections until `end` comes, then waits for the requests under way.
pub async fn serve(listener: TcpListener, router: Router, end: impl Future<Output = ()> + Send) {
    within(ARRIVAL, listener, router, end).await;
}

async fn within(arrival: Duration, listener: TcpListener, router: Router, end: impl Future<Output = ()> + Send) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(arrival).max_header_size(LONGEST_HEAD);
    let room = Arc::new(Semaphore::new(AT_A_TIME));
    let (tell, told) = watch::channel(());
    let mut end = pin!(end);
    loop {
        let next = async { (room.clone().acquire_owned().await, taken(&listener).await) };
        let (place, stream) = tokio::select! {
            next = next => next,
            () = &mut end => break,
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut told = told.clone();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let served = tokio::select! {
                served = connection.as_mut() => served,
                _ = told.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = served {
                tracing::trace!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop((listener, told));
    tell.send_replace(());
    tell.closed().await;
}

/// The next connection.
async fn taken(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are written whole: nothing is gained by waiting for more.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            // The other side's trouble.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::ConnectionRefused
                ) => {}
            Err(error) => {
                tracing::error!(%error, "connections cannot be taken; tried again in a moment");
                tokio::time::sleep(RECOVERY).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use axum::body::Bytes;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;

    use super::*;

    async fn served(arrival: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", post(|body: Bytes| async move { body.len().to_string() }));
        tokio::spawn(within(arrival, listener, router, std::future::pending()));
        address
    }

    /// What is answered to these bytes, until the other side hangs up.
    async fn answer(address: SocketAddr, sent: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        // A side that hangs up on bytes it has not read resets the connection.
        let _ = stream.read_to_end(&mut heard).await;
        String::from_utf8(heard).unwrap()
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_hung_up_on() {
        let address = served(Duration::from_millis(1)).await;
        for begun in ["", "POST", "POST / HTTP/1.1\r\nhost: x\r\n", "POST / HTTP/1.1\r\nhost: x\r\nx: y"] {
            let answer = answer(address, begun).await;
            assert!(!answer.contains("200"), "{begun:?}: {answer}");
        }
    }

    #[tokio::test]
    async fn a_head_is_taken_to_its_limit_and_not_beyond() {
        let address = served(Duration::from_secs(60)).await;
        let head = |size: usize| {
            let (before, after) =
                ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\nx: ", "\r\n\r\n");
            format!("{before}{}{after}", "x".repeat(size - before.len() - after.len()))
        };
        assert!(answer(address, &head(LONGEST_HEAD)).await.starts_with("HTTP/1.1 200"));
        assert!(answer(address, &head(LONGEST_HEAD + 1)).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test]
    async fn what_is_under_way_at_the_end_is_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = tokio::sync::oneshot::channel();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (begin, release) = (Arc::new(Mutex::new(Some(begin))), Arc::new(Notify::new()));
        let work = release.clone();
        let handler = move || {
            begin.lock().unwrap().take().unwrap().send(()).unwrap();
            async move {
                work.notified().await;
                "done"
            }
        };
        let router = Router::new().route("/", get(handler));
        let server = tokio::spawn(within(ARRIVAL, listener, router, async { told.await.unwrap() }));
        let asked = tokio::spawn(answer(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
        begun.await.unwrap();
        tell.send(()).unwrap();
        release.notify_one();
        server.await.unwrap();
        assert!(asked.await.unwrap().ends_with("done"));
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
