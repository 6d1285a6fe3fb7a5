-- Roll-ups are kept by the database, whoever writes: what dashboards chart, added up while events are written, so that
-- a chart costs its points and never its events.
--
-- They only rise: what is deleted stays counted, so an erasure leaves the charts as they were. Times are those that
-- events carry; an hour and a day begin in UTC. "Unique" counts a delivery once, where it was first counted, so that
-- the buckets of one size, and the values of one dimension that are known, add up to the campaign's own counters.
--
-- The database makes up no id: that of a roll-up is put together from what it is about (a UUID of version 8). In
-- hexadecimal digits: eight for the number of its hour or day, or for a number made of its text; one for its kind;
-- then, but for the digits of the version, what stands at the same place in the id of its campaign, list or account,
-- random bits most of all. SQLite has no hash, hence the text's number is none that cannot be forged; where another
-- text has the number already, the new one is counted as `(other)`.
--
-- Views without rows stand for procedures: INSERT INTO one of them runs its trigger.

-- Campaigns: buckets ----------------------------------------------------------------------------------------

CREATE VIEW roll_up_bucket (
    account_id, campaign_id, at, deliveries, opens, first_opens, clicks, first_clicks, bounces, complaints, unsubscribes
) AS SELECT NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0 WHERE FALSE;

CREATE TRIGGER roll_up_bucket_run INSTEAD OF INSERT ON roll_up_bucket
BEGIN
    UPDATE campaign_buckets
    SET delivery_count = delivery_count + ifnull(NEW.deliveries, 0),
        open_count = open_count + ifnull(NEW.opens, 0),
        unique_open_count = unique_open_count + ifnull(NEW.first_opens, 0),
        click_count = click_count + ifnull(NEW.clicks, 0),
        unique_click_count = unique_click_count + ifnull(NEW.first_clicks, 0),
        bounce_count = bounce_count + ifnull(NEW.bounces, 0),
        complaint_count = complaint_count + ifnull(NEW.complaints, 0),
        unsubscribe_count = unsubscribe_count + ifnull(NEW.unsubscribes, 0)
    WHERE rowid IN (
        SELECT k.rowid
        FROM (
            SELECT 'hour' AS size, NEW.at - (NEW.at % 3600000000 + 3600000000) % 3600000000 AS starts_at
            UNION ALL
            SELECT 'day', NEW.at - (NEW.at % 86400000000 + 86400000000) % 86400000000
        ) AS b
        CROSS JOIN campaign_buckets AS k ON k.account_id = NEW.account_id AND k.campaign_id = NEW.campaign_id
            AND k.size = b.size AND k.starts_at = b.starts_at
    );
    INSERT INTO roll_up_new_bucket
    SELECT NEW.account_id, NEW.campaign_id, b.size, b.digit, b.starts_at, NEW.deliveries, NEW.opens, NEW.first_opens,
        NEW.clicks, NEW.first_clicks, NEW.bounces, NEW.complaints, NEW.unsubscribes
    FROM (
        SELECT 'hour' AS size, '1' AS digit, NEW.at - (NEW.at % 3600000000 + 3600000000) % 3600000000 AS starts_at
        UNION ALL
        SELECT 'day', '2', NEW.at - (NEW.at % 86400000000 + 86400000000) % 86400000000
    ) AS b
    WHERE NOT EXISTS (
        SELECT 1 FROM campaign_buckets AS k
        WHERE k.account_id = NEW.account_id AND k.campaign_id = NEW.campaign_id AND k.size = b.size
            AND k.starts_at = b.starts_at
    );
END;

CREATE VIEW roll_up_new_bucket (
    account_id, campaign_id, size, digit, starts_at, deliveries, opens, first_opens, clicks, first_clicks, bounces,
    complaints, unsubscribes
) AS SELECT NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0 WHERE FALSE;

CREATE TRIGGER roll_up_new_bucket_run INSTEAD OF INSERT ON roll_up_new_bucket
BEGIN
    INSERT INTO campaign_buckets (account_id, id, campaign_id, size, starts_at, delivery_count, open_count,
        unique_open_count, click_count, unique_click_count, bounce_count, complaint_count, unsubscribe_count)
    VALUES (
        NEW.account_id,
        unhex(printf('%08X', (NEW.starts_at / 3600000000) & 4294967295) || NEW.digit
            || substr(hex(NEW.campaign_id), 10, 3) || '8' || substr(hex(NEW.campaign_id), 14)),
        NEW.campaign_id, NEW.size, NEW.starts_at, ifnull(NEW.deliveries, 0), ifnull(NEW.opens, 0),
        ifnull(NEW.first_opens, 0), ifnull(NEW.clicks, 0), ifnull(NEW.first_clicks, 0), ifnull(NEW.bounces, 0),
        ifnull(NEW.complaints, 0), ifnull(NEW.unsubscribes, 0)
    );
