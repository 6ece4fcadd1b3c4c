//! Account exports and archives: real ones, hostile ones, made ones.

#[cfg(test)]
mod real;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod walk;
