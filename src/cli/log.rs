//! Where log lines go and which. To stderr, so that stdout stays for results.
//!
//! No personal data and no tokens: our own lines hold ids and codes; the crates that we use may log statements,
//! headers or addresses below the level of a warning, so nothing below it is taken from them, whatever the filter
//! says.

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat};
use crate::error::{Code, Refusal, quote};

/// Begins logging for the whole process; `usual` is the filter where no setting names one.
pub(super) fn begin(config: &Config, usual: &str) -> Result<(), Refusal> {
    let wanted = config.log.as_deref().unwrap_or(usual);
    let filter = EnvFilter::builder().parse(wanted).map_err(|_| {
        Refusal::new(
            Code::InvalidSetting,
            format!(
                "the log filter “{}” cannot be read; write it like info or postern=debug",
                quote(wanted)
            ),
        )
    })?;
    // Without the hint every line of every crate would be made and asked about, down to the finest level.
    let ours = filter_fn(|line| line.target().starts_with("postern") || *line.level() <= Level::WARN)
        .with_max_level_hint(Level::TRACE);
    let filter = filter.and(ours);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let layer = match config.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // Fails where a test in this process has begun already; one log is enough.
    let _ = registry().with(layer.with_filter(filter)).try_init();
    Ok(())
}
