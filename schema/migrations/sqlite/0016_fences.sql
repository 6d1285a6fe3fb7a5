-- A fence is lifted by the person's own word and stays on record, so that no older erasure raises it again.
ALTER TABLE suppression_tokens ADD COLUMN lifted_at INTEGER;

-- As before, without fences that were lifted.
DROP VIEW is_suppressed;
CREATE VIEW is_suppressed AS
    SELECT account_id, email_normalized, NULL AS token, expires_at FROM suppression_entries
    UNION ALL
    SELECT account_id, NULL, token, expires_at FROM suppression_tokens WHERE lifted_at IS NULL;
