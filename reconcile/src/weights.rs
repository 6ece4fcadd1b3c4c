//! Every weight and its origin.
