-- Files that people send in to be imported. They lie in the depot; here stands whose they are and how long they stay.

CREATE TABLE uploads (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    uploaded_by_id BLOB CHECK (length(uploaded_by_id) = 16),
    api_key_id     BLOB CHECK (length(api_key_id) = 16),
    size           INTEGER,
    sha256         TEXT,
    expires_at     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT uploads_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT uploads_uploaded_by_id_fkey FOREIGN KEY (uploaded_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT uploads_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX uploads_uploaded_by_id_idx ON uploads (account_id, uploaded_by_id, id);
CREATE INDEX uploads_api_key_id_idx ON uploads (account_id, api_key_id, id);
CREATE INDEX uploads_expires_at_idx ON uploads (account_id, expires_at, id);
