//! Which value lives on.
