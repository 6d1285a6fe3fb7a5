//! Compresses a lane beside the others: a thread of its own behind a bounded channel, into the spool.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::archive::Archive;
use super::deflate::{Deflater, Summed, Sums};
use super::spool::{SpoolReader, SpoolWriter};
use crate::error::{Fault, Result};

/// Blocks under way at most; with blocks of some 64 KiB this is what bounds the memory.
const BLOCKS: usize = 4;

enum Message {
    Block(Vec<u8>),
    Part(String),
    End,
    Ask,
}

/// The sending end of the lane.
pub(super) struct SpooledLane {
    messages: SyncSender<Message>,
    sums: Receiver<Sums>,
    packed: Receiver<u64>,
    thread: JoinHandle<io::Result<SpoolWriter>>,
}

impl SpooledLane {
    /// A lane whose files are compressed, with its spool in this directory.
    pub(super) fn deflated(directory: &Path) -> Result<Self> {
        Self::start(directory, |spool| Deflated {
            spool,
            deflater: Deflater::new(),
        })
    }

    /// A lane whose files are ZIPs themselves, made of parts.
    pub(super) fn zipped(directory: &Path) -> Result<Self> {
        Self::start(directory, |spool| Zipped {
            archive: Archive::new(Summed::new(spool)),
        })
    }

    /// Starts the thread.
    fn start<P: Packing>(directory: &Path, packing: impl FnOnce(SpoolWriter) -> P) -> Result<Self> {
        let spool = SpoolWriter::new(directory).map_err(|source| Fault::io("making the spool", source))?;
        let mut packing = packing(spool);
        let (messages, incoming) = sync_channel(BLOCKS);
        // Unbounded in effect: there is one answer for each end, and the writer takes it before it goes on.
        let (outgoing, sums) = sync_channel(1);
        let (answers, packed) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("bundle-lane".into())
            .spawn(move || {
                // Ends when the writer is finished or dropped.
                while let Ok(message) = incoming.recv() {
                    match message {
                        Message::Block(block) => packing.write(&block)?,
                        Message::Part(name) => packing.part(&name)?,
                        Message::End => {
                            let (finished, next) = packing.end()?;
                            packing = next;
                            if outgoing.send(finished).is_err() {
                                break;
                            }
                        }
                        Message::Ask => {
                            if answers.send(packing.packed()).is_err() {
                                break;
                            }
                        }
                    }
                }
                Ok(packing.spool())
            })
            .map_err(|source| Fault::io("starting a thread to compress", source))?;
        Ok(SpooledLane {
            messages,
            sums,
            packed,
            thread,
        })
    }

    /// Hands over the next bytes; waits while the thread is behind.
    pub(super) fn write(&mut self, block: Vec<u8>) -> Result<()> {
        self.send(Message::Block(block))
    }

    /// Begins a part of a file that is made of parts.
    pub(super) fn part(&mut self, name: String) -> Result<()> {
        self.send(Message::Part(name))
    }

    /// How many packed bytes came of all that was handed over; waits until that is known.
    pub(super) fn packed(&mut self) -> Result<u64> {
        self.send(Message::Ask)?;
        self.packed.recv().map_err(|_| stopped())
    }

    /// Ends one file of the lane.
    pub(super) fn end(&mut self) -> Result<Sums> {
        self.send(Message::End)?;
        self.sums.recv().map_err(|_| stopped())
    }

    /// Ends the lane. The files come out of the reader one after the other, in the order in which they were ended.
    pub(super) fn finish(self) -> Result<SpoolReader> {
        self.join()?
            .into_reader()
            .map_err(|source| Fault::io("reading the spool", source).into())
    }

    /// What really went wrong, after another method found the thread gone.
    pub(super) fn cause(self) -> crate::error::Error {
        self.join().err().unwrap_or_else(stopped)
    }

    fn send(&mut self, message: Message) -> Result<()> {
        self.messages.send(message).map_err(|_| stopped())
    }

    fn join(self) -> Result<SpoolWriter> {
        drop(self.messages);
        match self.thread.join() {
            Ok(spool) => spool.map_err(|source| Fault::io("writing the spool", source).into()),
            Err(_) => Err(Fault::Invariant("the thread that compresses panicked".into()).into()),
        }
    }
}

fn stopped() -> crate::error::Error {
    Fault::Invariant("the thread that compresses stopped early".into()).into()
}

/// How the files of a lane become bytes in the spool.
trait Packing: Sized + Send + 'static {
    fn write(&mut self, block: &[u8]) -> io::Result<()>;
    fn part(&mut self, name: &str) -> io::Result<()>;
    fn end(self) -> io::Result<(Sums, Self)>;
    fn packed(&self) -> u64;
    fn spool(self) -> SpoolWriter;
}

struct Deflated {
    spool: SpoolWriter,
    deflater: Deflater,
}

impl Packing for Deflated {
    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        self.deflater.write(block, &mut self.spool)
    }

    fn part(&mut self, _: &str) -> io::Result<()> {
        Err(io::Error::other("a file of this lane has no parts"))
    }

    fn end(mut self) -> io::Result<(Sums, Self)> {
        let sums = self.deflater.finish(&mut self.spool)?;
        Ok((sums, self))
    }

    fn packed(&self) -> u64 {
        self.spool.bytes()
    }

    fn spool(self) -> SpoolWriter {
        self.spool
    }
}

struct Zipped {
    archive: Archive<Summed<SpoolWriter>>,
}

impl Packing for Zipped {
    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        self.archive.write(block)
    }

    fn part(&mut self, name: &str) -> io::Result<()> {
        if self.archive.is_open() {
            self.archive.end()?;
        }
        self.archive.begin_small(name)
    }

    fn end(mut self) -> io::Result<(Sums, Self)> {
        if self.archive.is_open() {
            self.archive.end()?;
        }
        let (summed, _) = self.archive.finish()?;
        let (sums, spool) = summed.finish();
        let archive = Archive::new(Summed::new(spool));
        Ok((sums, Zipped { archive }))
    }

    fn packed(&self) -> u64 {
        self.archive.output().inner().bytes()
    }

    fn spool(self) -> SpoolWriter {
        self.archive.into_output().into_inner()
    }
}
