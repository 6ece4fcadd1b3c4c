//! The product, as one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::cli::run()
}
