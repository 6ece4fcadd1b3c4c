//! Values that cannot be.
