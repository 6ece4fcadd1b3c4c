//! Live sources: their tokens, their calls against a simulator, and the mapping of their answers.

#[cfg(feature = "simulator")]
#[cfg(test)]
mod conformance;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod garmin_calls;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod garmin_clients;
#[cfg(test)]
mod garmin_corpus;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod garmin_faults;
#[cfg(test)]
mod garmin_map;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod garmin_sign_in;
#[cfg(test)]
mod garmin_tokens;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod script;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_errors;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_house;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_list;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_map;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_replay;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_sign_in;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod strava_stravalib;
