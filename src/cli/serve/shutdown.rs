//! The signals that end a process: the first asks, the second insists.

use tokio_util::sync::CancellationToken;

/// What a process says that was ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// A token that the first SIGINT or SIGTERM cancels; the second ends the process at once.
pub(super) fn on_signals() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("asked to end; a second signal ends at once");
        token.cancel();
        signal().await;
        std::process::exit(INTERRUPTED);
    });
    stop
}

/// The next SIGINT or SIGTERM.
pub(in crate::cli) async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // Where the system refuses handlers, its own way of ending stays.
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
