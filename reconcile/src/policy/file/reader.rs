//! Walks a TOML file and notes everything that is wrong with it, each with its line and the keys that lead there.

use std::fmt::Display;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::PolicyError;

/// A value of the file and the keys that lead to it.
pub(super) struct Node<'t> {
    /// As a person writes them: `matching.auto`.
    pub(super) path: String,
    /// Where its key or, in a list, the value itself begins, in bytes.
    pub(super) at: usize,
    value: &'t DeValue<'t>,
}

/// A table of the file and the keys that lead to it.
pub(super) struct Table<'t> {
    path: String,
    at: usize,
    entries: &'t DeTable<'t>,
}

/// Collects everything that is wrong, so that a person mends a file once.
pub(super) struct Reader<'t> {
    text: &'t str,
    errors: Vec<(usize, PolicyError)>,
}

impl<'t> Table<'t> {
    /// The whole file.
    pub(super) fn root(entries: &'t DeTable<'t>) -> Self {
        Self { path: String::new(), at: 0, entries }
    }

    /// The value of that key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Node<'t>> {
        self.entries.get_key_value(key).map(|(key, value)| self.node(key, value))
    }

    /// Every key with its value, by name.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.entries.iter().map(|(key, value)| (key.get_ref().as_ref(), self.node(key, value)))
    }

    fn node(&self, key: &'t Spanned<std::borrow::Cow<'t, str>>, value: &'t Spanned<DeValue<'t>>) -> Node<'t> {
        Node { path: self.path_of(key.get_ref()), at: key.span().start, value: value.get_ref() }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl Node<'_> {
    pub(super) const fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// What it is, in a person's words.
    fn kind(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, errors: Vec::new() }
    }

    /// How much is wrong so far.
    pub(super) fn noted(&self) -> usize {
        self.errors.len()
    }

    /// What was noted, from the top of the file down.
    pub(super) fn finish(mut self) -> Vec<PolicyError> {
        self.errors.sort_by_key(|(at, _)| *at);
        self.errors.into_iter().map(|(_, error)| error).collect()
    }

    /// Notes what is wrong at that byte.
    pub(super) fn wrong(&mut self, at: usize, key: impl Display, problem: impl Into<String>) {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        let place = format!("line {line}, {key}");
        self.errors.push((at, PolicyError { place, problem: problem.into() }));
    }

    /// Notes that the file is no TOML. It has no keys yet: the place is named by the text around it.
    pub(super) fn broken(&mut self, error: &toml::de::Error) {
        let at = error.span().map_or(0, |span| span.start);
        self.wrong(at, key_near(self.text, at), error.message());
    }

    /// Notes every key of the table that is none of these.
    pub(super) fn only(&mut self, table: &Table<'t>, known: &[&str]) {
        for (key, node) in table.entries() {
            if !known.contains(&key) {
                self.wrong(node.at, node.path, format!("there is no such key; the keys here are {}", known.join(", ")));
            }
        }
    }

    /// The value of a key that must be there, `like` that.
    pub(super) fn need(&mut self, table: &Table<'t>, key: &str, like: &str) -> Option<Node<'t>> {
        let found = table.get(key);
        if found.is_none() {
            self.wrong(table.at, table.path_of(key), format!("is missing; write it like {like}"));
        }
        found
    }

    pub(super) fn table(&mut self, node: Node<'t>, like: &str) -> Option<Table<'t>> {
        match node.value {
            DeValue::Table(entries) => Some(Table { path: node.path, at: node.at, entries }),
            _ => self.other(&node, "a table", like),
        }
    }

    pub(super) fn number(&mut self, node: &Node<'t>, like: &str) -> Option<f64> {
        let number = match node.value {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n as f64),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => return self.other(node, "a number", like),
        };
        if number.is_none() {
            self.wrong(node.at, &node.path, format!("this number is too large; write it like {like}"));
        }
        number
    }

    pub(super) fn text(&mut self, node: &Node<'t>, like: &str) -> Option<&'t str> {
        match node.value {
            DeValue::String(text) => Some(text),
            _ => self.other(node, "text", like),
        }
    }

    pub(super) fn list(&mut self, node: &Node<'t>, like: &str) -> Option<Vec<Node<'t>>> {
        match node.value {
            DeValue::Array(items) => {
                let item = |one: &'t Spanned<DeValue<'t>>| Node {
                    path: node.path.clone(),
                    at: one.span().start,
                    value: one.get_ref(),
                };
                Some(items.iter().map(item).collect())
            }
            _ => self.other(node, "a list", like),
        }
    }

    fn other<T>(&mut self, node: &Node<'t>, wanted: &str, like: &str) -> Option<T> {
        self.wrong(node.at, &node.path, format!("must be {wanted} and is {}; write it like {like}", node.kind()));
        None
    }
}

/// The key that is written there, as far as the text of a broken file tells.
fn key_near(text: &str, at: usize) -> String {
    let begin = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let header = |line: &str| {
        let name = line.trim().strip_prefix('[')?.trim_start_matches('[').trim();
        (!name.starts_with(['"', '\'', '[', '{'])).then(|| name.split(']').next().unwrap_or_default().trim().to_owned())
    };
    let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if let Some(table) = header(line) {
        return table;
    }
    let table = text.get(..begin).unwrap_or_default().lines().rev().find_map(header);
    let key = line.split_once('=').map(|(key, _)| key.trim().to_owned());
    let keys: Vec<String> = [table, key].into_iter().flatten().filter(|key| !key.is_empty()).collect();
    if keys.is_empty() { "the file".to_owned() } else { keys.join(".") }
}