END;

CREATE TRIGGER deliveries_roll_up AFTER INSERT ON deliveries
BEGIN
    INSERT INTO roll_up_bucket (account_id, campaign_id, at, deliveries)
    VALUES (NEW.account_id, NEW.campaign_id, NEW.sent_at, 1);
END;

CREATE TRIGGER bounces_roll_up AFTER INSERT ON bounces WHEN NEW.campaign_id IS NOT NULL
BEGIN
    INSERT INTO roll_up_bucket (account_id, campaign_id, at, bounces)
    VALUES (NEW.account_id, NEW.campaign_id, NEW.bounced_at, 1);
END;

CREATE TRIGGER complaints_roll_up AFTER INSERT ON complaints WHEN NEW.campaign_id IS NOT NULL
BEGIN
    INSERT INTO roll_up_bucket (account_id, campaign_id, at, complaints)
    VALUES (NEW.account_id, NEW.campaign_id, NEW.complained_at, 1);
END;

CREATE TRIGGER unsubscribes_roll_up AFTER INSERT ON unsubscribes WHEN NEW.campaign_id IS NOT NULL
BEGIN
    INSERT INTO roll_up_bucket (account_id, campaign_id, at, unsubscribes)
    VALUES (NEW.account_id, NEW.campaign_id, NEW.unsubscribed_at, 1);
END;

-- Campaigns: by where and with what -------------------------------------------------------------------------

CREATE VIEW roll_up_new_value (
    account_id, campaign_id, dimension, digit, value, opens, first_opens, clicks, first_clicks
) AS SELECT NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0 WHERE FALSE;

-- Beyond the first 64 values of a dimension, of more than 64 characters, and where it could be an address, a value is
-- counted as `(other)`, whose number is 0: what strangers' browsers say of themselves must neither make a chart endless
-- nor name anybody in it.
CREATE TRIGGER roll_up_new_value_run INSTEAD OF INSERT ON roll_up_new_value
BEGIN
    INSERT INTO campaign_breakdowns (account_id, id, campaign_id, dimension, value, open_count, unique_open_count,
        click_count, unique_click_count)
    SELECT NEW.account_id, unhex(printf('%08X', number) || tail), NEW.campaign_id, NEW.dimension,
        CASE number WHEN 0 THEN '(other)' ELSE NEW.value END, ifnull(NEW.opens, 0), ifnull(NEW.first_opens, 0),
        ifnull(NEW.clicks, 0), ifnull(NEW.first_clicks, 0)
    FROM (
        SELECT tail,
            CASE
                WHEN length(NEW.value) <= 64 AND instr(NEW.value, '@') = 0 AND 64 > (
                    SELECT count(*) FROM campaign_breakdowns
                    WHERE account_id = NEW.account_id AND campaign_id = NEW.campaign_id AND dimension = NEW.dimension
                        AND value <> '(other)'
                ) AND NOT EXISTS (
                    SELECT 1 FROM campaign_breakdowns
                    WHERE account_id = NEW.account_id AND id = unhex(printf('%08X', number) || tail)
                ) THEN number
                ELSE 0
            END AS number
        FROM (
            SELECT NEW.digit || substr(hex(NEW.campaign_id), 10, 3) || '8' || substr(hex(NEW.campaign_id), 14) AS tail,
                (
                    WITH RECURSIVE characters (place, number) AS (
                        SELECT 1, 5381
                        UNION ALL
                        SELECT place + 1, (number * 33 + unicode(substr(NEW.value, place, 1))) & 4294967295
                        FROM characters WHERE place <= min(length(NEW.value), 64)
                    )
                    SELECT number FROM characters ORDER BY place DESC LIMIT 1
                ) AS number
        ) AS made
    ) AS placed
    WHERE TRUE
    ON CONFLICT (account_id, campaign_id, dimension, value) DO UPDATE
        SET open_count = open_count + excluded.open_count,
            unique_open_count = unique_open_count + excluded.unique_open_count,
            click_count = click_count + excluded.click_count,
            unique_click_count = unique_click_count + excluded.unique_click_count;
END;

-- Opens and clicks, and their counters ------------------------------------------------------------------------

