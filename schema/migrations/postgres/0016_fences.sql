-- A fence is lifted by the person's own word and stays on record, so that no older erasure raises it again.
ALTER TABLE suppression_tokens ADD COLUMN lifted_at timestamptz;

-- As before, without fences that were lifted.
CREATE OR REPLACE FUNCTION postern.is_suppressed(
    account uuid, address text, address_token bytea DEFAULT NULL, at timestamptz DEFAULT NULL
) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT FROM postern.suppression_entries AS e
        WHERE e.account_id = account AND e.email_normalized = lower(normalize(btrim(address), NFC)) COLLATE "C"
            AND (e.expires_at IS NULL OR at IS NULL OR e.expires_at > at)
    ) OR EXISTS (
        SELECT FROM postern.suppression_tokens AS t
        WHERE t.account_id = account AND t.token = address_token AND t.lifted_at IS NULL
            AND (t.expires_at IS NULL OR at IS NULL OR t.expires_at > at)
    )
$$;
