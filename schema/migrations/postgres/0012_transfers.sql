-- Requests to hand a bundle to another controller, each a job as exports are.

CREATE TABLE transfers (
    account_id        uuid NOT NULL,
    id                uuid NOT NULL,
    export_id         uuid NOT NULL,
    requested_by_id   uuid,
    api_key_id        uuid,
    principal         jsonb NOT NULL,
    plan              jsonb NOT NULL,
    idempotency_key   text COLLATE "C" NOT NULL,
    input_hash        bytea NOT NULL,
    protocol          text COLLATE "C" NOT NULL CHECK (protocol IN ('put', 'post', 'postern')),
    target            text COLLATE "C" NOT NULL,
    credential_sealed bytea,
    state             text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled')),
    claim_number      bigint NOT NULL,
    lease_until       bigint,
    attempts          bigint NOT NULL,
    bytes_expected    bigint,
    bytes_done        bigint NOT NULL,
    receiver_status   bigint,
    receiver_upload   text COLLATE "C",
    receiver_import   text COLLATE "C",
    started_at        timestamptz,
    finished_at       timestamptz,
    error_code        text COLLATE "C",
    error_message     text COLLATE "C",
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT transfers_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT transfers_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT transfers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_export_id_fkey FOREIGN KEY (account_id, export_id) REFERENCES exports (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transfers_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX transfers_export_id_idx ON transfers (account_id, export_id, id);
CREATE INDEX transfers_state_idx ON transfers (account_id, state, id);
CREATE INDEX transfers_created_at_idx ON transfers (account_id, created_at, id);
CREATE INDEX transfers_started_at_idx ON transfers (account_id, started_at, id);
CREATE INDEX transfers_state_everywhere_idx ON transfers (state, account_id, id);
