//! The whole house, in one binary.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod chronicle;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod erase;
#[cfg(test)]
mod export;
#[cfg(test)]
mod freshness;
#[cfg(test)]
mod history;
#[cfg(test)]
mod http;
#[cfg(test)]
mod import;
#[cfg(test)]
mod live;
#[cfg(test)]
mod lockfile;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod recipes;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod series;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod totals;
#[cfg(test)]
mod view;
#[cfg(test)]
mod written;
