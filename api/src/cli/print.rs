//! How things are said: aligned, with units, and quietly when nobody listens.

use std::fmt::Write as _;
use std::io::{self, Write as _};

/// Writes a result to standard output. A reader who went away (`| head`) ended nothing badly.
///
/// # Errors
/// What the system says where it cannot be written.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a JSON document to standard output.
///
/// # Errors
/// What the system says where it cannot be written.
pub(super) fn say_json(document: &serde_json::Value) -> io::Result<()> {
    say(&format!("{document:#}"))
}

/// Writes a remark beside the result to standard error.
pub(super) fn remark(text: &str) {
    // Nobody is left to be told that nobody listens.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Rows under headings, each column as wide as its widest cell.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    line(headings);
    for row in rows {
        line(row.each_ref().map(String::as_str));
    }
    text
}

/// A count as people read it: `12 345`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A count and the thing counted: `1 activity`, `2 activities`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A stretch of time as people read it: `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`.
pub(super) fn took(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0..10) => format!("{:.1} s", time.as_secs_f64()),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_without_blanks() {
        let rows = [["1".to_owned(), "Zoë".to_owned()], ["1000".to_owned(), String::new()]];
        assert_eq!(table(["ID", "NAME"], &rows), "ID    NAME\n1     Zoë\n1000\n");
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "activity", "activities"), "1 activity");
        assert_eq!(counted(0, "activity", "activities"), "0 activities");
    }

    #[test]
    fn times_have_two_units_at_most() {
        for (milliseconds, text) in
            [(400, "0.4 s"), (12_000, "12 s"), (185_000, "3 min 5 s"), (3_725_000, "1 h 2 min"), (60_000, "1 min 0 s")]
        {
            assert_eq!(took(Duration::from_millis(milliseconds)), text);
        }
    }
}
