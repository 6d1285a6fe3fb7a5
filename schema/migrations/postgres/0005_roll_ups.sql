-- Roll-ups are kept by the database, whoever writes: what dashboards chart, added up while events are written, so that
-- a chart costs its points and never its events.
--
-- They only rise: what is deleted stays counted, so an erasure leaves the charts as they were. Times are those that
-- events carry; an hour and a day begin in UTC. "Unique" counts a delivery once, where it was first counted, so that
-- the buckets of one size, and the values of one dimension that are known, add up to the campaign's own counters.
--
-- The database makes up no id: that of a roll-up is a hash of what it is about (a UUID of version 8), behind the
-- number of its hour or day where it has one, so that ids rise with time.
--
-- These triggers run behind those of the counters, as their names sort behind: the campaign or list is locked by
-- then, in the order of ids, and the roll-ups below it follow in theirs; so two writers never block each other.

CREATE FUNCTION postern.roll_up_id(begins text, about text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT overlay(overlay(
        left(begins || encode(sha256(convert_to(about, 'UTF8')), 'hex'), 32)
        PLACING '8' FROM 13 FOR 1) PLACING '8' FROM 17 FOR 1)::uuid
$$;

-- The number of the stretch of so many seconds that begins at this instant, as eight hexadecimal digits.
CREATE FUNCTION postern.stretch_number(begins timestamptz, seconds bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lpad(to_hex(floor(extract(epoch FROM begins) / seconds)::bigint & 4294967295), 8, '0')
$$;

-- Room on each page, so that raising a count stays on it and touches no index.
ALTER TABLE campaign_buckets SET (fillfactor = 80);
ALTER TABLE campaign_breakdowns SET (fillfactor = 80);
ALTER TABLE list_days SET (fillfactor = 80);

-- Campaigns: what is counted in buckets alone --------------------------------------------------------------

DO $make$
DECLARE
    events record;
BEGIN
    FOR events IN
        SELECT * FROM (VALUES
            ('deliveries', 'sent_at', 'delivery_count'),
            ('bounces', 'bounced_at', 'bounce_count'),
            ('complaints', 'complained_at', 'complaint_count'),
            ('unsubscribes', 'unsubscribed_at', 'unsubscribe_count')
        ) AS e (name, at, counter)
    LOOP
        EXECUTE format($function$
CREATE FUNCTION postern.roll_up_%1$s() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO postern.campaign_buckets AS b (account_id, id, campaign_id, size, starts_at, %3$I)
    SELECT account_id, postern.roll_up_id(postern.stretch_number(starts_at, 3600), campaign_id || '/' || size),
        campaign_id, size, starts_at, count(*)
    FROM (
        SELECT e.account_id, e.campaign_id, s.size, date_bin(s.width, e.%2$I, TIMESTAMPTZ 'epoch') AS starts_at
        FROM fresh AS e
        CROSS JOIN (VALUES ('hour', INTERVAL '1 hour'), ('day', INTERVAL '1 day')) AS s (size, width)
        WHERE e.campaign_id IS NOT NULL
    ) AS placed
    GROUP BY account_id, campaign_id, size, starts_at ORDER BY 1, 2
    ON CONFLICT (account_id, campaign_id, size, starts_at) DO UPDATE SET %3$I = b.%3$I + excluded.%3$I;
    RETURN NULL;
END $$
        $function$, events.name, events.at, events.counter);
    END LOOP;
END $make$;

-- Campaigns: opens and clicks, in buckets and by where and with what -----------------------------------------

-- Counts a value that has no row yet. Beyond the first 64 of a dimension, of more than 64 characters, and where it
-- could be an address, it is counted as `(other)`: what strangers' browsers say of themselves must neither make a chart
-- endless nor name anybody in it.
CREATE FUNCTION postern.add_value(
    of_account uuid, of_campaign uuid, of_dimension text, of_value text, opens bigint, first_opens bigint, clicks bigint,
    first_clicks bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF length(of_value) > 64 OR position('@' IN of_value) > 0 OR 64 <= (
        SELECT count(*) FROM postern.campaign_breakdowns
        WHERE account_id = of_account AND campaign_id = of_campaign AND dimension = of_dimension AND value <> '(other)'
    ) THEN
        of_value := '(other)';
    END IF;
    INSERT INTO postern.campaign_breakdowns AS b (account_id, id, campaign_id, dimension, value, open_count,
        unique_open_count, click_count, unique_click_count)
    VALUES (of_account, postern.roll_up_id('', of_campaign || '/' || of_dimension || '/' || of_value), of_campaign,
        of_dimension, of_value, opens, first_opens, clicks, first_clicks)
    ON CONFLICT (account_id, campaign_id, dimension, value) DO UPDATE
        SET open_count = b.open_count + excluded.open_count,
            unique_open_count = b.unique_open_count + excluded.unique_open_count,
            click_count = b.click_count + excluded.click_count,
            unique_click_count = b.unique_click_count + excluded.unique_click_count;
END $$;

-- A delivery is first opened by the earliest of its opens in a statement after which it has no others: the trigger
-- of the counters has raised its counter by then. Values that are known are raised at once; what is left is new. The
-- settings keep the planner at looking rows up by their keys, as in the trigger of the counters.
DO $make$
DECLARE
    events record;
BEGIN
    FOR events IN
        SELECT * FROM (VALUES
            ('opens', 'opened_at', 'open_count', 'unique_open_count', 'n.events, n.firsts, 0, 0'),
            ('clicks', 'clicked_at', 'click_count', 'unique_click_count', '0, 0, n.events, n.firsts')
        ) AS e (name, at, counter, unique_counter, counts)
    LOOP
        EXECUTE format($function$
CREATE FUNCTION postern.roll_up_%1$s() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    n record;
BEGIN
    FOR n IN
        WITH events AS MATERIALIZED (
            SELECT e.*, (e.place = 1 AND e.together = d.%3$I) IS TRUE AS is_first
            FROM (
                SELECT account_id, campaign_id, delivery_id, %2$I AS at, country, browser, operating_system, device,
                    kind, row_number() OVER (PARTITION BY account_id, delivery_id ORDER BY %2$I, id) AS place,
                    count(*) OVER (PARTITION BY account_id, delivery_id) AS together
                FROM fresh
            ) AS e
            LEFT JOIN postern.deliveries AS d ON d.account_id = e.account_id AND d.id = e.delivery_id
        ), in_buckets AS (
            INSERT INTO postern.campaign_buckets AS b (account_id, id, campaign_id, size, starts_at, %3$I, %4$I)
            SELECT account_id, postern.roll_up_id(postern.stretch_number(starts_at, 3600), campaign_id || '/' || size),
                campaign_id, size, starts_at, count(*), count(*) FILTER (WHERE is_first)
            FROM (
                SELECT e.account_id, e.campaign_id, e.is_first, s.size,
                    date_bin(s.width, e.at, TIMESTAMPTZ 'epoch') AS starts_at
                FROM events AS e
                CROSS JOIN (VALUES ('hour', INTERVAL '1 hour'), ('day', INTERVAL '1 day')) AS s (size, width)
            ) AS placed
            GROUP BY account_id, campaign_id, size, starts_at ORDER BY 1, 2
            ON CONFLICT (account_id, campaign_id, size, starts_at)
                DO UPDATE SET %3$I = b.%3$I + excluded.%3$I, %4$I = b.%4$I + excluded.%4$I
        ), counted AS MATERIALIZED (
            SELECT e.account_id, e.campaign_id, v.dimension, v.value, count(*) AS events,
                count(*) FILTER (WHERE e.is_first) AS firsts
            FROM events AS e
            CROSS JOIN LATERAL (VALUES
                ('country', e.country), ('browser', e.browser), ('operating_system', e.operating_system),
                ('device', e.device), ('kind', e.kind)
            ) AS v (dimension, value)
            WHERE v.value IS NOT NULL
            GROUP BY e.account_id, e.campaign_id, v.dimension, v.value
        ), raised AS (
            UPDATE postern.campaign_breakdowns AS b SET %3$I = b.%3$I + c.events, %4$I = b.%4$I + c.firsts
            FROM counted AS c
            WHERE b.account_id = c.account_id AND b.campaign_id = c.campaign_id AND b.dimension = c.dimension
                AND b.value = c.value
            RETURNING b.account_id, b.campaign_id, b.dimension, b.value, c.events, c.firsts
        )
        SELECT account_id, campaign_id, dimension, value, sum(events)::bigint AS events, sum(firsts)::bigint AS firsts
        FROM (
            SELECT account_id, campaign_id, dimension, value, events, firsts FROM counted
            UNION ALL
            SELECT account_id, campaign_id, dimension, value, -events, -firsts FROM raised
        ) AS new_values
        GROUP BY account_id, campaign_id, dimension, value HAVING sum(events) > 0 ORDER BY 1, 2, 3, 4
    LOOP
        PERFORM postern.add_value(n.account_id, n.campaign_id, n.dimension, n.value, %5$s);
    END LOOP;
    RETURN NULL;
END $$
        $function$, events.name, events.at, events.counter, events.unique_counter, events.counts);
    END LOOP;
END $make$;

CREATE TRIGGER deliveries_roll_up AFTER INSERT ON deliveries
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_deliveries();
CREATE TRIGGER opens_roll_up AFTER INSERT ON opens
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_opens();
CREATE TRIGGER clicks_roll_up AFTER INSERT ON clicks
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_clicks();
CREATE TRIGGER bounces_roll_up AFTER INSERT ON bounces
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_bounces();
CREATE TRIGGER complaints_roll_up AFTER INSERT ON complaints
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_complaints();
CREATE TRIGGER unsubscribes_roll_up AFTER INSERT ON unsubscribes
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_unsubscribes();

-- Lists ---------------------------------------------------------------------------------------------------
--
-- A profile joins on the day it came onto the list, and takes a status on the day that its row says. A row that is
-- deleted says no day, so leaving by deletion is counted on none; the list's own counters follow it.

CREATE FUNCTION postern.roll_up_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO postern.list_days AS d
            (account_id, id, list_id, starts_at, joined_count, subscribed_count, unsubscribed_count, cleaned_count)
        SELECT account_id, postern.roll_up_id(postern.stretch_number(starts_at, 86400), list_id::text), list_id,
            starts_at, sum(joined), count(*) FILTER (WHERE entered = 'subscribed'),
            count(*) FILTER (WHERE entered = 'unsubscribed'), count(*) FILTER (WHERE entered = 'cleaned')
        FROM (
            SELECT account_id, list_id, date_bin('1 day', created_at, TIMESTAMPTZ 'epoch') AS starts_at,
                1 AS joined, NULL AS entered
            FROM fresh
            UNION ALL
            SELECT account_id, list_id, date_bin('1 day', status_changed_at, TIMESTAMPTZ 'epoch'), 0, status
            FROM fresh WHERE status IN ('subscribed', 'unsubscribed', 'cleaned')
        ) AS moves
        GROUP BY account_id, list_id, starts_at ORDER BY 1, 2
        ON CONFLICT (account_id, list_id, starts_at) DO UPDATE
            SET joined_count = d.joined_count + excluded.joined_count,
                subscribed_count = d.subscribed_count + excluded.subscribed_count,
                unsubscribed_count = d.unsubscribed_count + excluded.unsubscribed_count,
                cleaned_count = d.cleaned_count + excluded.cleaned_count;
        RETURN NULL;
    END IF;
    WITH changed AS MATERIALIZED (
        SELECT f.account_id, f.list_id AS to_list, g.list_id AS from_list, f.status AS entered, g.status AS gone_from,
            date_bin('1 day', CASE WHEN f.list_id = g.list_id THEN f.status_changed_at ELSE f.updated_at END,
                TIMESTAMPTZ 'epoch') AS starts_at
        FROM fresh AS f JOIN gone AS g ON g.account_id = f.account_id AND g.id = f.id
        WHERE f.list_id <> g.list_id OR f.status <> g.status
    )
    INSERT INTO postern.list_days AS d (account_id, id, list_id, starts_at, joined_count, subscribed_count, lost_count,
        unsubscribed_count, cleaned_count)
    SELECT account_id, postern.roll_up_id(postern.stretch_number(starts_at, 86400), list_id::text), list_id,
        starts_at, sum(joined), count(*) FILTER (WHERE entered = 'subscribed'),
        count(*) FILTER (WHERE gone_from = 'subscribed'), count(*) FILTER (WHERE entered = 'unsubscribed'),
        count(*) FILTER (WHERE entered = 'cleaned')
    FROM (
        SELECT account_id, to_list AS list_id, starts_at, (to_list <> from_list)::int AS joined, entered,
            NULL AS gone_from
        FROM changed
        UNION ALL
        SELECT account_id, from_list, starts_at, 0, NULL, gone_from FROM changed
    ) AS moves
    GROUP BY account_id, list_id, starts_at ORDER BY 1, 2
    ON CONFLICT (account_id, list_id, starts_at) DO UPDATE
        SET joined_count = d.joined_count + excluded.joined_count,
            subscribed_count = d.subscribed_count + excluded.subscribed_count,
            lost_count = d.lost_count + excluded.lost_count,
            unsubscribed_count = d.unsubscribed_count + excluded.unsubscribed_count,
            cleaned_count = d.cleaned_count + excluded.cleaned_count;
    RETURN NULL;
END $$;

CREATE TRIGGER subscriber_profiles_roll_up_inserted AFTER INSERT ON subscriber_profiles
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_profiles();
CREATE TRIGGER subscriber_profiles_roll_up_updated AFTER UPDATE ON subscriber_profiles
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_profiles();

-- Use of the API ------------------------------------------------------------------------------------------
--
-- By operation and day, whoever asked. What a program counts up or corrects in its row is followed; what retention
-- deletes stays counted. Names are the askers' own, so beyond 200 a day, and where they could be addresses, they are counted
-- as `(other)`.

CREATE FUNCTION postern.add_usage(
    of_account uuid, of_day timestamptz, of_operation text, requests bigint, errors bigint, found_rows bigint,
    personal_rows bigint, bytes bigint, milliseconds bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM postern.api_usage_days
    WHERE account_id = of_account AND starts_at = of_day AND operation = of_operation;
    IF NOT FOUND AND (length(of_operation) > 100 OR position('@' IN of_operation) > 0 OR 200 <= (
        SELECT count(*) FROM postern.api_usage_days
        WHERE account_id = of_account AND starts_at = of_day AND operation <> '(other)'
    )) THEN
        of_operation := '(other)';
    END IF;
    INSERT INTO postern.api_usage_days AS d (account_id, id, starts_at, operation, request_count, error_count,
        row_count, personal_row_count, byte_count, duration_milliseconds)
    VALUES (of_account, postern.roll_up_id(postern.stretch_number(of_day, 86400), of_account || '/' || of_operation), of_day, of_operation,
        requests, errors, found_rows, personal_rows, bytes, milliseconds)
    ON CONFLICT (account_id, starts_at, operation) DO UPDATE
        SET request_count = d.request_count + excluded.request_count,
            error_count = d.error_count + excluded.error_count,
            row_count = d.row_count + excluded.row_count,
            personal_row_count = d.personal_row_count + excluded.personal_row_count,
            byte_count = d.byte_count + excluded.byte_count,
            duration_milliseconds = d.duration_milliseconds + excluded.duration_milliseconds;
END $$;

CREATE FUNCTION postern.roll_up_usages() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        FOR change IN
            SELECT account_id, date_bin('1 day', period_start, TIMESTAMPTZ 'epoch') AS starts_at, operation,
                sum(sign * request_count)::bigint AS requests, sum(sign * error_count)::bigint AS errors,
                sum(sign * row_count)::bigint AS found_rows, sum(sign * personal_row_count)::bigint AS personal_rows,
                sum(sign * byte_count)::bigint AS bytes, sum(sign * duration_milliseconds)::bigint AS milliseconds
            FROM (SELECT *, 1 AS sign FROM fresh UNION ALL SELECT *, -1 AS sign FROM gone) AS both_sides
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        LOOP
            PERFORM postern.add_usage(change.account_id, change.starts_at, change.operation, change.requests,
                change.errors, change.found_rows, change.personal_rows, change.bytes, change.milliseconds);
        END LOOP;
        RETURN NULL;
    END IF;
    FOR change IN
        SELECT account_id, date_bin('1 day', period_start, TIMESTAMPTZ 'epoch') AS starts_at, operation,
            sum(request_count)::bigint AS requests, sum(error_count)::bigint AS errors,
            sum(row_count)::bigint AS found_rows, sum(personal_row_count)::bigint AS personal_rows,
            sum(byte_count)::bigint AS bytes, sum(duration_milliseconds)::bigint AS milliseconds
        FROM fresh GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    LOOP
        PERFORM postern.add_usage(change.account_id, change.starts_at, change.operation, change.requests,
            change.errors, change.found_rows, change.personal_rows, change.bytes, change.milliseconds);
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER api_usages_roll_up_inserted AFTER INSERT ON api_usages
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_usages();
CREATE TRIGGER api_usages_roll_up_updated AFTER UPDATE ON api_usages
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.roll_up_usages();
