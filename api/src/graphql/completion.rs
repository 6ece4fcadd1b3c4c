//! completes
