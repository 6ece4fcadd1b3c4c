//! Processor time, from the kernel's accounting.

use std::path::Path;

/// The client's threads bear this name; what they use is not the server's.
pub const CLIENT: &str = "client";

/// Whose time is counted.
pub enum Server {
    /// Every thread of this process but the client's.
    This,
    /// Another process.
    Other(u32),
}

impl Server {
    /// Microseconds that it has run so far.
    pub fn micros(&self) -> f64 {
        match self {
            Self::This => threads("self")
                .filter(|thread| {
                    let name = std::fs::read_to_string(thread.join("comm")).unwrap_or_default();
                    // The main thread only waits for the client.
                    name.trim() != CLIENT && !thread.ends_with(std::process::id().to_string())
                })
                .map(|thread| ran(&thread))
                .sum(),
            Self::Other(process) => threads(&process.to_string()).map(|thread| ran(&thread)).sum(),
        }
    }
}

/// Microseconds that the PostgreSQL of this process has run so far; none where there is none. Others' on this machine
/// are not counted.
pub fn postgres_micros() -> f64 {
    let Some(cluster) = crate::postgres::process() else { return 0.0 };
    let of_it = |stat: &str| {
        // Behind the name, which may hold anything: state and parent.
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse::<u32>().ok());
        parent == Some(cluster)
    };
    let children = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let children =
        children.filter(|process| std::fs::read_to_string(process.join("stat")).is_ok_and(|text| of_it(&text)));
    children.map(|process| ran(&process)).sum::<f64>() + ran(Path::new(&format!("/proc/{cluster}")))
}

fn threads(process: &str) -> impl Iterator<Item = std::path::PathBuf> {
    std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten().map(|thread| thread.path())
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn ran(folder: &Path) -> f64 {
    let text = std::fs::read_to_string(folder.join("schedstat")).unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default() / 1000.0
}
