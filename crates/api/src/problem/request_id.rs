//! The id of the request that is being answered: every problem document names it.

tokio::task_local! {
    static CURRENT: String;
}

/// The id; empty outside of a request.
pub(crate) fn current() -> String {
    CURRENT
        .try_with(Clone::clone)
        .unwrap_or_else(|_| String::new())
}

/// Answers a request under this id.
pub(crate) async fn scope<F: Future>(id: String, answer: F) -> F::Output {
    CURRENT.scope(id, answer).await
}
