//! The vocabulary of the tests: homes and gateways, commands, requests, tools. Panics say what was expected and what
//! came instead, so that a test's body needs no unwrapping.

pub mod client;
pub mod command;
pub mod company;
pub mod erasing;
pub mod gateway;
pub mod handing;
pub mod home;
pub mod inside;
pub mod judge;
pub mod mailing_files;
pub mod proxy;
pub mod receiver;
pub mod rows;
pub mod sending;
pub mod socket;
pub mod storage;
pub mod tool;
pub mod types;
