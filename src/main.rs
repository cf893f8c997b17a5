//! Arguments to settings to one command; nothing else.

fn main() {}
