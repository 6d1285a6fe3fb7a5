-- Requests to hand a bundle to another controller, each a job as exports are.

CREATE TABLE transfers (
    account_id        BLOB NOT NULL CHECK (length(account_id) = 16),
    id                BLOB NOT NULL CHECK (length(id) = 16),
    export_id         BLOB NOT NULL CHECK (length(export_id) = 16),
    requested_by_id   BLOB CHECK (length(requested_by_id) = 16),
    api_key_id        BLOB CHECK (length(api_key_id) = 16),
    principal         TEXT NOT NULL CHECK (json_valid(principal)),
    plan              TEXT NOT NULL CHECK (json_valid(plan)),
    idempotency_key   TEXT NOT NULL,
    input_hash        BLOB NOT NULL,
    protocol          TEXT NOT NULL CHECK (protocol IN ('put', 'post', 'postern')),
    target            TEXT NOT NULL,
    credential_sealed BLOB,
    state             TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled')),
    claim_number      INTEGER NOT NULL,
    lease_until       INTEGER,
    attempts          INTEGER NOT NULL,
    bytes_expected    INTEGER,
    bytes_done        INTEGER NOT NULL,
    receiver_status   INTEGER,
    receiver_upload   TEXT,
    receiver_import   TEXT,
    started_at        INTEGER,
    finished_at       INTEGER,
    error_code        TEXT,
    error_message     TEXT,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT transfers_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT transfers_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT transfers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_export_id_fkey FOREIGN KEY (account_id, export_id) REFERENCES exports (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transfers_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX transfers_export_id_idx ON transfers (account_id, export_id, id);
CREATE INDEX transfers_state_idx ON transfers (account_id, state, id);
CREATE INDEX transfers_created_at_idx ON transfers (account_id, created_at, id);
CREATE INDEX transfers_started_at_idx ON transfers (account_id, started_at, id);
CREATE INDEX transfers_state_everywhere_idx ON transfers (state, account_id, id);
