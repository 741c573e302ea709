//! The command `onsale`; everything is in the library.

fn main() -> std::process::ExitCode {
    onsale::cli::run()
}
