-- Requests to take a file in that was sent before, each a job as exports are.

CREATE TABLE imports (
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    id              BLOB NOT NULL CHECK (length(id) = 16),
    upload_id       BLOB NOT NULL CHECK (length(upload_id) = 16),
    list_id         BLOB CHECK (length(list_id) = 16),
    requested_by_id BLOB CHECK (length(requested_by_id) = 16),
    api_key_id      BLOB CHECK (length(api_key_id) = 16),
    principal       TEXT NOT NULL CHECK (json_valid(principal)),
    plan            TEXT NOT NULL CHECK (json_valid(plan)),
    idempotency_key TEXT NOT NULL,
    input_hash      BLOB NOT NULL,
    is_dry_run      INTEGER NOT NULL CHECK (is_dry_run IN (0, 1)),
    format          TEXT CHECK (format IN ('bundle', 'listmonk', 'mailchimp', 'mapped')),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled', 'expired')),
    claim_number    INTEGER NOT NULL,
    lease_until     INTEGER,
    attempts        INTEGER NOT NULL,
    bytes_expected  INTEGER,
    bytes_done      INTEGER NOT NULL,
    rows_expected   INTEGER,
    rows_done       INTEGER NOT NULL,
    rows_added      INTEGER NOT NULL,
    rows_changed    INTEGER NOT NULL,
    rows_unchanged  INTEGER NOT NULL,
    rows_suppressed INTEGER NOT NULL,
    rows_rejected   INTEGER NOT NULL,
    report          TEXT CHECK (json_valid(report)),
    rejects_name    TEXT,
    rejects_sha256  TEXT,
    started_at      INTEGER,
    finished_at     INTEGER,
    expires_at      INTEGER,
    error_code      TEXT,
    error_message   TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT imports_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT imports_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT imports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT imports_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT imports_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT imports_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX imports_list_id_idx ON imports (account_id, list_id, id);
CREATE INDEX imports_upload_id_idx ON imports (account_id, upload_id, id);
CREATE INDEX imports_state_idx ON imports (account_id, state, id);
CREATE INDEX imports_created_at_idx ON imports (account_id, created_at, id);
CREATE INDEX imports_started_at_idx ON imports (account_id, started_at, id);
CREATE INDEX imports_expires_at_idx ON imports (account_id, expires_at, id);
CREATE INDEX imports_state_everywhere_idx ON imports (state, account_id, id);
