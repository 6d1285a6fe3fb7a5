//! Named places at which a test can make the process die, as if the power had gone (ruling 34).
//!
//! Compiled into debug builds and builds with the feature `fail-points` alone; otherwise [`reach`] is empty. Every
//! name stands in [`ALL`], so that the kill tests can walk the whole list and none is skipped.

macro_rules! fail_points {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// A named place.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub enum FailPoint { $($(#[$doc])* $name,)* }

        /// Every place, in the order a job passes them.
        pub const ALL: &[FailPoint] = &[$(FailPoint::$name,)*];

        impl FailPoint {
            /// The word that `POSTERN_FAIL_POINT` names it by.
            pub fn word(self) -> &'static str {
                match self { $(FailPoint::$name => $word,)* }
            }
        }
    };
}

fail_points! {
    /// The export's row is claimed, nothing is written.
    ExportClaimed = "export.claimed";
    /// Some rows are in the bundle.
    ExportSlice = "export.slice";
    /// Every row is in the bundle, which is not closed.
    ExportRows = "export.rows";
    /// The bundle lies in the depot under its final name; the row does not say so.
    ExportStored = "export.stored";
    /// The row says READY.
    ExportPublished = "export.published";
    /// The erasure's row is claimed.
    ErasureClaimed = "erasure.claimed";
    /// The token is written.
    ErasureFenced = "erasure.fenced";
    /// A batch is committed.
    ErasureBatch = "erasure.batch";
    /// All batches are committed.
    ErasureRows = "erasure.rows";
    /// Bundles that held the person are marked stale, and still lie in the depot.
    ErasureStale = "erasure.stale";
    /// Those bundles are deleted.
    ErasureBundles = "erasure.bundles";
    /// The sweep is done.
    ErasureSwept = "erasure.swept";
    /// The ledger's object is written; the row does not say DONE.
    ErasureLedger = "erasure.ledger";
    /// The receipt is committed.
    ErasureDone = "erasure.done";
}

/// Dies here when `POSTERN_FAIL_POINT` names this place.
#[cfg(any(debug_assertions, feature = "fail-points"))]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for tests alone, absent from release builds"
)]
pub fn reach(point: FailPoint) {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<String>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("POSTERN_FAIL_POINT").ok());
    if chosen.as_deref() == Some(point.word()) {
        tracing::error!(point = point.word(), "dying at a fail point");
        kill();
    }
}

/// Nothing: this build has no fail points.
#[cfg(not(any(debug_assertions, feature = "fail-points")))]
pub fn reach(_: FailPoint) {}

/// Ends the process as SIGKILL does: no destructor runs, no buffer is flushed.
#[cfg(any(debug_assertions, feature = "fail-points"))]
fn kill() -> ! {
    let _ = std::process::Command::new("kill")
        .args(["-KILL", &std::process::id().to_string()])
        .status();
    std::process::abort()
}
