//! Compresses the exact lane beside the CSV lane: a thread of its own behind a bounded channel, into the spool.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::deflate::{Deflater, Sums};
use super::spool::{SpoolReader, SpoolWriter};
use crate::error::{Fault, Result};

/// Blocks under way at most; with blocks of some 64 KiB this is what bounds the memory.
const BLOCKS: usize = 4;

enum Message {
    Block(Vec<u8>),
    End,
}

/// The sending end of the lane.
pub(super) struct SpooledLane {
    blocks: SyncSender<Message>,
    sums: Receiver<Sums>,
    thread: JoinHandle<io::Result<SpoolWriter>>,
}

impl SpooledLane {
    /// Starts the thread, with its spool in this directory.
    pub(super) fn start(directory: &Path) -> Result<Self> {
        let mut spool =
            SpoolWriter::new(directory).map_err(|source| Fault::io("making the spool", source))?;
        let (blocks, incoming) = sync_channel(BLOCKS);
        // Unbounded in effect: there is one answer for each end, and the writer takes it before it goes on.
        let (outgoing, sums) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("bundle-lane".into())
            .spawn(move || {
                let mut deflater = Deflater::new();
                // Ends when the writer is finished or dropped.
                while let Ok(message) = incoming.recv() {
                    match message {
                        Message::Block(block) => deflater.write(&block, &mut spool)?,
                        Message::End => {
                            let finished = deflater.finish(&mut spool)?;
                            if outgoing.send(finished).is_err() {
                                break;
                            }
                        }
                    }
                }
                Ok(spool)
            })
            .map_err(|source| Fault::io("starting a thread to compress", source))?;
        Ok(SpooledLane { blocks, sums, thread })
    }

    /// Hands over the next bytes; waits while the thread is behind.
    pub(super) fn write(&mut self, block: Vec<u8>) -> Result<()> {
        self.blocks.send(Message::Block(block)).map_err(|_| stopped())
    }

    /// Ends one file of the lane.
    pub(super) fn end(&mut self) -> Result<Sums> {
        self.blocks.send(Message::End).map_err(|_| stopped())?;
        self.sums.recv().map_err(|_| stopped())
    }

    /// Ends the lane. The files come out of the reader one after the other, in the order in which they were ended.
    pub(super) fn finish(self) -> Result<SpoolReader> {
        self.join()?
            .into_reader()
            .map_err(|source| Fault::io("reading the spool", source).into())
    }

    /// What really went wrong, after [`SpooledLane::write`] or [`SpooledLane::end`] found the thread gone.
    pub(super) fn cause(self) -> crate::error::Error {
        self.join().err().unwrap_or_else(stopped)
    }

    fn join(self) -> Result<SpoolWriter> {
        drop(self.blocks);
        match self.thread.join() {
            Ok(spool) => spool.map_err(|source| Fault::io("writing the spool", source).into()),
            Err(_) => Err(Fault::Invariant("the thread that compresses panicked".into()).into()),
        }
    }
}

fn stopped() -> crate::error::Error {
    Fault::Invariant("the thread that compresses stopped early".into()).into()
}
