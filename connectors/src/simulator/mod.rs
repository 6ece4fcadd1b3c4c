//! Simulated accounts, for tests and for the demo.
