//! What hashing a password costs.

use argon2::Params;

/// The parameters of one Argon2id hash.
#[derive(Debug, Clone)]
pub struct HashCost(pub(crate) Params);

/// One of the three is out of bounds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("auth.{key} {allowed}")]
pub struct BadHashCost {
    pub key: &'static str,
    pub allowed: &'static str,
}

impl HashCost {
    /// Memory in KiB (8 MiB to 1 GiB), passes over it, lanes.
    ///
    /// # Errors
    /// [`BadHashCost`] names the first that is out of bounds.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, BadHashCost> {
        let bad = |key, allowed| Err(BadHashCost { key, allowed });
        if !(8 * 1024..=1024 * 1024).contains(&memory_kib) {
            return bad("argon2_memory_kib", "must be 8192 to 1048576");
        }
        if !(1..=20).contains(&iterations) {
            return bad("argon2_iterations", "must be 1 to 20");
        }
        match Params::new(memory_kib, iterations, parallelism, None) {
            Ok(params) if parallelism <= 16 => Ok(Self(params)),
            _ => bad("argon2_parallelism", "must be 1 to 16"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_within_bounds() {
        assert!(HashCost::new(8192, 1, 2).is_ok());
        for (cost, named) in [
            ((8191, 1, 1), "argon2_memory_kib"),
            ((1024 * 1024 + 1, 1, 1), "argon2_memory_kib"),
            ((8192, 0, 1), "argon2_iterations"),
            ((8192, 21, 1), "argon2_iterations"),
            ((8192, 1, 0), "argon2_parallelism"),
            ((8192, 1, 17), "argon2_parallelism"),
        ] {
            assert_eq!(
                HashCost::new(cost.0, cost.1, cost.2).unwrap_err().key,
                named,
                "{cost:?}"
            );
        }
    }
}
