//! Rows to words and back.
