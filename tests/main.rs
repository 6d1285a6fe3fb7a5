//! The promises of Postern, as tests. One binary, because each links the whole gateway once; this file is the
//! table of contents.

mod access;
mod audit;
mod carrying;
mod clients;
mod command_line;
mod demo;
mod differential;
mod erasures;
mod examples;
mod exports;
mod graphql;
mod hostile;
mod imports;
mod isolation;
mod kill;
mod kit;
mod layers;
mod limits;
mod reads;
mod replay;
mod serving;
mod socket;
mod story;
mod transfers;
mod writes;
