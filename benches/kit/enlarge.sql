-- Copies the people of the account Acme until its largest list has a million profiles and all accounts together have
-- two million subscribers and ten million deliveries. Copies keep the time in their ids, so that they lie between those
-- they were copied from, and get the mails of the last few campaigns alone. The triggers count them as ever.

SET search_path TO postern;
SET work_mem = '128MB';
SET maintenance_work_mem = '512MB';
CREATE SCHEMA bench;

-- Another number in sixteen bits of the random half: different for each copy, and never the one it was copied from.
CREATE FUNCTION bench.shifted(id uuid, copy int) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (left(id::text, 24) || lpad(to_hex(('x' || substr(id::text, 25, 4))::bit(16)::int # copy), 4, '0')
        || right(id::text, 8))::uuid
$$;

-- Who is copied how often, and which campaigns the copies got.
CREATE TABLE bench.people AS
WITH acme AS (
    SELECT l.account_id, l.id AS list_id, l.profile_count
    FROM lists AS l JOIN accounts AS a ON a.id = l.account_id
    WHERE a.name = 'Acme' ORDER BY l.profile_count DESC LIMIT 1
), placed AS (
    SELECT s.account_id, s.id AS subscriber_id, EXISTS (
        SELECT FROM subscriber_profiles AS p
        WHERE p.account_id = s.account_id AND p.list_id = acme.list_id AND p.subscriber_id = s.id
    ) AS is_on_list
    FROM acme JOIN subscribers AS s ON s.account_id = acme.account_id
), counted AS (
    SELECT count(*) FILTER (WHERE is_on_list) AS inside, count(*) FILTER (WHERE NOT is_on_list) AS outside FROM placed
), wanted AS (
    SELECT ceil((1000000.0 - inside) / inside) AS inside,
        ceil(greatest(2000000.0 - (SELECT count(*) FROM subscribers) - inside * ceil((1000000.0 - inside) / inside), 0)
            / greatest(outside, 1)) AS outside
    FROM counted
)
SELECT p.account_id, p.subscriber_id, (CASE WHEN p.is_on_list THEN w.inside ELSE w.outside END)::int AS copies
FROM placed AS p CROSS JOIN wanted AS w;
ALTER TABLE bench.people ADD PRIMARY KEY (account_id, subscriber_id);
ANALYZE bench.people;

CREATE TABLE bench.campaigns AS
WITH ranked AS (
    SELECT c.account_id, c.id, row_number() OVER (PARTITION BY c.list_id ORDER BY c.created_at DESC) AS place
    FROM campaigns AS c JOIN accounts AS a ON a.id = c.account_id WHERE a.name = 'Acme'
), mailed AS (
    SELECT r.place, sum(p.copies) AS deliveries
    FROM ranked AS r JOIN deliveries AS d ON d.account_id = r.account_id AND d.campaign_id = r.id
    JOIN bench.people AS p ON p.account_id = d.account_id AND p.subscriber_id = d.subscriber_id
    GROUP BY r.place
), added AS (
    SELECT place, (SELECT count(*) FROM deliveries) + sum(deliveries) OVER (ORDER BY place) AS deliveries FROM mailed
)
SELECT r.account_id, r.id FROM ranked AS r
WHERE r.place <= coalesce((SELECT min(place) FROM added WHERE deliveries >= 10000000), 24);
ALTER TABLE bench.campaigns ADD PRIMARY KEY (account_id, id);
ANALYZE bench.campaigns;

-- Copies the rows of a table that belong to those people; `beside` are joins that say which and how often (`p.copies`).
CREATE PROCEDURE bench.copy_rows(of_table text, beside text) LANGUAGE plpgsql AS $$
DECLARE
    named text;
    copied text;
BEGIN
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position), string_agg(CASE
        WHEN column_name IN ('id', 'subscriber_id', 'profile_id', 'delivery_id') THEN format('bench.shifted(o.%I, n)', column_name)
        WHEN column_name IN ('email', 'email_normalized', 'recipient_email') THEN format('n || ''.'' || o.%I', column_name)
        WHEN column_name = 'external_id' THEN format('o.%I || ''-'' || n', column_name)
        -- What is counted is counted again, by the triggers.
        WHEN of_table = 'deliveries' AND column_name LIKE '%\_count' THEN '0'
        ELSE format('o.%I', column_name)
    END, ', ' ORDER BY ordinal_position)
    INTO named, copied
    FROM information_schema.columns WHERE table_schema = 'postern' AND table_name = of_table;
    -- The keys lead where they led before.
    EXECUTE format('ALTER TABLE postern.%I DISABLE TRIGGER ALL', of_table);
    EXECUTE format('ALTER TABLE postern.%I ENABLE TRIGGER USER', of_table);
    EXECUTE format('INSERT INTO postern.%I (%s) SELECT %s FROM postern.%I AS o %s CROSS JOIN LATERAL '
        'generate_series(1, p.copies) AS n ORDER BY 1, 2', of_table, named, copied, of_table, beside);
    EXECUTE format('ALTER TABLE postern.%I ENABLE TRIGGER ALL', of_table);
END $$;

CREATE TABLE bench.indexes AS
SELECT pg_get_indexdef(i.indexrelid) AS definition, i.indexrelid::regclass::text AS name
FROM pg_index AS i
WHERE NOT i.indisunique AND i.indexrelid::regclass::text <> 'clicks_delivery_id_idx' AND i.indrelid IN
    ('subscribers'::regclass, 'subscriber_profiles'::regclass, 'profile_values'::regclass, 'deliveries'::regclass,
    'opens'::regclass, 'clicks'::regclass);
DO $$
DECLARE
    gone record;
BEGIN
    FOR gone IN SELECT name FROM bench.indexes LOOP
        EXECUTE 'DROP INDEX ' || gone.name;
    END LOOP;
END $$;

CALL bench.copy_rows('subscribers',
    'JOIN bench.people AS p ON p.account_id = o.account_id AND p.subscriber_id = o.id');
CALL bench.copy_rows('profile_values',
    'JOIN postern.subscriber_profiles AS m ON m.account_id = o.account_id AND m.id = o.profile_id '
    'JOIN bench.people AS p ON p.account_id = m.account_id AND p.subscriber_id = m.subscriber_id');
CALL bench.copy_rows('subscriber_profiles',
    'JOIN bench.people AS p ON p.account_id = o.account_id AND p.subscriber_id = o.subscriber_id');
DO $$
DECLARE
    events text;
BEGIN
    FOREACH events IN ARRAY ARRAY['deliveries', 'opens', 'clicks'] LOOP
        CALL bench.copy_rows(events,
            'JOIN bench.people AS p ON p.account_id = o.account_id AND p.subscriber_id = o.subscriber_id '
            'JOIN bench.campaigns AS c ON c.account_id = o.account_id AND c.id = o.campaign_id');
        EXECUTE format('ANALYZE postern.%I', events);
    END LOOP;
END $$;

DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT definition FROM bench.indexes LOOP
        EXECUTE made.definition;
    END LOOP;
END $$;
DROP SCHEMA bench CASCADE;
