-- Backups of the database, registered so that it is known until when they hold people who were erased since.

CREATE TABLE backups (
    id         uuid NOT NULL,
    label      text COLLATE "C" NOT NULL,
    location   text COLLATE "C",
    made_at    timestamptz NOT NULL,
    purge_at   timestamptz NOT NULL,
    purged_at  timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX backups_made_at_idx ON backups (made_at, id);
CREATE INDEX backups_purge_at_idx ON backups (purge_at, id);
