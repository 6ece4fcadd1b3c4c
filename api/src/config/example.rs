//! `datahub.example.toml`, written from the table of keys.

use super::key::KEYS;

/// The example file: every key with its meaning and its default, all commented out.
pub fn example() -> String {
    let mut text = String::from(
        "# Data Hub's configuration: every key with its default. Copy this file to datahub.toml and change what you need.\n\
         # Any key can also be set in the environment, dots as two underscores: server.listen is DATAHUB_SERVER__LISTEN.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (own, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        if own != section {
            section = own;
            text.push_str(&format!("\n[{section}]\n"));
        }
        for line in key.doc {
            text.push_str(&format!("# {line}\n"));
        }
        let plain = key.example.parse::<i64>().is_ok() || key.example.parse::<bool>().is_ok();
        let value = if plain { key.example.to_owned() } else { format!("\"{}\"", key.example) };
        text.push_str(&format!("# {name} = {value}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_example_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../datahub.example.toml");
        if std::env::vars().any(|(name, _)| name == "DATAHUB_TEST_WRITE") {
            std::fs::write(path, example()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == example(), "datahub.example.toml is stale: DATAHUB_TEST_WRITE=1 cargo test -p api fresh");
    }

    #[test]
    fn the_example_is_valid_when_its_defaults_are_taken_out_of_comments() {
        let plain: String = example()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if KEYS.iter().any(|key| {
                        let name = key.name.split_once('.').map_or("", |(_, name)| name);
                        key.default.is_some() && rest.starts_with(&format!("{name} = "))
                    }) =>
                {
                    format!("{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let read = super::super::Config::read(Some(&plain), std::iter::empty()).unwrap();
        let default = super::super::Config::read(None, std::iter::empty()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{default:?}"));
    }
}
