//! Each rule is broken on purpose, and kept, in small crates.

mod circles;
mod lengths;
mod names;
mod planted;
