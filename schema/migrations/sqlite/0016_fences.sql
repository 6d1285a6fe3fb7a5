-- A fence is lifted by the person's own word and stays on record, so that no older erasure raises it again.
ALTER TABLE suppression_tokens ADD COLUMN lifted_at INTEGER;

-- As before, without fences that were lifted. The token of an address is HMAC-SHA-256, under the key that
-- `postern erase key` prints for the account, of 'postern suppression address', a zero byte and the address.
DROP VIEW is_suppressed;
CREATE VIEW is_suppressed AS
    SELECT account_id, email_normalized, NULL AS token, expires_at FROM suppression_entries
    UNION ALL
    SELECT account_id, NULL, token, expires_at FROM suppression_tokens WHERE lifted_at IS NULL;

-- Rows with an address that were written since somebody was erased from their account: to be looked at, as they may be
-- that person again (ruling 33). Noted here whoever writes. An id that comes again is noted once, in whichever table.
CREATE TABLE arrivals (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    PRIMARY KEY (account_id, id),
    CONSTRAINT arrivals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;

CREATE TRIGGER subscribers_note_inserted AFTER INSERT ON subscribers
WHEN EXISTS (SELECT 1 FROM erasures WHERE account_id = NEW.account_id)
    OR EXISTS (SELECT 1 FROM suppression_tokens WHERE account_id = NEW.account_id)
BEGIN
    INSERT INTO arrivals (account_id, id) VALUES (NEW.account_id, NEW.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER subscribers_note_updated AFTER UPDATE OF account_id, id, email, email_normalized ON subscribers
WHEN (OLD.account_id IS NOT NEW.account_id OR OLD.id IS NOT NEW.id OR OLD.email IS NOT NEW.email OR OLD.email_normalized IS NOT NEW.email_normalized)
    AND (EXISTS (SELECT 1 FROM erasures WHERE account_id = NEW.account_id)
        OR EXISTS (SELECT 1 FROM suppression_tokens WHERE account_id = NEW.account_id))
BEGIN
    INSERT INTO arrivals (account_id, id) VALUES (NEW.account_id, NEW.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER suppression_entries_note_inserted AFTER INSERT ON suppression_entries
WHEN EXISTS (SELECT 1 FROM erasures WHERE account_id = NEW.account_id)
    OR EXISTS (SELECT 1 FROM suppression_tokens WHERE account_id = NEW.account_id)
BEGIN
    INSERT INTO arrivals (account_id, id) VALUES (NEW.account_id, NEW.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER suppression_entries_note_updated AFTER UPDATE OF account_id, id, email_normalized ON suppression_entries
WHEN (OLD.account_id IS NOT NEW.account_id OR OLD.id IS NOT NEW.id OR OLD.email_normalized IS NOT NEW.email_normalized)
    AND (EXISTS (SELECT 1 FROM erasures WHERE account_id = NEW.account_id)
        OR EXISTS (SELECT 1 FROM suppression_tokens WHERE account_id = NEW.account_id))
BEGIN
    INSERT INTO arrivals (account_id, id) VALUES (NEW.account_id, NEW.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER transactional_emails_note_inserted AFTER INSERT ON transactional_emails
WHEN EXISTS (SELECT 1 FROM erasures WHERE account_id = NEW.account_id)
    OR EXISTS (SELECT 1 FROM suppression_tokens WHERE account_id = NEW.account_id)
BEGIN
    INSERT INTO arrivals (account_id, id) VALUES (NEW.account_id, NEW.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER transactional_emails_note_updated AFTER UPDATE OF account_id, id, to_email_normalized ON transactional_emails
WHEN (OLD.account_id IS NOT NEW.account_id OR OLD.id IS NOT NEW.id OR OLD.to_email_normalized IS NOT NEW.to_email_normalized)
    AND (EXISTS (SELECT 1 FROM erasures WHERE account_id = NEW.account_id)
        OR EXISTS (SELECT 1 FROM suppression_tokens WHERE account_id = NEW.account_id))
BEGIN
    INSERT INTO arrivals (account_id, id) VALUES (NEW.account_id, NEW.id) ON CONFLICT DO NOTHING;
END;
