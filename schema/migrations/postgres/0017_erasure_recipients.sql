-- Who was given data that is erased, and is to be told of it (Art. 19 GDPR).

CREATE TABLE erasure_recipients (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    erasure_id       uuid NOT NULL,
    recipient        text COLLATE "C" NOT NULL,
    recipient_kind   text COLLATE "C" NOT NULL CHECK (recipient_kind IN ('sub_processor', 'authority', 'controller', 'partner', 'other')),
    sub_processor_id uuid,
    state            text COLLATE "C" NOT NULL CHECK (state IN ('to_tell', 'told', 'confirmed', 'exempt', 'overdue')),
    reason           text COLLATE "C",
    due_at           timestamptz NOT NULL,
    told_at          timestamptz,
    confirmed_at     timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_recipients_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION
);
CREATE INDEX erasure_recipients_erasure_id_due_at_idx ON erasure_recipients (account_id, erasure_id, due_at, id);
CREATE INDEX erasure_recipients_sub_processor_id_idx ON erasure_recipients (account_id, sub_processor_id, id);
CREATE INDEX erasure_recipients_state_idx ON erasure_recipients (account_id, state, id);
CREATE INDEX erasure_recipients_due_at_idx ON erasure_recipients (account_id, due_at, id);
CREATE INDEX erasure_recipients_created_at_idx ON erasure_recipients (account_id, created_at, id);
CREATE INDEX erasure_recipients_state_due_at_everywhere_idx ON erasure_recipients (state, due_at, account_id, id);
