//! Account exports and archives: real ones, hostile ones, made ones.

#[cfg(test)]
mod exports;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod real;
#[cfg(feature = "simulator")]
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod zipped;
