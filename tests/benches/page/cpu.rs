//! Processor time by thread, from the kernel's accounting.

/// The client's threads bear this name; what they use is not the server's.
pub const CLIENT: &str = "client";

/// Microseconds that every other thread of this process has run so far, and PostgreSQL's processes where there are any.
pub fn server_micros() -> f64 {
    own() + postgres()
}

fn own() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter(|thread| {
            let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
            // The main thread only waits for the client.
            name.trim() != CLIENT && thread.file_name().to_string_lossy() != std::process::id().to_string()
        })
        .map(|thread| ran(&thread.path()))
        .sum()
}

fn postgres() -> f64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|process| {
            std::fs::read_to_string(process.path().join("comm")).is_ok_and(|name| name.trim() == "postgres")
        })
        .map(|process| ran(&process.path()))
        .sum()
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn ran(folder: &std::path::Path) -> f64 {
    let text = std::fs::read_to_string(folder.join("schedstat")).unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default() / 1000.0
}
