-- Whether an address must not be mailed, for the platform's own senders (ruling 33):
--
--     SELECT EXISTS (SELECT 1 FROM is_suppressed WHERE account_id = ? AND email_normalized = ?)
--     SELECT EXISTS (SELECT 1 FROM is_suppressed WHERE account_id = ? AND token = ?)
--
-- The address in its normal form: trimmed, NFC, lower case, the domain as IDNA A-label, plus-tags kept.
-- Entries count whichever suppression list they are filed in.
-- Erased people are known by a keyed token alone, whose key is never in the database: ask the gateway for
-- the token. Entries past `expires_at` (microseconds since 1970) may be left out; retention removes them.
CREATE VIEW is_suppressed AS
    SELECT account_id, email_normalized, NULL AS token, expires_at FROM suppression_entries
    UNION ALL
    SELECT account_id, NULL, token, expires_at FROM suppression_tokens;
