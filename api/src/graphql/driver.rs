//! Runs a request's batches in the request's own task, and only when its resolvers have nothing left to do but wait:
//! so everything that could be in a batch is in it, whatever the size of the page, and no timer decides.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{BoxFuture, poll_fn};
use futures::stream::FuturesUnordered;
use futures::task::AtomicWaker;

/// A batch that is to be run.
pub type Batch = BoxFuture<'static, ()>;

/// Runs the batches of one request.
pub struct Driver(UnboundedReceiver<Batch>);

/// Tells whether the resolvers were woken since they last ran. They wake themselves in the middle of their work, to
/// let others run.
#[derive(Default)]
struct Woken {
    since: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.since.store(true, Ordering::Release);
        self.task.wake();
    }
}

impl Driver {
    /// A driver, and where batches are handed to it.
    pub fn new() -> (UnboundedSender<Batch>, Self) {
        let (send, batches) = unbounded();
        (send, Self(batches))
    }

    /// Runs `work`, and the batches that it asks for.
    pub async fn drive<T>(mut self, work: impl Future<Output = T> + Send) -> T {
        let mut work: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(work);
        let mut running = FuturesUnordered::new();
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        poll_fn(move |task| {
            woken.task.register(task.waker());
            woken.since.store(false, Ordering::Release);
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(done);
            }
            // Not idle yet: this task has been woken already, and comes here again.
            if woken.since.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            loop {
                // One level after the other: what some resolvers ask for early waits for those who ask for it late.
                if running.is_empty() {
                    while let Poll::Ready(Some(batch)) = self.0.poll_next_unpin(task) {
                        running.push(batch);
                    }
                }
                let was_idle = running.is_empty();
                // Each that ends wakes the resolvers that waited for it.
                while let Poll::Ready(Some(())) = running.poll_next_unpin(task) {}
                if was_idle || !running.is_empty() || woken.since.load(Ordering::Acquire) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::time::Duration;

    use async_graphql::dataloader::{DataLoader, Loader};

    use super::*;

    /// Remembers the size of every batch.
    struct Doubler(Arc<Mutex<Vec<usize>>>);

    impl Loader<u64> for Doubler {
        type Value = u64;
        type Error = ();

        async fn load(&self, keys: &[u64]) -> Result<HashMap<u64, u64>, ()> {
            tokio::task::yield_now().await;
            self.0.lock().unwrap().push(keys.len());
            Ok(keys.iter().map(|key| (*key, key * 2)).collect())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_level_of_a_page_is_one_batch_whatever_its_size() {
        for size in [1, 20, 100, 300] {
            let sizes = Arc::new(Mutex::new(Vec::new()));
            let (send, driver) = Driver::new();
            let spawn = move |batch| drop(send.unbounded_send(batch));
            let loader = DataLoader::new(Doubler(sizes.clone()), spawn).delay(Duration::ZERO);
            let loader = &loader;
            // As the executor nests them: a list of objects, each a set of fields, each in two steps.
            let object = |id: u64| async move {
                let field = |field: u64| async move {
                    let first = loader.load_one(id * 10 + field).await.unwrap().unwrap();
                    loader.load_one(1_000_000 + first).await.unwrap().unwrap()
                };
                let mut fields = FuturesUnordered::from_iter((0..3).map(field));
                while fields.next().await.is_some() {}
            };
            driver.drive(futures::future::join_all((0..size).map(object))).await;
            let size = usize::try_from(size).unwrap() * 3;
            assert_eq!(*sizes.lock().unwrap(), [size, size], "two levels, two batches");
        }
    }

    #[tokio::test]
    async fn work_without_batches_ends_by_itself() {
        let (_send, driver) = Driver::new();
        assert_eq!(driver.drive(async { tokio::task::yield_now().await }).await, ());
    }
}
