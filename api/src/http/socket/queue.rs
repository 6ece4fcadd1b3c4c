//! What waits for the other side: so many messages, of so many bytes together. Whoever has more to say waits, and asks
//! the database for nothing meanwhile: a slow reader costs the hub what stands here, and no more.

use std::sync::Arc;

use axum::extract::ws::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Messages that wait.
const WAITING: usize = 16;
/// Bytes that wait; a message that is longer by itself waits alone.
const ROOM: usize = 1 << 20;
/// Operations that work out an answer at a time, or hold one for which there is no room yet.
const TURNS: usize = 4;

/// The end at which messages go in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    messages: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A message on its way, and the room that it takes until it is out.
#[derive(Debug)]
pub struct Waiting {
    /// The message.
    pub message: Message,
    /// Kept until it is out.
    pub room: Option<OwnedSemaphorePermit>,
}

/// Leave to work out an answer, until it has gone in.
pub type Turn = Option<OwnedSemaphorePermit>;

/// A queue, and the end at which messages come out.
pub fn queue() -> (Queue, mpsc::Receiver<Waiting>) {
    let (messages, waiting) = mpsc::channel(WAITING);
    let queue = Queue { messages, room: Arc::new(Semaphore::new(ROOM)), turns: Arc::new(Semaphore::new(TURNS)) };
    (queue, waiting)
}

impl Queue {
    /// Puts a message in once there is room. False where nobody takes messages any more.
    pub async fn send(&self, message: Message) -> bool {
        let size = match &message {
            Message::Text(text) => text.as_str().len().min(ROOM),
            _ => 0,
        };
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        // It is never closed: without a permit there would be no bound, and there always is one.
        let room = Arc::clone(&self.room).acquire_many_owned(size).await.ok();
        self.messages.send(Waiting { message, room }).await.is_ok()
    }

    /// Waits for leave to work out an answer.
    pub async fn turn(&self) -> Turn {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// Waits until nobody takes messages any more.
    pub async fn closed(&self) {
        self.messages.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn text(bytes: usize) -> Message {
        Message::Text("x".repeat(bytes).into())
    }

    #[tokio::test]
    async fn messages_and_bytes_are_bounded_and_room_comes_back() {
        let (queue, mut out) = queue();
        for _ in 0..WAITING {
            assert_eq!(queue.send(text(1)).now_or_never(), Some(true));
        }
        assert_eq!(queue.send(text(1)).now_or_never(), None, "one more has no place");
        while out.try_recv().is_ok() {}
        let quarter = ROOM / 4;
        for _ in 0..4 {
            assert_eq!(queue.send(text(quarter)).now_or_never(), Some(true));
        }
        assert_eq!(queue.send(text(1)).now_or_never(), None, "one byte more has no room");
        let first = out.recv().await.unwrap();
        assert_eq!(queue.send(text(1)).now_or_never(), None, "what is being written still takes its room");
        drop(first);
        assert_eq!(queue.send(text(quarter)).now_or_never(), Some(true));
    }

    #[tokio::test]
    async fn what_is_longer_than_the_room_waits_alone() {
        let (queue, mut out) = queue();
        assert_eq!(queue.send(text(3 * ROOM)).now_or_never(), Some(true));
        assert_eq!(queue.send(text(1)).now_or_never(), None);
        drop(out.recv().await);
        assert_eq!(queue.send(text(1)).now_or_never(), Some(true));
    }

    #[tokio::test]
    async fn whoever_waits_hears_that_nobody_takes_anything_any_more() {
        let (queue, out) = queue();
        assert_eq!(queue.send(text(ROOM)).now_or_never(), Some(true));
        let waits = tokio::spawn({
            let queue = queue.clone();
            async move { queue.send(text(ROOM)).await }
        });
        tokio::task::yield_now().await;
        drop(out);
        assert!(!waits.await.unwrap());
        queue.closed().await;
    }

    #[tokio::test]
    async fn few_answers_are_worked_out_at_a_time() {
        let (queue, _out) = queue();
        let turns: Vec<Turn> = futures::future::join_all((0..TURNS).map(|_| queue.turn())).await;
        assert!(queue.turn().now_or_never().is_none());
        drop(turns);
        assert!(queue.turn().now_or_never().is_some());
    }
}
