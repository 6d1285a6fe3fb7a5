-- Ten lists, the newest of the account Acme, with twelve people each who opened three mails at least: what is asked of lists,
-- their people and those people's last opens has as many rows as it asks for.

SET search_path TO postern;

CREATE TEMPORARY TABLE readers AS
SELECT (row_number() OVER (ORDER BY subscriber_id) - 1) / 12 + 1 AS list, row_number() OVER (ORDER BY subscriber_id) AS number,
    account_id, subscriber_id
FROM (
    SELECT o.account_id, o.subscriber_id FROM opens AS o JOIN accounts AS a ON a.id = o.account_id
    WHERE a.name = 'Acme' AND o.subscriber_id IS NOT NULL
    GROUP BY 1, 2 HAVING count(*) >= 3 ORDER BY 2 LIMIT 120
) AS q;

CREATE FUNCTION pg_temp.new_id(number bigint) RETURNS uuid LANGUAGE sql AS $$
    SELECT (overlay(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') PLACING '-' FROM 9 FOR 0)
        || '-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
$$;

INSERT INTO lists
SELECT (jsonb_populate_record(l, jsonb_build_object('id', pg_temp.new_id(r.list), 'name', 'Readers ' || r.list,
    'external_id', NULL))).*
FROM (SELECT DISTINCT list FROM readers) AS r CROSS JOIN LATERAL (
    SELECT l FROM lists AS l WHERE account_id = (SELECT id FROM accounts WHERE name = 'Acme') ORDER BY id LIMIT 1
) AS q(l);

INSERT INTO subscriber_profiles
SELECT (jsonb_populate_record(p, jsonb_build_object('id', pg_temp.new_id(1000 + r.number), 'list_id', pg_temp.new_id(r.list),
    'external_id', NULL))).*
FROM readers AS r CROSS JOIN LATERAL (
    SELECT p FROM subscriber_profiles AS p
    WHERE account_id = r.account_id AND subscriber_id = r.subscriber_id ORDER BY id LIMIT 1
) AS q(p);
