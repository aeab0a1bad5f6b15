//! Changing what others change at the same time: read, decide, write, and begin again when somebody
//! else has written in between.

use super::if_match::IfMatch;
use crate::{Code, Problem};

/// How often a change is tried. Each loss means that somebody else has won, so this many may change
/// the same thing at once.
const TRIES: u32 = 32;

/// Runs `change` until nobody else was faster.
///
/// # Errors
/// Those of `change`; 409 `changed_meanwhile` when others were faster every time.
pub(crate) async fn until_undisturbed<T>(
    change: impl AsyncFn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut tries = 1;
    loop {
        match change().await {
            Err(problem) if problem.code == Code::ChangedMeanwhile && tries < TRIES => tries += 1,
            result => return result,
        }
    }
}

/// [`until_undisturbed`], unless the client sent `If-Match`: it wants to change what it has seen,
/// and is told that this is no longer there.
///
/// # Errors
/// Those of [`until_undisturbed`]; 412 `stale` instead of 409 when there is an `If-Match`.
pub(crate) async fn optimistic<T>(
    if_match: &IfMatch,
    change: impl AsyncFn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    if !if_match.is_given() {
        return until_undisturbed(change).await;
    }
    change().await.map_err(|problem| match problem.code {
        Code::ChangedMeanwhile => Problem::new(Code::Stale),
        _ => problem,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_lost_race_is_run_again_but_not_behind_if_match() {
        let race = Cell::new(0);
        let lose_twice = async || {
            race.set(race.get() + 1);
            if race.get() <= 2 {
                Err(Problem::new(Code::ChangedMeanwhile))
            } else {
                Ok(race.get())
            }
        };
        assert_eq!(
            optimistic(&IfMatch::default(), lose_twice).await.unwrap(),
            3
        );
        race.set(0);
        assert_eq!(
            optimistic(&IfMatch::any(), lose_twice)
                .await
                .unwrap_err()
                .code,
            Code::Stale
        );
        let lose = async || Err::<(), _>(Problem::new(Code::ChangedMeanwhile));
        assert_eq!(
            optimistic(&IfMatch::default(), lose)
                .await
                .unwrap_err()
                .code,
            Code::ChangedMeanwhile
        );
    }

    #[tokio::test]
    async fn tries_are_bounded_and_other_problems_end_them() {
        let runs = Cell::new(0);
        let fail = |code| {
            runs.set(0);
            let runs = &runs;
            async move || {
                runs.set(runs.get() + 1);
                Err::<(), _>(Problem::new(code))
            }
        };
        assert!(
            until_undisturbed(fail(Code::ChangedMeanwhile))
                .await
                .is_err()
        );
        assert_eq!(runs.get(), TRIES);
        assert!(until_undisturbed(fail(Code::NotFound)).await.is_err());
        assert_eq!(runs.get(), 1);
    }
}
