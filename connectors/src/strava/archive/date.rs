//! Dates of the export. They are UTC and written as the account's language writes them.

use chrono::{DateTime, NaiveDate, Utc};

/// A date, and whether it has seconds. `month_first` decides what `5/6/2022` means.
pub fn parse(text: &str, month_first: bool) -> Option<(DateTime<Utc>, bool)> {
    if text.len() > 100 {
        return None;
    }
    let words = Words::of(text)?;
    let Words { numbers, month, afternoon, separator } = words;
    let at = |index: usize| numbers.get(index).copied();
    let is_year = |(_, digits): (u32, usize)| digits == 4;
    let (first, second) = (at(0)?, at(1)?);
    let (year, month, day, rest) = match month {
        Some(month) if is_year(second) => (second.0, month, first.0, 2),
        Some(month) if is_year(first) => (first.0, month, second.0, 2),
        Some(_) => return None,
        None if is_year(first) => (first.0, second.0, at(2)?.0, 3),
        None => {
            let year = at(2).filter(|third| is_year(*third))?.0;
            let month_leads = separator == Some('/') && (second.0 > 12 || (month_first && first.0 <= 12));
            if month_leads { (year, first.0, second.0, 3) } else { (year, second.0, first.0, 3) }
        }
    };
    let (hour, minute) = (at(rest)?.0, at(rest + 1)?.0);
    let second = at(rest + 2).map(|(second, _)| second);
    // Fractions of a second, or an offset of nothing, may follow.
    if numbers.iter().skip(rest + 3).any(|(number, digits)| *number != 0 && *digits < 3) {
        return None;
    }
    let hour = match afternoon {
        None => hour,
        Some(_) if hour == 0 || hour > 12 => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    let instant = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?
        .and_hms_opt(hour, minute, second.unwrap_or_default())?
        .and_utc();
    (1980..2100).contains(&year).then_some((instant, second.is_some()))
}

/// What a date is made of, in its order.
struct Words {
    numbers: Vec<(u32, usize)>,
    month: Option<u32>,
    afternoon: Option<bool>,
    separator: Option<char>,
}

impl Words {
    fn of(text: &str) -> Option<Self> {
        let mut found = Self { numbers: Vec::new(), month: None, afternoon: None, separator: None };
        let mut rest = text.trim();
        while let Some(c) = rest.chars().next() {
            let same = |other: char| if c.is_ascii_digit() { other.is_ascii_digit() } else { other.is_alphabetic() };
            let length = rest.find(|other| !same(other)).unwrap_or(rest.len());
            if length == 0 {
                if found.numbers.len() == 1 && matches!(c, '/' | '.' | '-') {
                    found.separator = Some(c);
                }
                rest = rest.get(c.len_utf8()..)?;
                continue;
            }
            let (word, after) = rest.split_at_checked(length)?;
            rest = after;
            if c.is_ascii_digit() {
                found.numbers.push((word.parse().ok()?, word.len()));
            } else {
                found.word(&word.to_lowercase())?;
            }
        }
        Some(found)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        match word {
            "am" | "a" => self.afternoon = Some(false),
            "pm" | "p" => self.afternoon = Some(true),
            // Of "a.m."; and what languages put between a day and a time.
            "m" | "at" | "um" | "om" | "à" | "alle" | "las" | "de" | "del" | "uhr" | "t" | "z" | "utc" | "gmt" => {}
            _ => {
                let month = month(word)?;
                if self.month.replace(month).is_some() {
                    return None;
                }
            }
        }
        Some(())
    }
}

/// The number of a month of which the name, or its beginning, is given: English, German, Dutch, French, Spanish,
/// Italian, Portuguese.
fn month(word: &str) -> Option<u32> {
    let plain: String = word
        .chars()
        .map(|c| match c {
            'ä' | 'à' | 'á' | 'â' => 'a',
            'é' | 'è' | 'ê' => 'e',
            'û' | 'ü' => 'u',
            other => other,
        })
        .collect();
    if plain.starts_with("juil") {
        return Some(7);
    }
    Some(match plain.get(..3)? {
        "jan" | "ene" | "gen" => 1,
        "feb" | "fev" => 2,
        "mar" | "mrt" | "maa" => 3,
        "apr" | "avr" | "abr" => 4,
        "may" | "mai" | "mei" | "mag" => 5,
        "jun" | "jui" | "giu" => 6,
        "jul" | "lug" => 7,
        "aug" | "aou" | "ago" => 8,
        "sep" | "set" => 9,
        "oct" | "okt" | "ott" | "out" => 10,
        "nov" => 11,
        "dec" | "dez" | "dic" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_language() {
        for (text, expected) in [
            ("Jul 18, 2023, 4:44:12 PM", "2023-07-18 16:44:12"),
            ("Jul 18, 2023, 4:44:12\u{202f}PM", "2023-07-18 16:44:12"),
            ("Jul 18, 2023, 12:04:12 a.m.", "2023-07-18 00:04:12"),
            ("18 Jul 2023, 16:44:12", "2023-07-18 16:44:12"),
            ("09.12.2022, 15:24:49", "2022-12-09 15:24:49"),
            ("23 jun. 2017 15:52:12", "2017-06-23 15:52:12"),
            ("9 mrt. 2026, 00:03:01", "2026-03-09 00:03:01"),
            ("9 mei 2026, 00:03:01", "2026-05-09 00:03:01"),
            ("29 août 2022 à 15:53:35", "2022-08-29 15:53:35"),
            ("3 juil. 2021, 06:00:00", "2021-07-03 06:00:00"),
            ("3 juin 2021, 06:00:00", "2021-06-03 06:00:00"),
            ("01. März 2021, 06:00:00", "2021-03-01 06:00:00"),
            ("2014-09-12 16:54:28", "2014-09-12 16:54:28"),
            ("2014-09-12T16:54:28.000Z", "2014-09-12 16:54:28"),
            ("13/02/2021 06:00:00", "2021-02-13 06:00:00"),
        ] {
            let found = parse(text, true).map(|(at, _)| at.format("%F %T").to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_unclear_is_told_by_the_language() {
        let day = |first| parse("5/6/2022 06:00", first).map(|(at, seconds)| (at.format("%F").to_string(), seconds));
        assert_eq!(day(true), Some(("2022-05-06".to_owned(), false)));
        assert_eq!(day(false), Some(("2022-06-05".to_owned(), false)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "#error#",
            "2022",
            "18 Foo 2023, 16:44:12",
            "Jul 18, 2023, 13:00:00 PM",
            "31.02.2022, 15:24:49",
            "9:00",
        ] {
            assert_eq!(parse(text, true), None, "{text}");
        }
        assert_eq!(parse("2023-07-18 16:44:12 +02:00", true), None);
    }
}
