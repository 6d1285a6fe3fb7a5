//! How far long work is: a bar on a terminal, a line every few seconds in a pipe, nothing for programs.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Output;
use crate::work::progress::Progress;

/// How often a line is written where nobody watches a bar.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Shows how far work is; on stderr, so that stdout stays for results.
pub(super) struct Bar {
    bar: ProgressBar,
    unit: &'static str,
    /// When the last line was written; `None`: a bar is drawn instead, or nothing at all.
    lines: Option<(Output, Mutex<Instant>)>,
}

impl Bar {
    /// Begins; `unit` is what is counted, in the plural.
    pub(super) fn new(output: &Output, unit: &'static str) -> Bar {
        let behind = "{per_sec}, {eta} left  {msg}";
        Bar::with(
            output,
            unit,
            &format!("{{bar:30}} {{human_pos}} of {{human_len}} {unit}, {behind}"),
        )
    }

    /// The same for work that tells itself how fast it is and how long it will take ([`Bar::stand`]).
    pub(super) fn told(output: &Output, unit: &'static str) -> Bar {
        Bar::with(
            output,
            unit,
            &format!("{{bar:30}} {{human_pos}} of {{human_len}} {unit}, {{msg}}"),
        )
    }

    fn with(output: &Output, unit: &'static str, template: &str) -> Bar {
        let is_drawn = output.is_watched() && !output.is_json();
        let bar = ProgressBar::with_draw_target(
            None,
            if is_drawn {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            },
        );
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let lines = (!is_drawn && !output.is_json()).then(|| (output.clone(), Mutex::new(Instant::now())));
        Bar { bar, unit, lines }
    }

    /// Where the work stands: it may have begun anew, and may not know yet how much there is.
    pub(super) fn stand(&self, done: u64, total: Option<u64>, message: &str) {
        match total {
            Some(total) => self.bar.set_length(total),
            None => self.bar.unset_length(),
        }
        self.bar.set_position(done);
        self.bar.set_message(message.to_owned());
        self.tell();
    }

    /// Takes the bar away; what came out is told by others.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn tell(&self) {
        let Some((output, last)) = &self.lines else { return };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < BETWEEN_LINES {
            return;
        }
        *last = Instant::now();
        let of = self
            .bar
            .length()
            .map(|total| format!(" of {total}"))
            .unwrap_or_default();
        let message = self.bar.message();
        let note = if message.is_empty() {
            String::new()
        } else {
            format!(" ({message})")
        };
        output.note(format!("{}{of} {}{note}", self.bar.position(), self.unit));
    }
}

impl Progress for Bar {
    fn total(&self, total: u64) {
        self.bar.set_length(total);
    }

    fn add(&self, done: u64) {
        self.bar.inc(done);
        self.tell();
    }

    fn message(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // An error is told on a line of its own.
        self.end();
    }
}
