//! The one place that random bytes come from.

/// Bytes that nobody can predict: of a generator for cryptography, which the system seeds.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    rand::random()
}
