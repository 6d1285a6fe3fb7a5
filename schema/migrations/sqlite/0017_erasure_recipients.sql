-- Who was given data that is erased, and is to be told of it (Art. 19 GDPR).

CREATE TABLE erasure_recipients (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    erasure_id       BLOB NOT NULL CHECK (length(erasure_id) = 16),
    recipient        TEXT NOT NULL,
    recipient_kind   TEXT NOT NULL CHECK (recipient_kind IN ('sub_processor', 'authority', 'controller', 'partner', 'other')),
    sub_processor_id BLOB CHECK (length(sub_processor_id) = 16),
    state            TEXT NOT NULL CHECK (state IN ('to_tell', 'told', 'confirmed', 'exempt', 'overdue')),
    reason           TEXT,
    due_at           INTEGER NOT NULL,
    told_at          INTEGER,
    confirmed_at     INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_recipients_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX erasure_recipients_erasure_id_due_at_idx ON erasure_recipients (account_id, erasure_id, due_at, id);
CREATE INDEX erasure_recipients_sub_processor_id_idx ON erasure_recipients (account_id, sub_processor_id, id);
CREATE INDEX erasure_recipients_state_idx ON erasure_recipients (account_id, state, id);
CREATE INDEX erasure_recipients_due_at_idx ON erasure_recipients (account_id, due_at, id);
CREATE INDEX erasure_recipients_created_at_idx ON erasure_recipients (account_id, created_at, id);
CREATE INDEX erasure_recipients_state_due_at_everywhere_idx ON erasure_recipients (state, due_at, account_id, id);
