//! Killing the gateway at every fail point of an export, a transfer, an import and an erasure, and at times drawn from a seed; started
//! again, each job ends in one complete bundle or one receipt (ruling 34).
//!
//! Each case takes the next person of a small installation, and what an undisturbed run did to a copy of it is what the
//! killed one must have done.

mod checks;
mod ending;
mod erasure;
mod export;
mod fence;
mod import;
pub mod jobs;
mod place;
mod random;
mod replay;
mod residue;
mod retention;
mod transfer;
mod user;

use std::io::Write as _;

use postern::fail_point::{ALL, FailPoint};

use crate::kit::home::Home;
use place::{Place, SUBSCRIBERS};

/// Places that a job passes more than once, killed at when it comes there again.
const AGAIN: [(FailPoint, u64); 7] = [
    (FailPoint::ExportSlice, 2),
    (FailPoint::TransferPiece, 2),
    (FailPoint::ImportBatch, 2),
    (FailPoint::ErasureBatch, 2),
    (FailPoint::ErasureBundle, 2),
    (FailPoint::RetentionBatch, 3),
    // First the ledger's head, then its entry.
    (FailPoint::DepotEntry, 2),
];

/// Places where the gateway dies once more when it was started again.
const TWICE: [FailPoint; 8] = [
    FailPoint::DepotUnnamed,
    FailPoint::ExportStored,
    FailPoint::TransferAsked,
    FailPoint::ImportBatch,
    FailPoint::ErasureStale,
    FailPoint::DepotEntry,
    FailPoint::LedgerHead,
    FailPoint::ErasureLedger,
];

/// How many cases of a store run at one time; most of the time they wait for a process.
const LANES: usize = 2;

/// Where the gateway is killed in one case.
#[derive(Copy, Clone, Debug)]
struct Death {
    point: FailPoint,
    /// When it comes there for which time.
    time: u64,
    /// How many gateways die there, one after another.
    gateways: u32,
}

impl Death {
    /// As `POSTERN_FAIL_POINT` says it.
    fn words(&self) -> String {
        format!("{}:{}", self.point.word(), self.time)
    }

    fn described(&self) -> String {
        let words = format!("at {}", self.point.word());
        match (self.time, self.gateways) {
            (1, 1) => words,
            (time, 1) => format!("{words} the {time}. time"),
            (_, gateways) => format!("{words}, {gateways} gateways"),
        }
    }
}

/// Every place, then those of [`AGAIN`] and [`TWICE`].
fn deaths() -> Vec<Death> {
    let once = ALL.iter().map(|point| (*point, 1, 1));
    let again = AGAIN.iter().map(|(point, time)| (*point, *time, 1));
    let twice = TWICE.iter().map(|point| (*point, 1, 2));
    once.chain(again)
        .chain(twice)
        .map(|(point, time, gateways)| Death {
            point,
            time,
            gateways,
        })
        .collect()
}

/// What passes a place. A new one must be named here, or nothing compiles.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Passes {
    Export,
    Transfer,
    Import,
    Erasure,
    LaterSweep,
    Fence,
    Retention,
    Replay,
}

fn passes(point: FailPoint) -> Passes {
    match point {
        FailPoint::ExportRequested
        | FailPoint::ExportClaimed
        | FailPoint::ExportTidied
        | FailPoint::DepotBegun
        | FailPoint::ExportCounted
        | FailPoint::BundleSpool
        | FailPoint::ExportSlice
        | FailPoint::ExportRows
        | FailPoint::DepotPiece
        | FailPoint::DepotUnnamed
        | FailPoint::ExportStored
        | FailPoint::ExportPublished => Passes::Export,
        FailPoint::TransferRequested
        | FailPoint::TransferClaimed
        | FailPoint::TransferPiece
        | FailPoint::TransferSent
        | FailPoint::TransferUploaded
        | FailPoint::TransferAsked
        | FailPoint::TransferPublished => Passes::Transfer,
        FailPoint::ImportRequested
        | FailPoint::ImportClaimed
        | FailPoint::ImportBatch
        | FailPoint::ImportRows
        | FailPoint::ImportPublished => Passes::Import,
        FailPoint::ErasurePlanned
        | FailPoint::ErasureConfirmed
        | FailPoint::ErasureClaimed
        | FailPoint::ErasureFenced
        | FailPoint::ErasureBatch
        | FailPoint::ErasureStep
        | FailPoint::ErasureLast
        | FailPoint::ErasureRows
        | FailPoint::ErasureVerifying
        | FailPoint::ErasureRedacted
        | FailPoint::ErasureSwept
        | FailPoint::ErasureStale
        | FailPoint::ErasureBundle
        | FailPoint::ErasureBundles
        | FailPoint::ErasureForgotten
        | FailPoint::DepotEntry
        | FailPoint::LedgerNumbered
        | FailPoint::LedgerHead
        | FailPoint::ErasureLedger
        | FailPoint::ErasureDone => Passes::Erasure,
        FailPoint::ErasureSecondReceipt => Passes::LaterSweep,
        FailPoint::FenceBatch | FailPoint::FenceLast => Passes::Fence,
        FailPoint::RetentionBatch => Passes::Retention,
        FailPoint::ReplayBegun | FailPoint::ReplayRun | FailPoint::ReplayDone => Passes::Replay,
    }
}

#[test]
fn an_embedded_store_survives_every_kill() {
    survives(Some(Home::embedded()), "embedded");
}

#[test]
fn a_database_server_survives_every_kill() {
    survives(wait_for(Home::on_postgres()), "PostgreSQL");
}

#[test]
fn an_embedded_store_survives_kills_at_random_times() {
    random_survives(Some(Home::embedded()), "embedded");
}

