//! Live sources: their tokens, their calls against a simulator, and the mapping of their answers.

#[cfg(test)]
mod garmin_corpus;
#[cfg(test)]
mod garmin_map;
#[cfg(test)]
mod garmin_tokens;