-- The delivery's own counter says whether this open is its first, so it is raised last.
CREATE TRIGGER opens_count AFTER INSERT ON opens
BEGIN
    UPDATE campaigns
    SET open_count = open_count + 1,
        unique_open_count = unique_open_count + EXISTS (
            SELECT 1 FROM deliveries
            WHERE account_id = NEW.account_id AND id = NEW.delivery_id AND open_count = 0
        )
    WHERE account_id = NEW.account_id AND id = NEW.campaign_id;
    INSERT INTO roll_up_bucket (account_id, campaign_id, at, opens, first_opens)
    SELECT NEW.account_id, NEW.campaign_id, NEW.opened_at, 1, EXISTS (
        SELECT 1 FROM deliveries WHERE account_id = NEW.account_id AND id = NEW.delivery_id AND open_count = 0
    );
    UPDATE campaign_breakdowns
    SET open_count = open_count + 1,
        unique_open_count = unique_open_count + EXISTS (
            SELECT 1 FROM deliveries AS d
            WHERE d.account_id = NEW.account_id AND d.id = NEW.delivery_id AND d.open_count = 0
        )
    WHERE rowid IN (
        SELECT k.rowid
        FROM (
            SELECT 'country' AS dimension, NEW.country AS value
            UNION ALL SELECT 'browser', NEW.browser
            UNION ALL SELECT 'operating_system', NEW.operating_system
            UNION ALL SELECT 'device', NEW.device
            UNION ALL SELECT 'kind', NEW.kind
        ) AS v
        CROSS JOIN campaign_breakdowns AS k ON k.account_id = NEW.account_id AND k.campaign_id = NEW.campaign_id
            AND k.dimension = v.dimension AND k.value = v.value
    );
    INSERT INTO roll_up_new_value (account_id, campaign_id, dimension, digit, value, opens, first_opens)
    SELECT NEW.account_id, NEW.campaign_id, v.dimension, v.digit, v.value, 1, EXISTS (
        SELECT 1 FROM deliveries WHERE account_id = NEW.account_id AND id = NEW.delivery_id AND open_count = 0
    )
    FROM (
        SELECT 'country' AS dimension, '1' AS digit, NEW.country AS value
        UNION ALL SELECT 'browser', '2', NEW.browser
        UNION ALL SELECT 'operating_system', '3', NEW.operating_system
        UNION ALL SELECT 'device', '4', NEW.device
        UNION ALL SELECT 'kind', '5', NEW.kind
    ) AS v
    WHERE v.value IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM campaign_breakdowns AS k
        WHERE k.account_id = NEW.account_id AND k.campaign_id = NEW.campaign_id AND k.dimension = v.dimension
            AND k.value = v.value
    );
    UPDATE deliveries SET open_count = open_count + 1
    WHERE account_id = NEW.account_id AND id = NEW.delivery_id;
END;

-- A delivery is new to a link when this is its only click there. The link stands in the FILTER, so that the few
-- clicks of the delivery are read and never the many of the link.
CREATE TRIGGER clicks_count AFTER INSERT ON clicks
BEGIN
    UPDATE campaign_links
    SET click_count = click_count + 1,
        unique_click_count = unique_click_count + (1 = (
            SELECT count(*) FILTER (WHERE link_id = NEW.link_id) FROM clicks
            WHERE account_id = NEW.account_id AND delivery_id = NEW.delivery_id
        ))
    WHERE account_id = NEW.account_id AND id = NEW.link_id;
    UPDATE campaigns
    SET click_count = click_count + 1,
        unique_click_count = unique_click_count + EXISTS (
            SELECT 1 FROM deliveries
            WHERE account_id = NEW.account_id AND id = NEW.delivery_id AND click_count = 0
        )
    WHERE account_id = NEW.account_id AND id = NEW.campaign_id;
    INSERT INTO roll_up_bucket (account_id, campaign_id, at, clicks, first_clicks)
    SELECT NEW.account_id, NEW.campaign_id, NEW.clicked_at, 1, EXISTS (
        SELECT 1 FROM deliveries WHERE account_id = NEW.account_id AND id = NEW.delivery_id AND click_count = 0
    );
    UPDATE campaign_breakdowns
    SET click_count = click_count + 1,
        unique_click_count = unique_click_count + EXISTS (
            SELECT 1 FROM deliveries AS d
            WHERE d.account_id = NEW.account_id AND d.id = NEW.delivery_id AND d.click_count = 0
        )
    WHERE rowid IN (
        SELECT k.rowid
        FROM (
            SELECT 'country' AS dimension, NEW.country AS value
            UNION ALL SELECT 'browser', NEW.browser
            UNION ALL SELECT 'operating_system', NEW.operating_system
            UNION ALL SELECT 'device', NEW.device
            UNION ALL SELECT 'kind', NEW.kind
        ) AS v
        CROSS JOIN campaign_breakdowns AS k ON k.account_id = NEW.account_id AND k.campaign_id = NEW.campaign_id
            AND k.dimension = v.dimension AND k.value = v.value
    );
    INSERT INTO roll_up_new_value (account_id, campaign_id, dimension, digit, value, clicks, first_clicks)
    SELECT NEW.account_id, NEW.campaign_id, v.dimension, v.digit, v.value, 1, EXISTS (
        SELECT 1 FROM deliveries WHERE account_id = NEW.account_id AND id = NEW.delivery_id AND click_count = 0
    )
    FROM (
        SELECT 'country' AS dimension, '1' AS digit, NEW.country AS value
        UNION ALL SELECT 'browser', '2', NEW.browser
        UNION ALL SELECT 'operating_system', '3', NEW.operating_system
        UNION ALL SELECT 'device', '4', NEW.device
        UNION ALL SELECT 'kind', '5', NEW.kind
    ) AS v
    WHERE v.value IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM campaign_breakdowns AS k
        WHERE k.account_id = NEW.account_id AND k.campaign_id = NEW.campaign_id AND k.dimension = v.dimension
            AND k.value = v.value
    );
    UPDATE deliveries SET click_count = click_count + 1
    WHERE account_id = NEW.account_id AND id = NEW.delivery_id;
