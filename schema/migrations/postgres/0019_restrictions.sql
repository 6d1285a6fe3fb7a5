-- What holds is found by not being lifted.
CREATE INDEX processing_restrictions_lifted_at_idx ON processing_restrictions (account_id, lifted_at, id);

-- Whose data is kept and not used (Art. 18 and 21 GDPR), for the platform's own programs: whom no segment, count or figure
-- made by them may hold.
--
--     SELECT s.* FROM postern.subscribers AS s
--     WHERE s.account_id = $1 AND s.id NOT IN (SELECT postern.restricted_subscribers($1, now()))
--
-- Whatever the kind and the purpose of a restriction: it stands until it ends or is lifted. Without a moment, those count,
-- too, that have not begun or have ended, which errs on the side of not using the data.
CREATE FUNCTION postern.restricted_subscribers(account uuid, at timestamptz DEFAULT NULL)
RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT r.subscriber_id FROM postern.processing_restrictions AS r
    WHERE r.account_id = account AND r.subscriber_id IS NOT NULL AND r.lifted_at IS NULL
        AND (at IS NULL OR r.starts_at <= at) AND (r.ends_at IS NULL OR at IS NULL OR r.ends_at > at)
$$;

-- As before, and of people whose data is not used, so that nobody mails them.
CREATE OR REPLACE FUNCTION postern.is_suppressed(
    account uuid, address text, address_token bytea DEFAULT NULL, at timestamptz DEFAULT NULL
) RETURNS boolean LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
    SELECT EXISTS (
        SELECT FROM postern.suppression_entries AS e
        WHERE e.account_id = account AND e.email_normalized = lower(normalize(btrim(address), NFC)) COLLATE "C"
            AND (e.expires_at IS NULL OR at IS NULL OR e.expires_at > at)
    ) OR EXISTS (
        SELECT FROM postern.suppression_tokens AS t
        WHERE t.account_id = account AND t.lifted_at IS NULL AND t.token = address_token
            AND (t.expires_at IS NULL OR at IS NULL OR t.expires_at > at)
    ) OR EXISTS (
        SELECT FROM postern.suppression_tokens AS t
        WHERE t.account_id = account AND t.lifted_at IS NULL
            AND t.token IN (SELECT postern.session_tokens(account, address))
            AND (t.expires_at IS NULL OR at IS NULL OR t.expires_at > at)
    ) OR EXISTS (
        SELECT FROM postern.subscribers AS s
        JOIN postern.processing_restrictions AS r ON r.account_id = s.account_id AND r.subscriber_id = s.id
        WHERE s.account_id = account AND s.email_normalized = lower(normalize(btrim(address), NFC)) COLLATE "C"
            AND r.lifted_at IS NULL
            AND (at IS NULL OR r.starts_at <= at) AND (r.ends_at IS NULL OR at IS NULL OR r.ends_at > at)
    )
$$;
