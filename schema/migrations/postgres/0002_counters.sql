-- Counters are kept by the database, whoever writes (ruling 6).
--
-- Lists follow their profiles. Campaigns, links and deliveries only rise: an insert counts, a delete does not,
-- so that totals survive an erasure. "Unique" counts a delivery once, however often it is opened or clicked.
-- One trigger a statement; rows to be raised are locked in the order of their ids, deliveries before links
-- before campaigns, so that two writers wait for each other and never block each other for good.

-- Lists ---------------------------------------------------------------------------------------------------

-- A new list has no profiles yet, whatever its writer says.
CREATE FUNCTION postern.start_list_at_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.profile_count := 0;
    NEW.subscribed_count := 0;
    NEW.unsubscribed_count := 0;
    NEW.cleaned_count := 0;
    RETURN NEW;
END $$;

CREATE TRIGGER lists_start_at_zero BEFORE INSERT ON lists
    FOR EACH ROW EXECUTE FUNCTION postern.start_list_at_zero();

CREATE FUNCTION postern.change_list_counters(
    of_account uuid, of_list uuid, profiles bigint, subscribed bigint, unsubscribed bigint, cleaned bigint
) RETURNS void LANGUAGE sql AS $$
    UPDATE postern.lists
    SET profile_count = profile_count + profiles,
        subscribed_count = subscribed_count + subscribed,
        unsubscribed_count = unsubscribed_count + unsubscribed,
        cleaned_count = cleaned_count + cleaned
    WHERE account_id = of_account AND id = of_list
$$;

CREATE FUNCTION postern.count_profiles_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, list_id, count(*) AS profiles,
            count(*) FILTER (WHERE status = 'subscribed') AS subscribed,
            count(*) FILTER (WHERE status = 'unsubscribed') AS unsubscribed,
            count(*) FILTER (WHERE status = 'cleaned') AS cleaned
        FROM fresh GROUP BY account_id, list_id ORDER BY account_id, list_id
    LOOP
        PERFORM postern.change_list_counters(change.account_id, change.list_id,
            change.profiles, change.subscribed, change.unsubscribed, change.cleaned);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION postern.count_profiles_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, list_id, count(*) AS profiles,
            count(*) FILTER (WHERE status = 'subscribed') AS subscribed,
            count(*) FILTER (WHERE status = 'unsubscribed') AS unsubscribed,
            count(*) FILTER (WHERE status = 'cleaned') AS cleaned
        FROM gone GROUP BY account_id, list_id ORDER BY account_id, list_id
    LOOP
        PERFORM postern.change_list_counters(change.account_id, change.list_id,
            -change.profiles, -change.subscribed, -change.unsubscribed, -change.cleaned);
    END LOOP;
    RETURN NULL;
END $$;

-- Status and list may both change. What changes neither writes no list.
CREATE FUNCTION postern.count_profiles_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, list_id, sum(sign)::bigint AS profiles,
            coalesce(sum(sign) FILTER (WHERE status = 'subscribed'), 0)::bigint AS subscribed,
            coalesce(sum(sign) FILTER (WHERE status = 'unsubscribed'), 0)::bigint AS unsubscribed,
            coalesce(sum(sign) FILTER (WHERE status = 'cleaned'), 0)::bigint AS cleaned
        FROM (
            SELECT account_id, list_id, status, 1 AS sign FROM fresh
            UNION ALL
            SELECT account_id, list_id, status, -1 AS sign FROM gone
        ) AS both_sides
        GROUP BY account_id, list_id ORDER BY account_id, list_id
    LOOP
        CONTINUE WHEN change.profiles = 0 AND change.subscribed = 0 AND change.unsubscribed = 0
            AND change.cleaned = 0;
        PERFORM postern.change_list_counters(change.account_id, change.list_id,
            change.profiles, change.subscribed, change.unsubscribed, change.cleaned);
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER subscriber_profiles_count_inserted AFTER INSERT ON subscriber_profiles
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_profiles_inserted();
CREATE TRIGGER subscriber_profiles_count_deleted AFTER DELETE ON subscriber_profiles
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION postern.count_profiles_deleted();
CREATE TRIGGER subscriber_profiles_count_updated AFTER UPDATE ON subscriber_profiles
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION postern.count_profiles_updated();

-- TRUNCATE fires no trigger for deletes; whoever wants it has to delete.
CREATE FUNCTION postern.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'delete the rows of % instead: TRUNCATE would leave the counters of lists wrong', TG_TABLE_NAME;
END $$;

CREATE TRIGGER subscriber_profiles_refuse_truncate BEFORE TRUNCATE ON subscriber_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION postern.refuse_truncate();

-- Campaigns, links, deliveries ----------------------------------------------------------------------------

-- Room on each page, so that raising a counter stays on it and touches no index.
ALTER TABLE deliveries SET (fillfactor = 85);

CREATE FUNCTION postern.count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, campaign_id, count(*) AS deliveries
        FROM fresh GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
    LOOP
        UPDATE postern.campaigns SET delivery_count = delivery_count + change.deliveries
        WHERE account_id = change.account_id AND id = change.campaign_id;
    END LOOP;
    RETURN NULL;
END $$;

