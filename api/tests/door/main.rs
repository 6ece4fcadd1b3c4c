//! The door from outside: a router over a real hub, asked as clients ask.

#[cfg(test)]
mod artifacts;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod house;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod traces;
