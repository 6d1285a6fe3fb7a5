//! PostgreSQL's COPY in its binary form: the fastest way in for rows that need no decision.
//!
//! Must not know which rows may be written; [`super::write`] asks for it.

use sqlx::postgres::PgConnection;

use super::bind::write_field;
use super::failure::from_driver;
use crate::cell::Cell;
use crate::error::Result;

/// How many bytes are sent at once.
const CHUNK: usize = 256 * 1024;

/// Writes rows into `COPY … FROM STDIN WITH (FORMAT binary)`; gives how many. `first` is a value in front of
/// every row. Values must be of their columns' kinds.
pub(super) async fn copy_in(
    connection: &mut PgConnection,
    statement: &str,
    first: Option<&Cell>,
    rows: &[Vec<Cell>],
) -> Result<u64> {
    let mut copy = connection.copy_in_raw(statement).await.map_err(from_driver)?;
    let mut buffer = Vec::with_capacity(CHUNK + CHUNK / 4);
    // The signature; no flags; no further header.
    buffer.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for row in rows {
        if let Err(error) = write_row(first, row, &mut buffer) {
            copy.abort("a value cannot be sent").await.map_err(from_driver)?;
            return Err(from_driver(error));
        }
        if buffer.len() >= CHUNK {
            copy.send(buffer.as_slice()).await.map_err(from_driver)?;
            buffer.clear();
        }
    }
    buffer.extend_from_slice(&(-1_i16).to_be_bytes());
    copy.send(buffer.as_slice()).await.map_err(from_driver)?;
    copy.finish().await.map_err(from_driver)
}

fn write_row(first: Option<&Cell>, row: &[Cell], buffer: &mut Vec<u8>) -> Result<(), sqlx::Error> {
    let width = row.len() + usize::from(first.is_some());
    let width = i16::try_from(width).map_err(|error| sqlx::Error::Encode(error.into()))?;
    buffer.extend_from_slice(&width.to_be_bytes());
    let mut cells = first.into_iter().chain(row);
    cells
        .try_for_each(|cell| write_field(cell, buffer))
        .map_err(sqlx::Error::Encode)
}
