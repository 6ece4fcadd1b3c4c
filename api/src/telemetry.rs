//! Logs, on standard error, so that standard output belongs to results.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Telemetry};

/// Starts logging; the first call of a process counts.
pub fn start(config: &Telemetry) {
    // The text was checked when it was read.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let text = match config.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, as tests make, changes nothing.
    let _already = if text {
        log.with_ansi(std::io::stderr().is_terminal()).try_init().is_err()
    } else {
        log.json().with_current_span(false).try_init().is_err()
    };
}
