//! Ctrl-C: asked once, work stops where it is safe; asked twice, it stops where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

use super::print::remark;

/// Whether a person wants it to stop. Listens until it is dropped.
pub(super) struct Interrupt {
    came: Arc<AtomicBool>,
    listening: JoinHandle<()>,
}

impl Interrupt {
    /// Listens from now on. `remarked` is said at the first signal.
    pub(super) fn listen(remarked: &'static str) -> Self {
        let came = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&came);
        let listening = tokio::spawn(async move {
            // Without signals nothing can be interrupted, and the work itself is none the worse.
            while tokio::signal::ctrl_c().await.is_ok() {
                if flag.swap(true, Ordering::Relaxed) {
                    // 128 + SIGINT, as shells count.
                    std::process::exit(130);
                }
                remark(remarked);
            }
        });
        Self { came, listening }
    }

    /// Whether a person wants it to stop.
    pub(super) fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
