//! The engine: the catalogue of real-life cases under their ids, and the laws over generated histories.

#[cfg(test)]
mod case;
#[cfg(test)]
mod history;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod quality;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod tally;
#[cfg(test)]
mod told;
