//! The command `onsale`; it has no commands yet.

fn main() {}