END;

-- Lists ---------------------------------------------------------------------------------------------------
--
-- A profile joins on the day it came onto the list, and takes a status on the day that its row says. A row that is
-- deleted says no day, so leaving by deletion is counted on none; the list's own counters follow it.

CREATE VIEW roll_up_list_day (account_id, list_id, at, joined, entered, gone_from)
AS SELECT NULL, NULL, NULL, 0, NULL, NULL WHERE FALSE;

CREATE TRIGGER roll_up_list_day_run INSTEAD OF INSERT ON roll_up_list_day
BEGIN
    INSERT INTO list_days (account_id, id, list_id, starts_at, joined_count, subscribed_count, lost_count,
        unsubscribed_count, cleaned_count)
    SELECT NEW.account_id,
        unhex(printf('%08X', (starts_at / 86400000000) & 4294967295) || '0' || substr(hex(NEW.list_id), 10, 3)
            || '8' || substr(hex(NEW.list_id), 14)),
        NEW.list_id, starts_at, ifnull(NEW.joined, 0), NEW.entered IS 'subscribed', NEW.gone_from IS 'subscribed',
        NEW.entered IS 'unsubscribed', NEW.entered IS 'cleaned'
    FROM (SELECT NEW.at - (NEW.at % 86400000000 + 86400000000) % 86400000000 AS starts_at) AS placed
    WHERE TRUE
    ON CONFLICT (account_id, list_id, starts_at) DO UPDATE
        SET joined_count = joined_count + excluded.joined_count,
            subscribed_count = subscribed_count + excluded.subscribed_count,
            lost_count = lost_count + excluded.lost_count,
            unsubscribed_count = unsubscribed_count + excluded.unsubscribed_count,
            cleaned_count = cleaned_count + excluded.cleaned_count;
END;

CREATE TRIGGER subscriber_profiles_roll_up_inserted AFTER INSERT ON subscriber_profiles
BEGIN
    INSERT INTO roll_up_list_day (account_id, list_id, at, joined)
    VALUES (NEW.account_id, NEW.list_id, NEW.created_at, 1);
    INSERT INTO roll_up_list_day (account_id, list_id, at, entered)
    SELECT NEW.account_id, NEW.list_id, NEW.status_changed_at, NEW.status
    WHERE NEW.status IN ('subscribed', 'unsubscribed', 'cleaned');
END;

CREATE TRIGGER subscriber_profiles_roll_up_updated AFTER UPDATE OF list_id, status ON subscriber_profiles
WHEN OLD.status <> NEW.status OR OLD.list_id <> NEW.list_id
BEGIN
    INSERT INTO roll_up_list_day (account_id, list_id, at, joined, entered)
    SELECT NEW.account_id, NEW.list_id,
        CASE OLD.list_id WHEN NEW.list_id THEN NEW.status_changed_at ELSE NEW.updated_at END,
        OLD.list_id <> NEW.list_id, NEW.status;
    INSERT INTO roll_up_list_day (account_id, list_id, at, gone_from)
    SELECT NEW.account_id, OLD.list_id,
        CASE OLD.list_id WHEN NEW.list_id THEN NEW.status_changed_at ELSE NEW.updated_at END, OLD.status;
