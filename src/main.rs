//! The command `onsale`; everything is in the library.

/// It says when there is no memory left.
#[global_allocator]
static ALLOCATOR: onsale::cli::Allocator = onsale::cli::Allocator;

fn main() -> std::process::ExitCode {
    onsale::cli::run()
}
