//! The laws, over generated histories.
