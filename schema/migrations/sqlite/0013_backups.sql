-- Backups of the database, registered so that it is known until when they hold people who were erased since.

CREATE TABLE backups (
    id         BLOB NOT NULL CHECK (length(id) = 16),
    label      TEXT NOT NULL,
    location   TEXT,
    made_at    INTEGER NOT NULL,
    purge_at   INTEGER NOT NULL,
    purged_at  INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX backups_made_at_idx ON backups (made_at, id);
CREATE INDEX backups_purge_at_idx ON backups (purge_at, id);
