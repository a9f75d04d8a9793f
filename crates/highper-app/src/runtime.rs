//! The runtime of the boot.

/// Runs a future on a current-thread runtime: the boot, background tasks of services and signals live
/// there, while the server's workers have runtimes of their own.
///
/// # Panics
/// If the operating system refuses what a runtime needs (descriptors for its poll instance): nothing
/// could be started then.
pub fn block_on<F: Future>(future: F) -> F::Output {
    #[expect(clippy::expect_used, reason = "there is no server without a runtime")]
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the operating system refuses a poll instance for the runtime")
        .block_on(future)
}
