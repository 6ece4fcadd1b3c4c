//! How far long work is: a bar with its remaining time on a terminal, a plain line now and then elsewhere.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hub::{ExportProgress, ImportProgress, RunRow};
use indicatif::{ProgressBar, ProgressStyle};

use super::print::{count, remark, took};

/// How long nothing is said where there is no terminal.
const QUIET: Duration = Duration::from_secs(5);

/// Where work stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    done: u64,
    /// Where the end is known.
    total: Option<u64>,
    /// Whether an import has been read and is being reconciled.
    reconciling: bool,
}

impl Stand {
    /// So many of so many.
    pub(super) const fn of(done: u64, total: u64) -> Self {
        Self { done, total: Some(total), reconciling: false }
    }
}

impl From<&ImportProgress> for Stand {
    fn from(now: &ImportProgress) -> Self {
        Self { done: now.entries_done, total: now.entries_total, reconciling: now.reconciling }
    }
}

impl From<&ExportProgress> for Stand {
    fn from(now: &ExportProgress) -> Self {
        Self { done: now.done, total: Some(now.total), reconciling: false }
    }
}

impl From<&RunRow> for Stand {
    fn from(now: &RunRow) -> Self {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Self { done: count(now.records_done), total: Some(count(now.records_total)), reconciling: false }
    }
}

/// Tells on standard error how far work is.
pub(super) struct Progress {
    what: String,
    /// What is counted, e.g. entries.
    unit: &'static str,
    began: Instant,
    shown: Shown,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

/// What was said last, and when.
struct Lines {
    last: Instant,
    reconciling: bool,
}

impl Progress {
    /// Of the import of `what`.
    pub(super) fn of(what: &str) -> Self {
        Self::begin(what, &format!("Reading {what}"), "entries")
    }

    /// Of the export of what `whom` holds.
    pub(super) fn of_export(whom: &str) -> Self {
        Self::begin(whom, &format!("Exporting {whom}"), "things")
    }

    /// Of a run of the engine over the records of `whom`.
    pub(super) fn of_run(whom: &str) -> Self {
        Self::begin(whom, &format!("Reconciling {whom}"), "records")
    }

    /// Of the calls to a source.
    pub(super) fn of_sync(what: &str) -> Self {
        Self::begin(what, &format!("Asking {what}"), "calls")
    }

    fn begin(what: &str, doing: &str, unit: &'static str) -> Self {
        let began = Instant::now();
        let shown = if io::stderr().is_terminal() {
            Shown::Bar(ProgressBar::no_length().with_message(doing.to_owned()))
        } else {
            Shown::Lines(Mutex::new(Lines { last: began, reconciling: false }))
        };
        Self { what: what.to_owned(), unit, began, shown }
    }

    /// Where it stands now.
    pub(super) fn show(&self, now: impl Into<Stand>) {
        let now = now.into();
        match &self.shown {
            Shown::Bar(bar) => self.draw(bar, now),
            Shown::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                let turned = now.reconciling && !lines.reconciling;
                if turned || (!now.reconciling && lines.last.elapsed() >= QUIET) {
                    lines.last = Instant::now();
                    lines.reconciling = now.reconciling;
                    remark(&line(&self.what, self.unit, now, self.began.elapsed()));
                }
            }
        }
    }

    fn draw(&self, bar: &ProgressBar, now: Stand) {
        if now.reconciling {
            bar.set_style(style("{spinner} {msg}, {elapsed}"));
            bar.set_message(format!("Reconciling what came from {}", self.what));
        } else if let Some(total) = now.total {
            bar.set_style(style("{msg}  {bar:30}  {human_pos} of {human_len}, {eta} left"));
            // What lies within other entries was not counted beforehand.
            bar.set_length(total.max(now.done));
        } else {
            bar.set_style(style("{spinner} {msg}  {human_pos}, {elapsed}"));
        }
        bar.set_position(now.done);
    }

    /// Leaves the terminal as it was; gives how long it took.
    pub(super) fn end(self) -> Duration {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
        self.began.elapsed()
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Where it stands, in a line.
fn line(what: &str, unit: &str, now: Stand, elapsed: Duration) -> String {
    if now.reconciling {
        return format!("{what}: reconciling.");
    }
    let done = count(now.done);
    match now.total.filter(|total| *total >= now.done && now.done > 0) {
        Some(total) => {
            let left = elapsed.mul_f64((total - now.done) as f64 / now.done as f64);
            format!("{what}: {done} of {} {unit}, about {} left.", count(total), took(left))
        }
        None => format!("{what}: {done} {unit}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: u64, total: Option<u64>, reconciling: bool) -> Stand {
        Stand { done, total, reconciling }
    }

    fn line(what: &str, now: Stand, elapsed: Duration) -> String {
        super::line(what, "entries", now, elapsed)
    }

    #[test]
    fn lines_tell_the_remaining_time_where_the_end_is_known() {
        let after = Duration::from_secs(30);
        assert_eq!(
            line("export.zip", at(1000, Some(4000), false), after),
            "export.zip: 1 000 of 4 000 entries, about 1 min 30 s left."
        );
        assert_eq!(line("export.zip", at(1000, None, false), after), "export.zip: 1 000 entries.");
        assert_eq!(line("export.zip", at(0, Some(10), false), after), "export.zip: 0 entries.");
        assert_eq!(line("export.zip", at(4000, Some(4000), true), after), "export.zip: reconciling.");
    }

    #[test]
    fn a_total_that_was_too_small_promises_no_time() {
        assert_eq!(line("x", at(11, Some(10), false), Duration::from_secs(1)), "x: 11 entries.");
    }
}