#[test]
fn a_database_server_survives_kills_at_random_times() {
    random_survives(wait_for(Home::on_postgres()), "PostgreSQL");
}

/// Beside the places, on an installation of its own, with somebody for each time.
fn random_survives(home: Option<Home>, store: &str) {
    let Some(home) = home else { return };
    wait_for(async {
        let times = u32::try_from(random::times()).expect("not so many");
        let place = Place::found(home, SUBSCRIBERS.max(times * 2)).await;
        random::at_times(place.copy().await, place, store).await;
    });
}

#[test]
fn a_replay_on_an_embedded_store_survives_every_kill() {
    replay_survives(Some(Home::embedded()), "embedded");
}

#[test]
fn a_replay_on_a_database_server_survives_every_kill() {
    replay_survives(wait_for(Home::on_postgres()), "PostgreSQL");
}

#[test]
fn the_end_of_an_account_in_an_embedded_store_survives_every_kill() {
    end_survives(Some(Home::embedded()), "embedded");
}

#[test]
fn the_end_of_an_account_on_a_database_server_survives_every_kill() {
    end_survives(wait_for(Home::on_postgres()), "PostgreSQL");
}

#[test]
fn the_erasure_of_a_user_in_an_embedded_store_survives_every_kill() {
    user_survives(Some(Home::embedded()), "embedded");
}

#[test]
fn the_erasure_of_a_user_on_a_database_server_survives_every_kill() {
    user_survives(wait_for(Home::on_postgres()), "PostgreSQL");
}

fn user_survives(home: Option<Home>, store: &'static str) {
    let Some(home) = home else { return };
    wait_for(async { user::survives(&Place::found(home, SUBSCRIBERS).await, store).await });
}

fn end_survives(home: Option<Home>, store: &'static str) {
    let Some(home) = home else { return };
    wait_for(async { ending::survives(&Place::found(home, SUBSCRIBERS).await, store).await });
}

fn replay_survives(home: Option<Home>, store: &'static str) {
    let Some(home) = home else { return };
    let mut deaths = deaths();
    deaths.retain(|death| passes(death.point) == Passes::Replay);
    wait_for(async { replay::survives(&Place::found(home, SUBSCRIBERS).await, &deaths, store).await });
}

/// Runs the cases of all places on copies of one installation, in lanes.
fn survives(home: Option<Home>, store: &'static str) {
    let Some(home) = home else { return };
    let begun = std::time::Instant::now();
    nothing_is_left_out();
    let lanes = wait_for(async {
        let template = Place::found(home, SUBSCRIBERS).await;
        let mut lanes = Vec::new();
        for number in 0..LANES {
            lanes.push((number, template.copy().await, template.copy().await));
        }
        lanes
    });
    std::thread::scope(|scope| {
        let mut runs = Vec::new();
        for (number, calm, place) in lanes {
            runs.push(scope.spawn(move || wait_for(at_places(calm, place, number, store))));
        }
        for run in runs {
            if let Err(panic) = run.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    say(&format!(
        "{store}: all kills after {} s",
        begun.elapsed().as_secs()
    ));
}

fn nothing_is_left_out() {
    let deaths = deaths();
    for (index, point) in ALL.iter().enumerate() {
        let is_killed_at = deaths.iter().any(|death| death.point == *point);
        assert!(!ALL[..index].contains(point) && is_killed_at, "{point:?}");
    }
}

/// The cases of one lane; each has a person or an export of its own.
async fn at_places(calm: Place, place: Place, lane: usize, store: &str) {
    let deaths = deaths();
    let of = |what: Passes| {
        let cases = deaths.iter().filter(move |death| passes(death.point) == what);
        cases.skip(lane).step_by(LANES)
    };
    let undisturbed = erasure::undisturbed(calm, of(Passes::Erasure).count()).await;
    for (number, death) in of(Passes::Erasure).enumerate() {
        say(&format!("{store}: an erasure, killed {}", death.described()));
        erasure::survives(&place, death, number, &undisturbed[number]).await;
    }
    for (number, death) in of(Passes::Export).enumerate() {
        say(&format!("{store}: an export, killed {}", death.described()));
        export::survives(&place, death, number).await;
    }
    handed_over(&place, of(Passes::Transfer).collect(), store).await;
    for (number, death) in of(Passes::Import).enumerate() {
        say(&format!("{store}: an import, killed {}", death.described()));
        import::survives(&place, death, number).await;
    }
    for death in of(Passes::LaterSweep) {
        say(&format!("{store}: a later sweep, killed {}", death.described()));
        residue::survives(&place, death).await;
    }
    for death in of(Passes::Fence) {
        say(&format!(
            "{store}: keeping somebody away, killed {}",
            death.described()
        ));
        fence::survives(&place, death).await;
    }
    for death in of(Passes::Retention) {
        say(&format!("{store}: retention, killed {}", death.described()));
        retention::survives(&place, death).await;
    }
}

/// To a receiver that is the same installation at another place.
async fn handed_over(place: &Place, deaths: Vec<&Death>, store: &str) {
    let there = place.copy().await;
    there.home.tamper("DELETE FROM imports").await;
    let receiver = there.serve().await;
    for (number, death) in deaths.into_iter().enumerate() {
        say(&format!("{store}: a transfer, killed {}", death.described()));
        transfer::survives(place, (&there, &receiver), death, number).await;
    }
}

/// Written directly: what a passing test prints is swallowed otherwise, and the list is to be seen.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "kill: {text}");
}

/// Each lane has a runtime of its own, because commands that are run in one would stop the other.
fn wait_for<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(what)
}
