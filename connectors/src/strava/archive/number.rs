//! Numbers of the export. The detailed columns are written for machines; the few that a page shows are written as the
//! account's language writes them.

/// A number of a detailed column.
pub fn machine(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.parse() {
        Ok(number) => Some(number),
        // A spreadsheet saved it again, in its own language.
        Err(_) if text.matches(',').count() == 1 && !text.contains('.') => text.replace(',', ".").parse().ok(),
        Err(_) => None,
    }
}

/// A number as a page shows it: `1,609` and `4.73` in English, `1.609` and `4,73` in other languages.
pub fn displayed(text: &str, english: bool) -> Option<f64> {
    let (thousands, decimal) = if english { (',', '.') } else { ('.', ',') };
    let plain: String = text
        .trim()
        .chars()
        .filter(|c| *c != thousands && !c.is_whitespace() && !matches!(c, '\'' | '’'))
        .map(|c| if c == decimal { '.' } else { c })
        .collect();
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_write_numbers_differently() {
        assert_eq!(displayed("1,609", true), Some(1609.0));
        assert_eq!(displayed("4.73", true), Some(4.73));
        assert_eq!(displayed("4,73", false), Some(4.73));
        assert_eq!(displayed("1.609", false), Some(1609.0));
        assert_eq!(displayed("1\u{202f}609", false), Some(1609.0));
        assert_eq!(displayed("", true), None);
        assert_eq!(machine("1500.0"), Some(1500.0));
        assert_eq!(machine("2718,25"), Some(2718.25));
        assert_eq!(machine("1,234.5"), None);
    }
}