END;

-- Use of the API ------------------------------------------------------------------------------------------
--
-- By operation and day, whoever asked. What a program counts up or corrects in its row is followed; what retention
-- deletes stays counted. Names are the askers' own, so beyond 200 a day, and where they could be addresses, they are counted
-- as `(other)`.

CREATE VIEW roll_up_usage (account_id, at, operation, requests, errors, found_rows, personal_rows, bytes, milliseconds)
AS SELECT NULL, NULL, NULL, 0, 0, 0, 0, 0, 0 WHERE FALSE;

CREATE TRIGGER roll_up_usage_run INSTEAD OF INSERT ON roll_up_usage
BEGIN
    INSERT INTO api_usage_days (account_id, id, starts_at, operation, request_count, error_count, row_count,
        personal_row_count, byte_count, duration_milliseconds)
    SELECT NEW.account_id, unhex(head || printf('%08X', number)), starts_at,
        CASE number WHEN 0 THEN '(other)' ELSE NEW.operation END, NEW.requests, NEW.errors, NEW.found_rows,
        NEW.personal_rows, NEW.bytes, NEW.milliseconds
    FROM (
        SELECT starts_at, head,
            CASE
                WHEN EXISTS (
                    SELECT 1 FROM api_usage_days
                    WHERE account_id = NEW.account_id AND starts_at = made.starts_at AND operation = NEW.operation
                ) THEN number
                WHEN length(NEW.operation) <= 100 AND instr(NEW.operation, '@') = 0 AND 200 > (
                    SELECT count(*) FROM api_usage_days
                    WHERE account_id = NEW.account_id AND starts_at = made.starts_at AND operation <> '(other)'
                ) AND NOT EXISTS (
                    SELECT 1 FROM api_usage_days
                    WHERE account_id = NEW.account_id AND id = unhex(head || printf('%08X', number))
                ) THEN number
                ELSE 0
            END AS number
        FROM (
            SELECT starts_at, printf('%08X', (starts_at / 86400000000) & 4294967295) || '0'
                || substr(hex(NEW.account_id), 10, 3) || '8' || substr(hex(NEW.account_id), 14, 11) AS head,
                (
                    WITH RECURSIVE characters (place, number) AS (
                        SELECT 1, 5381
                        UNION ALL
                        SELECT place + 1, (number * 33 + unicode(substr(NEW.operation, place, 1))) & 4294967295
                        FROM characters WHERE place <= min(length(NEW.operation), 100)
                    )
                    SELECT number FROM characters ORDER BY place DESC LIMIT 1
                ) AS number
            FROM (SELECT NEW.at - (NEW.at % 86400000000 + 86400000000) % 86400000000 AS starts_at) AS day
        ) AS made
    ) AS placed
    WHERE TRUE
    ON CONFLICT (account_id, starts_at, operation) DO UPDATE
        SET request_count = request_count + excluded.request_count,
            error_count = error_count + excluded.error_count,
            row_count = row_count + excluded.row_count,
            personal_row_count = personal_row_count + excluded.personal_row_count,
            byte_count = byte_count + excluded.byte_count,
            duration_milliseconds = duration_milliseconds + excluded.duration_milliseconds;
END;

CREATE TRIGGER api_usages_roll_up_inserted AFTER INSERT ON api_usages
BEGIN
    INSERT INTO roll_up_usage VALUES (NEW.account_id, NEW.period_start, NEW.operation, NEW.request_count,
        NEW.error_count, NEW.row_count, NEW.personal_row_count, NEW.byte_count, NEW.duration_milliseconds);
END;

CREATE TRIGGER api_usages_roll_up_updated AFTER UPDATE ON api_usages
BEGIN
    INSERT INTO roll_up_usage VALUES (NEW.account_id, NEW.period_start, NEW.operation, NEW.request_count,
        NEW.error_count, NEW.row_count, NEW.personal_row_count, NEW.byte_count, NEW.duration_milliseconds);
    INSERT INTO roll_up_usage VALUES (NEW.account_id, OLD.period_start, OLD.operation, -OLD.request_count,
        -OLD.error_count, -OLD.row_count, -OLD.personal_row_count, -OLD.byte_count, -OLD.duration_milliseconds);
END;
