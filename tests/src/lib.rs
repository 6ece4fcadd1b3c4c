//! What the whole-house tests stand on: databases of their own, a clock moved by hand, a client that speaks through
//! the doors.
//!
//! This crate may see everything, and nothing may depend on it.

pub mod cpu;
pub mod door;
pub mod house;
pub mod live;
pub mod postgres;
