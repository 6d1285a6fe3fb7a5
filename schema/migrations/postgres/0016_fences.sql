-- A fence is lifted by the person's own word and stays on record, so that no older erasure raises it again.
ALTER TABLE suppression_tokens ADD COLUMN lifted_at timestamptz;

-- Erased people are known by a keyed token alone, whose key is never in the database. A session of the platform's that is to
-- recognise them sets it, as `postern erase key` prints it for one account (ACCOUNT:KEY, or ACCOUNT:KEY,KEY after a rotation):
--
--     SELECT set_config('postern.suppression_keys', $1, false)         see to it that the server logs no such statement
--     SELECT postern.is_suppressed(account, address)                   now also tells of erased people
--     SELECT set_config('postern.refuse_suppressed', 'on', false)      what this session writes about them is refused

-- HMAC-SHA-256 with a key of 32 bytes.
CREATE FUNCTION postern.hmac_sha256(key bytea, message bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    padded bytea := key || decode(repeat('00', 64 - length(key)), 'hex');
    inner_key bytea := padded;
    outer_key bytea := padded;
BEGIN
    FOR place IN 0..63 LOOP
        inner_key := set_byte(inner_key, place, get_byte(padded, place) # 54);
        outer_key := set_byte(outer_key, place, get_byte(padded, place) # 92);
    END LOOP;
    RETURN sha256(outer_key || sha256(inner_key || message));
END $$;

-- The tokens of an address, under every key that the session has of that account. None where it has set no keys; an error
-- where they are another account's, as nobody would be recognised.
CREATE FUNCTION postern.session_tokens(account uuid, address text) RETURNS SETOF bytea
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    keys text := current_setting('postern.suppression_keys', true);
BEGIN
    IF coalesce(keys, '') = '' THEN
        RETURN;
    END IF;
    IF split_part(keys, ':', 1) <> account::text THEN
        RAISE EXCEPTION 'the suppression keys of this session are not those of account %', account
            USING ERRCODE = 'invalid_parameter_value', HINT = 'set those that postern erase key prints for the account';
    END IF;
    RETURN QUERY
        SELECT postern.hmac_sha256(
            decode(key, 'hex'),
            convert_to('postern suppression address', 'UTF8') || decode('00', 'hex')
                || convert_to(lower(normalize(btrim(address), NFC)), 'UTF8')
        )
        FROM unnest(string_to_array(split_part(keys, ':', 2), ',')) AS key;
END $$;

-- As before, without fences that were lifted, and with the tokens that the session can make.
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
    )
$$;

-- Refuses an address of somebody who was erased, in a session that asks for that. One that has set no keys recognises nobody,
-- so everything is refused to it.
CREATE FUNCTION postern.refuse_suppressed(account uuid, address text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce(current_setting('postern.suppression_keys', true), '') = '' THEN
        RAISE EXCEPTION 'postern.refuse_suppressed is on, and postern.suppression_keys is not set'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'set the keys that postern erase key prints for the account';
    END IF;
    IF EXISTS (
        SELECT FROM postern.suppression_tokens AS t
        WHERE t.account_id = account AND t.lifted_at IS NULL
            AND t.token IN (SELECT postern.session_tokens(account, address))
    ) THEN
        RAISE EXCEPTION 'this address must not be written: its person was erased' USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- Rows with an address that were written since somebody was erased from their account: to be looked at, as they may be
-- that person again (ruling 33). Noted here whoever writes, also a role that may write its own tables and read no other: the
-- functions run as their owner. An id that comes again is noted once, in whichever table; its note is locked, so that nobody
-- takes it who sees the row of before.
CREATE TABLE arrivals (
    account_id uuid NOT NULL,
    id         uuid NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT arrivals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);

CREATE FUNCTION postern.note_arrivals() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, postern, pg_temp AS $$
BEGIN
    IF current_setting('postern.refuse_suppressed', true) = 'on' THEN
        IF TG_TABLE_NAME = 'transactional_emails' THEN
            PERFORM postern.refuse_suppressed(account_id, to_email_normalized) FROM fresh;
        ELSE
            PERFORM postern.refuse_suppressed(account_id, email_normalized) FROM fresh;
        END IF;
    END IF;
    INSERT INTO postern.arrivals (account_id, id)
    SELECT account_id, id FROM fresh AS f
    WHERE EXISTS (SELECT FROM postern.erasures AS e WHERE e.account_id = f.account_id)
        OR EXISTS (SELECT FROM postern.suppression_tokens AS t WHERE t.account_id = f.account_id)
    ORDER BY account_id, id
    ON CONFLICT (account_id, id) DO UPDATE SET id = excluded.id;
    RETURN NULL;
END $$;

CREATE FUNCTION postern.note_arrival() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, postern, pg_temp AS $$
BEGIN
    IF current_setting('postern.refuse_suppressed', true) = 'on' THEN
        IF TG_TABLE_NAME = 'transactional_emails' THEN
            PERFORM postern.refuse_suppressed(NEW.account_id, NEW.to_email_normalized);
        ELSE
            PERFORM postern.refuse_suppressed(NEW.account_id, NEW.email_normalized);
        END IF;
    END IF;
    INSERT INTO postern.arrivals (account_id, id)
    SELECT NEW.account_id, NEW.id
    WHERE EXISTS (SELECT FROM postern.erasures AS e WHERE e.account_id = NEW.account_id)
        OR EXISTS (SELECT FROM postern.suppression_tokens AS t WHERE t.account_id = NEW.account_id)
    ON CONFLICT (account_id, id) DO UPDATE SET id = excluded.id;
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION postern.note_arrivals(), postern.note_arrival() FROM PUBLIC;

CREATE TRIGGER subscribers_note_inserted AFTER INSERT ON subscribers
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.note_arrivals();
CREATE TRIGGER subscribers_note_updated AFTER UPDATE OF account_id, id, email, email_normalized ON subscribers
    FOR EACH ROW WHEN ((OLD.account_id, OLD.id, OLD.email, OLD.email_normalized)
        IS DISTINCT FROM (NEW.account_id, NEW.id, NEW.email, NEW.email_normalized)) EXECUTE FUNCTION postern.note_arrival();
CREATE TRIGGER suppression_entries_note_inserted AFTER INSERT ON suppression_entries
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.note_arrivals();
CREATE TRIGGER suppression_entries_note_updated AFTER UPDATE OF account_id, id, email_normalized ON suppression_entries
    FOR EACH ROW WHEN ((OLD.account_id, OLD.id, OLD.email_normalized)
        IS DISTINCT FROM (NEW.account_id, NEW.id, NEW.email_normalized)) EXECUTE FUNCTION postern.note_arrival();
CREATE TRIGGER transactional_emails_note_inserted AFTER INSERT ON transactional_emails
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.note_arrivals();
CREATE TRIGGER transactional_emails_note_updated AFTER UPDATE OF account_id, id, to_email_normalized ON transactional_emails
    FOR EACH ROW WHEN ((OLD.account_id, OLD.id, OLD.to_email_normalized)
        IS DISTINCT FROM (NEW.account_id, NEW.id, NEW.to_email_normalized)) EXECUTE FUNCTION postern.note_arrival();
