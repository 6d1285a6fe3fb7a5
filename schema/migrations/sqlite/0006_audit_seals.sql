-- The seals of the audit log, one chain for each account. The table that was there before was never filled.

DROP TABLE audit_seals;

CREATE TABLE audit_seals (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    number         INTEGER NOT NULL,
    event_count    INTEGER NOT NULL DEFAULT 0,
    first_event_id BLOB NOT NULL CHECK (length(first_event_id) = 16),
    last_event_id  BLOB NOT NULL CHECK (length(last_event_id) = 16),
    root           TEXT NOT NULL,
    previous_hash  TEXT NOT NULL,
    sealed_at      INTEGER NOT NULL,
    key_id         TEXT NOT NULL,
    hash           TEXT NOT NULL,
    signature      TEXT NOT NULL,
    leaves         BLOB NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT audit_seals_number_key UNIQUE (account_id, number),
    CONSTRAINT audit_seals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX audit_seals_last_event_id_idx ON audit_seals (account_id, last_event_id, id);
