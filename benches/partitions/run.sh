#!/usr/bin/env bash
# Whether event tables that are partitioned by month, by ranges of their ids, cost less than plain ones.
#
# Makes a database of its own on the server that libpq's variables name (PGHOST, PGUSER), whose user must be a superuser;
# fills `opens` and `deliveries` as plain tables and as partitioned ones with the same rows; asks both by turns what the
# gateway asks; prints medians; drops the database. Buffers, bytes of the log and relations locked say more than times
# where others work on the machine; times are processor time of the session, beside other work.
#
#   --rows N      opens, a quarter of them of one person (4000000)
#   --months N    partitions that hold rows (36); one more is for next month, one for ids of no month
#   --repeats N   of which the median counts (3); months must be more than twice as many
#   --turns N     how often a question is asked for its time (1000)
#   --only-questions   leaves out what writes
#   --keep        leaves the database there
set -euo pipefail

rows=4000000 months=36 repeats=3 turns=1000 writes=true keep=false
while [ $# -gt 0 ]; do
    case $1 in
        --rows) rows=$2; shift ;;
        --months) months=$2; shift ;;
        --repeats) repeats=$2; shift ;;
        --turns) turns=$2; shift ;;
        --only-questions) writes=false ;;
        --keep) keep=true ;;
        *) echo "unknown: $1" >&2; exit 2 ;;
    esac
    shift
done
database=partition_trial
begun=$(date +%s)

sql() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$database" "$@"; }
say() { echo "$(($(date +%s) - begun)) s: $*" >&2; }
finish() {
    if [ "$keep" = false ]; then
        psql --no-psqlrc --quiet --dbname postgres --command "DROP DATABASE IF EXISTS $database" || true
    fi
}

psql --no-psqlrc --quiet --dbname postgres --command "CREATE DATABASE $database"
trap finish EXIT
sql --command "ALTER DATABASE $database SET client_min_messages TO warning" \
    --command "ALTER DATABASE $database SET max_parallel_workers_per_gather TO 0" \
    --command "ALTER DATABASE $database SET jit TO off"

say "tables"
sql --set months="$months" <<'SQL'
CREATE SCHEMA mail;
CREATE SCHEMA trial;

