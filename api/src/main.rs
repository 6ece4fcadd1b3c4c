//! datahub
fn main() {}
