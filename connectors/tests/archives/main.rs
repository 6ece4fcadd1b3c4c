//! Account exports and archives: real ones, hostile ones, made ones.

#[cfg(test)]
mod real;
#[cfg(test)]
mod walk;