-- An id of version 7 that says this instant, and the least that says it.
CREATE FUNCTION trial.id_at(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT overlay(overlay(gen_random_uuid()::text PLACING '7' FROM 15 FOR 1)
        PLACING left(h, 8) || '-' || right(h, 4) FROM 1 FOR 13)::uuid
    FROM lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS h
$$;
CREATE FUNCTION trial.least_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
CREATE TABLE trial.months AS
    SELECT number, date_trunc('month', now(), 'UTC') - make_interval(months => :months - number) AS starts_at,
        date_trunc('month', now(), 'UTC') - make_interval(months => :months - number - 1) AS ends_at
    FROM generate_series(1, :months + 1) AS number;
CREATE TABLE trial.figures (topic text, variant text, repeat int, metric text, value numeric);

CREATE TABLE mail.accounts (id uuid PRIMARY KEY, number int, share float8, people int);
CREATE TABLE mail.campaigns (
    account_id uuid NOT NULL REFERENCES mail.accounts, id uuid NOT NULL, number int, sent_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE TABLE mail.subscribers (
    account_id uuid NOT NULL REFERENCES mail.accounts, id uuid NOT NULL, number int,
    PRIMARY KEY (account_id, id)
);
CREATE TABLE mail.legal_holds (account_id uuid NOT NULL, subscriber_id uuid NOT NULL);
CREATE INDEX ON mail.legal_holds (account_id, subscriber_id);

-- As the schema has them. Keys and indexes come behind the rows; the partitioned `deliveries` cannot have
-- UNIQUE (account_id, source, external_id).
CREATE TABLE mail.deliveries (
    account_id uuid NOT NULL, id uuid NOT NULL, campaign_id uuid NOT NULL, subscriber_id uuid, server_id uuid,
    recipient_email text COLLATE "C", subject text COLLATE "C", message_id text COLLATE "C", smtp_response text COLLATE "C",
    status text COLLATE "C" NOT NULL, retries bigint NOT NULL, open_count bigint NOT NULL DEFAULT 0,
    click_count bigint NOT NULL DEFAULT 0, sent_at timestamptz NOT NULL, source text COLLATE "C", external_id text COLLATE "C"
);
CREATE TABLE mail.opens (
    account_id uuid NOT NULL, id uuid NOT NULL, delivery_id uuid, campaign_id uuid NOT NULL, subscriber_id uuid,
    opened_at timestamptz NOT NULL, ip_address text COLLATE "C", user_agent text COLLATE "C", country text COLLATE "C",
    region text COLLATE "C", city text COLLATE "C", browser text COLLATE "C", operating_system text COLLATE "C",
    device text COLLATE "C", kind text COLLATE "C" NOT NULL
);
CREATE TABLE mail.deliveries_by_month (LIKE mail.deliveries INCLUDING DEFAULTS) PARTITION BY RANGE (id);
CREATE TABLE mail.opens_by_month (LIKE mail.opens) PARTITION BY RANGE (id);
DO $make$
DECLARE
    m record;
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['deliveries_by_month', 'opens_by_month'] LOOP
        FOR m IN SELECT * FROM trial.months LOOP
            EXECUTE format('CREATE TABLE mail.%I PARTITION OF mail.%I FOR VALUES FROM (%L) TO (%L)', t || '_' || m.number, t,
                trial.least_id(m.starts_at), trial.least_id(m.ends_at));
        END LOOP;
        EXECUTE format('CREATE TABLE mail.%I PARTITION OF mail.%I DEFAULT', t || '_else', t);
    END LOOP;
    FOR t IN
        SELECT c.oid::regclass FROM pg_class AS c WHERE c.relkind = 'r' AND c.relname LIKE 'deliveries%'
    LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 85)', t);
    END LOOP;
END $make$;
SQL

say "$rows opens over $months months"
sql --set months="$months" --set rows="$rows" <<'SQL'
SET work_mem TO '256MB';
SET maintenance_work_mem TO '512MB';
SET synchronous_commit TO off;
SET session_replication_role TO replica;
SELECT setseed(0.42) \g /dev/null

INSERT INTO mail.accounts
    SELECT trial.id_at((SELECT min(starts_at) FROM trial.months)), number, share, (100000 * share)::int
    FROM (VALUES (1, 0.55), (2, 0.25), (3, 0.12), (4, 0.06), (5, 0.02)) AS a (number, share);
-- Four campaigns a month.
INSERT INTO mail.campaigns
    SELECT a.id, trial.id_at(c.sent_at), c.number, c.sent_at
    FROM mail.accounts AS a CROSS JOIN LATERAL (
        SELECT n AS number, (SELECT min(starts_at) FROM trial.months) + make_interval(secs => (n - 0.5 + 0.01 * a.number) / (4 * :months) *
            extract(epoch FROM now() - (SELECT min(starts_at) FROM trial.months))) AS sent_at
        FROM generate_series(1, 4 * :months) AS n
    ) AS c;
INSERT INTO mail.subscribers
    SELECT a.id, trial.id_at(now() - random() * (now() - (SELECT min(starts_at) FROM trial.months))), n
    FROM mail.accounts AS a CROSS JOIN LATERAL generate_series(1, a.people) AS n;
ALTER TABLE mail.subscribers ADD UNIQUE (account_id, number);
ALTER TABLE mail.campaigns ADD UNIQUE (account_id, number);
ANALYZE mail.accounts, mail.campaigns, mail.subscribers;

-- Numbers first, as they are cheap; ids by two joins. Person 1 of account 1 gets every campaign, person 2 thirty of them. A
-- few people get far more mail than the rest.
CREATE UNLOGGED TABLE trial.mails AS
    WITH thrown AS MATERIALIZED (
        SELECT n, random() AS which, 1 + floor(random() * 4 * :months)::int AS campaign, random() AS person, random() AS delay
        FROM generate_series(1, :rows * 3 / 8) AS n
    ), placed AS (
        SELECT t.n, CASE WHEN which < 0.55 THEN 1 WHEN which < 0.80 THEN 2 WHEN which < 0.92 THEN 3 WHEN which < 0.98 THEN 4 ELSE 5 END
            AS account, campaign, person, delay
        FROM thrown AS t
    ), chosen AS (
        SELECT p.n, a.id AS account_id, p.campaign, 3 + floor((a.people - 2) * power(p.person, 1.5))::int AS person, p.delay, 'many' AS kind
        FROM placed AS p JOIN mail.accounts AS a ON a.number = p.account
        UNION ALL
        SELECT 0, a.id, c.number, 1, random(), 'heavy'
        FROM mail.accounts AS a JOIN mail.campaigns AS c ON c.account_id = a.id WHERE a.number = 1
        UNION ALL
        SELECT 0, a.id, n * 4 * :months / 30, 2, random(), 'light'
        FROM mail.accounts AS a CROSS JOIN generate_series(1, 30) AS n WHERE a.number = 1
    )
    SELECT ch.n, ch.kind, ch.account_id, c.id AS campaign_id, s.id AS subscriber_id, s.number AS person,
        c.sent_at + ch.delay * interval '2 hours' AS sent_at, trial.id_at(c.sent_at + ch.delay * interval '2 hours') AS id
    FROM chosen AS ch
    JOIN mail.campaigns AS c ON c.account_id = ch.account_id AND c.number = ch.campaign
    JOIN mail.subscribers AS s ON s.account_id = ch.account_id AND s.number = ch.person
    ORDER BY id;
INSERT INTO mail.deliveries
    SELECT account_id, id, campaign_id, subscriber_id, NULL, 'person' || person || '@example.org', 'News of the month, number ' || n % 144,
        '<' || id || '@mail.example.org>', '250 2.0.0 OK', 'success', 0, n % 5, 0, sent_at, 'platform', id::text
    FROM trial.mails;
INSERT INTO mail.deliveries_by_month SELECT * FROM mail.deliveries;

-- None to four opens of a mail, two on average, the first typically some hours after it came.
CREATE UNLOGGED TABLE trial.drawn AS
    SELECT account_id, trial.id_at(opened_at) AS id, delivery_id, campaign_id, subscriber_id, opened_at, n
    FROM (
        SELECT m.account_id, m.id AS delivery_id, m.campaign_id, m.subscriber_id, m.n,
            m.sent_at + CASE m.kind WHEN 'heavy' THEN random() * interval '8 days' ELSE interval '1 second' *
                least(10800 * exp(1.5 * sqrt(-2 * ln(1 - random())) * cos(6.2831853 * random())), 3e6) END AS opened_at
        FROM trial.mails AS m CROSS JOIN LATERAL generate_series(1, CASE m.kind
            WHEN 'heavy' THEN :rows / 4 / (4 * :months) WHEN 'light' THEN 1 ELSE (m.n % 5)::int END) AS g
    ) AS o
    WHERE opened_at < now()
    ORDER BY 2;
CREATE FUNCTION trial.open_of(account_id uuid, id uuid, delivery_id uuid, campaign_id uuid, subscriber_id uuid, opened_at timestamptz, n bigint)
RETURNS mail.opens LANGUAGE sql AS $$
    SELECT ROW(account_id, id, delivery_id, campaign_id, subscriber_id, opened_at, '198.51.' || n % 100 || '.' || n % 251,
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1' || n % 30 || '.0.0.0 Safari/537.36',
        (ARRAY['DE', 'FR', 'IT', 'RO', 'US'])[1 + n % 5], 'Region ' || n % 40, 'City ' || n % 400, 'Chrome', 'Linux', 'desktop',
        (ARRAY['human', 'proxy', 'human'])[1 + n % 3])::mail.opens
$$;
INSERT INTO mail.opens SELECT (trial.open_of(account_id, id, delivery_id, campaign_id, subscriber_id, opened_at, n)).* FROM trial.drawn;
INSERT INTO mail.opens_by_month SELECT * FROM mail.opens;

DO $make$
DECLARE
    v text;
BEGIN
    FOREACH v IN ARRAY ARRAY['', '_by_month'] LOOP
        EXECUTE format('ALTER TABLE mail.deliveries%s ADD PRIMARY KEY (account_id, id)', v);
        EXECUTE format('CREATE INDEX ON mail.deliveries%s (account_id, campaign_id, sent_at, id)', v);
        EXECUTE format('CREATE INDEX ON mail.deliveries%s (account_id, subscriber_id, sent_at, id)', v);
        EXECUTE format('CREATE INDEX ON mail.deliveries%s (account_id, server_id, id)', v);
        EXECUTE format('ALTER TABLE mail.opens%s ADD PRIMARY KEY (account_id, id)', v);
        EXECUTE format('CREATE INDEX ON mail.opens%s (account_id, delivery_id, id)', v);
        EXECUTE format('CREATE INDEX ON mail.opens%s (account_id, campaign_id, opened_at, id)', v);
        EXECUTE format('CREATE INDEX ON mail.opens%s (account_id, subscriber_id, opened_at, id)', v);
    END LOOP;
END $make$;
ALTER TABLE mail.deliveries ADD UNIQUE (account_id, source, external_id);
SQL

say "foreign keys"
sql <<'SQL'
SET maintenance_work_mem TO '512MB';
SET work_mem TO '256MB';
DO $make$
DECLARE
    v text;
    parent text;
BEGIN
    FOREACH v IN ARRAY ARRAY['', '_by_month'] LOOP
        EXECUTE format('ALTER TABLE mail.opens%s ADD CONSTRAINT opens%1$s_account FOREIGN KEY (account_id) REFERENCES mail.accounts (id)', v);
        FOREACH parent IN ARRAY ARRAY['deliveries', 'campaigns', 'subscribers'] LOOP
            EXECUTE format('ALTER TABLE mail.opens%s ADD CONSTRAINT opens%1$s_%s FOREIGN KEY (account_id, %s) REFERENCES mail.%2$s (account_id, id)', v, parent,
                CASE parent WHEN 'deliveries' THEN 'delivery_id' WHEN 'campaigns' THEN 'campaign_id' ELSE 'subscriber_id' END);
        END LOOP;
        -- Of a table that refers to deliveries and nothing else.
        EXECUTE format('CREATE TABLE trial.child_of_deliveries%s (account_id uuid NOT NULL, delivery_id uuid,
            FOREIGN KEY (account_id, delivery_id) REFERENCES mail.deliveries%1$s (account_id, id))', v);
    END LOOP;
END $make$;
INSERT INTO mail.legal_holds
    SELECT s.account_id, s.id FROM mail.subscribers AS s JOIN mail.accounts AS a ON a.id = s.account_id WHERE s.number IN (700, 900);
SQL
sql --command "VACUUM (FREEZE, ANALYZE) mail.opens, mail.opens_by_month, mail.deliveries, mail.deliveries_by_month" --command "CHECKPOINT"

say "measuring"
sql <<'SQL'
-- Processor time of this session in ms; nothing where the system does not say.
CREATE FUNCTION trial.processor() RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::numeric / 1e6;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;

CREATE PROCEDURE trial.put(topic text, variant text, repeat int, metric text, value numeric) LANGUAGE sql AS $$
    INSERT INTO trial.figures VALUES (topic, variant, repeat, metric, value)
$$;

CREATE FUNCTION trial.explained(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    found json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, FORMAT JSON) ' || statement INTO found;
    RETURN found::jsonb -> 0;
END $$;

CREATE PROCEDURE trial.note(topic text, variant text, repeat int, e jsonb) LANGUAGE sql AS $$
    INSERT INTO trial.figures
    SELECT topic, variant, repeat, m.metric, m.value
    FROM (VALUES
        ('buffers', (e #>> '{Plan,Shared Hit Blocks}')::numeric + (e #>> '{Plan,Shared Read Blocks}')::numeric),
        ('read', (e #>> '{Plan,Shared Read Blocks}')::numeric),
        ('dirtied', (e #>> '{Plan,Shared Dirtied Blocks}')::numeric),
        ('WAL kB', (e #>> '{Plan,WAL Bytes}')::numeric / 1000),
        ('page images', (e #>> '{Plan,WAL FPI}')::numeric),
        ('elapsed ms', (e ->> 'Execution Time')::numeric)
    ) AS m (metric, value) WHERE m.value IS NOT NULL
$$;

-- Runs statements; what EXPLAIN says of a call to it covers triggers and foreign keys as well.
CREATE FUNCTION trial.run(statements text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    s text;
    n bigint;
    total bigint := 0;
BEGIN
    FOREACH s IN ARRAY statements LOOP
        EXECUTE s;
        GET DIAGNOSTICS n = ROW_COUNT;
        total := total + n;
    END LOOP;
    RETURN total;
END $$;

-- Runs statements, `undo`es them, and notes what they cost. The first ones are not measured.
CREATE FUNCTION trial.write(topic text, variant text, repeat int, before text[], statements text[], undo boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e jsonb;
    used numeric;
BEGIN
    BEGIN
        PERFORM trial.run(before);
        used := trial.processor();
        e := trial.explained(format('SELECT trial.run(%L::text[])', statements));
        used := trial.processor() - used;
        IF undo THEN RAISE EXCEPTION 'undone' USING ERRCODE = 'TR001'; END IF;
    EXCEPTION WHEN SQLSTATE 'TR001' THEN NULL;
    END;
    CALL trial.note(topic, variant, repeat, e);
    CALL trial.put(topic, variant, repeat, 'processor ms', used);
END $$;

-- Asks a prepared statement as a driver would, and says what planning costs and how many relations are locked.
CREATE PROCEDURE trial.ask(topic text, variant text, repeat int, types text, statement text, args text, turns int) LANGUAGE plpgsql AS $$
DECLARE
    e jsonb;
    used numeric;
    held bigint;
    slow bigint;
BEGIN
    EXECUTE format('PREPARE question (%s) AS %s', types, statement);
    -- Looked at each time anew.
    SET plan_cache_mode TO force_custom_plan;
    EXECUTE format('EXECUTE question (%s)', args);
    e := trial.explained(format('EXECUTE question (%s)', args));
    CALL trial.put(topic, variant, repeat, 'planning ms', (e ->> 'Planning Time')::numeric);
    CALL trial.put(topic, variant, repeat, 'buffers, custom plan', (e #>> '{Plan,Shared Hit Blocks}')::numeric + (e #>> '{Plan,Shared Read Blocks}')::numeric);
    -- One plan for all.
    SET plan_cache_mode TO force_generic_plan;
    EXECUTE format('EXECUTE question (%s)', args);
    COMMIT;
    EXECUTE format('EXECUTE question (%s)', args);
    SELECT count(*), count(*) FILTER (WHERE NOT l.fastpath) INTO held, slow
    FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation AND c.relnamespace = 'mail'::regnamespace
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation';
    COMMIT;
    CALL trial.put(topic, variant, repeat, 'relations locked', held);
    CALL trial.put(topic, variant, repeat, 'locks in the shared table', slow);
    e := trial.explained(format('EXECUTE question (%s)', args));
    CALL trial.note(topic, variant, repeat, e);
    COMMIT;
    DEALLOCATE question;
    -- As the server chooses.
    SET plan_cache_mode TO auto;
    EXECUTE format('PREPARE question (%s) AS %s', types, statement);
    FOR turn IN 1..6 LOOP
        EXECUTE format('EXECUTE question (%s)', args);
    END LOOP;
    COMMIT;
    used := trial.processor();
    FOR turn IN 1..turns LOOP
        EXECUTE format('EXECUTE question (%s)', args);
        COMMIT;
    END LOOP;
    CALL trial.put(topic, variant, repeat, 'processor µs a time', (trial.processor() - used) * 1000 / turns);
    SELECT 100 * generic_plans / (generic_plans + custom_plans) INTO held FROM pg_prepared_statements WHERE name = 'question';
    CALL trial.put(topic, variant, repeat, 'kept plan, % of times', held);
    DEALLOCATE question;
END $$;
SQL

say "questions"
for repeat in $(seq "$repeats"); do
    sql --set repeat="$repeat" --set turns="$turns" <<'SQL'
SELECT a.id AS account, c.id AS campaign, c.sent_at + interval '1 day' AS campaign_at,
    (SELECT id FROM mail.subscribers AS s WHERE s.account_id = a.id AND number = 1) AS heavy,
    (SELECT id FROM mail.subscribers AS s WHERE s.account_id = a.id AND number = 2) AS light,
    (SELECT array_agg(id) FROM (SELECT id FROM mail.campaigns AS x WHERE x.account_id = a.id ORDER BY sent_at DESC LIMIT 10) AS l) AS campaigns,
    (SELECT array_agg(id) FROM (SELECT id FROM mail.subscribers AS x WHERE x.account_id = a.id AND number BETWEEN 100 AND 109) AS l) AS people,
    (SELECT array_agg(id) FROM (SELECT id FROM mail.deliveries AS x WHERE x.account_id = a.id AND x.campaign_id = c.id ORDER BY sent_at LIMIT 100) AS l) AS deliveries,
    (SELECT id FROM mail.deliveries AS x WHERE x.account_id = a.id AND x.campaign_id = c.id ORDER BY sent_at LIMIT 1) AS delivery,
    (SELECT min(starts_at) + (now() - min(starts_at)) / 2 FROM trial.months) AS middle
FROM mail.accounts AS a JOIN mail.campaigns AS c ON c.account_id = a.id
WHERE a.number = 1 ORDER BY c.number DESC OFFSET 5 LIMIT 1 \gset
\set columns 't.id, t.opened_at, t.country, t.device, t.kind'
-- The texts are those of the gateway's pages, with the kept plan in mind: what is not looked for stands behind a sub-select.
\set below '(SELECT id, n - 1 AS n FROM unnest((SELECT $2)) WITH ORDINALITY AS u (id, n)) AS p CROSS JOIN LATERAL (SELECT * FROM (SELECT '
CREATE TEMP TABLE asked (topic text, types text, statement text, args text);
INSERT INTO asked VALUES
('page of 100 opens of a campaign', 'uuid, uuid[], bigint',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.campaign_id = p.id ORDER BY t.opened_at DESC, t.id DESC LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, ARRAY[%L]::uuid[], 101', :'account', :'campaign')),
('the same, behind a cursor', 'uuid, uuid[], bigint, timestamptz, uuid',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.campaign_id = p.id AND (t.opened_at, t.id) < ($4, $5) ORDER BY t.opened_at DESC, t.id DESC LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, ARRAY[%L]::uuid[], 101, %L, %L', :'account', :'campaign', :'campaign_at', trial.least_id(:'campaign_at'))),
('last 3 opens of 10 campaigns', 'uuid, uuid[], bigint',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.campaign_id = p.id ORDER BY t.opened_at DESC, t.id DESC LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, %L::uuid[], 4', :'account', :'campaigns')),
('page of 100 opens of the person with a quarter of all', 'uuid, uuid[], bigint, timestamptz, uuid',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.subscriber_id = p.id AND (t.opened_at, t.id) < ($4, $5) ORDER BY t.opened_at DESC, t.id DESC LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, ARRAY[%L]::uuid[], 101, %L, %L', :'account', :'heavy', :'middle', trial.least_id(:'middle'))),
('page of the person with 30', 'uuid, uuid[], bigint',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.subscriber_id = p.id ORDER BY t.opened_at DESC, t.id DESC LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, ARRAY[%L]::uuid[], 101', :'account', :'light')),
('last 3 opens of 10 people', 'uuid, uuid[], bigint',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.subscriber_id = p.id ORDER BY t.opened_at DESC, t.id DESC LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, %L::uuid[], 4', :'account', :'people')),
('first 3 opens of 100 deliveries', 'uuid, uuid[], bigint',
    'SELECT p.n, c.* FROM ' || :'below' || :'columns' || ' FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.delivery_id = p.id ORDER BY t.id LIMIT 101) AS q LIMIT (SELECT $3)) AS c',
    format('%L, %L::uuid[], 4', :'account', :'deliveries')),
('newest 100 deliveries of the account', 'uuid, bigint',
    'SELECT * FROM (SELECT t.id, t.sent_at, t.status FROM mail.deliveries{} AS t WHERE t.account_id = $1 ORDER BY t.id DESC LIMIT 101) AS q LIMIT (SELECT $2)',
    format('%L, 101', :'account')),
('one delivery by its key, as the gateway asks', 'uuid, uuid[]',
    'SELECT t.id, t.sent_at, t.status FROM mail.deliveries{} AS t WHERE t.account_id = $1 AND t.id = ANY((SELECT $2)::uuid[])',
    format('%L, ARRAY[%L]::uuid[]', :'account', :'delivery')),
('100 deliveries by their keys, as the gateway asks', 'uuid, uuid[]',
    'SELECT t.id, t.sent_at, t.status FROM mail.deliveries{} AS t WHERE t.account_id = $1 AND t.id = ANY((SELECT $2)::uuid[])',
    format('%L, %L::uuid[]', :'account', :'deliveries')),
('one delivery by its key, by =', 'uuid, uuid',
    'SELECT t.id, t.sent_at, t.status FROM mail.deliveries{} AS t WHERE t.account_id = $1 AND t.id = $2',
    format('%L, %L', :'account', :'delivery')),
('20,000 opens in the order of their ids', 'uuid, uuid',
    'SELECT t.* FROM mail.opens{} AS t WHERE t.account_id = $1 AND t.id > $2 ORDER BY t.id LIMIT 20000',
    format('%L, %L', :'account', trial.least_id(:'middle')));
SELECT format('CALL trial.ask(%L, %L, %s, %L, %L, %L, %s)', topic, v.variant, :'repeat', types, replace(statement, '{}', v.ending), args,
    CASE WHEN topic LIKE '20,000%' THEN greatest(:turns / 50, 1) ELSE :turns END)
FROM asked CROSS JOIN (VALUES ('plain', ''), ('by month', '_by_month')) AS v (variant, ending)
ORDER BY topic, md5(v.variant || :'repeat') \gexec
SQL
done

say "new sessions"
for repeat in $(seq "$repeats"); do
    for variant in plain "by month"; do
        [ "$variant" = plain ] && ending= || ending=_by_month
        sql --command "DO \$ask\$
            DECLARE
                e jsonb;
                before numeric := (SELECT sum(total_bytes) FROM pg_backend_memory_contexts);
            BEGIN
                e := trial.explained('SELECT * FROM mail.opens$ending AS t WHERE account_id = (SELECT account_id FROM mail.legal_holds LIMIT 1) AND campaign_id = gen_random_uuid() ORDER BY opened_at DESC, id DESC LIMIT 101');
                CALL trial.put('first page of a session', '$variant', $repeat, 'planning ms', (e ->> 'Planning Time')::numeric);
                CALL trial.put('first page of a session', '$variant', $repeat, 'buffers of planning', (e #>> '{Planning,Shared Hit Blocks}')::numeric + (e #>> '{Planning,Shared Read Blocks}')::numeric);
                before := (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) - before;
                CALL trial.put('first page of a session', '$variant', $repeat, 'memory more, kB', before / 1000);
            END \$ask\$"
    done
done

if [ "$writes" = true ]; then
    say "inserts"
    # Ten batches behind a checkpoint, so that each page that is touched goes into the log once, as it does day by day.
    sql --set repeats="$repeats" <<'SQL'
CREATE TABLE trial.arriving (repeat bigint, kind text, batch bigint, row mail.opens);
SELECT setseed(0.1) \g /dev/null
CREATE TEMP TABLE many AS
    SELECT d.*, row_number() OVER (ORDER BY random()) - 1 AS place FROM trial.drawn AS d
    WHERE random() < :repeats * 40000.0 / (SELECT count(*) FROM trial.drawn);
-- Events of now are about the mails of the last two weeks.
CREATE TEMP TABLE recent AS
    SELECT d.*, row_number() OVER (ORDER BY random()) - 1 AS place FROM trial.drawn AS d
    WHERE d.id > trial.least_id(now() - interval '14 days') ORDER BY random() LIMIT :repeats * 10000;
INSERT INTO trial.arriving
    SELECT 1 + place / 10000, 'late', 1 + place / 1000 % 10, trial.open_of(account_id, trial.id_at(opened_at), delivery_id, campaign_id, subscriber_id, opened_at, n)
    FROM many WHERE place < :repeats * 10000
    UNION ALL
    SELECT 1 + place / 10000, 'current', 1 + place / 1000 % 10, trial.open_of(account_id, trial.id_at(now()), delivery_id, campaign_id, subscriber_id, now(), n)
    FROM recent;
ANALYZE trial.arriving;
SQL
    for repeat in $(seq "$repeats"); do
        for kind in current late; do
            for variant in plain "by month"; do
                [ "$variant" = plain ] && ending= || ending=_by_month
                sql --command CHECKPOINT --command "SELECT count(*) FROM trial.arriving" --command "
                    SELECT trial.write('10,000 opens inserted, $kind ids', '$variant', $repeat, ARRAY[]::text[], (
                        SELECT array_agg(format('INSERT INTO mail.opens$ending SELECT (a.row).* FROM trial.arriving AS a WHERE a.repeat = $repeat AND a.kind = %L AND a.batch = %s', '$kind', b))
                        FROM generate_series(1, 10) AS b), false)" > /dev/null
            done
        done
    done

    say "foreign keys, and what asks by a delivery"
    sql --command "CREATE TABLE trial.unopened AS SELECT account_id, id FROM mail.deliveries AS d WHERE d.open_count = 0
            AND NOT EXISTS (SELECT FROM mail.opens AS o WHERE o.account_id = d.account_id AND o.delivery_id = d.id) ORDER BY random() LIMIT 1000" \
        --command "CREATE TABLE trial.opened AS SELECT account_id, id FROM mail.deliveries AS d WHERE d.open_count > 0 ORDER BY random() LIMIT 1000"
    for repeat in $(seq "$repeats"); do
        for variant in plain "by month"; do
            [ "$variant" = plain ] && ending= other=_by_month || { ending=_by_month; other=; }
            # Each with one of both tables behind it.
            sql --command "SELECT trial.write('1,000 rows that refer to deliveries', '$variant', $repeat, ARRAY[]::text[],
                    ARRAY['INSERT INTO trial.child_of_deliveries$ending SELECT account_id, id FROM trial.opened'], true)" \
                --command "SELECT trial.write('1,000 deliveries deleted, checked against opens', '$variant', $repeat,
                    ARRAY['ALTER TABLE mail.opens$other DROP CONSTRAINT opens${other}_deliveries', 'ALTER TABLE trial.child_of_deliveries DROP CONSTRAINT child_of_deliveries_account_id_delivery_id_fkey'],
                    ARRAY['DELETE FROM mail.deliveries AS d USING trial.unopened AS u WHERE d.account_id = u.account_id AND d.id = u.id'], true)" \
                --command "SET enable_hashjoin TO off; SET enable_mergejoin TO off; SET enable_seqscan TO off;
                    SELECT trial.write('opens of 1,000 deliveries counted, as the counter of clicks does', '$variant', $repeat, ARRAY[]::text[],
                    ARRAY['SELECT sum((SELECT count(*) FROM mail.opens$ending AS c WHERE c.account_id = f.account_id AND c.delivery_id = f.id)) FROM trial.opened AS f'], true)" > /dev/null
        done
    done

    say "erasures"
    for repeat in $(seq "$repeats"); do
        for variant in plain "by month"; do
            [ "$variant" = plain ] && ending= || ending=_by_month
            sql --set repeat="$repeat" --set variant="$variant" --set ending="$ending" <<'SQL' > /dev/null
SELECT a.id AS account, (SELECT id FROM mail.subscribers AS s WHERE s.account_id = a.id AND number = 1) AS heavy,
    (SELECT id FROM mail.subscribers AS s WHERE s.account_id = a.id AND number = 2) AS light FROM mail.accounts AS a WHERE a.number = 1 \gset
CREATE TEMP TABLE erased AS SELECT * FROM (VALUES ('a quarter of all', :'heavy'::uuid), ('30', :'light'::uuid)) AS e (events, person);
-- Both ways to the person, each a branch; by index alone, as the gateway sets it.
SELECT trial.write('1,000 opens erased of the person with ' || events, :'variant', :'repeat', ARRAY['SET LOCAL enable_seqscan TO off'],
    ARRAY[format('DELETE FROM mail.opens%s WHERE account_id = %2$L AND id IN (SELECT found.id FROM ('
        'SELECT w.id FROM mail.opens%1$s AS w WHERE w.account_id = %2$L AND (w.subscriber_id = %3$L) UNION ALL '
        'SELECT w.id FROM mail.opens%1$s AS w WHERE w.account_id = %2$L AND (w.delivery_id IN (SELECT id FROM mail.deliveries WHERE account_id = %2$L AND subscriber_id = %3$L))'
        ') AS found LIMIT 1000)', :'ending', :'account', person)], true) FROM erased;
SELECT trial.write('deliveries made nobody''s of the person with ' || events, :'variant', :'repeat',
    ARRAY['SET LOCAL enable_seqscan TO off'],
    ARRAY[format('UPDATE mail.deliveries%s SET subscriber_id = NULL, recipient_email = NULL, subject = NULL, message_id = NULL, smtp_response = NULL, external_id = NULL, '
        'sent_at = date_trunc(''day'', sent_at AT TIME ZONE ''UTC'') AT TIME ZONE ''UTC'' WHERE account_id = %2$L AND id IN (SELECT found.id FROM ('
        'SELECT w.id FROM mail.deliveries%1$s AS w WHERE w.account_id = %2$L AND (w.subscriber_id = %3$L)) AS found LIMIT 1000)', :'ending', :'account', person)], true) FROM erased;
SQL
        done
    done

    say "retention"
    sql <<'SQL'
-- As the gateway does it: stretches of 20,000 rows in the order of the ids, of those that are due batches of 500, each looked at
-- again, held and deleted. `stop`: no further than that id, or the whole table. Without transactions of their own, and
-- without the audit log, which cost the same either way.
CREATE FUNCTION trial.retain(of_table text, before timestamptz, stop uuid, dry boolean) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    account uuid;
    after uuid;
    last uuid;
    due uuid[];
    chosen uuid[];
    conditions text;
    n bigint;
    total bigint := 0;
BEGIN
    conditions := 't.account_id = $1 AND t.opened_at < $2 AND (t.subscriber_id IN (SELECT id FROM mail.subscribers WHERE account_id = $1 AND id IN '
        '(SELECT subscriber_id FROM mail.legal_holds WHERE account_id = $1)) OR t.delivery_id IN (SELECT id FROM mail.deliveries WHERE account_id = $1 AND subscriber_id IN '
        '(SELECT subscriber_id FROM mail.legal_holds WHERE account_id = $1))) IS NOT TRUE';
    FOR account IN SELECT id FROM mail.accounts ORDER BY number LOOP
        after := '00000000-0000-0000-0000-000000000000';
        LOOP
            EXECUTE format('SELECT array_agg(t.id ORDER BY t.id) FROM (SELECT * FROM %s WHERE account_id = $1 AND id > $3 ORDER BY id LIMIT 20000) AS t WHERE %s', of_table, conditions)
                INTO due USING account, before, after;
            EXECUTE format('SELECT id FROM %s WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT 1 OFFSET 19999', of_table) INTO last USING account, after;
            IF dry THEN
                total := total + coalesce(cardinality(due), 0);
            ELSE
                FOR b IN 0..coalesce(cardinality(due) - 1, -1) / 500 LOOP
                    EXECUTE format('SELECT array_agg(id) FROM (SELECT t.id FROM %s AS t WHERE t.id IN (SELECT chosen.id FROM unnest($3) AS chosen (id)) AND %s FOR UPDATE OF t SKIP LOCKED) AS s', of_table, conditions)
                        INTO chosen USING account, before, due[b * 500 + 1:b * 500 + 500];
                    SET LOCAL enable_seqscan TO off;
                    EXECUTE format('DELETE FROM %s WHERE account_id = $1 AND id IN (SELECT found.id FROM (SELECT w.id FROM %1$s AS w WHERE w.account_id = $1 AND '
                        '(w.id IN (SELECT chosen.id FROM unnest($2) AS chosen (id)))) AS found LIMIT 4294967295)', of_table) USING account, chosen;
                    GET DIAGNOSTICS n = ROW_COUNT;
                    SET LOCAL enable_seqscan TO on;
                    total := total + n;
                END LOOP;
            END IF;
            EXIT WHEN last IS NULL OR last > stop;
            after := last;
        END LOOP;
    END LOOP;
    RETURN total;
END $$;
SQL
    sql --command "VACUUM (ANALYZE) mail.opens, mail.opens_by_month"
    for variant in plain "by month"; do
        [ "$variant" = plain ] && ending= || ending=_by_month
        sql --command "SELECT trial.write('looking through all for what is due, nothing is', '$variant', 1, ARRAY[]::text[],
            ARRAY['SELECT trial.retain(''mail.opens$ending'', ''epoch'', NULL, true)'], true)" > /dev/null
    done
    for repeat in $(seq "$repeats"); do
        sql --command "INSERT INTO trial.figures SELECT 'a month deleted in batches', v, $repeat, 'rows', (SELECT count(*) FROM mail.opens_by_month_$repeat)
            FROM unnest(ARRAY['plain', 'by month']) AS v"
        for variant in plain "by month"; do
            [ "$variant" = plain ] && ending= swept="mail.opens" || { ending=_by_month; swept="mail.opens_by_month_$repeat"; }
            sql --command CHECKPOINT --command "SELECT trial.write('a month deleted in batches', '$variant', $repeat, ARRAY[]::text[], ARRAY[
                format('SELECT trial.retain(''mail.opens$ending'', %L, %L, false)', ends_at, trial.least_id(ends_at))], false) FROM trial.months WHERE number = $repeat" > /dev/null
            said=$(sql --command "SET client_min_messages TO info" --command CHECKPOINT --command "VACUUM (VERBOSE) $swept" 2>&1)
            echo "$said" | awk -v topic="VACUUM behind it" -v variant="$variant" -v repeat="$repeat" '
                /^buffer usage:/ { buffers += $3 + $5; dirtied += $7 }
                /^WAL usage:/ { images += $5; bytes += $9 }
                /^system usage:/ { gsub(/,/, ""); cpu += ($5 + $8) * 1000 }
                END { s = "INSERT INTO trial.figures VALUES ('\''" topic "'\'', '\''" variant "'\'', " repeat ", '\''"
                      print s "buffers'\'', " buffers ");"; print s "dirtied'\'', " dirtied ");"
                      print s "page images'\'', " images ");"; print s "WAL kB'\'', " bytes / 1000 ");"
                      print s "processor ms'\'', " cpu ");" }' | sql
        done
        # Of another month: who is in it, for the audit log, and whether anybody there is held; then off with it.
        month=$((repeats + repeat))
        sql --command "INSERT INTO trial.figures SELECT 'a month dropped', 'by month', $repeat, 'rows', count(*) FROM mail.opens_by_month_$month" \
            --command CHECKPOINT \
            --command "SELECT trial.write('a month counted by account and looked through for holds', 'by month', $repeat, ARRAY[]::text[], ARRAY[
                'SELECT account_id, count(*), max(opened_at), count(*) FILTER (WHERE EXISTS (SELECT FROM mail.legal_holds AS h WHERE h.account_id = o.account_id AND h.subscriber_id = o.subscriber_id))
                FROM mail.opens_by_month_$month AS o GROUP BY account_id'], true)" \
            --command "SELECT trial.write('a month dropped', 'by month', $repeat, ARRAY[]::text[],
                ARRAY['DROP TABLE mail.opens_by_month_$month'], false)" > /dev/null
    done
    say "what a drop locks"
    last=mail.opens_by_month_$((2 * repeats + 1))
    for way in "DROP TABLE $last" "ALTER TABLE mail.opens_by_month DETACH PARTITION $last; DROP TABLE $last"; do
        echo "Locked so that nobody can read or write, by $way:"
        sql --tuples-only --command "BEGIN; $way" --command "SELECT string_agg(l.relation::regclass::text, ', ' ORDER BY l.relation::regclass::text) FROM pg_locks AS l
            JOIN pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p') AND c.relnamespace = 'mail'::regnamespace
            WHERE l.pid = pg_backend_pid() AND l.mode = 'AccessExclusiveLock'" --command "ROLLBACK"
    done
fi

echo "What cannot be:"
sql --command "ALTER TABLE mail.deliveries_by_month ADD UNIQUE (account_id, source, external_id)" 2>&1 || true
sql --command "ALTER TABLE mail.opens_by_month DETACH PARTITION mail.opens_by_month_$months CONCURRENTLY" 2>&1 || true
sql --command "INSERT INTO trial.child_of_deliveries_by_month SELECT account_id, id FROM mail.deliveries_by_month_$months LIMIT 1" \
    --command "ALTER TABLE mail.deliveries_by_month DETACH PARTITION mail.deliveries_by_month_$months" 2>&1 || true

echo "Rows that a trigger of a statement on the partitioned table sees, of two:"
sql --tuples-only <<'SQL'
BEGIN;
CREATE FUNCTION trial.count_fresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('trial.fresh', (SELECT count(*) FROM fresh)::text, false);
    RETURN NULL;
END $$;
CREATE TRIGGER opens_count AFTER INSERT ON mail.opens_by_month REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION trial.count_fresh();
INSERT INTO mail.opens_by_month
    SELECT (trial.open_of(account_id, trial.id_at(at), delivery_id, campaign_id, subscriber_id, opened_at, n)).*
    FROM (SELECT * FROM trial.drawn LIMIT 1) AS d CROSS JOIN (VALUES (now()), (now() - interval '40 days')) AS a (at);
SELECT current_setting('trial.fresh');
ROLLBACK;
SQL

echo "Rows, sizes, and what the catalog holds:"
sql <<'SQL'
SELECT 'mail.opens'::regclass AS of, (SELECT count(*) FROM mail.opens) AS rows, pg_size_pretty(pg_table_size('mail.opens')) AS table,
    pg_size_pretty(pg_indexes_size('mail.opens')) AS indexes, 1 AS tables, (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'mail.opens'::regclass) AS triggers
UNION ALL
SELECT 'mail.opens_by_month', (SELECT count(*) FROM mail.opens_by_month), pg_size_pretty(sum(pg_table_size(relid))), pg_size_pretty(sum(pg_indexes_size(relid))), count(*),
    (SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT relid FROM pg_partition_tree('mail.opens_by_month')))
FROM pg_partition_tree('mail.opens_by_month')
UNION ALL
SELECT 'mail.deliveries', (SELECT count(*) FROM mail.deliveries), pg_size_pretty(pg_table_size('mail.deliveries')), pg_size_pretty(pg_indexes_size('mail.deliveries')), 1,
    (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'mail.deliveries'::regclass)
UNION ALL
SELECT 'mail.deliveries_by_month', (SELECT count(*) FROM mail.deliveries_by_month), pg_size_pretty(sum(pg_table_size(relid))), pg_size_pretty(sum(pg_indexes_size(relid))), count(*),
    (SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT relid FROM pg_partition_tree('mail.deliveries_by_month')))
FROM pg_partition_tree('mail.deliveries_by_month');
SQL

echo "Medians of $repeats:"
sql --pset pager=off --pset null=- <<'SQL'
WITH medians AS (
    SELECT topic, metric, variant, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric, 2) AS median,
        round(min(value), 2) || ' to ' || round(max(value), 2) AS range
    FROM trial.figures GROUP BY 1, 2, 3 HAVING max(value) > 0
)
SELECT coalesce(p.topic, m.topic) AS topic, coalesce(p.metric, m.metric) AS metric, p.median AS plain, m.median AS "by month",
    round(m.median / nullif(p.median, 0), 2) AS ratio, p.range AS "plain, range", m.range AS "by month, range"
FROM (SELECT * FROM medians WHERE variant = 'plain') AS p
FULL JOIN (SELECT * FROM medians WHERE variant = 'by month') AS m ON p.topic = m.topic AND p.metric = m.metric
ORDER BY 1, 2;
SQL
say "done"
