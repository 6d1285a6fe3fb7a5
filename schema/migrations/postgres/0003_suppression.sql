-- Whether an address must not be mailed, for the platform's own senders (ruling 33):
--
--     SELECT postern.is_suppressed(account, address)                   addresses that stand in clear
--     SELECT postern.is_suppressed(account, address, token)            and those of erased people
--     SELECT postern.is_suppressed(account, address, token, now())     and forget what has expired by then
--
-- `address` in its normal form: trimmed, NFC, lower case, the domain as IDNA A-label, plus-tags kept; what
-- SQL can do of that is done here. Entries count whichever suppression list they are filed in. Erased people are known by a keyed token alone, whose key is never in the
-- database: ask the gateway for the token. Without a moment, entries that have expired still count, which
-- errs on the side of not mailing; retention removes them.
CREATE FUNCTION postern.is_suppressed(
    account uuid, address text, address_token bytea DEFAULT NULL, at timestamptz DEFAULT NULL
) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT FROM postern.suppression_entries AS e
        WHERE e.account_id = account AND e.email_normalized = lower(normalize(btrim(address), NFC)) COLLATE "C"
            AND (e.expires_at IS NULL OR at IS NULL OR e.expires_at > at)
    ) OR EXISTS (
        SELECT FROM postern.suppression_tokens AS t
        WHERE t.account_id = account AND t.token = address_token
            AND (t.expires_at IS NULL OR at IS NULL OR t.expires_at > at)
    )
$$;
