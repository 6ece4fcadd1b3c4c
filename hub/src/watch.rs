//! "Something changed, up to this position": how live readers of the change log are woken.
//!
//! In this process at every commit; from other processes by PostgreSQL's own notices, and on SQLite, which has none, by
//! a look at the counter every other second. A wake-up carries nothing but a position: what changed is read by
//! [`crate::View::changes`], so that one that is lost costs a delay and no change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::Hub;
use crate::store::revision::{CHANNEL, last_position};

/// How often the counter is looked at where nobody gives notice, and how long a lost connection is given.
const LOOK: Duration = Duration::from_secs(2);

/// The last position that this process knows of.
#[derive(Clone)]
pub(crate) struct Bell {
    last: Arc<watch::Sender<i64>>,
    listens: Arc<AtomicBool>,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self { last: Arc::new(watch::Sender::new(0)), listens: Arc::new(AtomicBool::new(false)) }
    }

    fn ring(&self, position: i64) {
        self.last.send_if_modified(|last| {
            let is_news = position > *last;
            *last = position.max(*last);
            is_news
        });
    }
}

impl Hub {
    /// Wakes live readers: changes up to that position are committed.
    pub(crate) fn tell(&self, position: i64) {
        self.bell.ring(position);
    }

    /// A receiver that wakes whenever something changed, by this process or by another, with the position of the last
    /// change. It may wake for nothing that its holder may see: what changed is read by [`crate::View::changes`] after
    /// the position that the reader knows.
    pub fn watch(&self) -> watch::Receiver<i64> {
        let receiver = self.bell.last.subscribe();
        if !self.bell.listens.swap(true, Ordering::SeqCst) {
            tokio::spawn(listen(self.clone()));
        }
        receiver
    }
}

/// Listens to other processes for as long as anybody watches.
async fn listen(hub: Hub) {
    loop {
        tokio::select! {
            () = hub.bell.last.closed() => {}
            () = hear(&hub) => continue,
        }
        hub.bell.listens.store(false, Ordering::SeqCst);
        // Somebody may have come in between.
        if hub.bell.last.receiver_count() == 0 || hub.bell.listens.swap(true, Ordering::SeqCst) {
            return;
        }
    }
}

/// Hears notices until they end, then waits a while; looks at the counter before each.
async fn hear(hub: &Hub) {
    match last_position(&hub.database.read).await {
        Ok(position) => hub.tell(position),
        Err(error) => tracing::warn!(%error, "the change counter cannot be read; trying again"),
    }
    if hub.database.backend() == DbBackend::Postgres {
        let pool = hub.database.read.get_postgres_connection_pool();
        match PgListener::connect_with(pool).await {
            Ok(listener) => take(hub, listener).await,
            Err(error) => tracing::warn!(%error, "changes of other processes are not heard; trying again"),
        }
    }
    tokio::time::sleep(LOOK).await;
}

async fn take(hub: &Hub, mut listener: PgListener) {
    if let Err(error) = listener.listen(CHANNEL).await {
        tracing::warn!(%error, "changes of other processes are not heard; trying again");
        return;
    }
    // What was committed before the listener stood.
    if let Ok(position) = last_position(&hub.database.read).await {
        hub.tell(position);
    }
    // `None`: the connection was lost, and notices with it; the counter is looked at again.
    while let Ok(Some(notice)) = listener.try_recv().await {
        if let Ok(position) = notice.payload().parse() {
            hub.tell(position);
        }
    }
}