-- The settings keep the planner at looking each delivery up by its key: a plan made for a large statement,
-- or while the table was empty, is kept for the session and would read all deliveries for each open.
CREATE FUNCTION postern.count_opens() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    change record;
BEGIN
    PERFORM 1
    FROM (SELECT DISTINCT account_id, delivery_id FROM fresh WHERE delivery_id IS NOT NULL) AS f
    JOIN postern.deliveries AS d ON d.account_id = f.account_id AND d.id = f.delivery_id
    ORDER BY d.account_id, d.id FOR NO KEY UPDATE OF d;
    FOR change IN
        WITH raised AS (
            UPDATE postern.deliveries AS d SET open_count = d.open_count + f.opens
            FROM (
                SELECT account_id, delivery_id, count(*) AS opens
                FROM fresh WHERE delivery_id IS NOT NULL GROUP BY account_id, delivery_id
            ) AS f
            WHERE d.account_id = f.account_id AND d.id = f.delivery_id
            RETURNING d.account_id, d.campaign_id, d.open_count = f.opens AS is_first
        )
        SELECT account_id, campaign_id, sum(opens)::bigint AS opens, sum(firsts)::bigint AS firsts
        FROM (
            SELECT account_id, campaign_id, 1 AS opens, 0 AS firsts FROM fresh
            UNION ALL
            SELECT account_id, campaign_id, 0, 1 FROM raised WHERE is_first
        ) AS counted
        GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
    LOOP
        UPDATE postern.campaigns
        SET open_count = open_count + change.opens, unique_open_count = unique_open_count + change.firsts
        WHERE account_id = change.account_id AND id = change.campaign_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION postern.count_clicks() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    change record;
BEGIN
    PERFORM 1
    FROM (SELECT DISTINCT account_id, delivery_id FROM fresh WHERE delivery_id IS NOT NULL) AS f
    JOIN postern.deliveries AS d ON d.account_id = f.account_id AND d.id = f.delivery_id
    ORDER BY d.account_id, d.id FOR NO KEY UPDATE OF d;
    -- A delivery is new to a link when all of its clicks there are of this statement. The link stands in the
    -- FILTER, so that the few clicks of the delivery are read and never the many of the link.
    FOR change IN
        SELECT account_id, link_id, sum(clicks)::bigint AS clicks,
            count(*) FILTER (WHERE delivery_id IS NOT NULL AND clicks = (
                SELECT count(*) FILTER (WHERE c.link_id = f.link_id) FROM postern.clicks AS c
                WHERE c.account_id = f.account_id AND c.delivery_id = f.delivery_id
            )) AS firsts
        FROM (
            SELECT account_id, link_id, delivery_id, count(*) AS clicks
            FROM fresh GROUP BY account_id, link_id, delivery_id
        ) AS f
        GROUP BY account_id, link_id ORDER BY account_id, link_id
    LOOP
        UPDATE postern.campaign_links
        SET click_count = click_count + change.clicks, unique_click_count = unique_click_count + change.firsts
        WHERE account_id = change.account_id AND id = change.link_id;
    END LOOP;
    FOR change IN
        WITH raised AS (
            UPDATE postern.deliveries AS d SET click_count = d.click_count + f.clicks
            FROM (
                SELECT account_id, delivery_id, count(*) AS clicks
                FROM fresh WHERE delivery_id IS NOT NULL GROUP BY account_id, delivery_id
            ) AS f
            WHERE d.account_id = f.account_id AND d.id = f.delivery_id
            RETURNING d.account_id, d.campaign_id, d.click_count = f.clicks AS is_first
        )
        SELECT account_id, campaign_id, sum(clicks)::bigint AS clicks, sum(firsts)::bigint AS firsts
        FROM (
            SELECT account_id, campaign_id, 1 AS clicks, 0 AS firsts FROM fresh
            UNION ALL
            SELECT account_id, campaign_id, 0, 1 FROM raised WHERE is_first
        ) AS counted
        GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
    LOOP
        UPDATE postern.campaigns
        SET click_count = click_count + change.clicks, unique_click_count = unique_click_count + change.firsts
        WHERE account_id = change.account_id AND id = change.campaign_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION postern.count_bounces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, campaign_id, count(*) AS bounces FROM fresh WHERE campaign_id IS NOT NULL
        GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
    LOOP
        UPDATE postern.campaigns SET bounce_count = bounce_count + change.bounces
        WHERE account_id = change.account_id AND id = change.campaign_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION postern.count_complaints() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, campaign_id, count(*) AS complaints FROM fresh WHERE campaign_id IS NOT NULL
        GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
    LOOP
        UPDATE postern.campaigns SET complaint_count = complaint_count + change.complaints
        WHERE account_id = change.account_id AND id = change.campaign_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION postern.count_unsubscribes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT account_id, campaign_id, count(*) AS unsubscribes FROM fresh WHERE campaign_id IS NOT NULL
        GROUP BY account_id, campaign_id ORDER BY account_id, campaign_id
    LOOP
        UPDATE postern.campaigns SET unsubscribe_count = unsubscribe_count + change.unsubscribes
        WHERE account_id = change.account_id AND id = change.campaign_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER deliveries_count AFTER INSERT ON deliveries
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_deliveries();
CREATE TRIGGER opens_count AFTER INSERT ON opens
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_opens();
CREATE TRIGGER clicks_count AFTER INSERT ON clicks
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_clicks();
CREATE TRIGGER bounces_count AFTER INSERT ON bounces
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_bounces();
CREATE TRIGGER complaints_count AFTER INSERT ON complaints
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_complaints();
CREATE TRIGGER unsubscribes_count AFTER INSERT ON unsubscribes
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postern.count_unsubscribes();
