//! The command line: each command wires rooms together.
