//! The whole house, in one binary.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod freshness;
#[cfg(test)]
mod lockfile;
