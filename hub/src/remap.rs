//! Reading stored artifacts again.
