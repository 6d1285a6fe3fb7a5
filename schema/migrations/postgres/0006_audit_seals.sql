-- The seals of the audit log, one chain for each account. The table that was there before was never filled.

DROP TABLE audit_seals;

CREATE TABLE audit_seals (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    number         bigint NOT NULL,
    event_count    bigint NOT NULL DEFAULT 0,
    first_event_id uuid NOT NULL,
    last_event_id  uuid NOT NULL,
    root           text COLLATE "C" NOT NULL,
    previous_hash  text COLLATE "C" NOT NULL,
    sealed_at      timestamptz NOT NULL,
    key_id         text COLLATE "C" NOT NULL,
    hash           text COLLATE "C" NOT NULL,
    signature      text COLLATE "C" NOT NULL,
    leaves         bytea NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT audit_seals_number_key UNIQUE (account_id, number),
    CONSTRAINT audit_seals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX audit_seals_last_event_id_idx ON audit_seals (account_id, last_event_id, id);

-- Hashes do not compress; trying to costs time with each seal.
ALTER TABLE audit_seals ALTER COLUMN leaves SET STORAGE EXTERNAL;
