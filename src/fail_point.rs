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
    /// A request for a bundle is committed; nobody was told.
    ExportRequested = "export.requested";
    /// The export's row is claimed, nothing is written.
    ExportClaimed = "export.claimed";
    /// What earlier claims left in the depot is removed.
    ExportTidied = "export.tidied";
    /// An object is begun: its file is there, and empty.
    DepotBegun = "depot.begun";
    /// The rows are counted, and the row says how many.
    ExportCounted = "export.counted";
    /// The file in which the exact lane waits is made.
    BundleSpool = "bundle.spool";
    /// Some rows are in the bundle.
    ExportSlice = "export.slice";
    /// Every row is in the bundle, which is not closed.
    ExportRows = "export.rows";
    /// A piece of an object is written.
    DepotPiece = "depot.piece";
    /// An object is complete and synced, and has not its name yet.
    DepotUnnamed = "depot.unnamed";
    /// The bundle lies in the depot under its final name; the row does not say so.
    ExportStored = "export.stored";
    /// The row says READY.
    ExportPublished = "export.published";
    /// A request to hand a bundle over is committed; nobody was told.
    TransferRequested = "transfer.requested";
    /// The transfer's row is claimed, nothing is sent.
    TransferClaimed = "transfer.claimed";
    /// A piece of the bundle is on its way.
    TransferPiece = "transfer.piece";
    /// The receiver has taken a file; the row does not say so.
    TransferSent = "transfer.sent";
    /// The row says which upload it became at another Postern.
    TransferUploaded = "transfer.uploaded";
    /// The other Postern has taken on the import; the row does not say so.
    TransferAsked = "transfer.asked";
    /// The row says DONE.
    TransferPublished = "transfer.published";
    /// A request to take a file in is committed; nobody was told.
    ImportRequested = "import.requested";
    /// The import's row is claimed, nothing is read.
    ImportClaimed = "import.claimed";
    /// Some rows of the file are committed, and the row says how many.
    ImportBatch = "import.batch";
    /// Every row is committed; the row does not say DONE.
    ImportRows = "import.rows";
    /// The row says DONE; the upload is still there.
    ImportPublished = "import.published";
    /// A plan is committed; nobody was told.
    ErasurePlanned = "erasure.planned";
    /// The agreement is committed; nobody was told.
    ErasureConfirmed = "erasure.confirmed";
    /// The erasure's row is claimed.
    ErasureClaimed = "erasure.claimed";
    /// The token is written.
    ErasureFenced = "erasure.fenced";
    /// A batch is committed.
    ErasureBatch = "erasure.batch";
    /// A batch is committed that found nothing: its step is done.
    ErasureStep = "erasure.step";
    /// What was left when the batches were through is gone, and the person's own row with it, in one transaction.
    ErasureLast = "erasure.last";
    /// All batches are committed.
    ErasureRows = "erasure.rows";
    /// The row says VERIFYING.
    ErasureVerifying = "erasure.verifying";
    /// A mention is redacted.
    ErasureRedacted = "erasure.redacted";
    /// The sweep is done.
    ErasureSwept = "erasure.swept";
    /// Bundles that held the person are marked stale, and still lie in the depot.
    ErasureStale = "erasure.stale";
    /// One of those bundles is deleted.
    ErasureBundle = "erasure.bundle";
    /// All of them are deleted.
    ErasureBundles = "erasure.bundles";
    /// The rows of those bundles say that they are gone.
    ErasureForgotten = "erasure.forgotten";
    /// A small object is written and synced, and has not its name yet.
    DepotEntry = "depot.entry";
    /// The database has its next generation; the ledger knows nothing of it.
    LedgerNumbered = "ledger.numbered";
    /// The ledger has its next generation, and no entry with it.
    LedgerHead = "ledger.head";
    /// The ledger's object is written; the row does not say DONE.
    ErasureLedger = "erasure.ledger";
    /// The receipt is committed.
    ErasureDone = "erasure.done";
    /// The second receipt, of a later sweep, is committed.
    ErasureSecondReceipt = "erasure.second_receipt";
    /// Some rows that were written past a fence are gone.
    FenceBatch = "fence.batch";
    /// The last of them is, and what mentions the person in the depot still lies there.
    FenceLast = "fence.last";
    /// Some rows that were past their clock are gone.
    RetentionBatch = "retention.batch";
    /// An erasure is to be repeated in a restored database: its row, fence and person are committed.
    ReplayBegun = "replay.begun";
    /// All erasures are repeated; the database has not the ledger's generation.
    ReplayRun = "replay.run";
    /// It has; nobody was told.
    ReplayDone = "replay.done";
}

/// Dies here when `POSTERN_FAIL_POINT` names this place; as `place:2`, when it comes here for the second time.
#[cfg(any(debug_assertions, feature = "fail-points"))]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for tests alone, absent from release builds"
)]
pub fn reach(point: FailPoint) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static CHOSEN: OnceLock<Option<(FailPoint, u64)>> = OnceLock::new();
    static REACHED: AtomicU64 = AtomicU64::new(0);
    let chosen = CHOSEN.get_or_init(|| {
        let text = std::env::var("POSTERN_FAIL_POINT").ok()?;
        let chosen = parse(&text);
        if chosen.is_none() {
            tracing::error!(text, "POSTERN_FAIL_POINT names no fail point");
        }
        chosen
    });
    let Some((place, times)) = chosen else { return };
    if *place == point && REACHED.fetch_add(1, Ordering::Relaxed) + 1 == *times {
        tracing::error!(point = point.word(), times, "dying at a fail point");
        kill();
    }
}

/// A place, and how often it is to be reached.
#[cfg(any(debug_assertions, feature = "fail-points"))]
fn parse(text: &str) -> Option<(FailPoint, u64)> {
    let (word, times) = match text.split_once(':') {
        Some((word, times)) => (word, times.parse().ok().filter(|times| *times > 0)?),
        None => (text, 1),
    };
    ALL.iter()
        .find(|point| point.word() == word)
        .map(|point| (*point, times))
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

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_once_and_may_be_meant_at_a_later_time() {
        for point in ALL {
            assert_eq!(parse(point.word()), Some((*point, 1)));
            assert_eq!(parse(&format!("{}:2", point.word())), Some((*point, 2)));
        }
        for text in [
            "",
            "export",
            "export.claimed:",
            "export.claimed:0",
            "export.claimed:x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
