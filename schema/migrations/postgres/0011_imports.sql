-- Requests to take a file in that was sent before, each a job as exports are.

CREATE TABLE imports (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    upload_id       uuid NOT NULL,
    list_id         uuid,
    requested_by_id uuid,
    api_key_id      uuid,
    principal       jsonb NOT NULL,
    plan            jsonb NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    input_hash      bytea NOT NULL,
    is_dry_run      boolean NOT NULL,
    format          text COLLATE "C" CHECK (format IN ('bundle', 'listmonk', 'mailchimp', 'mapped')),
    state           text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled', 'expired')),
    claim_number    bigint NOT NULL,
    lease_until     bigint,
    attempts        bigint NOT NULL,
    bytes_expected  bigint,
    bytes_done      bigint NOT NULL,
    rows_expected   bigint,
    rows_done       bigint NOT NULL,
    rows_added      bigint NOT NULL,
    rows_changed    bigint NOT NULL,
    rows_unchanged  bigint NOT NULL,
    rows_suppressed bigint NOT NULL,
    rows_rejected   bigint NOT NULL,
    report          jsonb,
    rejects_name    text COLLATE "C",
    rejects_sha256  text COLLATE "C",
    started_at      timestamptz,
    finished_at     timestamptz,
    expires_at      timestamptz,
    error_code      text COLLATE "C",
    error_message   text COLLATE "C",
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT imports_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT imports_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT imports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT imports_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT imports_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT imports_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX imports_list_id_idx ON imports (account_id, list_id, id);
CREATE INDEX imports_upload_id_idx ON imports (account_id, upload_id, id);
CREATE INDEX imports_state_idx ON imports (account_id, state, id);
CREATE INDEX imports_created_at_idx ON imports (account_id, created_at, id);
CREATE INDEX imports_started_at_idx ON imports (account_id, started_at, id);
CREATE INDEX imports_expires_at_idx ON imports (account_id, expires_at, id);
CREATE INDEX imports_state_everywhere_idx ON imports (state, account_id, id);
